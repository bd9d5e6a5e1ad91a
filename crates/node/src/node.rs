//! A node: opens a cell's folder, recovers it, and answers for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use blob::BlobStore;
use crossbeam_channel::{Receiver, Sender};
use forms::Form;
use journal::{Journal, Reader, SharedFiles, Standing};
use parking_lot::{Mutex, RwLockReadGuard};
use store::{Checkpoints, Store};
use types::{CellId, Offset, Origin, StaffId};

use crate::bodies;
use crate::bulletin::Bulletin;
use crate::cell::{self, Cell};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::files::Blobs;
use crate::follow::{epoch_record, records_epoch};
use crate::job::Job;
use crate::keys::Keys;
use crate::link::{self, Made};
use crate::reference::ROOT;
use crate::scope::Scope;
use crate::shared::{Shared, Stands, Stop};

/// How to open a node.
pub struct Options {
    /// The data folder. The cell's files are in it: `journal`, `store`, `keys`, `blobs`.
    pub folder: PathBuf,
    /// Which cell.
    pub cell: CellId,
    /// What it decides about.
    pub scope: Scope,
    /// Requests that may wait; more are refused at once.
    pub queue_max: usize,
    /// Bytes of operations that may wait; more are refused at once.
    pub queue_bytes_max: usize,
    /// Write a checkpoint of the store after so many events.
    pub checkpoint_events: u64,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Files that the nodes of the cell share, where several share its journal.
    pub files: Option<Arc<dyn SharedFiles>>,
}

impl Options {
    /// The defaults for a folder.
    pub fn new(folder: &Path) -> Options {
        Options {
            folder: folder.to_owned(),
            cell: CellId(1),
            scope: Scope::Whole,
            queue_max: 4096,
            queue_bytes_max: 256 << 20,
            checkpoint_events: 500_000,
            clock: Arc::new(SystemClock),
            files: None,
        }
    }
}

/// How a node is doing.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The next offset.
    pub next_offset: Offset,
    /// Requests waiting.
    pub queue: usize,
    /// Operations taken in since the start, repeats not counted.
    pub events: u64,
    /// How long the last append took, microseconds.
    pub append_us: u64,
    /// How it stands among the nodes that share its journal.
    pub stands: Stands,
    /// Why the cell has stopped, if it has.
    pub stopped: Option<Stop>,
    /// Operations that could not be kept while others beside them were, since the start; see [`Error::NotTaken`].
    pub not_taken: u64,
    /// When the last of them came; 0 when none did.
    pub not_taken_at: types::Time,
}

/// A running cell. Dropping it stops it without a checkpoint, as a crash would.
pub struct Node {
    pub(crate) shared: Arc<Shared>,
    folder: PathBuf,
    pub(crate) jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stopping: Arc<AtomicBool>,
    pub(crate) waiting_bytes: Arc<AtomicUsize>,
    pub(crate) queue_bytes_max: usize,
}

impl Node {
    /// Opens the folder, recovers what is in it and starts the cell. `progress` gets (done, end) while events are
    /// replayed.
    pub fn open(options: Options, progress: &mut dyn FnMut(Offset, Offset)) -> Result<Node> {
        let (journal, recovered) = journal::disk::DiskJournal::open(
            &options.folder.join("journal"),
            options.cell,
            journal::disk::Options::default(),
        )?;
        tracing::info!(?recovered, next_offset = journal.tip().next_offset, "journal opened");
        Node::open_with(options, Box::new(journal), progress)
    }

    /// As [`Node::open`], over a journal opened by the caller. Where several nodes share it and another one owns the cell,
    /// this one follows.
    pub fn open_with(
        options: Options,
        journal: Box<dyn Journal>,
        progress: &mut dyn FnMut(Offset, Offset),
    ) -> Result<Node> {
        let checkpoint_events = options.checkpoint_events;
        let (node, mut stepper) = Node::assemble(options, journal, progress)?;
        stepper.cell.step_behind()?;
        let thread = std::thread::Builder::new()
            .name("cell".into())
            .spawn(move || cell::run(stepper.cell, &stepper.queue))
            .map_err(|source| Error::Key { path: node.folder.clone(), source })?;
        let folder = node.folder.join("store");
        let checkpoints = checkpoints(node.shared.clone(), folder, checkpoint_events, node.stopping.clone());
        node.threads.lock().extend([thread, checkpoints]);
        Ok(node)
    }

    /// As [`Node::open_with`], without a thread: the caller has the cell work, step by step, and writes checkpoints. In a
    /// new journal the first step activates the rules.
    pub fn open_stepped(
        options: Options,
        journal: Box<dyn Journal>,
        progress: &mut dyn FnMut(Offset, Offset),
    ) -> Result<(Node, Stepper)> {
        let records_epoch = records_epoch(journal.as_ref());
        let (node, stepper) = Node::assemble(options, journal, progress)?;
        node.shared.stands(Standing::Owner);
        if records_epoch {
            // Should it fail, the cell has stopped and says so to whoever asks next.
            let version = node.store().rules();
            drop(node.send_admin(vec![epoch_record(version)])?);
        }
        Ok((node, stepper))
    }

    /// Recovers the folder; nothing works yet.
    fn assemble(
        options: Options,
        journal: Box<dyn Journal>,
        progress: &mut dyn FnMut(Offset, Offset),
    ) -> Result<(Node, Stepper)> {
        let keys = Keys::open(&options.folder.join("keys"), options.files.clone())?;
        let store_folder = options.folder.join("store");
        let reader = journal.reader();
        match link::made(&store_folder, reader.as_ref())? {
            Made::Here => {}
            Made::Longer(store) => return Err(Error::JournalBehind { store, journal: reader.end() }),
            Made::Elsewhere => {
                tracing::warn!("the checkpoints were made from another journal: the store is rebuilt from this one");
                let failed = |source| Error::Key { path: store_folder.clone(), source };
                std::fs::remove_dir_all(&store_folder).map_err(failed)?;
            }
        }
        let mut restored = Store::restore_with(&store_folder, &mut |damaged| {
            tracing::warn!(error = %damaged, "a checkpoint is damaged and passed over");
        })?
        .unwrap_or_default();
        if restored.next_offset() > reader.end() {
            return Err(Error::JournalBehind { store: restored.next_offset(), journal: reader.end() });
        }
        restored.replay(reader.as_ref(), progress)?;
        if options.scope == Scope::Whole && restored.last_number(Origin::of_cell(ROOT)) > 0 {
            let what = "this journal took over events of a root cell, and nothing here says that it is one cell of several: \
                        its `cell.toml` is missing";
            return Err(Error::OtherCell { what: what.to_owned() });
        }
        let bulletin = Bulletin::read(reader.as_ref(), &store_folder, restored.next_offset())?;
        for (area, wave) in bulletin.erased() {
            keys.destroy_body(*area, *wave)?;
        }
        let blobs = Blobs::new(BlobStore::open(&options.folder.join("blobs"))?, options.files.clone());
        let shared = Arc::new(Shared::new(keys, options.clock, restored, reader, bulletin, blobs, options.scope));
        let (jobs, queue) = crossbeam_channel::bounded(options.queue_max);
        let epoch = journal.tip().epoch + 1;
        let cell = Cell { shared: shared.clone(), journal, cell: options.cell, epoch, marked: true };
        let node = Node {
            shared,
            folder: options.folder,
            jobs: Mutex::new(Some(jobs)),
            threads: Mutex::default(),
            stopping: Arc::default(),
            waiting_bytes: Arc::default(),
            queue_bytes_max: options.queue_bytes_max,
        };
        Ok((node, Stepper { cell, queue }))
    }

    /// The production store. Hold the guard briefly: the cell waits for it.
    pub fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.shared.store.read()
    }

    /// The journal.
    pub fn reader(&self) -> &dyn Reader {
        self.shared.reader.as_ref()
    }

    /// The hash of the journal's frame that holds the event before `offset`; zeros at 0. What is made of the events before
    /// `offset` keeps it, to know the journal again.
    pub fn link(&self, offset: Offset) -> Result<event::Digest> {
        Ok(link::link(self.shared.reader.as_ref(), offset)?)
    }

    /// The node's keys.
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// What it decides about.
    pub fn scope(&self) -> &Scope {
        &self.shared.scope
    }

    /// The time.
    pub fn now(&self) -> types::Time {
        self.shared.clock.now()
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The body of an event, decrypted; identifiers in it stay sealed.
    pub fn body(&self, offset: Offset) -> Result<Vec<u8>> {
        bodies::open(&self.shared.keys, offset, &self.shared.reader.record(offset)?.1)
    }

    /// The compiled form of a version.
    pub fn form(&self, form: u32, version: u32) -> Option<Arc<Form>> {
        self.shared.form(form, version)
    }

    /// Offsets from `from` on of the events that every device must know.
    pub fn bulletin(&self, from: Offset) -> Vec<Offset> {
        self.shared.bulletin.read().everybody(from).to_vec()
    }

    /// Offsets from `from` on of the events that ended a lease of this member of staff.
    pub fn leases_lost(&self, staff: StaffId, from: Offset) -> Vec<Offset> {
        self.shared.bulletin.read().leases_lost(staff, from).to_vec()
    }

    /// How it is doing.
    pub fn status(&self) -> Status {
        Status {
            next_offset: self.store().next_offset(),
            queue: self.jobs.lock().as_ref().map_or(0, Sender::len),
            events: self.shared.events.load(Ordering::Relaxed),
            append_us: self.shared.append_us.load(Ordering::Relaxed),
            stands: self.shared.standing.lock().clone(),
            stopped: self.shared.stopped.lock().clone(),
            not_taken: self.shared.not_taken.load(Ordering::Relaxed),
            not_taken_at: types::Time(self.shared.not_taken_at_us.load(Ordering::Relaxed)),
        }
    }

    /// Since when this node owns the cell.
    pub fn owned_since(&self) -> types::Time {
        self.shared.standing.lock().owned_since
    }

    /// Waits so long at most until this node owns the cell; says whether it does.
    pub fn wait_to_own(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        while !self.shared.owns() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.shared.owns()
    }

    /// Stops gracefully: what is queued is finished, a checkpoint is written.
    ///
    /// # Errors
    /// [`Error::Stopped`] when an event was applied by half: such a store is not written down. [`Error::Store`].
    pub fn stop(&self) -> Result<()> {
        self.join();
        if self.shared.broken.load(Ordering::Relaxed) {
            return Err(self.stopped_error());
        }
        let folder = self.folder.join("store");
        self.store().checkpoint(&folder)?;
        write_bulletin(&self.shared, &folder);
        Ok(())
    }

    fn join(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(self.jobs.lock().take());
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the node panicked");
            }
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.join();
    }
}

/// The cell of [`Node::open_stepped`]: works when it is told to, on the caller's thread.
pub struct Stepper {
    cell: Cell,
    queue: Receiver<Job>,
}

impl Stepper {
    /// Commits what waits, as one batch, and answers it. With nothing waiting, marks the journal's end durable, as a cell
    /// does that has been idle for a second.
    ///
    /// # Errors
    /// [`Error::Stopped`]: the cell has stopped, and what waited was not acknowledged.
    pub fn step(&mut self) -> Result<()> {
        let worked = match self.queue.try_recv() {
            Err(_) => self.cell.idle(),
            Ok(job) => match self.cell.work(job, &self.queue) {
                Ok(Some(alone)) => self.cell.work(alone, &self.queue).map(drop),
                other => other.map(drop),
            },
        };
        worked.map_err(|()| self.cell.shared.stopped_error())
    }
}

/// Writes checkpoints in the background.
fn checkpoints(shared: Arc<Shared>, folder: PathBuf, every: u64, stopping: Arc<AtomicBool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut checkpoints = Checkpoints::new(&folder);
        let mut last = shared.store.read().next_offset();
        while !stopping.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(200));
            let next = shared.store.read().next_offset();
            if next - last < every || shared.stopped.lock().is_some() {
                continue;
            }
            match checkpoints.write(&shared.store) {
                Ok(written) => {
                    metrics::histogram!("quipu_checkpoint_pause_seconds").record(written.pause.as_secs_f64());
                    metrics::gauge!("quipu_checkpoint_bytes").set(written.bytes as f64);
                    last = written.next_offset;
                    write_bulletin(&shared, &folder);
                }
                Err(error) => {
                    tracing::error!(%error, "a checkpoint could not be written; a restart will take longer");
                    last = next;
                }
            }
        }
    })
}

/// Writes the bulletin beside the checkpoints, and from which journal all of it was made. Without the bulletin a restart
/// reads more heads.
fn write_bulletin(shared: &Shared, folder: &Path) {
    let (next_offset, bytes) = {
        let store = shared.store.read();
        (store.next_offset(), shared.bulletin.read().to_bytes(store.next_offset()))
    };
    if let Err(error) = link::write(folder, shared.reader.as_ref(), next_offset) {
        tracing::error!(%error, "it could not be written down from which journal the checkpoints are");
    }
    if let Err(error) = Bulletin::write(folder, &bytes) {
        tracing::error!(%error, "the bulletin could not be written; a restart will take longer");
    }
}
