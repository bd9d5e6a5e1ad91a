//! The area tree of a census: the pack it is read from, and the tree itself, resident.
//!
//! Areas have permanent numeric ids, given in the order of import. Codes, names and parents may change; ids do not. The
//! number of levels is data. Enumeration areas, about ten to a village, need no text of their own: their codes and names
//! follow from their number in their parent, so six million of them cost a few bytes each.
//!
//! Left out: who works where (`store`), and drawing (`web/console`). No disk or network: callers bring bytes. Start at
//! [`tree`], then [`pack`].

pub mod boundaries;
pub mod codec;
pub mod outline;
pub mod pack;
pub mod tree;

pub use boundaries::Boundaries;
pub use pack::{Pack, Problem};
pub use tree::{AreaDef, AreaTree};
