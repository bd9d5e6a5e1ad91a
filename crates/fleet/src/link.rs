//! A phone's network: real HTTP to a real server, and the ways a network fails.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// How long a phone waits for a reply, as the collector does.
const REPLY_WAIT: Duration = Duration::from_secs(60);

/// How often a network fails, each from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// There is no network: the request never leaves.
    pub offline: f64,
    /// The server did the work and the reply never came.
    pub lose_reply: f64,
    /// The request arrived twice.
    pub repeat: f64,
}

impl Faults {
    /// A good line.
    pub const NONE: Faults = Faults { offline: 0.0, lose_reply: 0.0, repeat: 0.0 };
    /// A village on the edge of coverage.
    pub const WEAK: Faults = Faults { offline: 0.15, lose_reply: 0.08, repeat: 0.05 };
}

/// What came back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer of the server.
    Answered {
        /// HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing: the phone cannot know whether the request arrived.
    Lost,
}

/// A connection to one server, shared by the phones of a thread.
#[derive(Clone)]
pub struct Link {
    client: Client<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
}

impl Link {
    /// A link to a server on loopback.
    pub fn new(server: SocketAddr) -> Link {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Link { client: Client::builder(TokioExecutor::new()).build(connector), server }
    }

    /// Sends a device's request through a network with these faults.
    pub async fn send(&self, request: &device::Request, faults: Faults, rng: &mut ChaCha8Rng) -> Reply {
        if rng.random_bool(faults.offline) {
            return Reply::Lost;
        }
        if rng.random_bool(faults.repeat) {
            let _ = self.send_once(request).await;
        }
        let reply = self.send_once(request).await;
        if rng.random_bool(faults.lose_reply) { Reply::Lost } else { reply }
    }

    async fn send_once(&self, request: &device::Request) -> Reply {
        let mut http = Request::builder().method(request.method).uri(format!("http://{}{}", self.server, request.path));
        for (name, value) in &request.headers {
            http = http.header(name.as_str(), value.as_str());
        }
        let Ok(http) = http.body(Full::new(Bytes::from(request.body.clone()))) else { return Reply::Lost };
        let answered = async {
            let response = self.client.request(http).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes().to_vec();
            Some(Reply::Answered { status, body })
        };
        tokio::time::timeout(REPLY_WAIT, answered).await.ok().flatten().unwrap_or(Reply::Lost)
    }
}
