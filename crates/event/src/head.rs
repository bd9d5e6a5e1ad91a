//! The head of a journal event: small, journaled, never recomputed. Fold reads nothing else.
//!
//! What each kind of event says is in `head/office.rs` and `head/field.rs`.

use types::{AreaId, DeviceId, OperationId, Origin, StaffId};

use crate::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, MergeHousehold, RecordVisit, Review};
use crate::{Result, decode};

mod field;
mod office;

pub use field::*;
pub use office::*;

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
        tags = "20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 40, 41, 42, 43, 44, 45, 46, 47, 50, 51, 52, 53, 54"
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
    /// `letter.cancelled`
    #[prost(message, tag = "32")]
    LetterCancelled(LetterCancelled),
    /// `form.reread`
    #[prost(message, tag = "33")]
    FormReread(FormReread),
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
    /// `household.merged`
    #[prost(message, tag = "47")]
    HouseholdMerged(MergeHousehold),
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
    /// `operation.dismissed`
    #[prost(message, tag = "54")]
    OperationDismissed(OperationDismissed),
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
            Fact::LetterCancelled(_) => "letter.cancelled",
            Fact::FormReread(_) => "form.reread",
            Fact::DwellingListed(_) => "dwelling.listed",
            Fact::HouseholdListed(_) => "household.listed",
            Fact::VisitRecorded(_) => "visit.recorded",
            Fact::SubmissionReceived(_) => "submission.received",
            Fact::SubmissionReturned(_) => "submission.returned",
            Fact::SubmissionApproved(_) => "submission.approved",
            Fact::NonresponseConfirmed(_) => "nonresponse.confirmed",
            Fact::HouseholdMerged(_) => "household.merged",
            Fact::RecordViewed(_) => "record.viewed",
            Fact::OperationDeposited(_) => "operation.deposited",
            Fact::AttachmentStored(_) => "attachment.stored",
            Fact::BodyErased(_) => "body.erased",
            Fact::OperationDismissed(_) => "operation.dismissed",
        }
    }

    /// The form and its version to which it brings answers, in the body; `None` when it brings none.
    pub fn answers_to(&self) -> Option<(u32, u32)> {
        match self {
            Fact::DwellingListed(it) if it.form != 0 => Some((it.form, it.form_version)),
            Fact::SubmissionReceived(it) => Some((it.form, it.form_version)),
            _ => None,
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

    /// Somebody of the office did it without a device. Whoever does is told at once when it takes no effect, so it is
    /// never held for another person.
    pub fn is_desk_work(&self) -> bool {
        self.device == 0 && self.staff != 0
    }

    /// The device that sent it.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.device)
    }
}
