//! The header of a segment: 512 bytes that say whose it is, where it starts and what it follows.

use std::path::Path;

use event::frame::Tip;
use types::{CellId, Offset, Time};

use crate::{Error, Result};

/// Bytes before the first entry. A whole disk sector, so that writing an entry never rewrites the header.
pub(super) const HEADER_BYTES: usize = 512;
/// The version written, and the newest read.
pub const FORMAT_VERSION: u16 = 1;
const MAGIC: &[u8; 4] = b"QSEG";
/// Everything up to and with the checksum; zeros follow.
const FIELDS_BYTES: usize = 72;

/// A segment's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Whose journal.
    pub cell: CellId,
    /// The length of the file, which never changes.
    pub bytes: u64,
    /// The end of the segment before it: first offset, previous hash, time and epoch.
    pub start: Tip,
}

impl Header {
    /// The encoding.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4..6].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.cell.0.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[16..68].copy_from_slice(&tip_bytes(&self.start));
        let crc = crc32c::crc32c(&bytes[..FIELDS_BYTES - 4]);
        bytes[FIELDS_BYTES - 4..FIELDS_BYTES].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads and checks the header of the file `path`, `file_bytes` long, that should be of `cell` (any, when `None`).
    pub fn read(path: &Path, bytes: &[u8], file_bytes: u64, cell: Option<CellId>) -> Result<Header> {
        let damaged = |at, what: &str| Err(Error::damaged(path, at, what));
        if bytes.len() < HEADER_BYTES {
            return damaged(bytes.len() as u64, "the file ends within the segment's header");
        }
        let crc = u32::from_le_bytes(bytes[FIELDS_BYTES - 4..FIELDS_BYTES].try_into().expect("4 bytes"));
        if &bytes[..4] != MAGIC || crc32c::crc32c(&bytes[..FIELDS_BYTES - 4]) != crc {
            return damaged(0, "the segment's header fails its checksum");
        }
        if let Some(at) = bytes[FIELDS_BYTES..HEADER_BYTES].iter().position(|byte| *byte != 0) {
            return damaged((FIELDS_BYTES + at) as u64, "the header's padding is not zero");
        }
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        if version == 0 || version > FORMAT_VERSION {
            return Err(Error::Version { path: path.to_owned(), found: version, known: FORMAT_VERSION });
        }
        let found = CellId(u16::from_le_bytes([bytes[6], bytes[7]]));
        if let Some(expected) = cell.filter(|expected| *expected != found) {
            return Err(Error::WrongCell { path: path.to_owned(), found, expected });
        }
        let header = Header {
            cell: found,
            bytes: u64::from_le_bytes(bytes[8..16].try_into().expect("8 bytes")),
            start: read_tip(bytes[16..68].try_into().expect("52 bytes")),
        };
        if file_bytes != header.bytes {
            let what = format!("the file is {file_bytes} bytes long, it was made with {}", header.bytes);
            return damaged(file_bytes.min(header.bytes), &what);
        }
        Ok(header)
    }
}

/// The name of the segment that starts at `first`.
pub fn segment_name(first: Offset) -> String {
    format!("{first:020}.qseg")
}

/// A tip, 52 bytes: next offset, time, epoch, hash.
pub(super) fn tip_bytes(tip: &Tip) -> [u8; 52] {
    let mut bytes = [0; 52];
    bytes[..8].copy_from_slice(&tip.next_offset.to_le_bytes());
    bytes[8..16].copy_from_slice(&tip.time.0.to_le_bytes());
    bytes[16..20].copy_from_slice(&tip.epoch.to_le_bytes());
    bytes[20..].copy_from_slice(&tip.hash);
    bytes
}

/// Reads what [`tip_bytes`] wrote.
pub(super) fn read_tip(bytes: &[u8; 52]) -> Tip {
    Tip {
        next_offset: u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")),
        time: Time(i64::from_le_bytes(bytes[8..16].try_into().expect("8 bytes"))),
        epoch: u32::from_le_bytes(bytes[16..20].try_into().expect("4 bytes")),
        hash: bytes[20..].try_into().expect("32 bytes"),
    }
}
