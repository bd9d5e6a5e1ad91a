//! What devices and servers say to each other: Protocol Buffers over HTTP, `application/x-protobuf`.
//!
//! | request | answer | who |
//! | --- | --- | --- |
//! | `POST /v1/enrol` [`Enrol`] | [`Enrolled`] | holder of an activation code |
//! | `POST /v1/session` [`OpenSession`] | [`Session`] | an enrolled device, signed |
//! | `POST /v1/sync` [`Sync`] | [`Synced`] | a session, with a keyed MAC over the body |
//! | `POST /v1/look-up` [`LookUp`] | [`LookedUp`] | a session |
//! | `PUT /v1/blobs/{digest}` bytes | [`crate::Receipt`] | a session |
//! | `GET /v1/blobs/{digest}?event=OFFSET` | bytes | a session that may read the event naming it, or that put it |
//! | `GET /v1/forms/{form}/{version}` | compiled form | a session |
//! | `GET /v1/files/{digest}` | a file that a form lists | whoever knows the digest |
//!
//! A sync carries `authorization: Quipu <token>` and `quipu-mac: <hex of blake3 keyed by the session key over the
//! body>`. An expired token still deposits, but reads nothing. A sync may travel compressed, `content-encoding: gzip`, and
//! so does its answer to whoever accepts that; the MAC is over the body as it was before.

use crate::Digest;

/// Registers a device.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Enrol {
    /// [`crate::letter::lookup`] of the code. The code itself never leaves the phone.
    #[prost(bytes = "vec", tag = "1")]
    pub lookup: Vec<u8>,
    /// The device's Ed25519 public key, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub signing_key: Vec<u8>,
    /// [`crate::sign`] domain `enrol`, over `lookup`: the device has the private half.
    #[prost(bytes = "vec", tag = "3")]
    pub signature: Vec<u8>,
}

/// A device is registered. The same request again gets the same answer.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Enrolled {
    /// The device's permanent id.
    #[prost(uint32, tag = "1")]
    pub device: u32,
    /// Whose device it is.
    #[prost(uint32, tag = "2")]
    pub staff: u32,
    /// How colleagues see them.
    #[prost(string, tag = "3")]
    pub staff_name: String,
    /// A code of [`types::Role`].
    #[prost(uint32, tag = "4")]
    pub role: u32,
    /// Working keys, for the code's holder: [`crate::letter::unwrap`].
    #[prost(bytes = "vec", tag = "5")]
    pub wrapped_keys: Vec<u8>,
    /// The node's Ed25519 public key: checks receipts.
    #[prost(bytes = "vec", tag = "6")]
    pub node_key: Vec<u8>,
    /// The census.
    #[prost(message, optional, tag = "7")]
    pub census: Option<crate::head::CensusDefined>,
}

/// What is national, from the root cell to another one, in order.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Reference {
    /// The events.
    #[prost(message, repeated, tag = "1")]
    pub events: Vec<ReferenceEvent>,
    /// The root cell's offset to go on from.
    #[prost(uint64, tag = "2")]
    pub next: u64,
    /// The root cell's next offset: nothing follows there yet.
    #[prost(uint64, tag = "3")]
    pub end: u64,
}

/// An event of the root cell.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ReferenceEvent {
    /// Its offset there.
    #[prost(uint64, tag = "1")]
    pub offset: u64,
    /// Its [`crate::Head`], as journaled there.
    #[prost(bytes = "vec", tag = "2")]
    pub head: Vec<u8>,
    /// Its digest, as in receipts there.
    #[prost(bytes = "vec", tag = "3")]
    pub digest: Vec<u8>,
    /// Its body, decrypted: a compiled form, or nothing.
    #[prost(bytes = "vec", tag = "4")]
    pub body: Vec<u8>,
}

/// Opens a session.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct OpenSession {
    /// The device's id.
    #[prost(uint32, tag = "1")]
    pub device: u32,
    /// Random, 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub nonce: Vec<u8>,
    /// The device's clock, microseconds UTC; not trusted. Each request of a device has a later one than the last: the
    /// server takes none twice. One it cannot take it refuses as `auth/session-stale`, with the time to sign in the
    /// parameter `at_us`.
    #[prost(sint64, tag = "3")]
    pub at_us: i64,
    /// [`crate::sign`] domain `session`, over [`session_message`].
    #[prost(bytes = "vec", tag = "4")]
    pub signature: Vec<u8>,
}

/// What a device signs to open a session.
pub fn session_message(device: u32, nonce: &[u8], at_us: i64) -> Vec<u8> {
    [device.to_le_bytes().as_slice(), &at_us.to_le_bytes(), nonce].concat()
}

/// A session.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Session {
    /// For the `authorization` header.
    #[prost(string, tag = "1")]
    pub token: String,
    /// 32 bytes: key of the MAC over each request body.
    #[prost(bytes = "vec", tag = "2")]
    pub key: Vec<u8>,
    /// When reading ends, server's time, microseconds UTC.
    #[prost(sint64, tag = "3")]
    pub expires_us: i64,
    /// The server's time now, microseconds UTC.
    #[prost(sint64, tag = "4")]
    pub now_us: i64,
}

/// The MAC of a request body.
pub fn mac(session_key: &Digest, body: &[u8]) -> Digest {
    *blake3::keyed_hash(session_key, body).as_bytes()
}

/// A [`Sync::cursor`] for who only hands work in: receipts come down and nothing else. No journal is so long.
pub const RECEIPTS_ONLY: u64 = u64::MAX;

/// Point reads of households: where each stands now, without what led there.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LookUp {
    /// [`LookUp::key`] of each, at most [`LookUp::KEYS_MAX`]; in any order, the same one more than once if you like.
    #[prost(fixed64, repeated, tag = "1")]
    pub households: Vec<u64>,
}

impl LookUp {
    /// Most households of a request.
    pub const KEYS_MAX: usize = 4096;

    /// A household's key: its enumeration area and its number there.
    pub fn key(ea: types::AreaId, household: u16) -> u64 {
        u64::from(ea.0) << 16 | u64::from(household)
    }

    /// Whose key it is; `None` when it is nobody's.
    pub fn household(key: u64) -> Option<(types::AreaId, u16)> {
        Some((types::AreaId(u32::try_from(key >> 16).ok()?), key as u16))
    }
}

/// The answer to a [`LookUp`]: columns, a value a key, in order.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LookedUp {
    /// 1 and a code of [`types::Response`]; 0 when the household is not listed or not in an area of the reader's, which
    /// are not told apart.
    #[prost(bytes = "vec", tag = "1")]
    pub responses: Vec<u8>,
    /// A code of [`types::Source`].
    #[prost(bytes = "vec", tag = "2")]
    pub sources: Vec<u8>,
    /// Persons of the submission that counts.
    #[prost(uint32, repeated, tag = "3")]
    pub persons: Vec<u32>,
    /// 1 and that submission's journal offset; 0 without one.
    #[prost(uint64, repeated, tag = "4")]
    pub submissions: Vec<u64>,
}

/// Outbox up, everything new down.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Sync {
    /// Encoded [`crate::Operation`]s, byte for byte as made at finish.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub operations: Vec<Vec<u8>>,
    /// Changes from this journal offset on; what [`Synced::cursor`] said last, 0 at first, [`RECEIPTS_ONLY`] for none.
    #[prost(uint64, tag = "2")]
    pub cursor: u64,
    /// At most so many changes; 0 is the server's choice.
    #[prost(uint32, tag = "3")]
    pub changes_max: u32,
    /// What the app calls itself, for support: `collect/0.1.0`.
    #[prost(string, tag = "4")]
    pub app: String,
    /// Finished work still on the device after this request, for the office's list of phones that have not sent.
    #[prost(uint32, tag = "5")]
    pub unsent: u32,
    /// Changes that this request's own operations caused come without the bodies it carried: [`Change::sent`].
    #[prost(bool, tag = "6")]
    pub brief: bool,
}

/// The answer to a sync.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Synced {
    /// Headers of the frames the receipts refer to, encoded [`crate::FrameHeader`]s.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub frames: Vec<Vec<u8>>,
    /// One for each operation sent, in order.
    #[prost(message, repeated, tag = "2")]
    pub receipts: Vec<Received>,
    /// Events of the device's areas, in order of offset.
    #[prost(message, repeated, tag = "3")]
    pub changes: Vec<Change>,
    /// Ask from here next time.
    #[prost(uint64, tag = "4")]
    pub cursor: u64,
    /// More changes are waiting: sync again at once.
    #[prost(bool, tag = "5")]
    pub more: bool,
    /// The server's time, microseconds UTC.
    #[prost(sint64, tag = "6")]
    pub now_us: i64,
    /// The device may not read (revoked, or its token expired); why, as a message code. Receipts are complete.
    #[prost(string, tag = "7")]
    pub reading_refused: String,
    /// Whom to call; none when the device may not read, or nobody supervises its areas.
    #[prost(message, optional, tag = "8")]
    pub supervisor: Option<Contact>,
}

/// A colleague who may be called.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Contact {
    /// How colleagues see them.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Their telephone at work; empty when the office has none.
    #[prost(string, tag = "2")]
    pub phone: String,
}

/// One operation's receipt, its frame given by number so that a batch shares it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Received {
    /// Index into [`Synced::frames`].
    #[prost(uint32, tag = "1")]
    pub frame: u32,
    /// Which event of the frame.
    #[prost(uint32, tag = "2")]
    pub index: u32,
    /// See [`crate::Receipt::path`].
    #[prost(bytes = "vec", tag = "3")]
    pub path: Vec<u8>,
    /// See [`crate::Receipt::event`].
    #[prost(bytes = "vec", tag = "4")]
    pub event: Vec<u8>,
    /// A code of [`types::Verdict`].
    #[prost(uint32, tag = "5")]
    pub verdict: u32,
    /// A code of [`types::Held`].
    #[prost(uint32, tag = "6")]
    pub held: u32,
    /// Why the server could not keep this one operation, as a message code; empty when it is kept. There is no proof
    /// then: keep it and send it again later. Those beside it are not concerned.
    #[prost(string, tag = "7")]
    pub not_taken: String,
}

impl Received {
    /// The full receipt, the same bytes whenever it is asked for; `None` when there is none.
    pub fn receipt(&self, frames: &[Vec<u8>]) -> Option<crate::Receipt> {
        if !self.not_taken.is_empty() {
            return None;
        }
        let frame = frames.get(self.frame as usize)?.clone();
        Some(crate::Receipt { frame, index: self.index, path: self.path.clone(), event: self.event.clone() })
    }
}

/// An event of one of the device's areas, as it lies in the journal, its body decrypted by the server (identifiers in
/// it stay sealed).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Change {
    /// Its journal offset.
    #[prost(uint64, tag = "1")]
    pub offset: u64,
    /// Its time, microseconds UTC.
    #[prost(sint64, tag = "2")]
    pub at_us: i64,
    /// An encoded [`crate::Head`].
    #[prost(bytes = "vec", tag = "3")]
    pub head: Vec<u8>,
    /// An encoded [`crate::Body`] (for `form.published`, the compiled form); empty when all head.
    #[prost(bytes = "vec", tag = "4")]
    pub body: Vec<u8>,
    /// A code of [`types::Verdict`].
    #[prost(uint32, tag = "5")]
    pub verdict: u32,
    /// A code of [`types::Held`].
    #[prost(uint32, tag = "6")]
    pub held: u32,
    /// 1 + the place among the request's operations of the one that caused it, whose body it has and `body` leaves out;
    /// 0 otherwise, and unless [`Sync::brief`] asked.
    #[prost(uint32, tag = "7")]
    pub sent: u32,
}
