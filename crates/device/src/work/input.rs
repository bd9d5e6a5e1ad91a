//! What a person did, as the caller says it, and what became of it.

use types::{AreaId, FormId, HouseholdKey, Occupancy, OperationId, Outcome, PhaseId, Source};

use crate::photo::Photo;

/// A finished form in its two halves: what the engine's split gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The answers in the form's native encoding, identifiers replaced by a mark. The server reads these.
    pub answers: Vec<u8>,
    /// The identifiers, to be sealed here; empty when there are none.
    pub identifiers: Vec<u8>,
}

impl Sheet {
    /// The two halves. Identifiers that name nobody (the engine's header with a count of 0) are left out, so that
    /// nothing is sealed for nothing.
    pub fn new(answers: Vec<u8>, identifiers: Vec<u8>) -> Sheet {
        let none = identifiers.len() <= 6;
        Sheet { answers, identifiers: if none { Vec::new() } else { identifiers } }
    }
}

impl From<forms::Split> for Sheet {
    fn from(split: forms::Split) -> Sheet {
        Sheet::new(split.answers, split.identifiers)
    }
}

/// A dwelling as found at listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Where.
    pub ea: AreaId,
    /// `Some` corrects a dwelling known here, `None` gives the next number.
    pub dwelling: Option<u32>,
    /// Building number, 0 when it has none.
    pub building: u32,
    /// See [`ListDwelling::kind`].
    pub kind: u32,
    /// What it was found to be.
    pub occupancy: Occupancy,
    /// How many households live in it. A correction may add households but never takes a number back: one that turns
    /// out not to be there is closed by visits and the supervisor.
    pub households: u32,
    /// The listing form; 0 when listed without one.
    pub form: FormId,
    /// Its version.
    pub version: u32,
    /// Its answers.
    pub sheet: Sheet,
    /// Photos, encrypted here and sent apart.
    pub photos: Vec<Photo>,
}

/// A household found in a dwelling that is listed, such as a second one at the door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewHousehold {
    /// Where.
    pub ea: AreaId,
    /// The dwelling it lives in.
    pub dwelling: u32,
    /// The household it was split from; 0 when it was simply found.
    pub split_from: u32,
    /// The form that asked about it; 0 when none did.
    pub form: FormId,
    /// Its version.
    pub version: u32,
    /// Its answers; may be empty.
    pub sheet: Sheet,
}

/// Somebody went to the door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Where.
    pub ea: AreaId,
    /// The dwelling visited.
    pub dwelling: u32,
    /// The household sought; 0 for the dwelling as a whole.
    pub household: u32,
    /// See [`RecordVisit::outcome`].
    pub outcome: u32,
    /// When; the time of the call when `None`.
    pub at_us: Option<i64>,
}

/// A finished form of a household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// Where.
    pub ea: AreaId,
    /// Whose form.
    pub household: u32,
    /// Which form.
    pub form: FormId,
    /// Which version of it.
    pub version: u32,
    /// In which phase.
    pub phase: PhaseId,
    /// Where the answers come from.
    pub source: Source,
    /// When the interview began, microseconds UTC by the phone's clock.
    pub started_us: i64,
    /// What the engine found. What breaks a rule finishes all the same.
    pub outcome: Outcome,
    /// The answers.
    pub sheet: Sheet,
    /// Photos, encrypted here and sent apart.
    pub photos: Vec<Photo>,
}

/// A supervisor's decision about a submission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whose form.
    pub household: HouseholdKey,
    /// Which form.
    pub form: FormId,
    /// In which phase.
    pub phase: PhaseId,
    /// Why, a code of the office's list.
    pub reason: u32,
    /// The journal offset of the submission decided about.
    pub submission: u64,
    /// The questions a return is about, by path; none is about all of it.
    pub marks: Vec<String>,
}

/// What was finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The local number, from 1: finds the receipt.
    pub number: u64,
    /// The operation's permanent name.
    pub operation: OperationId,
    /// The dwelling it is about; 0 none.
    pub dwelling: u32,
    /// The households it is about, or gave numbers to.
    pub households: Vec<u32>,
}
