//! The head of a journal event: small, journaled, never recomputed. Fold reads nothing else.

use types::{AreaId, DeviceId, OperationId, Origin, StaffId};

use crate::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, RecordVisit, Review};
use crate::{Result, decode};

/// What happened, who did it, where. The event's time is its frame's.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Head {
    /// The operation's origin: 16 bytes, or empty for an event no operation caused.
    #[prost(bytes = "vec", tag = "1")]
    pub origin: Vec<u8>,
    /// The operation's number; 0 without an operation.
    #[prost(uint64, tag = "2")]
    pub number: u64,
    /// The digest of the operation's bytes as sent; empty without an operation.
    #[prost(bytes = "vec", tag = "3")]
    pub digest: Vec<u8>,
    /// Who acted; 0 is the system.
    #[prost(uint32, tag = "4")]
    pub staff: u32,
    /// The device that sent it; 0 is none.
    #[prost(uint32, tag = "5")]
    pub device: u32,
    /// The area it is about.
    #[prost(uint32, tag = "6")]
    pub area: u32,
    /// The lease it was done under; 0 without one.
    #[prost(uint32, tag = "7")]
    pub lease: u32,
    /// The sender's clock, microseconds UTC.
    #[prost(sint64, tag = "8")]
    pub sent_at_us: i64,
    /// The sender's offset from UTC, minutes.
    #[prost(sint32, tag = "9")]
    pub sent_offset_min: i32,
    /// The key wave the body is encrypted under; 0 without a body.
    #[prost(uint32, tag = "10")]
    pub wave: u32,
    /// The census the operation names; 0 is "not said".
    #[prost(fixed64, tag = "11")]
    pub census: u64,
    /// What happened.
    #[prost(
        oneof = "Fact",
        tags = "20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 40, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53"
    )]
    pub fact: Option<Fact>,
}

/// What happened, in the past tense. [`Fact::name`] gives the permanent dotted name.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Fact {
    /// `census.defined`
    #[prost(message, tag = "20")]
    CensusDefined(CensusDefined),
    /// `area.defined`
    #[prost(message, tag = "21")]
    AreasDefined(AreasDefined),
    /// `staff.enrolled`
    #[prost(message, tag = "22")]
    StaffEnrolled(StaffEnrolled),
    /// `letter.issued`
    #[prost(message, tag = "23")]
    LetterIssued(LetterIssued),
    /// `device.registered`
    #[prost(message, tag = "24")]
    DeviceRegistered(DeviceRegistered),
    /// `device.revoked`
    #[prost(message, tag = "25")]
    DeviceRevoked(DeviceRevoked),
    /// `lease.granted`
    #[prost(message, tag = "26")]
    LeaseGranted(LeaseGranted),
    /// `lease.ended`
    #[prost(message, tag = "27")]
    LeaseEnded(LeaseEnded),
    /// `form.published`: the body is the compiled form.
    #[prost(message, tag = "28")]
    FormPublished(FormPublished),
    /// `phase.opened`
    #[prost(message, tag = "29")]
    PhaseOpened(PhaseOpened),
    /// `phase.closed`
    #[prost(message, tag = "30")]
    PhaseClosed(PhaseClosed),
    /// `rules.activated`
    #[prost(message, tag = "31")]
    RulesActivated(RulesActivated),
    /// `dwelling.listed`
    #[prost(message, tag = "40")]
    DwellingListed(ListDwelling),
    /// `household.listed`
    #[prost(message, tag = "41")]
    HouseholdListed(ListHousehold),
    /// `visit.recorded`
    #[prost(message, tag = "42")]
    VisitRecorded(RecordVisit),
    /// `submission.received`
    #[prost(message, tag = "43")]
    SubmissionReceived(SubmissionReceived),
    /// `submission.returned`
    #[prost(message, tag = "44")]
    SubmissionReturned(Review),
    /// `submission.approved`
    #[prost(message, tag = "45")]
    SubmissionApproved(Review),
    /// `nonresponse.confirmed`
    #[prost(message, tag = "46")]
    NonresponseConfirmed(ConfirmNonresponse),
    /// `record.viewed`
    #[prost(message, tag = "50")]
    RecordViewed(RecordViewed),
    /// `operation.deposited`: bytes that could not be understood or belong to a repeated id, kept in the body.
    #[prost(message, tag = "51")]
    OperationDeposited(OperationDeposited),
    /// `attachment.stored`
    #[prost(message, tag = "52")]
    AttachmentStored(AttachmentStored),
    /// `body.erased`
    #[prost(message, tag = "53")]
    BodyErased(BodyErased),
}

/// The census and its keys. A change is a new event with the whole definition.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct CensusDefined {
    /// A short name in each language: pairs of language tag and text.
    #[prost(message, repeated, tag = "1")]
    pub names: Vec<Text>,
    /// The reference moment's calendar date, `YYYY-MM-DD`, at 00:00 in `time_zone`.
    #[prost(string, tag = "2")]
    pub reference_date: String,
    /// An IANA time zone.
    #[prost(string, tag = "3")]
    pub time_zone: String,
    /// BCP 47 tags; the first is the default.
    #[prost(string, repeated, tag = "4")]
    pub languages: Vec<String>,
    /// A pilot or a demonstration: shown as a banner, never mixed with production.
    #[prost(bool, tag = "5")]
    pub test: bool,
    /// The census key's public half, X25519, 32 bytes.
    #[prost(bytes = "vec", tag = "6")]
    pub census_key: Vec<u8>,
    /// Names this census in every operation; see [`crate::Operation::census`].
    #[prost(fixed64, tag = "7")]
    pub id: u64,
    /// Names of the levels, top first.
    #[prost(message, repeated, tag = "8")]
    pub levels: Vec<Level>,
}

/// A level of the area tree.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Level {
    /// Its name in each language.
    #[prost(message, repeated, tag = "1")]
    pub names: Vec<Text>,
}

/// A text in one language.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Text {
    /// BCP 47.
    #[prost(string, tag = "1")]
    pub language: String,
    /// The text.
    #[prost(string, tag = "2")]
    pub text: String,
}

/// Areas defined or redefined together, at most 10,000 an event.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AreasDefined {
    /// In order; a parent stands before its children.
    #[prost(message, repeated, tag = "1")]
    pub areas: Vec<AreaDefined>,
}

/// One area.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AreaDefined {
    /// Its permanent id. A new one must be the next id without a gap.
    #[prost(uint32, tag = "1")]
    pub id: u32,
    /// The parent's id plus 1; 0 for the top.
    #[prost(uint32, tag = "2")]
    pub parent_plus_1: u32,
    /// From 0 at the top.
    #[prost(uint32, tag = "3")]
    pub level: u32,
    /// The official code.
    #[prost(string, tag = "4")]
    pub code: String,
    /// Names by language.
    #[prost(message, repeated, tag = "5")]
    pub names: Vec<Text>,
    /// So many enumeration areas under it, with the ids that follow this one's batch: `eas_first` onwards.
    #[prost(uint32, tag = "6")]
    pub eas: u32,
    /// The id of its first enumeration area; meaningless when `eas` is 0.
    #[prost(uint32, tag = "7")]
    pub eas_first: u32,
}

/// A member of staff and their post.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct StaffEnrolled {
    /// Permanent id, from 1.
    #[prost(uint32, tag = "1")]
    pub staff: u32,
    /// A code of [`types::Role`].
    #[prost(uint32, tag = "2")]
    pub role: u32,
    /// The subtree of the post.
    #[prost(uint32, tag = "3")]
    pub area: u32,
    /// How colleagues see them. Staff data, not census data.
    #[prost(string, tag = "4")]
    pub name: String,
    /// Sign-in name; empty when they only use a phone.
    #[prost(string, tag = "5")]
    pub login: String,
    /// A PHC string (argon2id) of the password; empty when they only use a phone.
    #[prost(string, tag = "6")]
    pub password_hash: String,
}

/// An activation letter: whoever holds its code may register a device as this member of staff.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LetterIssued {
    /// See [`crate::letter::lookup`]: finds the letter without knowing the code.
    #[prost(bytes = "vec", tag = "1")]
    pub lookup: Vec<u8>,
    /// Who it is for.
    #[prost(uint32, tag = "2")]
    pub staff: u32,
    /// See [`crate::letter`]: the working keys, wrapped so that only the code opens them.
    #[prost(bytes = "vec", tag = "3")]
    pub wrapped_keys: Vec<u8>,
    /// How many devices it may register; 0 means 1.
    #[prost(uint32, tag = "4")]
    pub devices_max: u32,
}

/// A device enrolled.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct DeviceRegistered {
    /// Permanent id, from 1.
    #[prost(uint32, tag = "1")]
    pub device: u32,
    /// Whose.
    #[prost(uint32, tag = "2")]
    pub staff: u32,
    /// Ed25519 public key, 32 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub signing_key: Vec<u8>,
    /// The letter's look-up value.
    #[prost(bytes = "vec", tag = "4")]
    pub letter: Vec<u8>,
}

/// A device that may no longer read. Its finished work is still taken in, and held.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct DeviceRevoked {
    /// Which.
    #[prost(uint32, tag = "1")]
    pub device: u32,
}

/// A lease on the enumeration area of the head. Ends the one before it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LeaseGranted {
    /// The fencing number: one more than the area's last.
    #[prost(uint32, tag = "1")]
    pub lease: u32,
    /// To whom.
    #[prost(uint32, tag = "2")]
    pub staff: u32,
}

/// A lease on the enumeration area of the head, ended.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LeaseEnded {
    /// Which.
    #[prost(uint32, tag = "1")]
    pub lease: u32,
}

/// A form version.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct FormPublished {
    /// Permanent number of the form.
    #[prost(uint32, tag = "1")]
    pub form: u32,
    /// Version, from 1.
    #[prost(uint32, tag = "2")]
    pub version: u32,
    /// The workbook's form_id.
    #[prost(string, tag = "3")]
    pub name: String,
    /// What it is for: 1 listing, 2 household.
    #[prost(uint32, tag = "4")]
    pub purpose: u32,
    /// Meanings of `SubmissionReceived::facts`, in order.
    #[prost(string, repeated, tag = "5")]
    pub facts: Vec<String>,
}

/// A phase open in the subtree of the head's area.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PhaseOpened {
    /// Permanent number.
    #[prost(uint32, tag = "1")]
    pub phase: u32,
    /// Its name in each language.
    #[prost(message, repeated, tag = "2")]
    pub names: Vec<Text>,
    /// Forms open in it.
    #[prost(uint32, repeated, tag = "3")]
    pub forms: Vec<u32>,
}

/// A phase closed in the subtree of the head's area.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PhaseClosed {
    /// Which.
    #[prost(uint32, tag = "1")]
    pub phase: u32,
}

/// From the next event on, this version of fold's rules decides.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RulesActivated {
    /// Version, from 1.
    #[prost(uint32, tag = "1")]
    pub version: u32,
}

/// A finished form, taken in.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SubmissionReceived {
    /// Whose form.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// Which form.
    #[prost(uint32, tag = "2")]
    pub form: u32,
    /// Which version.
    #[prost(uint32, tag = "3")]
    pub form_version: u32,
    /// In which phase.
    #[prost(uint32, tag = "4")]
    pub phase: u32,
    /// A code of [`types::Source`].
    #[prost(uint32, tag = "5")]
    pub source: u32,
    /// A code of [`types::Outcome`]: what validation at the server's door found.
    #[prost(uint32, tag = "6")]
    pub outcome: u32,
    /// The facts the form declares, in its order; see [`FormPublished::facts`].
    #[prost(sint32, repeated, tag = "7")]
    pub facts: Vec<i32>,
    /// When the interview began, sender's clock, microseconds UTC.
    #[prost(sint64, tag = "8")]
    pub started_us: i64,
    /// ODK's instanceID, when the client has one.
    #[prost(string, tag = "9")]
    pub instance_id: String,
    /// The dwelling the sender saw it in.
    #[prost(uint32, tag = "10")]
    pub dwelling: u32,
}

/// Somebody looked at a person's record.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RecordViewed {
    /// Whose form.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// The submission's journal offset.
    #[prost(uint64, tag = "2")]
    pub submission: u64,
    /// Why, in the viewer's words.
    #[prost(string, tag = "3")]
    pub reason: String,
    /// Identifiers were opened.
    #[prost(bool, tag = "4")]
    pub identifiers: bool,
    /// Who asked, as the vault knows them (a vault has no staff numbers).
    #[prost(string, tag = "5")]
    pub viewer: String,
}

/// Bytes kept because they could not be taken as what they say.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct OperationDeposited {
    /// A code of [`types::Held`]; 0 together with `conflict`.
    #[prost(uint32, tag = "1")]
    pub held: u32,
    /// The id was used before with other bytes.
    #[prost(bool, tag = "2")]
    pub conflict: bool,
}

/// A blob is on disk.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AttachmentStored {
    /// blake3 of the encrypted bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub digest: Vec<u8>,
    /// Their length.
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
}

/// The key of the head's area and this wave is destroyed: its bodies can never be read again.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BodyErased {
    /// Which wave.
    #[prost(uint32, tag = "1")]
    pub wave: u32,
}

impl Fact {
    /// The permanent dotted name.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::CensusDefined(_) => "census.defined",
            Fact::AreasDefined(_) => "area.defined",
            Fact::StaffEnrolled(_) => "staff.enrolled",
            Fact::LetterIssued(_) => "letter.issued",
            Fact::DeviceRegistered(_) => "device.registered",
            Fact::DeviceRevoked(_) => "device.revoked",
            Fact::LeaseGranted(_) => "lease.granted",
            Fact::LeaseEnded(_) => "lease.ended",
            Fact::FormPublished(_) => "form.published",
            Fact::PhaseOpened(_) => "phase.opened",
            Fact::PhaseClosed(_) => "phase.closed",
            Fact::RulesActivated(_) => "rules.activated",
            Fact::DwellingListed(_) => "dwelling.listed",
            Fact::HouseholdListed(_) => "household.listed",
            Fact::VisitRecorded(_) => "visit.recorded",
            Fact::SubmissionReceived(_) => "submission.received",
            Fact::SubmissionReturned(_) => "submission.returned",
            Fact::SubmissionApproved(_) => "submission.approved",
            Fact::NonresponseConfirmed(_) => "nonresponse.confirmed",
            Fact::RecordViewed(_) => "record.viewed",
            Fact::OperationDeposited(_) => "operation.deposited",
            Fact::AttachmentStored(_) => "attachment.stored",
            Fact::BodyErased(_) => "body.erased",
        }
    }
}

impl Head {
    /// Reads one from its encoding. An unknown fact (from a newer version) leaves `fact` empty: fold must refuse it.
    pub fn read(bytes: &[u8]) -> Result<Head> {
        decode("event head", bytes)
    }

    /// An administrative event: all head, no operation.
    pub fn of(area: AreaId, staff: StaffId, fact: Fact) -> Head {
        Head { area: area.0, staff: staff.0, fact: Some(fact), ..Head::default() }
    }

    /// The operation that caused it, if one did.
    pub fn operation(&self) -> Option<OperationId> {
        let origin = Origin::from_slice(&self.origin)?;
        (self.number > 0).then_some(OperationId { origin, number: self.number })
    }

    /// The area it is about.
    pub fn area(&self) -> AreaId {
        AreaId(self.area)
    }

    /// The device that sent it.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.device)
    }
}
