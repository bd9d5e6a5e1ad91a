//! What the phone shows, as plain copies.

use event::head::{FormPublished, PhaseOpened, Text};
use types::{AreaId, Held, Occupancy, OperationId, Outcome, Response, Source, Verdict};

/// An enumeration area in the list of this person's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EaView {
    /// Which.
    pub ea: AreaId,
    /// Its official code; empty when the office has not said.
    pub code: String,
    /// Its name and those above it, joined, in each language.
    pub names: Vec<Text>,
    /// The lease this person holds on it; 0 none.
    pub lease: u32,
    /// Dwellings listed.
    pub dwellings: u32,
    /// Households listed.
    pub households: u32,
    /// Households whose form is in, approved or final.
    pub done: u32,
    /// Households still to interview.
    pub to_do: u32,
    /// Interviews a supervisor has not decided about.
    pub to_review: u32,
    /// Finished work about it that has no receipt.
    pub unsent: u32,
}

/// What is known of an enumeration area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageView {
    /// Which.
    pub ea: AreaId,
    /// The lease this person holds on it; 0 none.
    pub lease: u32,
    /// The next building number to suggest.
    pub next_building: u32,
    /// Dwellings by number.
    pub dwellings: Vec<DwellingView>,
}

/// A dwelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DwellingView {
    /// Its number.
    pub dwelling: u32,
    /// Its building; 0 none.
    pub building: u32,
    /// See [`event::operation::ListDwelling::kind`].
    pub kind: u32,
    /// What it was found to be.
    pub occupancy: Occupancy,
    /// Whether its households are to be interviewed, by its occupancy.
    pub interview_due: bool,
    /// Visits to it as a whole.
    pub visits: u32,
    /// This phone's last word on it has no receipt yet.
    pub unsent: bool,
    /// Why the office holds this phone's last word on it.
    pub held: Held,
    /// This phone's last word on it met another copy of the store under the same number.
    pub conflict: bool,
    /// What the listing form says; `None` when the office has sent no answers.
    pub listing: Option<Answers>,
    /// Its households, those of the listing form in its order first.
    pub households: Vec<HouseholdView>,
}

/// A household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HouseholdView {
    /// Its number.
    pub household: u32,
    /// The one it was split from; 0 none.
    pub split_from: u32,
    /// The one it was found to be part of; 0 when it is one of its own.
    pub merged_into: u32,
    /// Where its form stands.
    pub response: Response,
    /// What validation found in the answers that came last.
    pub outcome: Outcome,
    /// Where its answers come from.
    pub source: Source,
    /// Visits to it.
    pub visits: u32,
    /// The last one's outcome; 0 none.
    pub last_visit: u32,
    /// When that was.
    pub last_visit_us: i64,
    /// Why it was returned, a code of the office's list.
    pub reason: u32,
    /// The questions the return is about, by path; none is about all of it.
    pub marks: Vec<String>,
    /// The journal offset of its submission; 0 unknown.
    pub submission: u64,
    /// The local number of this phone's last operation about it; 0 none.
    pub number: u64,
    /// That operation has no receipt yet.
    pub unsent: bool,
    /// Why the office holds it.
    pub held: Held,
    /// It met another copy of the store under the same number.
    pub conflict: bool,
    /// Its own listing form, for a split.
    pub listing: Option<Answers>,
}

/// Answers kept on the phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Which form.
    pub form: u32,
    /// Which version.
    pub version: u32,
    /// The answers, identifiers replaced by a mark.
    pub answers: Vec<u8>,
    /// The identifiers; `None` while locked, without the working key, or when there are none.
    pub identifiers: Option<Vec<u8>>,
    /// The journal offset; 0 unknown.
    pub submission: u64,
}

/// What is left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Todo {
    /// By enumeration area.
    pub eas: Vec<EaTodo>,
    /// Finished work that has no receipt.
    pub unsent: u32,
}

/// What is left to do in an enumeration area. Counts households; each is in one place at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EaTodo {
    /// Which.
    pub ea: AreaId,
    /// Dwellings listed.
    pub listed: u32,
    /// Nobody has been interviewed or met yet.
    pub to_interview: u32,
    /// Visited without an interview, refusals not yet final included.
    pub to_call_back: u32,
    /// Sent back by the supervisor.
    pub returned: u32,
    /// Form in, approved or final.
    pub done: u32,
}

/// Finished work that has no receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// How many.
    pub count: u32,
    /// When the oldest was finished, microseconds UTC by the phone's clock; 0 when empty.
    pub oldest_us: i64,
    /// Their local numbers.
    pub numbers: Vec<u64>,
}

/// A receipt: the office has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptView {
    /// The local number.
    pub number: u64,
    /// The operation's permanent name.
    pub operation: OperationId,
    /// What fold decided.
    pub verdict: Verdict,
    /// Why it is held.
    pub held: Held,
    /// When the office wrote it down, its time, microseconds UTC.
    pub frame_us: i64,
    /// Its journal offset.
    pub offset: u64,
    /// The encoded [`event::Receipt`].
    pub bytes: Vec<u8>,
    /// `list_dwelling`, `submit` …
    pub kind: &'static str,
    /// The enumeration area.
    pub ea: AreaId,
    /// The dwelling; 0 none.
    pub dwelling: u32,
    /// The household; 0 none.
    pub household: u32,
    /// When it was finished, microseconds UTC by the phone's clock.
    pub made_us: i64,
}

/// A form version on the phone.
#[derive(Clone, Copy, Debug)]
pub struct FormView<'a> {
    /// Number, version, name, purpose, facts.
    pub head: &'a FormPublished,
    /// Its bytes are here.
    pub here: bool,
}

/// A phase.
#[derive(Clone, Copy, Debug)]
pub struct PhaseView<'a> {
    /// Number, names, forms.
    pub head: &'a PhaseOpened,
    /// Not closed.
    pub open: bool,
}
