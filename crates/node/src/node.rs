//! A node: opens a cell's folder, recovers it, and answers for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use blob::BlobStore;
use crossbeam_channel::{Sender, TrySendError};
use event::frame::Frame;
use event::head::{RulesActivated, Text};
use event::{Fact, Head};
use forms::{Date, Form};
use journal::{Journal, Reader};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use store::Store;
use tokio::sync::oneshot;
use types::{AreaId, CellId, DeviceId, FormId, Offset, StaffId};

use crate::bodies;
use crate::bulletin::Bulletin;
use crate::cell::{self, Ack, Cell, Job, Room};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::prepare::{self, Sender as From_};

/// Operations prepared on the caller's own thread; more go to a thread that may block.
const INLINE_MAX: usize = 32;

/// How to open a node.
pub struct Options {
    /// The data folder. The cell's files are in it: `journal`, `store`, `keys`, `blobs`.
    pub folder: PathBuf,
    /// Which cell.
    pub cell: CellId,
    /// Requests that may wait; more are refused at once.
    pub queue_max: usize,
    /// Bytes of operations that may wait; more are refused at once.
    pub queue_bytes_max: usize,
    /// Write a checkpoint of the store after so many events.
    pub checkpoint_events: u64,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The defaults for a folder.
    pub fn new(folder: &Path) -> Options {
        Options {
            folder: folder.to_owned(),
            cell: CellId(1),
            queue_max: 4096,
            queue_bytes_max: 256 << 20,
            checkpoint_events: 500_000,
            clock: Arc::new(SystemClock),
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
    /// Why the cell has stopped, if it has.
    pub stopped: Option<String>,
}

/// Form versions by number and version; `None` for those that cannot be read.
type Forms = HashMap<(u32, u32), Option<Arc<Form>>>;

/// What the cell's thread and the callers share.
pub struct Shared {
    pub keys: Keys,
    pub clock: Arc<dyn Clock>,
    pub store: RwLock<Store>,
    pub reader: Arc<dyn Reader>,
    forms: RwLock<Forms>,
    bulletin: RwLock<Bulletin>,
    events: AtomicU64,
    append_us: AtomicU64,
    stopped: Mutex<Option<String>>,
    /// The store holds half an event.
    broken: AtomicBool,
}

impl Shared {
    /// The compiled form of a version; `None` when it was never published or cannot be read.
    pub fn form(&self, form: u32, version: u32) -> Option<Arc<Form>> {
        if let Some(known) = self.forms.read().get(&(form, version)) {
            return known.clone();
        }
        let form_id = FormId(u16::try_from(form).ok()?);
        let offset = {
            let store = self.store.read();
            store.forms().iter().find(|known| known.form == form_id && known.version == version)?.offset
        };
        let (_, record) = self.reader.record(offset).ok()?;
        let bytes = bodies::open(&self.keys, offset, &record).ok()?;
        let read = Form::from_bytes(&bytes).map(Arc::new).ok();
        self.forms.write().insert((form, version), read.clone());
        read
    }

    /// The day of the census's reference moment; `None` before the census is defined.
    pub fn reference(&self) -> Option<Date> {
        Date::parse(&self.store.read().census()?.reference_date)
    }

    /// Called by the cell after each batch.
    pub fn folded(&self, heads: &[Head], frame: &Frame, flush: Duration) {
        self.events.fetch_add(heads.len() as u64, Ordering::Relaxed);
        self.append_us.store(flush.as_micros() as u64, Ordering::Relaxed);
        metrics::counter!("quipu_events_total").increment(heads.len() as u64);
        metrics::gauge!("quipu_journal_next_offset").set(frame.tip().next_offset as f64);
        metrics::histogram!("quipu_batch_events").record(heads.len() as f64);
    }

    /// Called by the cell with the store's lock held, so that nobody sees an event in the store and not here.
    pub fn announce(&self, heads: &[Head], frame: &Frame) {
        for (index, head) in heads.iter().enumerate() {
            if Bulletin::concerns(head) {
                self.bulletin.write().put(frame.header.first_offset + index as u64, head);
            }
        }
    }

    /// Called by the cell when it stops.
    pub fn stop(&self, reason: String) {
        self.stopped.lock().get_or_insert(reason);
    }

    /// Called by the cell when an event was applied by half.
    pub fn broke(&self) {
        self.stop("an event could not be applied; the log says why".into());
        self.broken.store(true, Ordering::Relaxed);
    }
}

/// A running cell. Dropping it stops it without a checkpoint, as a crash would.
pub struct Node {
    shared: Arc<Shared>,
    blobs: BlobStore,
    folder: PathBuf,
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stopping: Arc<AtomicBool>,
    waiting_bytes: Arc<AtomicUsize>,
    queue_bytes_max: usize,
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

    /// As [`Node::open`], over a journal opened by the caller.
    pub fn open_with(
        options: Options,
        journal: Box<dyn Journal>,
        progress: &mut dyn FnMut(Offset, Offset),
    ) -> Result<Node> {
        let keys = Keys::open(&options.folder.join("keys"))?;
        let store_folder = options.folder.join("store");
        let mut restored = Store::restore_with(&store_folder, &mut |damaged| {
            tracing::warn!(error = %damaged, "a checkpoint is damaged and passed over");
        })?
        .unwrap_or_default();
        let reader = journal.reader();
        if restored.next_offset() > reader.end() {
            return Err(Error::JournalBehind { store: restored.next_offset(), journal: reader.end() });
        }
        restored.replay(reader.as_ref(), progress)?;
        let bulletin = Bulletin::read(reader.as_ref(), restored.next_offset())?;
        for (area, wave) in bulletin.erased() {
            keys.destroy_body(*area, *wave)?;
        }
        let blobs = BlobStore::open(&options.folder.join("blobs"))?;
        let shared = Arc::new(Shared {
            keys,
            clock: options.clock,
            store: RwLock::new(restored),
            reader,
            forms: RwLock::default(),
            bulletin: RwLock::new(bulletin),
            events: AtomicU64::new(0),
            append_us: AtomicU64::new(0),
            stopped: Mutex::new(None),
            broken: AtomicBool::new(false),
        });
        let (jobs, queue) = crossbeam_channel::bounded(options.queue_max);
        let epoch = journal.tip().epoch + 1;
        let fresh = journal.tip().next_offset == 0;
        let cell = Cell { shared: shared.clone(), journal, cell: options.cell, epoch };
        let thread = std::thread::Builder::new()
            .name("cell".into())
            .spawn(move || cell::run(cell, &queue))
            .map_err(|source| Error::Key { path: options.folder.clone(), source })?;
        let stopping = Arc::new(AtomicBool::new(false));
        let checkpoints = checkpoints(shared.clone(), store_folder, options.checkpoint_events, stopping.clone());
        let node = Node {
            shared,
            blobs,
            folder: options.folder,
            jobs: Mutex::new(Some(jobs)),
            threads: Mutex::new(vec![thread, checkpoints]),
            stopping,
            waiting_bytes: Arc::default(),
            queue_bytes_max: options.queue_bytes_max,
        };
        if fresh {
            let rules = Fact::RulesActivated(RulesActivated { version: 1 });
            node.admin_blocking(vec![(Head::of(AreaId(0), StaffId(0), rules), Vec::new())])?;
        }
        Ok(node)
    }

    /// Takes operations in: returns once they are durable and folded. One answer each, in order.
    ///
    /// # Errors
    /// [`Error::Busy`] before any work is done; [`Error::Stopped`] when nothing was acknowledged (the operations may be
    /// in the journal all the same: a resend finds out).
    pub async fn submit(&self, device: DeviceId, staff: StaffId, operations: Vec<Vec<u8>>) -> Result<Vec<Ack>> {
        let jobs = self.queue()?;
        let room = self.room(&jobs, operations.iter().map(Vec::len).sum())?;
        let sender = From_ { device, staff };
        let (shared, count) = (self.shared.clone(), operations.len());
        let prepare = move || -> Result<Vec<prepare::Prepared>> {
            operations.into_iter().map(|raw| prepare::operation(&shared, sender, raw)).collect()
        };
        // A few operations take less time than a change of threads.
        let prepared = if count <= INLINE_MAX {
            prepare()?
        } else {
            tokio::task::spawn_blocking(prepare).await.map_err(|_| self.stopped_error())??
        };
        self.send(&jobs, prepared, room)?.await.unwrap_or_else(|_| Err(self.stopped_error()))
    }

    /// Appends events of the office.
    pub async fn admin(&self, events: Vec<(Head, Vec<u8>)>) -> Result<Vec<Ack>> {
        let reply = self.send_admin(events)?;
        reply.await.unwrap_or_else(|_| Err(self.stopped_error()))
    }

    /// As [`Node::admin`], from a thread outside any runtime.
    pub fn admin_blocking(&self, events: Vec<(Head, Vec<u8>)>) -> Result<Vec<Ack>> {
        let reply = self.send_admin(events)?;
        reply.blocking_recv().unwrap_or_else(|_| Err(self.stopped_error()))
    }

    fn send_admin(&self, events: Vec<(Head, Vec<u8>)>) -> Result<oneshot::Receiver<Result<Vec<Ack>>>> {
        let jobs = self.queue()?;
        let room = self.room(&jobs, events.iter().map(|(_, body)| body.len()).sum())?;
        let prepared =
            events.into_iter().map(|(head, body)| prepare::admin(&self.shared, head, &body)).collect::<Result<_>>()?;
        self.send(&jobs, prepared, room)
    }

    /// Room for a request, or a refusal before any work is done.
    fn room(&self, jobs: &Sender<Job>, bytes: usize) -> Result<Room> {
        if jobs.is_full() {
            return Err(busy());
        }
        Room::take(&self.waiting_bytes, bytes, self.queue_bytes_max).ok_or_else(busy)
    }

    fn send(
        &self,
        jobs: &Sender<Job>,
        prepared: Vec<prepare::Prepared>,
        room: Room,
    ) -> Result<oneshot::Receiver<Result<Vec<Ack>>>> {
        let (reply, answer) = oneshot::channel();
        match jobs.try_send(Job { prepared, room, reply }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(busy()),
            Err(TrySendError::Disconnected(_)) => Err(self.stopped_error()),
        }
    }

    fn queue(&self) -> Result<Sender<Job>> {
        if self.shared.stopped.lock().is_some() {
            return Err(self.stopped_error());
        }
        self.jobs.lock().clone().ok_or_else(|| self.stopped_error())
    }

    fn stopped_error(&self) -> Error {
        let reason = self.shared.stopped.lock().clone().unwrap_or_else(|| "it is shutting down".into());
        Error::Stopped { reason }
    }

    /// The production store. Hold the guard briefly: the cell waits for it.
    pub fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.shared.store.read()
    }

    /// The journal.
    pub fn reader(&self) -> &dyn Reader {
        self.shared.reader.as_ref()
    }

    /// The node's keys.
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Photos and other attachments.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
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
            stopped: self.shared.stopped.lock().clone(),
        }
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
        self.store().checkpoint(&self.folder.join("store"))?;
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

fn busy() -> Error {
    metrics::counter!("quipu_refused_busy_total").increment(1);
    Error::Busy { retry_after_ms: 1000 }
}

/// Writes checkpoints in the background.
fn checkpoints(shared: Arc<Shared>, folder: PathBuf, every: u64, stopping: Arc<AtomicBool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut last = shared.store.read().next_offset();
        while !stopping.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(200));
            let next = shared.store.read().next_offset();
            if next - last >= every {
                let store = shared.store.read();
                // Asked under the lock: a cell that broke has said so before it let go of the store.
                if shared.stopped.lock().is_some() {
                    continue;
                }
                match store.checkpoint(&folder) {
                    Ok(offset) => last = offset,
                    Err(error) => {
                        tracing::error!(%error, "a checkpoint could not be written; a restart will take longer");
                        last = next;
                    }
                }
            }
        }
    })
}

/// A text in several languages, as events carry it.
pub fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Text> {
    texts.into_iter().map(|(language, text)| Text { language: language.into(), text: text.into() }).collect()
}
