//! What the office sets up, as heads carry it: the census, areas, staff, letters, devices, leases, forms, phases, rules.

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
    /// A supervisor's telephone at work, shown to their enumerators; empty for anybody else.
    #[prost(string, tag = "7")]
    pub phone: String,
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

/// A letter that registers no device from now on; those it has registered stay.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LetterCancelled {
    /// Which, by its look-up value.
    #[prost(bytes = "vec", tag = "1")]
    pub lookup: Vec<u8>,
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
    /// What it is for: 1 listing, 2 household, 3 institution, 4 outdoor place (people without a dwelling).
    #[prost(uint32, tag = "4")]
    pub purpose: u32,
    /// Meanings of `SubmissionReceived::facts`, in order.
    #[prost(string, repeated, tag = "5")]
    pub facts: Vec<String>,
}

/// Answers given to one version of a form before this event stand in the tables as a later version reads them. What was
/// given, and what heads said of it, stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct FormReread {
    /// Which form.
    #[prost(uint32, tag = "1")]
    pub form: u32,
    /// The version the answers stand in the tables as until now.
    #[prost(uint32, tag = "2")]
    pub from_version: u32,
    /// A later version.
    #[prost(uint32, tag = "3")]
    pub to_version: u32,
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
