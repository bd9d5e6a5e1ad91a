//! Backups of a data folder, taken beside a server at work, and what brings them back.
//!
//! A backup is objects with fixed content and one manifest that names them, in a folder or in S3-compatible storage:
//! `journal/<first offset>/<from>-<to>` are bytes of a segment, `blobs/<digest>` are photos, `manifest-<end>.json` is
//! written last. The next backup adds what is new. Everything else of a data folder is derived from the journal.
//!
//! Keys are kept apart: a backup of ciphertext beside its keys would undo every erasure ([`keys`]).
//!
//! Left out: when to run it (the system's timer does), who may read it. Start at [`take`], then read `restore.rs`.

mod drill;
mod error;
pub mod keys;
mod manifest;
mod restore;
mod take;
mod target;

pub use drill::{Drilled, drill};
pub use error::{Error, Result};
pub use manifest::{Manifest, Part, Segment};
pub use restore::{Restored, Until, restore, time};
pub use take::{Taken, take};
pub use target::Target;
