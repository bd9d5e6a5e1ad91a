//! A small census behind a real server, and a client that speaks real HTTP to it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::net::SocketAddr;
use std::sync::Arc;

use api::{Config, Server};
use areas::{AreaDef, AreaTree};
use event::head::{CensusDefined, LetterIssued};
use event::operation::{ListDwelling, Submit};
use event::sign::PrivateKey;
use event::{Act, Body, Operation, Protobuf, letter, wire};
use forms::{Date, Form, Inputs, Instance};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use node::{Node, Options, office};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use types::{AreaId, FormId, Occupancy, PhaseId, Role, StaffId};

pub const COUNTRY: AreaId = AreaId(0);
pub const VILLAGE: AreaId = AreaId(1);
/// The first of the village's enumeration areas.
pub const EA: AreaId = AreaId(2);
pub const ENUMERATOR: StaffId = StaffId(1);
pub const SUCCESSOR: StaffId = StaffId(2);
pub const SUPERVISOR: StaffId = StaffId(3);
pub const CENSUS: u64 = 0x7177_6970_7531_3233;

pub struct Office {
    pub folder: TempDir,
    pub server: Server,
    pub node: Arc<Node>,
    pub form: Arc<Form>,
    client: Client<HttpConnector, Full<Bytes>>,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: hyper::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn message<M: Protobuf + Default>(&self) -> M {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        M::decode(self.body.as_slice()).unwrap()
    }

    pub fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        problem["code"].as_str().unwrap().to_owned()
    }

    /// A parameter of a refusal.
    pub fn param(&self, name: &str) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        problem["params"][name].as_str().unwrap().to_owned()
    }
}

/// The random bytes of a staff member's activation code.
pub fn code_of(staff: StaffId) -> [u8; 10] {
    [staff.0 as u8; 10]
}

impl Office {
    pub async fn open() -> Office {
        Office::open_with(3).await
    }

    /// With so many enumeration areas in the village.
    pub async fn open_with(eas: u32) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let node = tokio::task::spawn_blocking(move || Node::open(Options::new(&path), &mut |_, _| {}));
        let node = Arc::new(node.await.unwrap().unwrap());
        let (book, mistakes) = forms::workbook::from_markdown(
            "| survey |
             |  | type | name | constraint | fact |
             |  | integer | people | . < 100 | persons |",
        );
        assert_eq!(mistakes, []);
        let (form, mistakes) = forms::compile(&book);
        let form = Arc::new(form.unwrap_or_else(|| panic!("{mistakes:?}")));
        let events = [
            vec![office::define_census(CensusDefined {
                names: office::texts([("en", "Test")]),
                reference_date: "2020-11-01".into(),
                census_key: vec![9; 32],
                id: CENSUS,
                test: true,
                ..CensusDefined::default()
            })],
            office::define_areas(&tree(eas)),
            vec![
                office::publish_form(FormId(1), 1, 2, &form),
                office::open_phase(PhaseId(1), COUNTRY, &[("en", "Counting")], &[FormId(1)]),
                office::enrol_staff(ENUMERATOR, Role::Enumerator, VILLAGE, "Li", "", ""),
                office::enrol_staff(SUCCESSOR, Role::Enumerator, VILLAGE, "Wu", "", ""),
                office::enrol_staff(SUPERVISOR, Role::Supervisor, VILLAGE, "He", "", ""),
                letter_for(ENUMERATOR),
                letter_for(SUCCESSOR),
                letter_for(SUPERVISOR),
                office::grant_lease(EA, ENUMERATOR, 1),
            ],
        ];
        for ack in node.admin(events.concat()).await.unwrap() {
            assert_eq!(ack.held, types::Held::Not, "event {}", ack.offset());
        }
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let config =
            Config { addr, tls: None, authority: None, node: node.clone(), phones: Default::default(), extra: None };
        let server = Server::start(config).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Office { folder, server, node, form, client }
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let response = self.client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request's head, saying that a body of so many bytes follows, and reads the answer.
    pub async fn head_only(&self, request: Request<Full<Bytes>>, bytes: usize) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: x\r\n", request.method(), request.uri().path());
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += &format!("content-length: {bytes}\r\nconnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(self.server.addr()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    pub fn request(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.server.addr()))
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path).body(Full::default()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(self.request("POST", path).body(Full::new(body.into())).unwrap()).await
    }

    /// Answers of the one question, as a finished form has them.
    pub fn answers(&self, people: i32) -> Vec<u8> {
        self.answers_for("2020-11-01", people)
    }

    /// As [`Office::answers`], for a reference moment of this day.
    pub fn answers_for(&self, day: &str, people: i32) -> Vec<u8> {
        let inputs = Inputs { reference: Date::parse(day), ..Inputs::default() };
        let mut instance = Instance::new(self.form.clone(), &inputs);
        instance.set("people", &people.into()).unwrap();
        instance.to_answers()
    }

    pub async fn lease(&self, staff: StaffId, lease: u32) {
        let acks = self.node.admin(vec![office::grant_lease(EA, staff, lease)]).await.unwrap();
        assert_eq!(acks[0].held, types::Held::Not);
    }
}

fn tree(eas: u32) -> AreaTree {
    let mut tree = AreaTree::new();
    let area = |code: &str, parent, level, name: &str| AreaDef {
        code: code.into(),
        parent,
        level,
        names: vec![("en".into(), name.into())],
    };
    tree.insert(&area("1", None, 0, "Country")).unwrap();
    tree.insert(&area("101", Some(COUNTRY), 1, "Village")).unwrap();
    tree.insert_eas(VILLAGE, eas).unwrap();
    tree.rebuild_index();
    tree
}

fn letter_for(staff: StaffId) -> office::OfficeEvent {
    let lookup = letter::lookup(&code_of(staff)).to_vec();
    office::issue_letter(VILLAGE, LetterIssued { lookup, staff: staff.0, wrapped_keys: vec![], devices_max: 1 })
}

/// A phone made of nothing but the wire format.
pub struct Phone {
    pub key: PrivateKey,
    pub device: u32,
    pub enrolled: wire::Enrolled,
    pub session: wire::Session,
    pub origin: [u8; 16],
    pub staff: StaffId,
    pub lease: u32,
}

pub fn enrol_request(staff: StaffId, key: &PrivateKey) -> wire::Enrol {
    let lookup = letter::lookup(&code_of(staff));
    wire::Enrol {
        lookup: lookup.to_vec(),
        signing_key: key.public().to_vec(),
        signature: key.sign("enrol", &lookup).to_vec(),
    }
}

pub fn session_request(device: u32, key: &PrivateKey, at_us: i64) -> wire::OpenSession {
    let nonce = [5; 16];
    let signature = key.sign("session", &wire::session_message(device, &nonce, at_us)).to_vec();
    wire::OpenSession { device, nonce: nonce.to_vec(), at_us, signature }
}

/// A request to open a session that the server takes: its clock is asked first, by a request it cannot take.
pub async fn session_request_in_time(office: &Office, device: u32, key: &PrivateKey) -> wire::OpenSession {
    let refused = office.post("/v1/session", session_request(device, key, 77).encode_to_vec()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "auth/session-stale"));
    session_request(device, key, refused.param("at_us").parse().unwrap())
}

impl Phone {
    pub async fn enrol(office: &Office, staff: StaffId) -> Phone {
        let key = PrivateKey::from_bytes(&[staff.0 as u8 + 100; 32]);
        let reply = office.post("/v1/enrol", enrol_request(staff, &key).encode_to_vec()).await;
        let enrolled: wire::Enrolled = reply.message();
        let device = enrolled.device;
        let request = session_request_in_time(office, device, &key).await;
        let session = office.post("/v1/session", request.encode_to_vec()).await.message();
        Phone { key, device, enrolled, session, origin: [staff.0 as u8; 16], staff, lease: 1 }
    }

    pub fn signed(&self, office: &Office, method: &str, path: &str, body: Vec<u8>) -> Request<Full<Bytes>> {
        let key = self.session.key.as_slice().try_into().unwrap();
        let mac: String = wire::mac(&key, &body).iter().map(|byte| format!("{byte:02x}")).collect();
        let token = format!("Quipu {}", self.session.token);
        let request = office.request(method, path).header("authorization", token).header("quipu-mac", mac);
        request.body(Full::new(body.into())).unwrap()
    }

    pub async fn sync_reply(&self, office: &Office, operations: &[Vec<u8>], cursor: u64) -> Reply {
        let sync = wire::Sync { operations: operations.to_vec(), cursor, ..wire::Sync::default() };
        office.send(self.signed(office, "POST", "/v1/sync", sync.encode_to_vec())).await
    }

    /// Syncs and checks every receipt against the operation it is for.
    pub async fn sync(&self, office: &Office, operations: &[Vec<u8>], cursor: u64) -> wire::Synced {
        let synced: wire::Synced = self.sync_reply(office, operations, cursor).await.message();
        assert_eq!(synced.receipts.len(), operations.len());
        for (operation, received) in operations.iter().zip(&synced.receipts) {
            let receipt = received.receipt(&synced.frames).unwrap();
            receipt.verify(&event::operation::digest(operation), &self.enrolled.node_key).unwrap();
        }
        synced
    }

    fn operation(&self, number: u64, body: Vec<u8>, act: Act) -> Vec<u8> {
        Operation {
            origin: self.origin.to_vec(),
            number,
            staff: self.staff.0,
            area: EA.0,
            lease: self.lease,
            sent_at_us: 1000,
            body,
            census: CENSUS,
            act: Some(act),
            ..Operation::default()
        }
        .encode_to_vec()
    }

    /// Dwelling `n` with household `n`.
    pub fn list(&self, number: u64, n: u32) -> Vec<u8> {
        let occupancy = Occupancy::Occupied.code();
        let act = ListDwelling { dwelling: n, kind: 1, occupancy, households: vec![n], ..ListDwelling::default() };
        self.operation(number, Vec::new(), Act::ListDwelling(act))
    }

    pub fn submit(&self, office: &Office, number: u64, household: u32, people: i32) -> Vec<u8> {
        let body = Body { answers: office.answers(people), ..Body::default() };
        self.submit_body(number, household, body.encode_to_vec(), 1)
    }

    pub fn submit_body(&self, number: u64, household: u32, body: Vec<u8>, form_version: u32) -> Vec<u8> {
        let act =
            Submit { household, form: 1, form_version, phase: 1, source: 1, dwelling: household, ..Submit::default() };
        self.operation(number, body, Act::Submit(act))
    }
}
