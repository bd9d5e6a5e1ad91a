//! An operation: what a person does, as a device or the console sends it.
//!
//! The bytes made at finish are the operation: a retry sends the same bytes, and the digest covers them as they are.

use std::sync::LazyLock;

use types::{AreaId, OperationId, Origin, Sent, Time};

use crate::{Digest, Error, Result, decode};

/// What a person did, finished and numbered. At most [`Operation::BYTES_MAX`] bytes encoded.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Operation {
    /// The store that numbered it: 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub origin: Vec<u8>,
    /// Its number there, from 1.
    #[prost(uint64, tag = "2")]
    pub number: u64,
    /// Who acted.
    #[prost(uint32, tag = "3")]
    pub staff: u32,
    /// The area it is about, usually an enumeration area.
    #[prost(uint32, tag = "4")]
    pub area: u32,
    /// The lease it was done under; 0 without one.
    #[prost(uint32, tag = "5")]
    pub lease: u32,
    /// The sender's clock at finish, microseconds UTC.
    #[prost(sint64, tag = "6")]
    pub sent_at_us: i64,
    /// The sender's offset from UTC, minutes.
    #[prost(sint32, tag = "7")]
    pub sent_offset_min: i32,
    /// An encoded [`crate::Body`]: answers, sealed identifiers, attachments. Empty for acts that are all head.
    #[prost(bytes = "vec", tag = "8")]
    pub body: Vec<u8>,
    /// The census the operation belongs to (the first 8 bytes of its definition's digest), so that a pilot's data
    /// cannot enter production. 0 is "not said".
    #[prost(fixed64, tag = "9")]
    pub census: u64,
    /// What was done.
    #[prost(oneof = "Act", tags = "16, 17, 18, 19, 20, 21, 22, 23")]
    pub act: Option<Act>,
}

/// What was done.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Act {
    /// A dwelling was found and described. The same number again corrects it.
    #[prost(message, tag = "16")]
    ListDwelling(ListDwelling),
    /// A household was found in a listed dwelling: at listing, or a second one at the door (a split).
    #[prost(message, tag = "17")]
    ListHousehold(ListHousehold),
    /// Somebody went to the door.
    #[prost(message, tag = "18")]
    RecordVisit(RecordVisit),
    /// A form was finished.
    #[prost(message, tag = "19")]
    Submit(Submit),
    /// A supervisor sends a submission back.
    #[prost(message, tag = "20")]
    Return(Review),
    /// A supervisor approves a submission.
    #[prost(message, tag = "21")]
    Approve(Review),
    /// A supervisor makes a refusal or non-contact final.
    #[prost(message, tag = "22")]
    ConfirmNonresponse(ConfirmNonresponse),
    /// Two listed households were found to be one, or to be two after all.
    #[prost(message, tag = "23")]
    MergeHousehold(MergeHousehold),
}

/// A dwelling as listed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ListDwelling {
    /// Number in the enumeration area, from 1; never reused. At most 65,535.
    #[prost(uint32, tag = "1")]
    pub dwelling: u32,
    /// Building number in the enumeration area, from 1; 0 when it has none.
    #[prost(uint32, tag = "2")]
    pub building: u32,
    /// 1 conventional, 2 collective, 3 workplace, 4 improvised, 5 mobile, 6 none.
    #[prost(uint32, tag = "3")]
    pub kind: u32,
    /// A code of [`types::Occupancy`].
    #[prost(uint32, tag = "4")]
    pub occupancy: u32,
    /// Numbers of the households found here, from 1 within the enumeration area; never reused.
    #[prost(uint32, repeated, tag = "5")]
    pub households: Vec<u32>,
    /// The listing form's version that describes it.
    #[prost(uint32, tag = "6")]
    pub form_version: u32,
    /// The listing form's number; 0 when listed without a form.
    #[prost(uint32, tag = "7")]
    pub form: u32,
}

/// A household as listed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ListHousehold {
    /// The dwelling it lives in.
    #[prost(uint32, tag = "1")]
    pub dwelling: u32,
    /// Its number in the enumeration area, from 1; never reused.
    #[prost(uint32, tag = "2")]
    pub household: u32,
    /// The household it was split from; 0 when it was simply found.
    #[prost(uint32, tag = "3")]
    pub split_from: u32,
}

/// A visit.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RecordVisit {
    /// The dwelling visited.
    #[prost(uint32, tag = "1")]
    pub dwelling: u32,
    /// The household sought; 0 for the dwelling as a whole.
    #[prost(uint32, tag = "2")]
    pub household: u32,
    /// 1 interviewed, 2 nobody at home, 3 call back by appointment, 4 refused, 5 no suitable respondent, 6 not found.
    #[prost(uint32, tag = "3")]
    pub outcome: u32,
    /// When, by the sender's clock, microseconds UTC.
    #[prost(sint64, tag = "4")]
    pub at_us: i64,
}

/// A finished form.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Submit {
    /// Whose form.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// Which form.
    #[prost(uint32, tag = "2")]
    pub form: u32,
    /// Which version of it.
    #[prost(uint32, tag = "3")]
    pub form_version: u32,
    /// In which phase.
    #[prost(uint32, tag = "4")]
    pub phase: u32,
    /// A code of [`types::Source`].
    #[prost(uint32, tag = "5")]
    pub source: u32,
    /// A code of [`types::Outcome`]: what the device's engine found. The server decides its own.
    #[prost(uint32, tag = "6")]
    pub outcome: u32,
    /// When the interview began, sender's clock, microseconds UTC.
    #[prost(sint64, tag = "7")]
    pub started_us: i64,
    /// ODK's instanceID, when the client has one.
    #[prost(string, tag = "8")]
    pub instance_id: String,
    /// The dwelling of the household, so that a door is known even when its listing has not arrived.
    #[prost(uint32, tag = "9")]
    pub dwelling: u32,
}

/// A supervisor's decision about a submission.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Review {
    /// Whose form.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// Which form.
    #[prost(uint32, tag = "2")]
    pub form: u32,
    /// In which phase.
    #[prost(uint32, tag = "3")]
    pub phase: u32,
    /// Why, as a code of the office's list; free text is never journaled in a head.
    #[prost(uint32, tag = "4")]
    pub reason: u32,
    /// The journal offset of the submission decided about.
    #[prost(uint64, tag = "5")]
    pub submission: u64,
    /// The questions a return is about, by their paths in the form; a path is no answer. None is about all of it.
    #[prost(string, repeated, tag = "6")]
    pub marks: Vec<String>,
}

/// Refusal or non-contact made final.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ConfirmNonresponse {
    /// Which household.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// 7 refused, 8 nobody met: codes of [`types::Response`].
    #[prost(uint32, tag = "2")]
    pub response: u32,
}

/// Two entries of the list found to be one household. The one that goes keeps its number, which nobody else ever gets.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct MergeHousehold {
    /// The household that is part of another.
    #[prost(uint32, tag = "1")]
    pub household: u32,
    /// The household it is part of, in the same enumeration area; 0 takes it back: it is one of its own after all.
    #[prost(uint32, tag = "2")]
    pub into: u32,
}

impl Operation {
    /// The longest encoded operation that is taken in, bytes. A roster of 2,000 persons fits; photos travel apart.
    pub const BYTES_MAX: usize = 1 << 20;

    /// Reads one from the bytes that were sent.
    pub fn read(bytes: &[u8]) -> Result<Operation> {
        let operation: Operation = decode("operation", bytes)?;
        operation.id().ok_or(Error::Field { what: "operation", field: "origin, number" })?;
        if operation.act.is_none() {
            return Err(Error::Field { what: "operation", field: "act" });
        }
        Ok(operation)
    }

    /// Its permanent name; `None` when origin or number is missing, or the origin is a cell's.
    pub fn id(&self) -> Option<OperationId> {
        let origin = Origin::from_slice(&self.origin).filter(|origin| !origin.is_cell())?;
        (self.number > 0).then_some(OperationId { origin, number: self.number })
    }

    /// The area it is about.
    pub fn area(&self) -> AreaId {
        AreaId(self.area)
    }

    /// What the sender's clock said at finish.
    pub fn sent(&self) -> Sent {
        Sent { at: Time(self.sent_at_us), offset_min: self.sent_offset_min.clamp(-840, 840) as i16 }
    }
}

/// The digest of an operation: over the bytes as sent.
pub fn digest(operation_bytes: &[u8]) -> Digest {
    /// Deriving from the context costs as much as hashing a short operation: once is enough.
    static CONTEXT: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("quipu 2026 operation digest"));
    *CONTEXT.clone().update(operation_bytes).finalize().as_bytes()
}
