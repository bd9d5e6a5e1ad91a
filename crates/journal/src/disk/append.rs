//! The one writer: a frame is encoded, written at the end and flushed; then readers see it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use event::Frame;
use event::frame::Tip;
use parking_lot::RwLock;
use types::CellId;

use super::entry::{self, MARK_BYTES, Mark, MarkKind};
use super::file::{Blank, sync_dir};
use super::header::{HEADER_BYTES, Header, segment_name};
use super::index::{FrameAt, Index, Segment};
use super::keeper::Keeper;
use super::os::{self as fs, File, FileExt};
use super::read::Segments;
use super::{NEXT, Options, Recovered, recover};
use crate::stop::Stops;
use crate::{Error, Journal, Reader, Result, follow};

/// A journal in a folder. One process at a time; the folder is locked while this lives.
#[derive(Debug)]
pub struct DiskJournal {
    pub(super) dir: PathBuf,
    pub(super) cell: CellId,
    pub(super) options: Options,
    pub(super) tip: Tip,
    /// Whether an error has stopped it.
    pub(super) stopped: bool,
    /// Whether a mark stands after the last frame (or there is no frame).
    pub(super) marked: bool,
    pub(super) segments: Arc<Segments>,
    pub(super) active: Active,
    /// The encoded frame; kept for its memory.
    pub(super) buffer: Vec<u8>,
    // Before the lock: it is stopped before another process may open the folder.
    pub(super) keeper: Keeper,
    pub(super) _lock: File,
}

/// The segment being written.
#[derive(Debug)]
pub(super) struct Active {
    pub segment: Arc<Segment>,
    pub file: File,
    /// Where the next entry goes.
    pub position: u64,
}

impl DiskJournal {
    /// Opens the journal of `cell` in `dir`, making it if there is none, and checks it.
    ///
    /// A last write that a crash cut short, never acknowledged, is removed and told in [`Recovered::cut`].
    ///
    /// # Errors
    /// [`Error::Locked`] when it is open elsewhere; [`Error::Damaged`], [`Error::Missing`], [`Error::WrongCell`] and
    /// [`Error::Version`] when what is there is not what was written, with nothing changed; [`Error::Full`] when there
    /// is no space for the first segment.
    pub fn open(dir: &Path, cell: CellId, options: Options) -> Result<(DiskJournal, Recovered)> {
        recover::open(dir, cell, options)
    }

    fn write(&mut self, frame: &Frame) -> Result<()> {
        follow::check(frame, self.cell, &self.tip)?;
        let bytes = entry::frame_bytes(frame);
        if bytes > entry::FRAME_BYTES_MAX || frame.header.count > entry::COUNT_MAX {
            return Err(Error::TooLarge { bytes, bytes_max: entry::FRAME_BYTES_MAX });
        }
        // The end always has room for the mark that says the next segment exists.
        if self.active.position + bytes + MARK_BYTES as u64 > self.active.segment.header.bytes {
            self.roll(bytes)?;
        }
        entry::write_frame(frame, &mut self.buffer);
        let position = self.active.position;
        self.active.put(&self.buffer)?;
        self.tip = frame.tip();
        self.marked = false;
        let segment = &self.active.segment;
        let mut index = segment.index.write();
        index
            .frames
            .push(FrameAt { offset: (frame.header.first_offset - segment.first()) as u32, position: position as u32 });
        index.used = self.active.position as u32;
        index.end = self.tip.next_offset;
        // Under the lock: so no reader finds a frame here that is still beyond the end.
        self.segments.publish(self.tip.next_offset);
        Ok(())
    }

    /// Goes on in a new segment with room for a frame of `frame_bytes`.
    fn roll(&mut self, frame_bytes: u64) -> Result<()> {
        let needed = HEADER_BYTES as u64 + frame_bytes + MARK_BYTES as u64;
        let usual = self.options.segment_bytes;
        let bytes = if needed <= usual { usual } else { needed.next_multiple_of(4096) };
        let blank = self.keeper.prepared().filter(|blank| blank.bytes == bytes);
        let next = Active::new(&self.dir, self.cell, &self.tip, bytes, blank)?;
        if self.active.segment.first() == self.tip.next_offset {
            // It is empty and too short for the frame: the new one has taken its name and its place.
            self.segments.replace_last(next.segment.clone());
        } else {
            // Only now that the next one exists: so the end of this one is never taken for the end of the journal.
            self.active.put_mark(MarkKind::Continued, &self.tip)?;
            self.segments.push(next.segment.clone());
            self.keeper.seal(self.active.segment.clone(), self.cell);
        }
        self.keeper.prepare(self.dir.join(NEXT), self.options.segment_bytes);
        self.active = next;
        Ok(())
    }
}

impl Stops for DiskJournal {
    fn stopped(&mut self) -> &mut bool {
        &mut self.stopped
    }
}

impl Journal for DiskJournal {
    fn tip(&self) -> Tip {
        self.tip
    }

    fn append(&mut self, frame: &Frame) -> Result<()> {
        self.unless_stopped(|journal| journal.write(frame))
    }

    fn mark(&mut self) -> Result<()> {
        self.unless_stopped(|journal| {
            let room = journal.active.position + 2 * MARK_BYTES as u64 <= journal.active.segment.header.bytes;
            if !journal.marked && room {
                journal.active.put_mark(MarkKind::Durable, &journal.tip)?;
                journal.marked = true;
            }
            Ok(())
        })
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.segments.clone()
    }
}

impl Active {
    /// Makes the segment that follows `tip`, from `blank` if there is one. When this returns it is durable, under its
    /// name.
    pub fn new(dir: &Path, cell: CellId, tip: &Tip, bytes: u64, blank: Option<Blank>) -> Result<Active> {
        let blank = match blank {
            Some(blank) => blank,
            None => match Blank::new(dir.join(NEXT), bytes, &AtomicBool::new(false))? {
                Some(blank) => blank,
                None => return Err(Error::Stopped),
            },
        };
        let path = dir.join(segment_name(tip.next_offset));
        let header = Header { cell, bytes, start: *tip };
        let put = || {
            blank.file.write_all_at(&header.to_bytes(), 0)?;
            blank.file.sync_all()?;
            fs::rename(&blank.path, &path)
        };
        put().map_err(|source| Error::io("create", &path, source))?;
        sync_dir(dir)?;
        let index = Index { frames: Vec::new(), used: HEADER_BYTES as u32, end: tip.next_offset };
        let segment = Arc::new(Segment { path, header, index: RwLock::new(index) });
        Ok(Active { segment, file: blank.file, position: HEADER_BYTES as u64 })
    }

    /// Writes and flushes an entry.
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let path = &self.segment.path;
        self.file.write_all_at(bytes, self.position).map_err(|source| Error::io("write", path, source))?;
        #[cfg(feature = "plant")]
        if types::planted("skip-a-flush") || types::planted("ignore-a-failed-flush") && self.file.sync_data().is_err() {
            self.position += bytes.len() as u64;
            return Ok(());
        }
        self.file.sync_data().map_err(|source| Error::io("flush", path, source))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Writes and flushes a mark. The index takes it in as part of the frame before it.
    pub fn put_mark(&mut self, kind: MarkKind, tip: &Tip) -> Result<()> {
        self.put(&Mark::new(kind, tip).to_bytes())?;
        self.segment.index.write().used = self.position as u32;
        Ok(())
    }
}
