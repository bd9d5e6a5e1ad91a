//! The journal on disk once more, over a simulated disk that can be cut off, damaged, filled and made to fail.
//!
//! `disk` is the very same source as [`crate::disk`], compiled a second time with [`os`] in the place of the real
//! system: so the code under test is the code that ships, and what ships has no hook in it. Start at [`Disk`].

mod accident;
#[expect(clippy::duplicate_mod, reason = "the same code over another system is the point")]
#[path = "../disk/mod.rs"]
pub mod disk;
mod machine;
mod os;

pub use accident::{Cut, Fault};
pub use machine::{Disk, SECTOR_BYTES};
