//! Checkpoints of a store at work: taken in slices of about a millisecond, of what changed since the last one.
//!
//! A first slice writes down what is small; pages and operations follow, slice by slice, with the lock let go in between.
//! Pages that change meanwhile are kept as they were ([`crate::changed`]); operations are only ever added, so their offsets
//! tell which belong. Disk work is done without the lock.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use types::Offset;

use super::{Hashing, MAGIC, encode, name, retain};
use crate::Store;
use crate::codec::Encoder;
use crate::error::{Error, Result};
use crate::table::Table;
use crate::tables::Tables;

/// A slice ends once it has so many bytes.
const SLICE_BYTES: usize = 128 << 10;
/// A slice takes so many rows of a table.
const SLICE_ROWS: usize = 2048;
/// A slice looks at so many origins at most.
const SLICE_ORIGINS: usize = 256;
/// The file is flushed every so many bytes: one large flush would hold up the journal's on the same disk.
const FLUSH_BYTES: u64 = 8 << 20;

/// What a checkpoint cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The next offset it holds.
    pub next_offset: Offset,
    /// Its size, bytes.
    pub bytes: u64,
    /// Whether it holds everything or what changed since the one before.
    pub whole: bool,
    /// The longest the store's lock was held.
    pub pause: Duration,
}

/// The checkpoint before: what the next goes on from.
#[derive(Clone, Copy)]
struct Last {
    next_offset: Offset,
    origins: usize,
}

/// Writes the checkpoints of one store into a folder.
pub struct Checkpoints {
    dir: PathBuf,
    last: Option<Last>,
    /// The size of the last whole one and of those that go on from it.
    whole_bytes: u64,
    since_bytes: u64,
}

impl Checkpoints {
    /// For a store and its folder. The first checkpoint is whole.
    pub fn new(dir: &Path) -> Checkpoints {
        Checkpoints { dir: dir.to_owned(), last: None, whole_bytes: 0, since_bytes: 0 }
    }

    /// Writes the next checkpoint: what changed, or everything when that has become half as much; nothing when there is
    /// nothing new. Only one at a time may be written of a store.
    ///
    /// # Errors
    /// As [`Store::checkpoint`]; the next one is then whole.
    pub fn write(&mut self, store: &RwLock<Store>) -> Result<Written> {
        let next_offset = store.read().next_offset;
        if self.last.is_some_and(|last| last.next_offset == next_offset) {
            return Ok(Written { next_offset, bytes: 0, whole: false, pause: Duration::ZERO });
        }
        let last = self.last.take().filter(|_| self.since_bytes < self.whole_bytes / 2);
        let written = self.write_after(store, last);
        if written.is_err() {
            store.write().tables.end_checkpoint();
        }
        let (written, origins) = written?;
        self.last = Some(Last { next_offset: written.next_offset, origins });
        match last {
            Some(_) => self.since_bytes += written.bytes,
            None => (self.whole_bytes, self.since_bytes) = (written.bytes, 0),
        }
        Ok(written)
    }

    fn write_after(&self, store: &RwLock<Store>, last: Option<Last>) -> Result<(Written, usize)> {
        let mut slices =
            Slices { store, buffer: Encoder::new(Vec::with_capacity(2 * SLICE_BYTES)), pause: Duration::ZERO };
        let (next_offset, origins) = slices.begin(last)?;
        let from = last.map(|last| last.next_offset);
        let path = self.dir.join(name(next_offset, from));
        let failed = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(&self.dir).map_err(failed)?;
        let beside = path.with_extension("new");
        let bytes = self.fill(&beside, &mut slices, next_offset, origins, last).map_err(failed)?;
        fs::rename(&beside, &path).map_err(failed)?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        retain(&self.dir)?;
        Ok((Written { next_offset, bytes, whole: last.is_none(), pause: slices.pause }, origins))
    }

    fn fill(
        &self,
        path: &Path,
        slices: &mut Slices<'_>,
        next_offset: Offset,
        origins: usize,
        last: Option<Last>,
    ) -> io::Result<u64> {
        let mut file = Flushing { file: File::create(path)?, bytes: 0, flushed: 0 };
        let mut out = BufWriter::with_capacity(1 << 20, Hashing::new(&mut file));
        out.write_all(MAGIC)?;
        out.write_all(&last.map_or(0, |last| last.next_offset).to_le_bytes())?;
        out.write_all(slices.buffer.out())?;
        slices.table(&mut out, |tables| &mut tables.people.staff, encode::staff)?;
        slices.table(&mut out, |tables| &mut tables.people.letters, encode::letter)?;
        slices.table(&mut out, |tables| &mut tables.people.devices, encode::device)?;
        slices.table(&mut out, |tables| &mut tables.large, encode::large)?;
        slices.table(&mut out, |tables| &mut tables.side_cases, encode::side_case)?;
        slices.table(&mut out, |tables| &mut tables.earlier_leases, encode::earlier_lease)?;
        slices.table(&mut out, |tables| &mut tables.held, encode::held_item)?;
        slices.table(&mut out, |tables| &mut tables.held_submissions, encode::held_submission)?;
        let mut next = 0;
        while slices.pages(&mut next)? {
            out.write_all(slices.buffer.out())?;
        }
        out.write_all(slices.buffer.out())?;
        let from = last.map_or(0, |last| last.next_offset);
        let known = last.map_or(0, |last| last.origins);
        let mut at = 0;
        while at < origins {
            slices.operations(&mut at, origins, known, from..next_offset)?;
            out.write_all(slices.buffer.out())?;
        }
        encode::end(&mut Encoder::new(&mut out))?;
        out.flush()?;
        let digest = out.get_ref().digest();
        out.write_all(&digest)?;
        out.flush()?;
        drop(out);
        file.file.sync_all()?;
        Ok(file.bytes)
    }
}

/// Takes slices of a store into a buffer.
struct Slices<'a> {
    store: &'a RwLock<Store>,
    buffer: Encoder<Vec<u8>>,
    pause: Duration,
}

impl Slices<'_> {
    /// Fixes the moment and takes what is small: (next offset, origins).
    fn begin(&mut self, last: Option<Last>) -> Result<(Offset, usize)> {
        self.slice(|store, buffer| {
            if store.halfway {
                return Err(Error::Halfway { offset: store.next_offset });
            }
            encode::rest(store, buffer).expect("memory takes everything");
            store.tables.begin_checkpoint(last.is_none());
            Ok((store.next_offset, store.tables.operations.count()))
        })
    }

    /// Takes a table, slice by slice, into `out`.
    fn table<K: Ord + Clone, V: Clone>(
        &mut self,
        out: &mut impl Write,
        table: impl Fn(&mut Tables) -> &mut Table<K, V>,
        row: fn(&mut Encoder<Vec<u8>>, &K, &V) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut more = true;
        while more {
            more = self.slice(|store, buffer| {
                let mut encoded = Ok(());
                let more = table(&mut store.tables).take(SLICE_ROWS, |key, value| {
                    if encoded.is_ok() {
                        encoded = encode::piece(buffer, [()].into_iter(), |out, ()| row(out, key, value));
                    }
                });
                encoded.map(|()| more)
            })?;
            out.write_all(self.buffer.out())?;
        }
        encode::end(&mut Encoder::new(out))
    }

    /// Takes the next pages; says whether there may be more.
    fn pages(&mut self, next: &mut usize) -> io::Result<bool> {
        self.slice(|store, buffer| {
            let tables = &mut store.tables;
            let mut encoded = Ok(());
            let more = tables.changed.take(&tables.pages, next, |page| {
                encoded = encode::piece(buffer, [page].into_iter(), encode::page);
                encoded.is_ok() && buffer.out().len() < SLICE_BYTES
            });
            encoded?;
            if !more {
                encode::end(buffer)?;
            }
            Ok(more)
        })
    }

    /// Takes the operations of the next origins; those from `known` on are new and listed even without any.
    fn operations(
        &mut self,
        at: &mut usize,
        origins: usize,
        known: usize,
        offsets: std::ops::Range<Offset>,
    ) -> io::Result<()> {
        self.slice(|store, buffer| {
            let end = (*at + SLICE_ORIGINS).min(origins);
            let operations = &store.tables.operations;
            while *at < end && buffer.out().len() < SLICE_BYTES {
                let logs = operations.logs_between(*at..*at + 1, offsets.clone(), *at >= known);
                encode::operations_piece(buffer, logs)?;
                *at += 1;
            }
            Ok(())
        })
    }

    fn slice<T>(&mut self, work: impl FnOnce(&mut Store, &mut Encoder<Vec<u8>>) -> T) -> T {
        self.buffer.out().clear();
        let mut store = self.store.write();
        let start = Instant::now();
        let done = work(&mut store, &mut self.buffer);
        self.pause = self.pause.max(start.elapsed());
        done
    }
}

/// A file that is flushed bit by bit.
struct Flushing {
    file: File,
    bytes: u64,
    flushed: u64,
}

impl Write for Flushing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        if self.bytes - self.flushed >= FLUSH_BYTES {
            self.file.sync_data()?;
            self.flushed = self.bytes;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
