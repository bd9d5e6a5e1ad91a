//! Reading beside the writer: by position from the index, every byte checked before it is handed out.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event::frame::{Frame, FrameHeader, Record};
use parking_lot::{Mutex, RwLock};
use types::{CellId, Offset};

use super::entry::{self, Prefix};
use super::heads;
use super::index::{Place, Segment};
use super::os::{File, FileExt};
use super::scan::misfit;
use crate::{Error, Reader, Result, Visit};

/// Up to here a frame is read whole for one of its events: one read is cheaper than two.
const WHOLE_BYTES: usize = 16 << 10;
/// How much to read at once when going through frames.
const STRIDE_BYTES: usize = 1 << 20;
/// Files kept open.
const FILES_MAX: usize = 64;

/// What writer and readers share.
#[derive(Debug)]
pub(super) struct Segments {
    pub cell: CellId,
    list: RwLock<Vec<Arc<Segment>>>,
    /// The durable end.
    end: AtomicU64,
    files: Mutex<VecDeque<(Offset, Arc<File>)>>,
}

impl Segments {
    pub fn new(cell: CellId, list: Vec<Arc<Segment>>) -> Segments {
        let end = list.last().map_or(0, |last| last.end());
        Segments { cell, list: RwLock::new(list), end: AtomicU64::new(end), files: Mutex::default() }
    }

    /// Adds an empty segment at the end.
    pub fn push(&self, segment: Arc<Segment>) {
        self.list.write().push(segment);
    }

    /// Puts a segment in the place of the last one, which is empty.
    pub fn replace_last(&self, segment: Arc<Segment>) {
        let mut list = self.list.write();
        list.pop();
        list.push(segment);
    }

    /// Lets readers see everything up to `end`, which is durable and indexed.
    pub fn publish(&self, end: Offset) {
        self.end.store(end, Ordering::Release);
    }

    /// The segment that holds `offset`.
    fn find(&self, offset: Offset) -> Result<Arc<Segment>> {
        let end = self.end();
        if offset >= end {
            return Err(Error::Beyond { offset, end });
        }
        let list = self.list.read();
        Ok(list[list.partition_point(|segment| segment.first() <= offset) - 1].clone())
    }

    fn is_last(&self, segment: &Segment) -> bool {
        self.list.read().last().is_some_and(|last| last.first() == segment.first())
    }

    /// The open file of a segment.
    fn file(&self, segment: &Segment) -> Result<Arc<File>> {
        let mut files = self.files.lock();
        if let Some((_, file)) = files.iter().find(|(first, _)| *first == segment.first()) {
            return Ok(file.clone());
        }
        let file = File::open(&segment.path).map_err(|source| Error::io("open", &segment.path, source))?;
        let file = Arc::new(file);
        if files.len() == FILES_MAX {
            files.pop_front();
        }
        files.push_back((segment.first(), file.clone()));
        Ok(file)
    }

    fn read(&self, segment: &Segment, position: u64, bytes: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; bytes];
        let read = self.file(segment)?.read_exact_at(&mut buffer, position);
        read.map_err(|source| Error::io("read", &segment.path, source))?;
        Ok(buffer)
    }

    /// Frames of one segment, at least the one that holds `from`.
    pub fn frames_of(&self, segment: &Segment, from: Offset, bytes_max: usize) -> Result<Vec<Frame>> {
        let places = segment.places(from, bytes_max);
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(Vec::new()) };
        let start = first.position;
        let bytes = self.read(segment, start, (last.position - start) as usize + last.bytes)?;
        let entry = |place: &Place| &bytes[(place.position - start) as usize..][..place.bytes];
        places.iter().map(|place| frame(&segment.path, place, entry(place))).collect()
    }
}

/// The checked prefix of the frame at `place`.
fn prefix(path: &Path, place: &Place, bytes: &[u8]) -> Result<Prefix> {
    let prefix = Prefix::read(bytes).ok_or_else(|| misfit(path, place.position as usize, None, bytes))?;
    if prefix.header.first_offset != place.first || prefix.rows.len() != place.count || prefix.bytes > place.bytes {
        return Err(Error::damaged(path, place.position, "another frame stands here than when it was written"));
    }
    Ok(prefix)
}

/// The checked frame at `place`.
fn frame(path: &Path, place: &Place, bytes: &[u8]) -> Result<Frame> {
    let prefix = prefix(path, place, bytes)?;
    #[cfg(feature = "plant")]
    if types::planted("serve-damage") {
        return Ok(prefix.frame(bytes));
    }
    if prefix.first_misfit(bytes).is_some() {
        return Err(misfit(path, place.position as usize, Some(&prefix), bytes));
    }
    Ok(prefix.frame(bytes))
}

impl Reader for Segments {
    fn end(&self) -> Offset {
        self.end.load(Ordering::Acquire)
    }

    fn frame(&self, offset: Offset) -> Result<Frame> {
        let segment = self.find(offset)?;
        let mut frames = self.frames_of(&segment, offset, 0)?;
        frames.pop().ok_or(Error::Beyond { offset, end: self.end() })
    }

    fn frames(&self, from: Offset, bytes_max: usize) -> Result<Vec<Frame>> {
        if from == self.end() {
            return Ok(Vec::new());
        }
        // A segment's end is a good place to stop: the caller asks again anyway.
        self.frames_of(&*self.find(from)?, from, bytes_max)
    }

    fn record(&self, offset: Offset) -> Result<(FrameHeader, Record)> {
        let segment = self.find(offset)?;
        let places = segment.places(offset, 0);
        let place = places.first().ok_or(Error::Beyond { offset, end: self.end() })?;
        let whole = place.bytes <= WHOLE_BYTES;
        let bytes = if whole { place.bytes } else { entry::prefix_bytes(place.count) };
        let bytes = self.read(&segment, place.position, bytes)?;
        let prefix = prefix(&segment.path, place, &bytes)?;
        let row = prefix.rows[(offset - place.first) as usize];
        let apart;
        let record = if whole {
            bytes.get(row.at..row.at + row.bytes()).unwrap_or_default()
        } else {
            apart = self.read(&segment, place.position + row.at as u64, row.bytes())?;
            &apart
        };
        #[cfg(feature = "plant")]
        if types::planted("serve-damage") {
            return Ok((prefix.header, row.record(record)));
        }
        if !row.fits(record) {
            let what = format!("the event at offset {offset} fails its checksum");
            return Err(Error::damaged(&segment.path, place.position + row.at as u64, what));
        }
        Ok((prefix.header, row.record(record)))
    }

    fn heads(&self, from: Offset, visit: &mut Visit<'_>) -> Result<()> {
        let end = self.end();
        if from > end {
            return Err(Error::Beyond { offset: from, end });
        }
        let mut next = from;
        while next < end {
            let segment = self.find(next)?;
            if !self.is_last(&segment) {
                let read = heads::visit(&segment, self.cell, &mut next, visit)?;
                if read.is_err() {
                    // It is derived: made again from the segment, which is read here meanwhile. Should making it fail
                    // (a full disk), the next visit tries again.
                    let _ = super::seal::seal(&segment, self.cell);
                }
            }
            let stop = end.min(segment.end());
            while next < stop {
                for frame in self.frames_of(&segment, next, STRIDE_BYTES)? {
                    for (offset, record) in (frame.header.first_offset..).zip(frame.records.iter()) {
                        if (next..end).contains(&offset) {
                            visit(offset, frame.header.time, &record.head)?;
                            next = offset + 1;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
