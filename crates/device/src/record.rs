//! What is stored, as Protocol Buffers: field numbers are never reused, so an update of the app opens an older store.

use event::head::{AreaDefined, CensusDefined, FormPublished, PhaseOpened};
use event::letter::WorkingKey;

/// `state`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct State {
    /// Counts every stored step up by one.
    #[prost(fixed64, tag = "1")]
    pub generation: u64,
    /// The origin new operations are numbered under: 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub origin: Vec<u8>,
    /// The next operation number of that origin.
    #[prost(uint64, tag = "3")]
    pub next_operation: u64,
    /// The next local number: counts finished work of this store across origins.
    #[prost(uint64, tag = "4")]
    pub next_local: u64,
    /// Where the next sync asks for changes from.
    #[prost(uint64, tag = "5")]
    pub cursor: u64,
    /// Failed attempts in a row.
    #[prost(uint32, tag = "6")]
    pub attempts: u32,
    /// When to try again, microseconds UTC by the phone's clock; 0 at once.
    #[prost(sint64, tag = "7")]
    pub retry_at_us: i64,
    /// Why the office refuses reading, as a message code.
    #[prost(string, tag = "8")]
    pub reading_refused: String,
    /// Photos that failed in a row: they wait apart from the work.
    #[prost(uint32, tag = "9")]
    pub photo_attempts: u32,
    /// When to try a photo again, microseconds UTC by the phone's clock; 0 at once.
    #[prost(sint64, tag = "10")]
    pub photo_retry_at_us: i64,
}

/// `secret/device`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct SecretDevice {
    /// Ed25519, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub signing_key: Vec<u8>,
}

/// `secret/working`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct SecretWorking {
    /// Encrypts drafts, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub draft_key: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    pub working: Vec<WorkingKey>,
}

/// `enrolment`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Enrolment {
    #[prost(uint32, tag = "1")]
    pub device: u32,
    #[prost(uint32, tag = "2")]
    pub staff: u32,
    #[prost(string, tag = "3")]
    pub staff_name: String,
    #[prost(uint32, tag = "4")]
    pub role: u32,
    #[prost(bytes = "vec", tag = "5")]
    pub node_key: Vec<u8>,
    #[prost(message, optional, tag = "6")]
    pub census: Option<CensusDefined>,
    /// Public halves of the working keys, so that a locked phone can still seal.
    #[prost(message, repeated, tag = "7")]
    pub working: Vec<WorkingPublic>,
    /// Whom to call.
    #[prost(message, optional, tag = "8")]
    pub supervisor: Option<event::wire::Contact>,
}

/// The public working key of an enumeration area.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct WorkingPublic {
    #[prost(uint32, tag = "1")]
    pub ea: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub key: Vec<u8>,
}

/// `receipt/…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Receipted {
    #[prost(uint64, tag = "1")]
    pub local: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub origin: Vec<u8>,
    #[prost(uint64, tag = "3")]
    pub number: u64,
    /// An encoded [`event::Receipt`].
    #[prost(bytes = "vec", tag = "4")]
    pub receipt: Vec<u8>,
    #[prost(uint32, tag = "5")]
    pub verdict: u32,
    #[prost(uint32, tag = "6")]
    pub held: u32,
    /// The tag of the act in [`event::Operation`].
    #[prost(uint32, tag = "7")]
    pub act: u32,
    #[prost(uint32, tag = "8")]
    pub ea: u32,
    #[prost(uint32, tag = "9")]
    pub dwelling: u32,
    #[prost(uint32, tag = "10")]
    pub household: u32,
    #[prost(sint64, tag = "11")]
    pub made_us: i64,
    /// The digest of the operation.
    #[prost(bytes = "vec", tag = "12")]
    pub digest: Vec<u8>,
}

/// `photo/…`; the encrypted bytes lie in `blob/…` of the same name.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct PhotoRecord {
    /// blake3 of the encrypted bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub digest: Vec<u8>,
    /// Their length.
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
}

/// `draft/…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct DraftRecord {
    #[prost(sint64, tag = "1")]
    pub saved_us: i64,
    /// Under the draft key, bound to the draft's name.
    #[prost(bytes = "vec", tag = "2")]
    pub sealed: Vec<u8>,
    /// Length in clear.
    #[prost(uint64, tag = "3")]
    pub bytes: u64,
}

/// `area/…`.
pub(crate) type AreaRecord = AreaDefined;

/// `form/…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct FormRecord {
    #[prost(message, optional, tag = "1")]
    pub head: Option<FormPublished>,
    /// The compiled form; empty until it is fetched.
    #[prost(bytes = "vec", tag = "2")]
    pub compiled: Vec<u8>,
}

/// `phase/…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct PhaseRecord {
    #[prost(message, optional, tag = "1")]
    pub head: Option<PhaseOpened>,
    #[prost(bool, tag = "2")]
    pub closed: bool,
}

/// `ea/…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct EaRecord {
    /// The current lease; 0 when none is known.
    #[prost(uint32, tag = "1")]
    pub lease: u32,
    /// Who holds it.
    #[prost(uint32, tag = "2")]
    pub holder: u32,
    /// The highest dwelling number ever seen.
    #[prost(uint32, tag = "3")]
    pub dwelling_max: u32,
    /// The highest household number ever seen.
    #[prost(uint32, tag = "4")]
    pub household_max: u32,
    /// The highest building number ever seen.
    #[prost(uint32, tag = "5")]
    pub building_max: u32,
}

/// Sealed identifiers with what they are bound to.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Sealed {
    #[prost(bytes = "vec", tag = "1")]
    pub origin: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub number: u64,
    /// An encoded [`event::Envelope`].
    #[prost(bytes = "vec", tag = "3")]
    pub envelope: Vec<u8>,
    /// The answers, identifiers replaced.
    #[prost(bytes = "vec", tag = "4")]
    pub answers: Vec<u8>,
    #[prost(uint32, tag = "5")]
    pub form: u32,
    #[prost(uint32, tag = "6")]
    pub version: u32,
    /// The journal offset; 0 until the office has it and this phone has seen it.
    #[prost(uint64, tag = "7")]
    pub offset: u64,
}

/// `ea/…/d…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct DwellingRecord {
    #[prost(uint32, tag = "1")]
    pub dwelling: u32,
    #[prost(uint32, tag = "2")]
    pub building: u32,
    #[prost(uint32, tag = "3")]
    pub kind: u32,
    #[prost(uint32, tag = "4")]
    pub occupancy: u32,
    /// Marks of the operations that recorded a visit to it as a whole, so that none counts twice.
    #[prost(fixed64, repeated, tag = "5")]
    pub visits: Vec<u64>,
    #[prost(message, optional, tag = "6")]
    pub listing: Option<Sealed>,
    /// The local number of this phone's last operation about it; 0 none.
    #[prost(uint64, tag = "7")]
    pub local: u64,
    /// A code of [`types::Held`].
    #[prost(uint32, tag = "8")]
    pub held: u32,
    /// This phone's operation was a conflict: another copy of the store used its number.
    #[prost(bool, tag = "9")]
    pub conflict: bool,
    /// Households listed in it, in the order of the listing form.
    #[prost(uint32, repeated, tag = "10")]
    pub households: Vec<u32>,
}

/// `ea/…/h…`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct HouseholdRecord {
    #[prost(uint32, tag = "1")]
    pub household: u32,
    #[prost(uint32, tag = "2")]
    pub dwelling: u32,
    #[prost(uint32, tag = "3")]
    pub split_from: u32,
    /// A code of [`types::Response`].
    #[prost(uint32, tag = "4")]
    pub response: u32,
    /// A code of [`types::Source`].
    #[prost(uint32, tag = "5")]
    pub source: u32,
    /// As in [`DwellingRecord`].
    #[prost(fixed64, repeated, tag = "6")]
    pub visits: Vec<u64>,
    #[prost(uint32, tag = "7")]
    pub last_visit: u32,
    #[prost(sint64, tag = "8")]
    pub last_visit_us: i64,
    /// Why it was returned, a code of the office's list.
    #[prost(uint32, tag = "9")]
    pub reason: u32,
    /// The journal offset of the submission that counts; 0 unknown.
    #[prost(uint64, tag = "10")]
    pub submission: u64,
    #[prost(uint64, tag = "11")]
    pub local: u64,
    #[prost(uint32, tag = "12")]
    pub held: u32,
    #[prost(bool, tag = "13")]
    pub conflict: bool,
    /// When it was listed with a form of its own (a split).
    #[prost(message, optional, tag = "14")]
    pub listing: Option<Sealed>,
    /// What validation found in the answers that came last, a code of [`types::Outcome`].
    #[prost(uint32, tag = "15")]
    pub outcome: u32,
    /// Mark of the submission that came upon a decision of the office, such as an approval; 0 none.
    #[prost(fixed64, tag = "16")]
    pub reopened_by: u64,
    /// The questions the return is about, by path.
    #[prost(string, repeated, tag = "17")]
    pub marks: Vec<String>,
    /// The household it was found to be part of; 0 when it is one of its own.
    #[prost(uint32, tag = "18")]
    pub merged_into: u32,
}
