//! A phone made of nothing but the wire format: it sends any bytes, well made or not, and sees what the server says.

use std::net::SocketAddr;

use event::sign::PrivateKey;
use event::{Protobuf, letter, operation, wire};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// See the module's documentation.
pub struct Courier {
    /// What the office told at enrolment.
    pub enrolled: wire::Enrolled,
    /// Its session.
    pub session: wire::Session,
    http: Http,
}

/// Requests to one server.
#[derive(Clone)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The problem's code; empty when it is none.
    pub fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A refusal's code and parameters.
    pub fn refusal(&self) -> types::Message {
        serde_json::from_slice(&self.body).expect("a refusal")
    }

    /// The answer as a message.
    pub fn message<M: Protobuf + Default>(&self) -> M {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        M::decode(self.body.as_slice()).expect("a message")
    }
}

impl Http {
    /// Requests to this server.
    pub fn new(server: SocketAddr) -> Http {
        Http { client: Client::builder(TokioExecutor::new()).build_http(), server }
    }

    /// Sends a request.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.server));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let response = self.client.request(request).await.expect("an answer");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a whole answer").to_bytes().to_vec();
        Answer { status, body }
    }
}

impl Courier {
    /// Enrols with a code and opens a session.
    pub async fn enrol(server: SocketAddr, code: &str) -> Courier {
        let http = Http::new(server);
        let key = PrivateKey::from_bytes(&[42; 32]);
        let lookup = letter::lookup(&letter::read_code(code).expect("a code"));
        let request = wire::Enrol {
            lookup: lookup.to_vec(),
            signing_key: key.public().to_vec(),
            signature: key.sign("enrol", &lookup).to_vec(),
        };
        let enrolled: wire::Enrolled = http.send("POST", "/v1/enrol", &[], request.encode_to_vec()).await.message();
        let nonce = [5; 16];
        let open = |at_us: i64| {
            let signature = key.sign("session", &wire::session_message(enrolled.device, &nonce, at_us)).to_vec();
            wire::OpenSession { device: enrolled.device, nonce: nonce.to_vec(), at_us, signature }.encode_to_vec()
        };
        // A courier has no clock: the refusal of a wrong time says the right one.
        let refused: types::Message = http.send("POST", "/v1/session", &[], open(7)).await.refusal();
        let at_us = refused.params["at_us"].parse().expect("a time");
        let session = http.send("POST", "/v1/session", &[], open(at_us)).await.message();
        Courier { enrolled, session, http }
    }

    /// The headers of a request with this body.
    pub fn headers(&self, body: &[u8]) -> [(&'static str, String); 2] {
        let key = self.session.key.as_slice().try_into().expect("a session key has 32 bytes");
        let mac = wire::mac(&key, body).iter().map(|byte| format!("{byte:02x}")).collect();
        [("authorization", format!("Quipu {}", self.session.token)), ("quipu-mac", mac)]
    }

    /// Sends a signed request.
    pub async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        let headers = self.headers(&body);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.http.send(method, path, &headers, body).await
    }

    /// The same session, at another server.
    pub fn at(&self, server: SocketAddr) -> Courier {
        Courier { enrolled: self.enrolled.clone(), session: self.session.clone(), http: Http::new(server) }
    }

    /// Sends operations, whatever comes of it.
    pub async fn try_sync(&self, operations: &[Vec<u8>]) -> Answer {
        let sync = wire::Sync { operations: operations.to_vec(), ..wire::Sync::default() };
        self.send("POST", "/v1/sync", sync.encode_to_vec()).await
    }

    /// Sends operations; the answer is checked receipt by receipt.
    pub async fn sync(&self, operations: &[Vec<u8>]) -> wire::Synced {
        let synced: wire::Synced = self.try_sync(operations).await.message();
        assert_eq!(synced.receipts.len(), operations.len(), "one receipt for each operation");
        for (bytes, received) in operations.iter().zip(&synced.receipts) {
            let receipt = received.receipt(&synced.frames).expect("its frame is there");
            receipt.verify(&operation::digest(bytes), &self.enrolled.node_key).expect("a receipt proves its operation");
        }
        synced
    }

    /// The receipts of operations, as phones keep them.
    pub async fn receipts(&self, operations: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let synced = self.sync(operations).await;
        let receipt =
            |received: &wire::Received| received.receipt(&synced.frames).map(|receipt| receipt.encode_to_vec());
        synced.receipts.iter().map(|received| receipt(received).expect("its frame is there")).collect()
    }
}
