//! A server in memory: takes everything in, gives receipts, tells changes. What the real one decides is left out.

use std::collections::{BTreeMap, HashMap};

use event::frame::Tip;
use event::head::{AttachmentStored, CensusDefined, Fact, LeaseGranted, SubmissionReceived};
use event::seal::OpeningKey;
use event::sign::{self, PrivateKey};
use event::{Act, Digest, Frame, Head, Operation, Protobuf, Receipt, Record, letter, operation, wire};
use types::{AreaId, CellId, OperationId, StaffId, Time, Verdict};

pub const EA: AreaId = AreaId(7);
/// So few changes an answer that a phone has to ask again.
const CHANGES_MAX: usize = 5;

pub struct Taken {
    pub receipt: Receipt,
    pub verdict: Verdict,
}

pub struct Server {
    key: PrivateKey,
    census: OpeningKey,
    tip: Tip,
    devices: Vec<Vec<u8>>,
    sessions: HashMap<String, (u32, Digest)>,
    pub changes: Vec<wire::Change>,
    /// Every operation by name and digest: an id has one entry unless it met another's bytes.
    pub journal: BTreeMap<OperationId, Vec<(Digest, Taken)>>,
    pub refuse_reading: String,
    /// Spoils the receipts of the next sync.
    pub forge: bool,
    /// Takes only requests for a session that were signed at this time or later.
    pub sessions_from_us: i64,
    /// Cannot keep the operation with this number.
    pub cannot_keep: Option<u64>,
    pub lease: u32,
    /// Knows no session, whatever it has opened.
    pub deaf: bool,
    /// Files by address.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Spoils the receipts of photos.
    pub forge_photos: bool,
    /// Answers uploads with this status; 200 takes them.
    pub blob_status: u16,
}

impl Server {
    pub fn new() -> Server {
        let mut server = Server {
            key: PrivateKey::from_bytes(&[1; 32]),
            census: OpeningKey::derive(&[2; 32]),
            tip: Tip::default(),
            devices: Vec::new(),
            sessions: HashMap::new(),
            changes: Vec::new(),
            journal: BTreeMap::new(),
            refuse_reading: String::new(),
            forge: false,
            sessions_from_us: i64::MIN,
            cannot_keep: None,
            lease: 0,
            deaf: false,
            blobs: BTreeMap::new(),
            forge_photos: false,
            blob_status: 200,
        };
        server.grant(1);
        server
    }

    pub fn code(&self) -> String {
        letter::code(&[5; 10])
    }

    pub fn census(&self) -> &OpeningKey {
        &self.census
    }

    pub fn grant(&mut self, staff: u32) {
        self.lease += 1;
        let fact = Fact::LeaseGranted(LeaseGranted { lease: self.lease, staff });
        self.tell(Head::of(EA, StaffId(0), fact), Vec::new());
    }

    /// An event no operation caused, or one whose operation is told apart.
    pub fn tell(&mut self, head: Head, body: Vec<u8>) {
        let record = Record { head: head.encode_to_vec(), body: body.clone() };
        let digest = record.operation_digest().unwrap();
        let (frame, _) = Frame::seal(CellId(1), 1, &self.tip, Time(0), vec![record], &[digest], &self.key);
        self.tip = frame.tip();
        let offset = frame.header.first_offset;
        let head = frame.records[0].head.clone();
        self.changes.push(wire::Change { offset, head, body, ..wire::Change::default() });
    }

    /// A restart that keeps no session.
    pub fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    pub fn answer(&mut self, request: &device::Request) -> (u16, Vec<u8>) {
        match request.path.as_str() {
            "/v1/enrol" => self.enrol(&request.body),
            "/v1/session" => self.session(&request.body),
            "/v1/sync" => self.sync(request),
            path if path.starts_with("/v1/blobs/") => self.blob(request),
            _ => (404, Vec::new()),
        }
    }

    /// Keeps a file; the receipt proves an event of its own.
    fn blob(&mut self, request: &device::Request) -> (u16, Vec<u8>) {
        if self.blob_status != 200 {
            return (self.blob_status, Vec::new());
        }
        let digest = event::attachment::address(&request.body);
        let named: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((request.method, request.path.as_str()), ("PUT", format!("/v1/blobs/{named}").as_str()));
        let fact =
            Fact::AttachmentStored(AttachmentStored { digest: digest.to_vec(), bytes: request.body.len() as u64 });
        let record = Record { head: Head::of(EA, StaffId(1), fact).encode_to_vec(), body: Vec::new() };
        let proved = if self.forge_photos { [0; 32] } else { digest };
        let (frame, tree) = Frame::seal(CellId(1), 1, &self.tip, Time(0), vec![record], &[proved], &self.key);
        self.tip = frame.tip();
        self.blobs.insert(named, request.body.clone());
        (200, Receipt::new(&frame.header, &tree, 0, frame.records[0].digest()).encode_to_vec())
    }

    fn enrol(&mut self, body: &[u8]) -> (u16, Vec<u8>) {
        let enrol = wire::Enrol::decode(body).unwrap();
        sign::verify(&enrol.signing_key, "enrol", &enrol.lookup, &enrol.signature).unwrap();
        if enrol.lookup != letter::lookup(&[5; 10]) {
            return (404, Vec::new());
        }
        let known = self.devices.iter().position(|key| *key == enrol.signing_key);
        let at = known.unwrap_or_else(|| {
            self.devices.push(enrol.signing_key);
            self.devices.len() - 1
        });
        let answer = wire::Enrolled {
            device: at as u32 + 1,
            staff: 1,
            staff_name: "Li Fang".to_owned(),
            role: 3,
            wrapped_keys: letter::wrap(&[5; 10], [(EA, OpeningKey::working(&[3; 32], EA))]),
            node_key: self.key.public().to_vec(),
            census: Some(CensusDefined {
                census_key: self.census.public().to_vec(),
                id: 99,
                ..CensusDefined::default()
            }),
        };
        (200, answer.encode_to_vec())
    }

    fn session(&mut self, body: &[u8]) -> (u16, Vec<u8>) {
        let open = wire::OpenSession::decode(body).unwrap();
        let message = wire::session_message(open.device, &open.nonce, open.at_us);
        let key = &self.devices[open.device as usize - 1];
        sign::verify(key, "session", &message, &open.signature).unwrap();
        if open.at_us < self.sessions_from_us {
            let params = format!(r#"{{"at_us":"{}"}}"#, self.sessions_from_us);
            let refusal = format!(r#"{{"code":"auth/session-stale","params":{params},"help":"Sign again."}}"#);
            return (409, refusal.into_bytes());
        }
        let token = format!("t{}", self.sessions.len());
        let key = operation::digest(token.as_bytes());
        self.sessions.insert(token.clone(), (open.device, key));
        let hour = 3_600_000_000;
        (200, wire::Session { token, key: key.to_vec(), expires_us: hour, now_us: 0 }.encode_to_vec())
    }

    fn sync(&mut self, request: &device::Request) -> (u16, Vec<u8>) {
        let header = |name: &str| request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
        let token = header("authorization").strip_prefix("Quipu ").unwrap().to_owned();
        let session = self.sessions.get(&token).cloned().filter(|_| !self.deaf);
        let Some((device, key)) = session else { return (401, Vec::new()) };
        let mac: String = wire::mac(&key, &request.body).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(mac, header("quipu-mac"));
        let sync = wire::Sync::decode(request.body.as_slice()).unwrap();
        let kept = |bytes: &&Vec<u8>| Some(Operation::read(bytes).unwrap().number) != self.cannot_keep;
        let kept: Vec<Vec<u8>> = sync.operations.iter().filter(kept).cloned().collect();
        self.take(&kept, device);
        let mut answer = wire::Synced { reading_refused: self.refuse_reading.clone(), ..wire::Synced::default() };
        answer.supervisor = Some(wire::Contact { name: "He".into(), phone: "044".into() });
        for bytes in &sync.operations {
            let id = Operation::read(bytes).unwrap().id().unwrap();
            let digest = operation::digest(bytes);
            if !kept.contains(bytes) {
                let not_taken = "server/not-taken".to_owned();
                answer.receipts.push(wire::Received { not_taken, ..wire::Received::default() });
                continue;
            }
            let (_, taken) = self.journal[&id].iter().find(|(d, _)| *d == digest).unwrap();
            let mut frame = taken.receipt.frame.clone();
            if self.forge {
                frame[100] ^= 1;
            }
            answer.frames.push(frame);
            answer.receipts.push(wire::Received {
                frame: answer.frames.len() as u32 - 1,
                index: taken.receipt.index,
                path: taken.receipt.path.clone(),
                event: taken.receipt.event.clone(),
                verdict: taken.verdict.code(),
                held: 0,
                not_taken: String::new(),
            });
        }
        self.forge = false;
        if self.refuse_reading.is_empty() {
            let new: Vec<_> = self.changes.iter().filter(|c| c.offset >= sync.cursor).cloned().collect();
            answer.more = new.len() > CHANGES_MAX;
            answer.changes = new.into_iter().take(CHANGES_MAX).collect();
            answer.cursor = answer.changes.last().map_or(sync.cursor, |change| change.offset + 1);
            for change in answer.changes.iter_mut().filter(|_| sync.brief) {
                let digest = Head::read(&change.head).unwrap().digest;
                let place = sync.operations.iter().position(|bytes| operation::digest(bytes).as_slice() == digest);
                if let Some(place) = place.filter(|_| change.verdict != Verdict::IdConflict.code()) {
                    (change.sent, change.body) = (place as u32 + 1, Vec::new());
                }
            }
        }
        (200, answer.encode_to_vec())
    }

    fn take(&mut self, operations: &[Vec<u8>], device: u32) {
        let mut records = Vec::new();
        let mut new = Vec::new();
        for bytes in operations {
            let operation = Operation::read(bytes).unwrap();
            let (id, digest) = (operation.id().unwrap(), operation::digest(bytes));
            let before = self.journal.get(&id).map(Vec::as_slice).unwrap_or_default();
            let repeated = new.iter().any(|(i, d, _, _): &(_, _, _, _)| *i == id && *d == digest);
            if before.iter().any(|(known, _)| *known == digest) || repeated {
                continue;
            }
            let conflict = !before.is_empty() || new.iter().any(|(i, _, _, _)| *i == id);
            let head = head(&operation, digest, device);
            records.push(Record { head: head.encode_to_vec(), body: operation.body.clone() });
            new.push((id, digest, if conflict { Verdict::IdConflict } else { Verdict::Accepted }, operation.body));
        }
        if records.is_empty() {
            return;
        }
        let digests: Vec<Digest> = new.iter().map(|(_, digest, _, _)| *digest).collect();
        let (frame, tree) = Frame::seal(CellId(1), 1, &self.tip, Time(0), records, &digests, &self.key);
        self.tip = frame.tip();
        for (index, (id, digest, verdict, body)) in new.into_iter().enumerate() {
            let record = &frame.records[index];
            let receipt = Receipt::new(&frame.header, &tree, index, record.digest());
            self.journal.entry(id).or_default().push((digest, Taken { receipt, verdict }));
            self.changes.push(wire::Change {
                offset: frame.header.first_offset + index as u64,
                head: record.head.clone(),
                body,
                verdict: verdict.code(),
                ..wire::Change::default()
            });
        }
    }
}

fn head(operation: &Operation, digest: Digest, device: u32) -> Head {
    let fact = match operation.act.clone().unwrap() {
        Act::ListDwelling(act) => Fact::DwellingListed(act),
        Act::ListHousehold(act) => Fact::HouseholdListed(act),
        Act::RecordVisit(act) => Fact::VisitRecorded(act),
        Act::Submit(act) => Fact::SubmissionReceived(SubmissionReceived {
            household: act.household,
            form: act.form,
            form_version: act.form_version,
            phase: act.phase,
            source: act.source,
            outcome: act.outcome,
            dwelling: act.dwelling,
            ..SubmissionReceived::default()
        }),
        Act::Return(act) => Fact::SubmissionReturned(act),
        Act::Approve(act) => Fact::SubmissionApproved(act),
        Act::ConfirmNonresponse(act) => Fact::NonresponseConfirmed(act),
        Act::MergeHousehold(act) => Fact::HouseholdMerged(act),
    };
    Head {
        origin: operation.origin.clone(),
        number: operation.number,
        digest: digest.to_vec(),
        staff: operation.staff,
        device,
        area: operation.area,
        lease: operation.lease,
        fact: Some(fact),
        ..Head::default()
    }
}
