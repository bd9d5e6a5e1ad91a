//! A disk with a memory before it: what was flushed survives a power cut, what was not may or may not, sector by sector.
//!
//! Renames, new and removed names are kept in order by the file system; without a flush of their folder, any number of
//! the last ones may be gone after a power cut.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;

/// What is written whole or not at all, bytes.
pub const SECTOR_BYTES: usize = 512;

/// Disks by where they are mounted: the code under test knows paths only.
static MOUNTED: LazyLock<Mutex<HashMap<PathBuf, Weak<Mutex<State>>>>> = LazyLock::new(Mutex::default);

/// A simulated disk. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Mutex<State>>);

/// A file of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File(usize);

/// What goes wrong next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The flush after so many more fails; what it should have flushed may or may not be on the disk, and is taken for
    /// flushed from then on.
    Flush(u32),
    /// The write after so many more fails half-way.
    Write(u32),
    /// The machine stops in the middle of the write, flush or rename after so many more; nothing works until the power
    /// is cut.
    Halt(u32),
}

/// How much of what was not flushed a power cut takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All of it.
    Everything,
    /// Nothing: the disk was quick.
    Nothing,
    /// About half of the sectors, any of them.
    Torn,
}

#[derive(Debug, Default)]
struct State {
    root: PathBuf,
    files: Vec<Content>,
    names: BTreeMap<PathBuf, File>,
    durable_names: BTreeMap<PathBuf, File>,
    /// Changes of names that are not durable, in order.
    renamed: Vec<Rename>,
    faults: Vec<Fault>,
    halted: bool,
    bytes_max: Option<usize>,
    random: u64,
}

/// A file as programs see it and as the disk has it.
#[derive(Debug, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors written since the last flush.
    dirty: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
struct Rename {
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
    fn store(&mut self, sector: usize) {
        let end = ((sector + 1) * SECTOR_BYTES).min(self.seen.len());
        let start = (sector * SECTOR_BYTES).min(end);
        if self.durable.len() < end {
            self.durable.resize(end, 0);
        }
        self.durable[start..end].copy_from_slice(&self.seen[start..end]);
    }
}

impl State {
    fn random(&mut self) -> u64 {
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

    fn used(&self) -> usize {
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

fn apply(names: &mut BTreeMap<PathBuf, File>, rename: &Rename) {
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

/// What a simulation does to a disk.
impl Disk {
    /// Mounts a new, empty disk: every path below `root` is on it until it is dropped. The same seed gives the same
    /// accidents.
    pub fn mount(root: &Path, seed: u64) -> Disk {
        let state = State { root: root.to_owned(), random: seed, ..State::default() };
        let disk = Disk(Arc::new(Mutex::new(state)));
        let mut mounted = MOUNTED.lock();
        mounted.retain(|_, disk| disk.strong_count() > 0);
        let before = mounted.insert(root.to_owned(), Arc::downgrade(&disk.0));
        assert!(before.is_none(), "a disk is mounted at {} already", root.display());
        disk
    }

    /// Lets something go wrong.
    pub fn fail(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// Takes back what has not gone wrong yet.
    pub fn heal(&self) {
        self.0.lock().faults.clear();
    }

    /// Limits the bytes of all files together; `None` lifts the limit.
    pub fn limit(&self, bytes_max: Option<usize>) {
        self.0.lock().bytes_max = bytes_max;
    }

    /// The bytes of all files together.
    pub fn used(&self) -> usize {
        self.0.lock().used()
    }

    /// Whether the machine has stopped: see [`Fault::Halt`].
    pub fn halted(&self) -> bool {
        self.0.lock().halted
    }

    /// Cuts the power. Whoever has files open must be gone.
    pub fn power_cut(&self, cut: Cut) {
        let state = &mut *self.0.lock();
        let keep = |state: &mut State| match cut {
            Cut::Everything => false,
            Cut::Nothing => true,
            Cut::Torn => state.random() & 1 == 0,
        };
        for at in 0..state.files.len() {
            for sector in std::mem::take(&mut state.files[at].dirty) {
                if keep(state) {
                    state.files[at].store(sector);
                }
            }
            let content = &mut state.files[at];
            content.seen.clone_from(&content.durable);
        }
        let renamed = std::mem::take(&mut state.renamed);
        let kept = match cut {
            Cut::Everything => 0,
            Cut::Nothing => renamed.len(),
            Cut::Torn => (state.random() % (renamed.len() as u64 + 1)) as usize,
        };
        renamed[..kept].iter().for_each(|rename| apply(&mut state.durable_names, rename));
        state.names.clone_from(&state.durable_names);
        state.halted = false;
        state.faults.clear();
    }

    /// The system brings everything to the disk, as it does in time.
    pub fn settle(&self) {
        let state = &mut *self.0.lock();
        for content in &mut state.files {
            std::mem::take(&mut content.dirty).into_iter().for_each(|sector| content.store(sector));
        }
    }

    /// The files of the disk, in order of name, as the disk has them.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.0.lock();
        state.names.iter().map(|(path, file)| (path.clone(), state.files[file.0].durable.clone())).collect()
    }

    /// Puts other bytes on the disk, in the way of none: rot, a lost or a misdirected write, or a repair.
    ///
    /// # Panics
    /// When there are no such bytes.
    pub fn overwrite(&self, path: &Path, position: usize, bytes: &[u8]) {
        let state = &mut *self.0.lock();
        let content = &mut state.files[state.names[path].0];
        content.durable[position..position + bytes.len()].copy_from_slice(bytes);
        content.seen[position..position + bytes.len()].copy_from_slice(bytes);
    }

    /// Removes a file, for good, or puts one there.
    pub fn replace(&self, path: &Path, bytes: Option<Vec<u8>>) {
        let state = &mut *self.0.lock();
        state.names.remove(path);
        state.durable_names.remove(path);
        if let Some(bytes) = bytes {
            let file = File(state.files.len());
            state.files.push(Content { seen: bytes.clone(), durable: bytes, dirty: BTreeSet::new() });
            state.names.insert(path.to_owned(), file);
            state.durable_names.insert(path.to_owned(), file);
        }
    }
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
