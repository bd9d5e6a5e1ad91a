//! What comes from the field and what becomes of it, as heads carry it, beside the acts of `operation.rs`.

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

/// Somebody of the office looked at an operation that is held or in conflict, and it is not to count. Its area is the
/// operation's. The operation stays in the journal.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct OperationDismissed {
    /// The journal offset of the operation.
    #[prost(uint64, tag = "1")]
    pub operation: u64,
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
