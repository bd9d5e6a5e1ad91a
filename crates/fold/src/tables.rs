//! The tables fold reads and writes, as narrow traits. A store keeps the rows and adds up what they count; it decides
//! nothing.

use event::head::{
    AreaDefined, CensusDefined, DeviceRegistered, FormPublished, LetterIssued, PhaseOpened, StaffEnrolled,
};
use types::{AreaId, DeviceId, FormId, Occupancy, Offset, Origin, Outcome, PhaseId, Response, Role, Source, StaffId};

use crate::At;

/// An origin as the tables number it, in order of first appearance. Means the same on every node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginRef(pub u32);

impl OriginRef {
    /// No operation caused it.
    pub const NONE: OriginRef = OriginRef(u32::MAX);
}

/// A form in a phase as the tables number it, from 1 in order of first opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseKind(pub u8);

/// A lease number as rows keep it: those from 255 on are all 255, and then equal to none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseMark(pub u8);

impl LeaseMark {
    /// The mark of a lease number.
    pub fn of(lease: u32) -> LeaseMark {
        LeaseMark(lease.min(255) as u8)
    }

    /// Whether both are surely the same lease.
    pub fn same(self, other: LeaseMark) -> bool {
        self == other && self.0 != 0 && self.0 != 255
    }
}

/// What a counted submission says, by the names its form declares. Each at most 65,535.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `persons`: registered in the household.
    pub persons: u16,
    /// `male`
    pub male: u16,
    /// `female`
    pub female: u16,
    /// `slept_here`: on the reference night.
    pub slept_here: u16,
    /// `registered_away`: here that night, registered elsewhere.
    pub registered_away: u16,
    /// `births` in the year before the reference moment.
    pub births: u16,
    /// `deaths` in that year.
    pub deaths: u16,
}

/// What fold needs to know of a form version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// It describes who lives somewhere: a household, an institution, an outdoor place. A listing form does not.
    pub household: bool,
    /// For each name of [`Plan::NAMES`], where it stands among the submission's facts; 255 when it is not declared.
    pub index: [u8; 7],
}

impl Plan {
    /// The names of facts, in the order of the fields of [`Facts`].
    pub const NAMES: [&str; 7] = ["persons", "male", "female", "slept_here", "registered_away", "births", "deaths"];
}

/// A dwelling's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dwelling {
    /// Building number; 0 when it has none.
    pub building: u16,
    /// See [`event::operation::ListDwelling::kind`]; 0 to 7.
    pub kind: u8,
    /// What it was found to be.
    pub occupancy: Occupancy,
    /// Who listed it.
    pub origin: OriginRef,
    /// Under which lease.
    pub lease: LeaseMark,
    /// What visits found before a household was listed: not started, call-back or refused.
    pub own: Response,
    /// Visits to the dwelling as a whole, at most 255.
    pub visits: u8,
}

/// A household's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Household {
    /// The dwelling it lives in.
    pub dwelling: u16,
    /// Where its main case stands. The main case is the first that counted; see [`SideCase`].
    pub response: Response,
    /// Where the answers come from.
    pub source: Source,
    /// Visits, at most 255.
    pub visits: u8,
    /// The submission that counts.
    pub counted: Option<Counted>,
    /// What it says.
    pub facts: Facts,
    /// The household it was found to be part of; 0 when it is one of its own. Such a row has no counted submission and
    /// counts nowhere, and its number stays taken.
    pub merged_into: u16,
}

/// A submission that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Where it is in the journal.
    pub offset: Offset,
    /// Who sent it.
    pub origin: OriginRef,
    /// Under which lease.
    pub lease: LeaseMark,
    /// Which form in which phase.
    pub case: CaseKind,
}

/// A further case of a household (long form, post-enumeration survey, a listing form): kept beside the main one, not in
/// the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideCase {
    /// The submission that counts.
    pub counted: Counted,
    /// Where the case stands.
    pub response: Response,
}

/// A submission that was held, with what is needed to count it should a supervisor approve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSubmission {
    /// Its area.
    pub ea: AreaId,
    /// Whose form.
    pub household: u16,
    /// Which form.
    pub form: FormId,
    /// In which phase.
    pub phase: PhaseId,
    /// Who sent it.
    pub origin: OriginRef,
    /// Under which lease.
    pub lease: LeaseMark,
    /// Where the answers come from.
    pub source: Source,
    /// What validation found.
    pub outcome: Outcome,
    /// What it says.
    pub facts: Facts,
    /// The form describes a household.
    pub main: bool,
}

/// The last lease of an enumeration area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaseRow {
    /// Its fencing number; 0 before the first.
    pub lease: u32,
    /// Who holds (or held) it.
    pub staff: StaffId,
    /// It has ended, and none has begun since.
    pub ended: bool,
}

/// A member of staff, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    /// What they may do.
    pub role: Role,
    /// The top of the subtree.
    pub area: AreaId,
}

/// A letter, as far as registering goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterRow {
    /// Who it is for.
    pub staff: StaffId,
    /// How many devices it may register; 0 once it is cancelled.
    pub devices_max: u32,
    /// How many it has.
    pub devices: u32,
}

/// Whether a form of a phase may be sent from an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The nearest decision above the area closed the phase, or there is none.
    Closed,
    /// The phase is open there, without this form.
    OtherForms,
    /// Open.
    Open(CaseKind),
}

/// What the memory of operations says about an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never seen.
    New,
    /// Seen with the same bytes.
    Same,
    /// Seen with other bytes only.
    Other,
}

/// The census, areas, forms and phases.
pub trait Reference {
    /// The rules in force; 1 before any were activated.
    fn rules(&self) -> u32;
    /// Puts rules in force.
    fn set_rules(&mut self, version: u32);
    /// The census's id; 0 before it is defined.
    fn census_id(&self) -> u64;
    /// Keeps the definition.
    fn put_census(&mut self, census: &CensusDefined);
    /// Whether it is an area without areas below it: where field work happens.
    fn is_ea(&self, area: AreaId) -> bool;
    /// Whether the area exists.
    fn has_area(&self, area: AreaId) -> bool;
    /// Whether `area` is `top` or below it.
    fn area_within(&self, area: AreaId, top: AreaId) -> bool;
    /// How many areas there are: the next new id.
    fn area_count(&self) -> u32;
    /// Adds or redefines an area, without its enumeration areas. `false`, and no change, when it does not fit the tree.
    fn put_area(&mut self, area: &AreaDefined) -> bool;
    /// Adds enumeration areas under an area, with ids from `first` on. `false`, and no change, when they do not fit.
    fn put_eas(&mut self, parent: AreaId, first: u32, count: u32) -> bool;
    /// A form version.
    fn plan(&self, form: FormId, version: u32) -> Option<Plan>;
    /// Keeps a form version; the event's body is the compiled form.
    fn put_form(&mut self, at: At, form: &FormPublished, plan: Plan);
    /// Whether a form may be sent from an area.
    fn window(&self, phase: PhaseId, form: FormId, area: AreaId) -> Window;
    /// The number of a form in a phase, open or not.
    fn case_kind(&self, form: FormId, phase: PhaseId) -> Option<CaseKind>;
    /// Opens a phase in a subtree. `false`, and no change, when there are 255 kinds of case already.
    fn open_phase(&mut self, area: AreaId, phase: &PhaseOpened) -> bool;
    /// Closes a phase in a subtree. `false`, and no change, when the phase was never opened.
    fn close_phase(&mut self, area: AreaId, phase: PhaseId) -> bool;
    /// Remembers that a key is destroyed.
    fn put_erased(&mut self, area: AreaId, wave: u32);
}

/// Staff, letters, devices and leases.
pub trait People {
    /// A member of staff.
    fn post(&self, staff: StaffId) -> Option<Post>;
    /// Who has this sign-in name.
    fn login(&self, login: &str) -> Option<StaffId>;
    /// Adds or redefines a member of staff.
    fn put_staff(&mut self, staff: &StaffEnrolled);
    /// A letter.
    fn letter_row(&self, lookup: &[u8; 32]) -> Option<LetterRow>;
    /// Adds a letter.
    fn put_letter(&mut self, at: At, lookup: [u8; 32], letter: &LetterIssued);
    /// Lets a letter register no further device.
    fn cancel_letter(&mut self, lookup: &[u8; 32]);
    /// Whether a device is revoked; `None` when there is none of this number.
    fn device_revoked(&self, device: DeviceId) -> Option<bool>;
    /// Adds a device and counts it at its letter.
    fn put_device(&mut self, at: At, device: &DeviceRegistered, signing_key: [u8; 32]);
    /// Revokes a device.
    fn revoke_device(&mut self, device: DeviceId);
    /// The last lease of an area.
    fn lease_row(&self, ea: AreaId) -> LeaseRow;
    /// Who held an earlier lease.
    fn earlier_holder(&self, ea: AreaId, lease: u32) -> Option<StaffId>;
    /// Keeps the last lease; one with another number becomes an earlier one.
    fn put_lease(&mut self, ea: AreaId, lease: LeaseRow);
}

/// Dwellings, households and their cases.
pub trait Frame {
    /// A dwelling.
    fn dwelling(&self, ea: AreaId, dwelling: u16) -> Option<Dwelling>;
    /// Adds or replaces a dwelling.
    fn put_dwelling(&mut self, ea: AreaId, dwelling: u16, row: Dwelling);
    /// A household.
    fn household(&self, ea: AreaId, household: u16) -> Option<Household>;
    /// Adds or replaces a household. Its dwelling is listed, and stays the same.
    fn put_household(&mut self, ea: AreaId, household: u16, row: Household);
    /// Replaces households of one dwelling, at the cost of one.
    fn put_households(&mut self, ea: AreaId, dwelling: u16, rows: &[(u16, Household)]);
    /// The households of a dwelling, in order.
    fn households_of(&self, ea: AreaId, dwelling: u16) -> Vec<u16>;
    /// A further case of a household.
    fn side_case(&self, ea: AreaId, household: u16, case: CaseKind) -> Option<SideCase>;
    /// Adds or replaces a further case.
    fn put_side_case(&mut self, ea: AreaId, household: u16, row: SideCase);
    /// Counts a visit.
    fn count_visit(&mut self, ea: AreaId);
    /// Counts an accepted submission.
    fn count_submission(&mut self, ea: AreaId);
    /// A submission that is held.
    fn held_submission(&self, offset: Offset) -> Option<HeldSubmission>;
    /// Keeps a submission that is held.
    fn put_held_submission(&mut self, offset: Offset, row: HeldSubmission);
    /// The area that a held or conflicting operation names, known or not; `None` when nothing waits at this offset.
    fn held_area(&self, offset: Offset) -> Option<AreaId>;
    /// What is held here waits for nobody any more: it counts from now on, or was dismissed.
    fn release_held(&mut self, offset: Offset);
}

/// The memory of operations.
pub trait Operations {
    /// The number of an origin, given now if it is new.
    fn origin(&mut self, origin: Origin) -> OriginRef;
    /// Whether an operation was seen before.
    fn seen(&self, origin: OriginRef, number: u64, digest: &[u8]) -> Seen;
    /// The number of the operation of this origin at this offset.
    fn number_at(&self, origin: OriginRef, offset: Offset) -> Option<u64>;
}

/// Everything [`crate::apply`] needs.
pub trait Tables: Reference + People + Frame + Operations {}

impl<T: Reference + People + Frame + Operations> Tables for T {}
