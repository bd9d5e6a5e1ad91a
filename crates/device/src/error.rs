//! What can go wrong in a call. Nothing has changed when a call fails.

/// Why a call failed. The device is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The phone has no census yet: enrol it first.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// The phone is enrolled already; another person needs another store.
    #[error("the phone is enrolled already")]
    AlreadyEnrolled,
    /// The activation code has a slip in it. Ask for it again.
    #[error("the activation code is mistyped")]
    CodeMistyped(#[source] event::Error),
    /// The server refused the enrolment; the status says more.
    #[error("the office did not accept the activation code (status {status})")]
    EnrolRefused {
        /// The HTTP status.
        status: u16,
    },
    /// The answer to the enrolment misses something. Try again.
    #[error("the answer of the office cannot be used")]
    Answer(#[source] event::Error),
    /// Names and drafts are closed until [`crate::Device::unlock`].
    #[error("names and drafts are locked")]
    Locked,
    /// No such dwelling is known in this enumeration area.
    #[error("dwelling {dwelling} of area {ea} is not known")]
    NoDwelling {
        /// The enumeration area.
        ea: u32,
        /// The number asked for.
        dwelling: u32,
    },
    /// No such household is known in this enumeration area.
    #[error("household {household} of area {ea} is not known")]
    NoHousehold {
        /// The enumeration area.
        ea: u32,
        /// The number asked for.
        household: u32,
    },
    /// The enumeration area has used all 65,535 numbers.
    #[error("area {ea} has no number left")]
    NumbersUsedUp {
        /// The enumeration area.
        ea: u32,
    },
    /// A photo is larger than the server takes; the draft is still there.
    #[error("the photo is {bytes} bytes long, more than {max}")]
    PhotoTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The finished form is longer than an operation may be; the draft is still there.
    #[error("the form is {bytes} bytes long, more than {max}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A stored record cannot be read. The others are not touched.
    #[error("stored record `{key}` cannot be read")]
    Record {
        /// Its key.
        key: String,
        /// What is wrong with it.
        source: event::Error,
    },
    /// The storage misses a record that is always there: it is another program's, or half copied.
    #[error("stored record `{key}` is missing")]
    Missing {
        /// Its key.
        key: &'static str,
    },
    /// Sealing failed: a key of the census is not a key.
    #[error("identifiers cannot be sealed")]
    Seal(#[source] event::Error),
}

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The permanent code of the message a person meets.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotEnrolled => "device/not-enrolled",
            Error::AlreadyEnrolled => "device/already-enrolled",
            Error::CodeMistyped(_) => "enrol/code-mistyped",
            Error::EnrolRefused { status: 410 } => "enrol/letter-cancelled",
            Error::EnrolRefused { status: 421 } => "enrol/letter-elsewhere",
            Error::EnrolRefused { .. } => "enrol/refused",
            Error::Answer(_) => "sync/answer-unreadable",
            Error::Locked => "device/locked",
            Error::NoDwelling { .. } => "device/no-dwelling",
            Error::NoHousehold { .. } => "device/no-household",
            Error::NumbersUsedUp { .. } => "device/numbers-used-up",
            Error::PhotoTooLong { .. } => "device/photo-too-long",
            Error::TooLong { .. } => "device/form-too-long",
            Error::Record { .. } => "device/record-damaged",
            Error::Missing { .. } => "device/record-missing",
            Error::Seal(_) => "device/cannot-seal",
        }
    }
}
