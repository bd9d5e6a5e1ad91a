//! A journal in memory, for tests and simulations. It is durable until it is dropped.

use std::sync::Arc;

use event::frame::{Frame, FrameHeader, Record, Tip};
use parking_lot::RwLock;
use types::{CellId, Offset};

use crate::{Error, Journal, Reader, Result, Visit, follow};

/// A journal in memory.
#[derive(Debug)]
pub struct MemoryJournal {
    cell: CellId,
    tip: Tip,
    stopped: bool,
    frames: Arc<Frames>,
}

#[derive(Debug, Default)]
struct Frames(RwLock<Vec<Frame>>);

impl MemoryJournal {
    /// An empty journal of `cell`.
    pub fn new(cell: CellId) -> MemoryJournal {
        MemoryJournal { cell, tip: Tip::default(), stopped: false, frames: Arc::default() }
    }
}

impl Journal for MemoryJournal {
    fn tip(&self) -> Tip {
        self.tip
    }

    fn append(&mut self, frame: &Frame) -> Result<()> {
        if self.stopped {
            return Err(Error::Stopped);
        }
        follow::check(frame, self.cell, &self.tip).inspect_err(|_| self.stopped = true)?;
        self.tip = frame.tip();
        self.frames.0.write().push(frame.clone());
        Ok(())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.frames.clone()
    }
}

fn end(frames: &[Frame]) -> Offset {
    frames.last().map_or(0, |last| last.header.first_offset + u64::from(last.header.count))
}

/// The index of the frame that holds `offset`.
fn find(frames: &[Frame], offset: Offset) -> Result<usize> {
    let end = end(frames);
    if offset >= end {
        return Err(Error::Beyond { offset, end });
    }
    Ok(frames.partition_point(|frame| frame.header.first_offset <= offset) - 1)
}

/// About what the frame takes on disk, so that `bytes_max` means the same on every backend.
fn bytes(frame: &Frame) -> usize {
    frame.records.iter().map(|record| 12 + record.head.len() + record.body.len()).sum::<usize>() + 218
}

impl Reader for Frames {
    fn end(&self) -> Offset {
        end(&self.0.read())
    }

    fn frame(&self, offset: Offset) -> Result<Frame> {
        let frames = self.0.read();
        Ok(frames[find(&frames, offset)?].clone())
    }

    fn frames(&self, from: Offset, bytes_max: usize) -> Result<Vec<Frame>> {
        let frames = self.0.read();
        if from == end(&frames) {
            return Ok(Vec::new());
        }
        let mut taken = 0;
        let fits = |(index, frame): &(usize, &Frame)| {
            taken += bytes(frame);
            *index == 0 || taken <= bytes_max
        };
        Ok(frames[find(&frames, from)?..].iter().enumerate().take_while(fits).map(|(_, frame)| frame.clone()).collect())
    }

    fn record(&self, offset: Offset) -> Result<(FrameHeader, Record)> {
        let frames = self.0.read();
        let frame = &frames[find(&frames, offset)?];
        let index = (offset - frame.header.first_offset) as usize;
        Ok((frame.header.clone(), frame.records[index].clone()))
    }

    fn heads(&self, from: Offset, visit: &mut Visit<'_>) -> Result<()> {
        // The lock is not held while visiting: a visitor may take its time, and appends must not wait for it.
        for frame in self.frames(from, usize::MAX)? {
            for (offset, record) in (frame.header.first_offset..).zip(frame.records.iter()) {
                if offset >= from {
                    visit(offset, frame.header.time, &record.head)?;
                }
            }
        }
        Ok(())
    }
}
