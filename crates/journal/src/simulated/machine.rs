//! A disk with a memory before it: what was flushed survives a power cut, what was not may or may not, sector by sector.
//!
//! Renames, new and removed names are kept in order by the file system; without a flush of their folder, any number of
//! the last ones may be gone after a power cut.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;

use super::accident::Fault;

/// What is written whole or not at all, bytes.
pub const SECTOR_BYTES: usize = 512;

/// Disks by where they are mounted: the code under test knows paths only.
pub(super) static MOUNTED: LazyLock<Mutex<HashMap<PathBuf, Weak<Mutex<State>>>>> = LazyLock::new(Mutex::default);

/// A simulated disk. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Disk(pub(super) Arc<Mutex<State>>);

/// A file of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File(pub(super) usize);

/// Everything about a disk.
#[derive(Debug, Default)]
pub(super) struct State {
    pub root: PathBuf,
    pub files: Vec<Content>,
    pub names: BTreeMap<PathBuf, File>,
    pub durable_names: BTreeMap<PathBuf, File>,
    /// Changes of names that are not durable, in order.
    pub renamed: Vec<Rename>,
    pub faults: Vec<Fault>,
    pub halted: bool,
    pub bytes_max: Option<usize>,
    pub random: u64,
}

/// A file as programs see it and as the disk has it.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub seen: Vec<u8>,
    pub durable: Vec<u8>,
    /// Sectors written since the last flush.
    pub dirty: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Rename {
    folder: PathBuf,
    removes: Option<PathBuf>,
    adds: Option<(PathBuf, File)>,
}

fn device_error() -> io::Error {
    // EIO, as a kernel says it.
    io::Error::from_raw_os_error(5)
}

fn sectors(position: usize, bytes: usize) -> std::ops::Range<usize> {
    position / SECTOR_BYTES..(position + bytes).div_ceil(SECTOR_BYTES)
}

impl Content {
    /// Brings a sector, or as much of it as there is, to the disk.
    pub fn store(&mut self, sector: usize) {
        let end = ((sector + 1) * SECTOR_BYTES).min(self.seen.len());
        let start = (sector * SECTOR_BYTES).min(end);
        if self.durable.len() < end {
            self.durable.resize(end, 0);
        }
        self.durable[start..end].copy_from_slice(&self.seen[start..end]);
    }
}

impl State {
    pub fn random(&mut self) -> u64 {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ self.random >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Counts down to faults; `Some` when one is due now.
    fn due(&mut self, flush: bool) -> Option<Fault> {
        for at in 0..self.faults.len() {
            let left = match &mut self.faults[at] {
                Fault::Halt(left) => left,
                Fault::Flush(left) if flush => left,
                Fault::Write(left) if !flush => left,
                _ => continue,
            };
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => {
                    let due = self.faults.remove(at);
                    self.halted |= matches!(due, Fault::Halt(_));
                    return Some(due);
                }
            }
        }
        None
    }

    pub fn used(&self) -> usize {
        self.names.values().map(|file| self.files[file.0].seen.len()).sum()
    }

    fn room(&self, more: usize) -> io::Result<()> {
        match self.bytes_max {
            Some(max) if self.used() + more > max => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn rename(&mut self, rename: Rename) {
        apply(&mut self.names, &rename);
        self.renamed.push(rename);
    }

    fn alive(&self) -> io::Result<()> {
        if self.halted { Err(device_error()) } else { Ok(()) }
    }
}

pub(super) fn apply(names: &mut BTreeMap<PathBuf, File>, rename: &Rename) {
    if let Some(path) = &rename.removes {
        names.remove(path);
    }
    if let Some((path, file)) = &rename.adds {
        names.insert(path.clone(), *file);
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

/// What the system does to a disk.
impl Disk {
    pub(super) fn of(path: &Path) -> io::Result<Disk> {
        let mounted = MOUNTED.lock();
        let found = path.ancestors().find_map(|root| mounted.get(root)?.upgrade());
        found.map(Disk).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn find(&self, path: &Path) -> Option<File> {
        self.0.lock().names.get(path).copied()
    }

    pub(super) fn is_folder(&self, path: &Path) -> bool {
        path.starts_with(&self.0.lock().root)
    }

    pub(super) fn names(&self, folder: &Path) -> Vec<PathBuf> {
        self.0.lock().names.keys().filter(|path| path.parent() == Some(folder)).cloned().collect()
    }

    pub(super) fn create(&self, path: &Path) -> io::Result<File> {
        let mut state = self.0.lock();
        state.alive()?;
        let file = File(state.files.len());
        state.files.push(Content::default());
        state.rename(Rename { folder: folder(path), removes: None, adds: Some((path.to_owned(), file)) });
        Ok(file)
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.alive()?;
        state.rename(Rename { folder: folder(path), removes: Some(path.to_owned()), adds: None });
        Ok(())
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.alive()?;
        let file = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        if let Some(Fault::Halt(_)) = state.due(false) {
            return Err(device_error());
        }
        let adds = Some((to.to_owned(), file));
        state.rename(Rename { folder: folder(to), removes: Some(from.to_owned()), adds });
        Ok(())
    }

    pub(super) fn length(&self, file: File) -> u64 {
        self.0.lock().files[file.0].seen.len() as u64
    }

    pub(super) fn allocate(&self, file: File, bytes: usize) -> io::Result<()> {
        let mut state = self.0.lock();
        state.alive()?;
        let more = bytes.saturating_sub(state.files[file.0].seen.len());
        state.room(more)?;
        let content = &mut state.files[file.0];
        content.seen.resize(content.seen.len() + more, 0);
        Ok(())
    }

    pub(super) fn write(&self, file: File, bytes: &[u8], position: usize) -> io::Result<()> {
        let state = &mut *self.0.lock();
        state.alive()?;
        let length = state.files[file.0].seen.len();
        state.room((position + bytes.len()).saturating_sub(length))?;
        let due = state.due(false);
        let written = if due.is_some() { (state.random() % (bytes.len() as u64 + 1)) as usize } else { bytes.len() };
        let content = &mut state.files[file.0];
        if content.seen.len() < position + written {
            content.seen.resize(position + written, 0);
        }
        content.seen[position..position + written].copy_from_slice(&bytes[..written]);
        if written > 0 {
            content.dirty.extend(sectors(position, written));
        }
        due.map_or(Ok(()), |_| Err(device_error()))
    }

    pub(super) fn read(&self, file: File, into: &mut [u8], position: usize) -> usize {
        let state = self.0.lock();
        let seen = &state.files[file.0].seen;
        let read = into.len().min(seen.len().saturating_sub(position));
        into[..read].copy_from_slice(&seen[position..position + read]);
        read
    }

    pub(super) fn flush(&self, file: File) -> io::Result<()> {
        let state = &mut *self.0.lock();
        state.alive()?;
        let due = state.due(true);
        let dirty = std::mem::take(&mut state.files[file.0].dirty);
        for sector in dirty {
            if due.is_none() || state.random() & 1 == 0 {
                state.files[file.0].store(sector);
            } else if let Some(Fault::Halt(_)) = due {
                // The power goes: the rest is still in memory and lost with it, or not.
                state.files[file.0].dirty.insert(sector);
            }
        }
        match due {
            Some(_) => Err(device_error()),
            None => {
                let content = &mut state.files[file.0];
                content.durable.resize(content.seen.len(), 0);
                Ok(())
            }
        }
    }

    pub(super) fn flush_folder(&self, folder: &Path) -> io::Result<()> {
        let state = &mut *self.0.lock();
        state.alive()?;
        if state.due(true).is_some() {
            return Err(device_error());
        }
        // A file system that keeps names in order brings those before along, too.
        let last = state.renamed.iter().rposition(|rename| rename.folder == folder).map_or(0, |at| at + 1);
        for rename in state.renamed.drain(..last) {
            apply(&mut state.durable_names, &rename);
        }
        Ok(())
    }

    pub(super) fn forget_cached(&self, file: File) {
        let content = &mut self.0.lock().files[file.0];
        let Content { seen, durable, dirty } = content;
        for at in (0..seen.len().div_ceil(SECTOR_BYTES)).filter(|sector| !dirty.contains(sector)) {
            let end = ((at + 1) * SECTOR_BYTES).min(seen.len());
            let start = at * SECTOR_BYTES;
            match durable.get(start..end) {
                Some(durable) => seen[start..end].copy_from_slice(durable),
                None => seen[start..end].fill(0),
            }
        }
    }
}
