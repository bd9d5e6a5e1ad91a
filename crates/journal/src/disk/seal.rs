//! Derives the sidecars of a segment that is complete: the heads and the summary.

use types::CellId;

use super::header::Header;
use super::heads::{self, Sidecar};
use super::index::Segment;
use super::os as fs;
use super::scan::{Checks, Keys, scan};
use super::sum::{self, Summary};
use super::{entry, file};
use crate::{Error, Result};

/// Reads and checks the segment and writes its sidecars.
pub(super) fn seal(segment: &Segment, cell: CellId) -> Result<()> {
    let path = &segment.path;
    let bytes = fs::read(path).map_err(|source| Error::io("read", path, source))?;
    let header = Header::read(path, &bytes, bytes.len() as u64, Some(cell))?;
    let found = scan(path, &bytes, &header, false, Checks { roots: false, keys: None::<&Keys> })?;
    let mut heads = Sidecar::new(segment, cell);
    for frame in &found.frames {
        let at = frame.position as usize;
        let prefix = entry::Prefix::read(&bytes[at..]);
        let prefix = prefix.ok_or_else(|| Error::damaged(path, at as u64, "the frame changed while it was read"))?;
        heads.add(&prefix.frame(&bytes[at..]));
    }
    let index = segment.index.read().clone();
    let content = *blake3::hash(&bytes).as_bytes();
    let summary = Summary { tip: found.tip, content, index };
    file::write_whole(&heads::path(segment), &heads.0)?;
    file::write_whole(&sum::path(path), &summary.to_bytes(&header))
}
