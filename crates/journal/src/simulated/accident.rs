//! What a simulation does to a disk: cuts its power, damages, fills and mends it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::machine::{Content, Disk, File, MOUNTED, State, apply};

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
