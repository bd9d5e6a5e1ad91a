//! Reads a whole segment: every entry checked, the chain followed, and what stands at the end told apart: nothing, a
//! write that a crash cut short, or damage.

use std::path::Path;

use event::frame::{FrameHeader, Tip, key_id};
use types::{CellId, Offset};

use super::entry::{self, MARK_BYTES, Mark, MarkKind, Prefix};
use super::header::{HEADER_BYTES, Header};
use super::index::FrameAt;
use crate::{Error, Result, follow};

/// What a disk writes whole or not at all, bytes.
const SECTOR_BYTES: usize = 512;

/// Public keys of the nodes that may have signed; empty checks no signatures.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<(u32, [u8; 32])>);

impl Keys {
    pub fn new(keys: &[[u8; 32]]) -> Keys {
        Keys(keys.iter().map(|key| (key_id(key), *key)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the signature, if anything.
    pub fn misfit(&self, header: &FrameHeader) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut keys = self.0.iter().filter(|(id, _)| *id == header.key_id).peekable();
        if keys.peek().is_none() {
            return Some(format!("the frame is signed by the unknown key {:08x}", header.key_id));
        }
        let fits = keys.any(|(_, key)| header.verify(key).is_ok());
        (!fits).then(|| "the frame's signature does not verify".to_owned())
    }
}

/// How much to check beyond checksums and chain.
#[derive(Clone, Copy)]
pub(super) struct Checks<'a> {
    /// Merkle roots.
    pub roots: bool,
    /// Signatures, by these keys.
    pub keys: Option<&'a Keys>,
}

/// What a segment holds.
#[derive(Debug)]
pub(super) struct Scan {
    /// Its frames, in order.
    pub frames: Vec<FrameAt>,
    /// Where the next entry goes, bytes from the start of the file.
    pub used: u32,
    /// The tip after its last frame.
    pub tip: Tip,
    /// Whether it says that a next segment exists.
    pub continued: bool,
    /// How many bytes from `used` on a write left that was cut short; 0 for none.
    pub torn_bytes: usize,
}

/// Scans the bytes of the segment `path`, header included. Only the last segment of a journal may end in a torn write.
pub(super) fn scan(path: &Path, bytes: &[u8], header: &Header, last: bool, checks: Checks<'_>) -> Result<Scan> {
    let mut found =
        Scan { frames: Vec::new(), used: HEADER_BYTES as u32, tip: header.start, continued: false, torn_bytes: 0 };
    loop {
        let at = found.used as usize;
        let damaged = |what: &str| Err(Error::damaged(path, at as u64, what));
        let rest = &bytes[at..];
        let Some(first) = first_nonzero(rest) else { return Ok(found) };
        if found.continued {
            return Err(Error::damaged(path, (at + first) as u64, "something stands after the end of the segment"));
        }
        if let Some(mark) = Mark::read(rest) {
            if mark != Mark::new(mark.kind, &found.tip) {
                return damaged("the mark does not belong after this frame");
            }
            found.continued = mark.kind == MarkKind::Continued;
            found.used += MARK_BYTES as u32;
            continue;
        }
        let prefix = Prefix::read(rest);
        let Some(prefix) = prefix.as_ref().filter(|prefix| prefix.first_misfit(rest).is_none()) else {
            if !last {
                return Err(misfit(path, at, prefix.as_ref(), rest));
            }
            found.torn_bytes = torn(rest, at, header.cell, found.tip.next_offset)
                .map_err(|(misfit, what)| Error::damaged(path, (at + misfit) as u64, what))?;
            return Ok(found);
        };
        if let Some(field) = follow::mismatch(&prefix.header, header.cell, &found.tip) {
            return damaged(&format!("the frame does not follow the one before it: `{field}` does not fit"));
        }
        if let Some(what) = checks.keys.and_then(|keys| keys.misfit(&prefix.header)) {
            return damaged(&what);
        }
        if checks.roots {
            match prefix.frame(rest).tree() {
                Ok(tree) if tree.root() == prefix.header.root => {}
                Ok(_) => return damaged("the frame's Merkle root does not fit its events"),
                Err(error) => return damaged(&format!("an event of the frame cannot be read: {error}")),
            }
        }
        found.frames.push(FrameAt {
            offset: (prefix.header.first_offset - header.start.next_offset) as u32,
            position: at as u32,
        });
        found.tip = Tip {
            next_offset: prefix.header.first_offset + u64::from(prefix.header.count),
            hash: prefix.header.hash(),
            time: prefix.header.time,
            epoch: prefix.header.epoch,
        };
        found.used += prefix.bytes as u32;
    }
}

/// The error for an entry at `at` that is not what was written.
pub(super) fn misfit(path: &Path, at: usize, prefix: Option<&Prefix>, entry: &[u8]) -> Error {
    match prefix.and_then(|prefix| Some((prefix, prefix.first_misfit(entry)?))) {
        Some((prefix, (index, within))) => {
            let offset = prefix.header.first_offset + index as u64;
            let what = format!("the event at offset {offset} fails its checksum");
            let what = if index == prefix.rows.len() { "the frame's end is wrong".to_owned() } else { what };
            Error::damaged(path, (at + within) as u64, what)
        }
        None => Error::damaged(path, at as u64, "the frame's beginning fails its checksum"),
    }
}

/// Decides what the bad entry at the start of `rest`, `at` bytes into the file, is: `Ok` with its length when it is a
/// write that was cut short (parts of it are still zero and nothing follows), else where and what the damage is.
///
/// A crash leaves any subset of the sectors written; the rest are the zeros that were there. So every piece that fails
/// its check must be explained by a sector of zeros or by a missing end.
fn torn(rest: &[u8], at: usize, cell: CellId, next: Offset) -> std::result::Result<usize, (usize, String)> {
    let end = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let durable = |what: &str| Err((0, format!("{what}, so it was durable and has been damaged since")));
    #[cfg(feature = "plant")]
    if types::planted("cut-damage") || types::planted("cut-below-a-mark") && Prefix::read(rest).is_some() {
        return Ok(end);
    }
    if let Some(prefix) = Prefix::read(rest) {
        if prefix.bytes > rest.len() {
            return Err((0, "the frame is longer than its segment".to_owned()));
        }
        if end > prefix.bytes {
            return durable("the frame fails its checksum and more follows it");
        }
        if end < prefix.bytes {
            return Ok(end);
        }
        let misfits = |row: &&entry::Row| !row.fits(&rest[row.at..row.at + row.bytes()]);
        let unexplained = |row: &&entry::Row| !zero_sector(rest, at, row.at..row.at + row.bytes(), end);
        return match prefix.rows.iter().enumerate().find(|(_, row)| misfits(row) && unexplained(row)) {
            Some((index, row)) => {
                let offset = prefix.header.first_offset + index as u64;
                Err((row.at, format!("the event at offset {offset} fails its checksum")))
            }
            None if rest[..end].ends_with(entry::TRAILER) => Ok(end),
            None => Err((end - entry::TRAILER.len(), "the frame's end is wrong".to_owned())),
        };
    }
    if rest.starts_with(entry::MARK) {
        return match end {
            end if end > MARK_BYTES => durable("the mark fails its checksum and more follows it"),
            end if end < MARK_BYTES || zero_sector(rest, at, 0..end, end) => Ok(end),
            _ => Err((0, "the mark fails its checksum".to_owned())),
        };
    }
    let intact = |from: &usize| entry::follows_at(&rest[*from..end], cell, next);
    let begins = |from: &usize| rest[*from..].starts_with(entry::FRAME) || rest[*from..].starts_with(entry::MARK);
    let ended = |from: &usize| rest[..*from].ends_with(entry::TRAILER);
    if (1..end).filter(begins).any(|from| ended(&from) || intact(&from)) {
        return durable("the frame's beginning fails its checksum and an entry follows it");
    }
    let claimed = rest.get(4..8).map_or(0, |len| u32::from_le_bytes(len.try_into().expect("4 bytes")) as usize);
    let ends_as_claimed = claimed <= end && rest[..claimed].ends_with(entry::TRAILER);
    let complete = ends_as_claimed || rest[..end].ends_with(entry::TRAILER);
    if end >= MARK_BYTES && complete && !zero_sector(rest, at, 0..end, end) {
        return Err((0, "the frame's beginning fails its checksum".to_owned()));
    }
    Ok(end)
}

/// Whether a sector of the file that `range` touches is all zero within the entry `rest[..end]`, which starts `at` bytes
/// into the file.
fn zero_sector(rest: &[u8], at: usize, range: std::ops::Range<usize>, end: usize) -> bool {
    let first = (at + range.start) / SECTOR_BYTES * SECTOR_BYTES;
    (first..at + range.end).step_by(SECTOR_BYTES).any(|sector| {
        let piece = &rest[sector.saturating_sub(at)..(sector + SECTOR_BYTES - at).min(end)];
        !piece.is_empty() && first_nonzero(piece).is_none()
    })
}

/// Where the first byte is that is not zero.
pub(super) fn first_nonzero(bytes: &[u8]) -> Option<usize> {
    const CHUNK: [u8; 256] = [0; 256];
    let start = bytes.chunks(CHUNK.len()).position(|chunk| *chunk != CHUNK[..chunk.len()])? * CHUNK.len();
    bytes[start..].iter().position(|byte| *byte != 0).map(|within| start + within)
}
