//! What the handlers share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, OnceLock, Weak};

use event::Digest;
use node::{Node, Status};
use tokio::sync::{Mutex, Semaphore};

use crate::limit::Failures;
use crate::phones::Phones;
use crate::ready::{Readiness, Watch, Watches};
use crate::session::Sessions;

/// Letters that other cells are asked for at once.
const LETTERS_ASKED_MAX: usize = 8;

/// Everything a request needs.
pub struct App {
    /// The cell.
    pub node: Arc<Node>,
    /// Phones heard of.
    pub phones: Phones,
    pub(crate) sessions: Sessions,
    /// One enrolment at a time: two requests of a device get one number.
    pub(crate) enrolling: Mutex<()>,
    pub(crate) device_last: AtomicU32,
    pub(crate) salt: AtomicU64,
    pub(crate) failures: Failures,
    /// Served at `/ca.crt`, so that phones can trust a local authority.
    pub(crate) authority: Option<Vec<u8>>,
    watches: Watches,
    /// Finds the server that a letter unknown here belongs to.
    pub(crate) elsewhere: OnceLock<Elsewhere>,
    /// Files of forms on their way to phones: one copy of each, however many fetch it.
    pub(crate) files: parking_lot::Mutex<HashMap<Digest, Weak<Vec<u8>>>>,
    /// How many letters other cells are asked for at once.
    pub(crate) asking: Semaphore,
}

/// Asks the other cells of a divided census for a letter; the address of the one that has it.
pub type Elsewhere = Box<dyn Fn(Digest) -> Pin<Box<dyn Future<Output = Option<String>> + Send>> + Send + Sync>;

impl App {
    /// The shared state over a node. `authority` is a CA certificate (PEM) for phones to trust.
    pub fn new(node: Arc<Node>, authority: Option<Vec<u8>>, phones: Phones) -> App {
        phones.fresh.begin(node.now());
        let sessions = Sessions::new(node.keys().token_secret());
        App {
            node,
            phones,
            sessions,
            enrolling: Mutex::new(()),
            device_last: AtomicU32::new(0),
            salt: AtomicU64::new(salt()),
            failures: Failures::default(),
            authority,
            watches: Watches::default(),
            elsewhere: OnceLock::new(),
            files: parking_lot::Mutex::default(),
            asking: Semaphore::new(LETTERS_ASKED_MAX),
        }
    }

    /// Asks another part of the program for its alarms whenever somebody asks how the server is.
    pub fn watch(&self, watch: Watch) {
        self.watches.add(watch);
    }

    /// Has whoever comes with a letter that is not this cell's told where it belongs. Only the first call counts.
    pub fn look_elsewhere(&self, elsewhere: Elsewhere) {
        let _ = self.elsewhere.set(elsewhere);
    }

    /// Whether the server is ready.
    pub(crate) fn readiness(&self, status: &Status) -> Readiness {
        Readiness::of(status, self.node.now(), &self.watches)
    }
}

/// Where the numbers that tell sessions apart begin: somewhere else after each start.
fn salt() -> u64 {
    getrandom::u64().unwrap_or_else(|_| std::process::id().into())
}

/// Who is connected: an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub SocketAddr);
