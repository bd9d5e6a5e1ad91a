//! What an office does to a census before and while it is collected: define it, publish forms, open phases, enrol
//! staff, lease enumeration areas, issue letters.
//!
//! `events.rs` makes the events; the other files decide which are needed, from what the census already knows, so that
//! doing a thing twice writes nothing. The command line and the demonstration both come here.
//! Left out: passwords and letters' codes, which are made where the secrets are. To see what is still to be done, start
//! at [`Standing`].

mod append;
mod events;
mod lease;
mod letter;
mod publish;
mod staff;
mod standing;

pub use append::append;
pub use events::*;
pub use lease::{SUPERVISED_MAX, Spread, spread, supervised};
pub use letter::{unused, waiting};
pub use publish::{HOUSEHOLD, INSTITUTION, LISTING, OUTDOOR, Publication, keep_file, publication};
pub use staff::{Import, Mistake, Row, import, read, role_name, role_names};
pub use standing::{Missing, Standing};
