//! Whether a frame may come next. The same question is asked before writing and when reading back.

use event::frame::{Frame, FrameHeader, Tip};
use types::CellId;

use crate::{Error, Result};

/// The field of the header that does not follow `tip`, if any.
pub(crate) fn mismatch(header: &FrameHeader, cell: CellId, tip: &Tip) -> Option<&'static str> {
    let checks = [
        ("cell", header.cell == cell),
        ("first_offset", header.first_offset == tip.next_offset),
        ("previous", header.previous == tip.hash),
        ("time", header.time >= tip.time),
        ("epoch", header.epoch >= tip.epoch && header.epoch > 0),
        ("count", header.count > 0),
    ];
    checks.into_iter().find(|(_, fits)| !fits).map(|(field, _)| field)
}

/// The field of a frame about to be written that does not follow `tip`, if any. The Merkle root is the sealer's to get
/// right and is checked when read back.
pub fn misfit(frame: &Frame, cell: CellId, tip: &Tip) -> Option<&'static str> {
    mismatch(&frame.header, cell, tip)
        .or_else(|| (frame.header.count as usize != frame.records.len()).then_some("count"))
}

/// Checks a frame about to be written.
pub(crate) fn check(frame: &Frame, cell: CellId, tip: &Tip) -> Result<()> {
    let offset = frame.header.first_offset;
    misfit(frame, cell, tip).map_or(Ok(()), |field| Err(Error::NotNext { offset, field }))
}
