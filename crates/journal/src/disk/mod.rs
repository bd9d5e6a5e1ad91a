//! The journal in a folder of segment files.
//!
//! A segment is a file of fixed length, zeroed ahead; an append is one write and one flush of data. Survives a crash, a
//! power cut and a full disk: what [`Journal::append`](crate::Journal::append) has returned for is there when the folder
//! is opened again. Damage to what was durable is named by file and byte, and the folder then does not open.
//!
//! Start at [`DiskJournal::open`]; then `append.rs`, `recover.rs` and `scan.rs`.

use super::os;

mod append;
mod entry;
pub mod extent;
mod file;
mod header;
mod heads;
mod index;
mod keeper;
mod read;
pub mod receipts;
mod recover;
pub mod repair;
mod scan;
mod seal;
mod sum;
pub mod verify;

pub use append::DiskJournal;
pub use entry::{decode, encode};
pub use header::{FORMAT_VERSION, segment_name};
pub use recover::{Cut, Recovered};

/// How to keep a journal.
#[derive(Clone, Debug)]
pub struct Options {
    /// The length of a new segment, bytes; at least 1 KiB, at most 2 GiB. A frame that is larger gets a larger one.
    pub segment_bytes: u64,
    /// Public keys of the nodes that may have signed. Signatures of the last segment are checked when opening; with no
    /// keys, none are.
    pub keys: Vec<[u8; 32]>,
    /// How much of the newest sealed segments to read and check in full when opening, bytes. Older ones are then checked
    /// by their summaries, on reading, and by [`verify`](verify::verify).
    pub check_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { segment_bytes: 64 << 20, keys: Vec::new(), check_bytes: 512 << 20 }
    }
}

/// The lengths a segment may be asked to have.
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 1 << 10..=2 << 30;
/// The name of the file that is locked while the journal is open.
const LOCK: &str = "journal.lock";
/// The segment being prepared.
const NEXT: &str = "next.tmp";
