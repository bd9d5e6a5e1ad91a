//! The server on a simulated machine: the real cell and the real HTTP routes, stepped by hand on this thread.
//!
//! The journal is on the simulated disk. Keys, checkpoints and photos are real files in a scratch folder in memory: they
//! are written whole and renamed, and the simulation damages them between two runs instead of under the program.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

use api::{App, Phones, Remote};
use axum::Router;
use axum::body::Body;
use event::Head;
use event::sign::PrivateKey;
use journal::simulated::Disk;
use journal::simulated::disk::{DiskJournal, Options as Segments};
use node::{Ack, Clock, Node, Options, Stepper};
use tower::Service;
use types::{CellId, Time};

use crate::office::VILLAGES;

/// The one cell.
pub const CELL: CellId = CellId(1);
/// Small, so that a seed fills many.
const SEGMENT_BYTES: u64 = 32 << 10;
const NODE_KEY: [u8; 32] = [11; 32];

/// The machine's clock, which the simulation turns.
#[derive(Debug, Default)]
pub struct Hands(pub AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Relaxed))
    }
}

/// A request and who sends it.
pub struct Call {
    /// From which address.
    pub from: Ipv4Addr,
    /// What the device core made.
    pub request: device::Request,
}

/// What came back: status and body; `None` when the server died over it.
pub type Answer = Option<(u16, Vec<u8>)>;

/// A machine with a server on it, running or not.
pub struct Server {
    /// What the journal is on.
    pub disk: Disk,
    /// Turned by the simulation.
    pub clock: Arc<Hands>,
    root: PathBuf,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    up: Option<Up>,
}

struct Up {
    node: Arc<Node>,
    stepper: Stepper,
    router: Router,
}

type Reply = Pin<Box<dyn Future<Output = Answer>>>;

impl Server {
    /// A machine with an empty disk.
    pub fn new(seed: u64) -> Server {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch folder");
        let root = PathBuf::from("/simulated").join(folder.path().file_name().expect("a name"));
        let keys = folder.path().join("keys/bodies");
        std::fs::create_dir_all(&keys).expect("a folder of keys");
        let key = |name: &str, bytes: [u8; 32]| std::fs::write(keys.join(name), bytes).expect("a key");
        key("../node.key", NODE_KEY);
        key("../token.key", [12; 32]);
        for area in 0..=VILLAGES {
            for wave in 1..=3 {
                key(&format!("{area}-{wave}.key"), [(area * 4 + wave) as u8; 32]);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let disk = Disk::mount(&root, seed);
        Server { disk, clock: Arc::default(), root, folder, runtime, up: None }
    }

    /// The public half of the key that signs frames.
    pub fn node_key() -> [u8; 32] {
        PrivateKey::from_bytes(&NODE_KEY).public()
    }

    /// Starts the server. `check_bytes` as in the journal's options.
    ///
    /// # Errors
    /// What the node says about what it found.
    pub fn start(&mut self, check_bytes: u64) -> node::Result<()> {
        assert!(self.up.is_none(), "the server runs already");
        let segments = Segments { segment_bytes: SEGMENT_BYTES, keys: vec![Server::node_key()], check_bytes };
        let (journal, _) = DiskJournal::open(&self.root.join("journal"), CELL, segments)?;
        let options = Options { cell: CELL, clock: self.clock.clone(), ..Options::new(self.folder.path()) };
        let (node, stepper) = Node::open_stepped(options, Box::new(journal), &mut |_, _| {})?;
        let node = Arc::new(node);
        let router = api::router(Arc::new(App::new(node.clone(), None, Phones::default())), Router::new());
        self.up = Some(Up { node, stepper, router });
        Ok(())
    }

    /// The server is gone, without a word.
    pub fn kill(&mut self) {
        self.up = None;
    }

    /// The node, while the server runs.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.up.as_ref().map(|up| &up.node)
    }

    /// Whether the cell has stopped after an error. It still answers, and takes nothing.
    pub fn stopped(&self) -> Option<String> {
        Some(self.node()?.status().stopped?.reason)
    }

    /// The folder of the store's checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Writes a checkpoint.
    pub fn checkpoint(&self) {
        if let Some(node) = self.node().filter(|node| node.status().stopped.is_none()) {
            node.store().checkpoint(&self.checkpoints()).expect("the scratch folder takes a checkpoint");
        }
    }

    /// A second without work has passed.
    pub fn idle(&mut self) {
        if let Some(up) = &mut self.up {
            // Should it fail, the cell has stopped, and whoever asks is told.
            let _ = up.stepper.step();
        }
    }

    /// Appends events of the office; `None` when the server is down or did not keep them.
    pub fn admin(&mut self, events: Vec<(Head, Vec<u8>)>) -> Option<Vec<Ack>> {
        let node = self.node()?.clone();
        let mut acks = None;
        {
            let reply = async { acks = node.admin(events).await.ok() };
            let mut reply = std::pin::pin!(reply);
            let mut context = Context::from_waker(Waker::noop());
            while reply.as_mut().poll(&mut context).is_pending() {
                let _ = self.up.as_mut()?.stepper.step();
            }
        }
        acks
    }

    /// Serves requests that arrive together: what they bring becomes one batch.
    pub fn serve(&mut self, calls: Vec<Call>) -> Vec<Answer> {
        let Some(up) = &mut self.up else { return calls.iter().map(|_| None).collect() };
        let _entered = self.runtime.enter();
        let mut replies: Vec<Waiting> = Vec::with_capacity(calls.len());
        for call in calls {
            let mut waiting = Waiting { reply: send(&mut up.router, call), answer: None };
            let queued = up.node.status().queue;
            // Until it waits for the cell, so that the order of the batch is the order of arrival. What is pending and
            // not queued is read or prepared on a thread that may block.
            while !waiting.poll() && up.node.status().queue == queued {
                std::thread::yield_now();
            }
            replies.push(waiting);
        }
        while replies.iter_mut().map(Waiting::poll).filter(|done| !done).count() > 0 {
            if up.node.status().queue > 0 {
                let _ = up.stepper.step();
            } else {
                std::thread::yield_now();
            }
        }
        replies.into_iter().map(|waiting| waiting.answer.flatten()).collect()
    }
}

struct Waiting {
    reply: Reply,
    answer: Option<Answer>,
}

impl Waiting {
    /// Whether it is answered by now.
    fn poll(&mut self) -> bool {
        if self.answer.is_none()
            && let Poll::Ready(answer) = self.reply.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.answer = Some(answer);
        }
        self.answer.is_some()
    }
}

fn send(router: &mut Router, Call { from, request }: Call) -> Reply {
    let mut http = axum::http::Request::builder().method(request.method).uri(request.path.as_str());
    for (name, value) in &request.headers {
        http = http.header(name.as_str(), value.as_str());
    }
    let remote = Remote(SocketAddr::new(IpAddr::V4(from), 1));
    // What cannot be written as HTTP is not sent: a browser refuses it.
    let Ok(http) = http.extension(remote).body(Body::from(request.body)) else { return Box::pin(async { None }) };
    let response = router.call(http);
    Box::pin(async move {
        let response = response.await.ok()?;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.ok()?;
        Some((status, body.to_vec()))
    })
}
