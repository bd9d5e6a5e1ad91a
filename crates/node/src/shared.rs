//! What the cell's thread and the callers share.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use event::Head;
use event::frame::Frame;
use forms::{Date, Form};
use journal::{Reader, Standing};
use parking_lot::{Mutex, RwLock};
use store::Store;
use types::{FormId, Time};

use crate::bodies;
use crate::bulletin::Bulletin;
use crate::clock::Clock;
use crate::error::Error;
use crate::files::Blobs;
use crate::keys::Keys;
use crate::scope::Scope;

/// Whoever sent an operation that could not be kept tries again after so long: somebody has to look at a disk.
const NOT_TAKEN_RETRY_MS: u64 = 60_000;

/// Form versions by number and version; `None` for those that cannot be read.
type Forms = HashMap<(u32, u32), Option<Arc<Form>>>;

/// That the cell has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Everything known, file names included: for the log and this machine's people.
    pub reason: String,
    /// The kind of reason: for everybody.
    pub cause: Cause,
    /// When.
    pub at: Instant,
}

/// How a node stands among those that share its journal.
#[derive(Clone, Debug, Default)]
pub struct Stands {
    /// Who appends.
    pub standing: Standing,
    /// When it last knew everything that the journal had; `None` before the first time.
    pub heard: Option<Instant>,
    /// Since when the journal's database cannot be used.
    pub unreachable: Option<Instant>,
    /// Since when this node owns the cell, if it does.
    pub owned_since: Time,
}

/// What stops a cell, and so what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is no space left: free some, then start again.
    DiskFull,
    /// The disk or a file on it fails: look at the machine before starting again.
    Disk,
    /// The program found something that cannot be: the log says what.
    Program,
}

impl Cause {
    /// The cause of an error, from what the system said.
    pub fn of(error: &Error) -> Cause {
        if let Error::Journal(journal::Error::Full { .. }) = error {
            return Cause::DiskFull;
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                return match io.kind() {
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Cause::DiskFull,
                    _ => Cause::Disk,
                };
            }
            cause = error.source();
        }
        Cause::Program
    }
}

/// What the cell's thread and the callers share.
pub struct Shared {
    pub scope: Scope,
    pub blobs: Blobs,
    pub keys: Keys,
    pub clock: Arc<dyn Clock>,
    pub store: RwLock<Store>,
    pub reader: Arc<dyn Reader>,
    forms: RwLock<Forms>,
    pub bulletin: RwLock<Bulletin>,
    pub events: AtomicU64,
    pub append_us: AtomicU64,
    pub stopped: Mutex<Option<Stop>>,
    pub standing: Mutex<Stands>,
    owns: AtomicBool,
    /// The store holds half an event.
    pub broken: AtomicBool,
    pub not_taken: AtomicU64,
    pub not_taken_at_us: AtomicI64,
}

impl Shared {
    pub fn new(
        keys: Keys,
        clock: Arc<dyn Clock>,
        store: Store,
        reader: Arc<dyn Reader>,
        bulletin: Bulletin,
        blobs: Blobs,
        scope: Scope,
    ) -> Shared {
        Shared {
            scope,
            blobs,
            keys,
            clock,
            store: RwLock::new(store),
            reader,
            forms: RwLock::default(),
            bulletin: RwLock::new(bulletin),
            events: AtomicU64::new(0),
            append_us: AtomicU64::new(0),
            stopped: Mutex::new(None),
            standing: Mutex::default(),
            owns: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            not_taken: AtomicU64::new(0),
            not_taken_at_us: AtomicI64::new(0),
        }
    }

    /// One operation cannot be kept: the alarm, and what its sender is told.
    pub fn not_taken(&self, error: Error) -> Error {
        let error = match error {
            Error::NotTaken { .. } | Error::Stopped { .. } => error,
            error => Error::NotTaken { why: error.whole(), retry_after_ms: NOT_TAKEN_RETRY_MS },
        };
        tracing::error!(%error, "one operation could not be kept; those beside it were, and its sender tries again");
        metrics::counter!("quipu_operations_not_taken_total").increment(1);
        self.not_taken.fetch_add(1, Ordering::Relaxed);
        self.not_taken_at_us.store(self.clock.now().0, Ordering::Relaxed);
        error
    }

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
        let Ok(read) = Form::from_bytes(&bytes) else {
            self.forms.write().insert((form, version), None);
            return None;
        };
        let (read, certain) = self.with_files(read);
        let read = Some(Arc::new(read));
        if certain {
            self.forms.write().insert((form, version), read.clone());
        }
        read
    }

    /// A form with the rows of the code lists that were published with it. Without them any code is taken. Not certain when
    /// reading one failed: it may be read the next time.
    fn with_files(&self, form: Form) -> (Form, bool) {
        let listed: Vec<(String, String)> = form.files_listed().map(|(n, d)| (n.to_owned(), d.to_owned())).collect();
        let (mut whole, mut certain) = (form, true);
        for (name, digest) in listed {
            if !whole.files().contains(&name.as_str()) {
                continue;
            }
            let digest = blake3::Hash::from_hex(&digest).ok();
            let bytes = digest.map_or(Ok(None), |digest| self.blobs.get(digest.as_bytes()));
            let bytes = bytes.unwrap_or_else(|error| {
                tracing::error!(%error, file = %name, "a form's code list could not be read");
                certain = false;
                None
            });
            match bytes.map(|bytes| whole.attach(&name, &bytes)) {
                Some(Ok(form)) => whole = form,
                Some(Err(error)) => tracing::error!(%error, file = %name, "a form's code list cannot be read"),
                None => tracing::error!(file = %name, "a form's code list is not here; its codes are not checked"),
            }
        }
        (whole, certain)
    }

    /// The day of the census's reference moment; `None` before the census is defined.
    pub fn reference(&self) -> Option<Date> {
        Date::parse(&self.store.read().census()?.reference_date)
    }

    /// Called by the cell after each batch of its own.
    pub fn appended(&self, heads: &[Head], flush: Duration) {
        self.append_us.store(flush.as_micros() as u64, Ordering::Relaxed);
        metrics::histogram!("quipu_batch_events").record(heads.len() as f64);
    }

    /// Called by the cell after each frame.
    pub fn folded(&self, heads: &[Head], frame: &Frame) {
        self.events.fetch_add(heads.len() as u64, Ordering::Relaxed);
        metrics::counter!("quipu_events_total").increment(heads.len() as u64);
        metrics::gauge!("quipu_journal_next_offset").set(frame.tip().next_offset as f64);
    }

    /// Whether this node owns the cell.
    pub fn owns(&self) -> bool {
        self.owns.load(Ordering::Acquire)
    }

    /// Called by the cell whenever it knows how it stands, everything that the journal has folded.
    pub fn stands(&self, standing: Standing) {
        let mut known = self.standing.lock();
        let owns = standing == Standing::Owner;
        if owns && !self.owns() {
            known.owned_since = self.clock.now();
            metrics::counter!("quipu_takeovers_total").increment(1);
            tracing::info!("this node owns the cell");
        } else if known.standing != standing {
            tracing::info!(?standing, "this node follows");
        }
        (known.standing, known.heard, known.unreachable) = (standing, Some(Instant::now()), None);
        self.owns.store(owns, Ordering::Release);
    }

    /// Called by the cell when it owns no longer and knows no owner yet.
    pub fn follows(&self) {
        if self.owns.swap(false, Ordering::AcqRel) {
            self.standing.lock().standing = Standing::Follower { owner: String::new() };
        }
    }

    /// Called by the cell when another node goes on, or none can for now.
    pub fn loses(&self, error: &Error) {
        tracing::warn!(error = error.whole(), "this node owns the cell no longer; what waited is sent again");
        self.follows();
    }

    /// Called by the cell when the journal's database cannot be used.
    pub fn unreachable(&self, error: &Error) {
        let mut known = self.standing.lock();
        if known.unreachable.is_none() {
            tracing::warn!(error = error.whole(), "the journal's database cannot be used; it is tried again");
            known.unreachable = Some(Instant::now());
        }
    }

    /// Called by the cell with the store's lock held, so that nobody sees an event in the store and not here.
    pub fn announce(&self, heads: &[Head], frame: &Frame) {
        for (index, head) in heads.iter().enumerate() {
            if Bulletin::concerns(head) {
                self.bulletin.write().put(frame.header.first_offset + index as u64, head);
            }
        }
    }

    /// Called by the cell when it stops. What stopped it first counts.
    pub fn stop(&self, reason: String, cause: Cause) {
        self.stopped.lock().get_or_insert(Stop { reason, cause, at: Instant::now() });
    }

    /// What is answered once the cell has stopped or is stopping.
    pub fn stopped_error(&self) -> Error {
        if let Some(stop) = self.stopped.lock().clone() {
            return Error::Stopped { reason: stop.reason };
        }
        match &self.standing.lock().standing {
            Standing::Follower { owner } => Error::NotOwner { owner: owner.clone() },
            Standing::Owner => Error::Stopped { reason: "it is shutting down".into() },
        }
    }

    /// Called by the cell when an event was applied by half.
    pub fn broke(&self) {
        self.stop("an event could not be applied; the log says why".into(), Cause::Program);
        self.broken.store(true, Ordering::Relaxed);
    }
}
