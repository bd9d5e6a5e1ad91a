//! The summary of a sealed segment: its content hash, its end and its index, so that opening a long journal need not read
//! all of it. Derived from the segment.

use std::io;
use std::path::PathBuf;

use event::Digest;
use event::frame::Tip;

use super::header::{FORMAT_VERSION, Header, read_tip, tip_bytes};
use super::index::{FrameAt, Index};
use super::os as fs;

const MAGIC: &[u8; 4] = b"QSUM";
/// Before the index: magic, version, cell, first offset, file length, used, count of frames, tip, content hash.
const LEAD_BYTES: usize = 4 + 2 + 2 + 8 + 8 + 4 + 4 + 52 + 32;

/// What a summary says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// The tip after the segment.
    pub tip: Tip,
    /// blake3 of the whole file, as `b3sum` prints it.
    pub content: Digest,
    /// Where its frames are.
    pub index: Index,
}

/// The summary's file.
pub(super) fn path(segment: &std::path::Path) -> PathBuf {
    segment.with_extension("sum")
}

impl Summary {
    /// The encoding, for the segment with this header.
    pub fn to_bytes(&self, header: &Header) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEAD_BYTES + self.index.frames.len() * 8 + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&header.cell.0.to_le_bytes());
        bytes.extend_from_slice(&header.start.next_offset.to_le_bytes());
        bytes.extend_from_slice(&header.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.index.used.to_le_bytes());
        bytes.extend_from_slice(&(self.index.frames.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&tip_bytes(&self.tip));
        bytes.extend_from_slice(&self.content);
        for frame in &self.index.frames {
            bytes.extend_from_slice(&frame.offset.to_le_bytes());
            bytes.extend_from_slice(&frame.position.to_le_bytes());
        }
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the summary of the segment `path` with this header; an error when it is missing, damaged or of another.
    pub fn read(segment: &std::path::Path, header: &Header) -> io::Result<Summary> {
        let bytes = fs::read(path(segment))?;
        Self::decode(&bytes, header).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the summary is damaged"))
    }

    fn decode(bytes: &[u8], header: &Header) -> Option<Summary> {
        let (bytes, crc) = bytes.split_last_chunk::<4>()?;
        if bytes.len() < LEAD_BYTES || crc32c::crc32c(bytes) != u32::from_le_bytes(*crc) {
            return None;
        }
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
        let frames = bytes[LEAD_BYTES..].chunks_exact(8).map(|frame| FrameAt {
            offset: u32::from_le_bytes(frame[..4].try_into().expect("4 bytes")),
            position: u32::from_le_bytes(frame[4..].try_into().expect("4 bytes")),
        });
        let tip = read_tip(bytes[32..84].try_into().ok()?);
        let summary = Summary {
            tip,
            content: bytes[84..116].try_into().ok()?,
            index: Index { frames: frames.collect(), used: number(24), end: tip.next_offset },
        };
        // Everything it repeats must be as it would be written; this covers magic, version, cell, offset and lengths.
        (summary.to_bytes(header)[..bytes.len()] == *bytes).then_some(summary)
    }
}
