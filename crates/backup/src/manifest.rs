//! What a backup consists of, as JSON.

use serde::{Deserialize, Serialize};
use types::Offset;

/// The version written, and the newest read.
pub(crate) const VERSION: u32 = 1;

/// One backup: everything up to `end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format, 1.
    pub version: u32,
    /// Whose journal.
    pub cell: u16,
    /// The offset after its last event.
    pub end: Offset,
    /// The time of its last frame, microseconds UTC.
    pub time_us: i64,
    /// The hash of its last frame, hexadecimal: it stands for everything before.
    pub hash: String,
    /// The journal's segments, in order.
    pub segments: Vec<Segment>,
    /// The area pack was kept with it.
    pub area_pack: bool,
    /// So was the file that says which cell of the census it is.
    #[serde(default)]
    pub cell_file: bool,
}

/// A segment of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its first offset.
    pub first: Offset,
    /// The length of its file, bytes; zeros follow the parts.
    pub bytes: u64,
    /// Its bytes, in order and without gaps.
    pub parts: Vec<Part>,
}

/// Bytes of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From here in the segment.
    pub from: u64,
    /// Up to here, exclusive.
    pub to: u64,
    /// blake3, hexadecimal.
    pub blake3: String,
}

impl Segment {
    /// How much of it is kept.
    pub(crate) fn end(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.to)
    }

    pub(crate) fn part_name(&self, part: &Part) -> String {
        format!("journal/{:020}/{:010}-{:010}", self.first, part.from, part.to)
    }
}

impl Manifest {
    pub(crate) fn name(end: Offset) -> String {
        format!("manifest-{end:020}.json")
    }
}
