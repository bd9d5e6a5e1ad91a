//! What the store answers with: plain copies, safe to keep after the next event.

use types::{
    AreaId, DeviceId, FormId, Held, Occupancy, Offset, Outcome, PhaseId, Response, Role, Source, StaffId, Time, Verdict,
};

pub use fold::Facts;

use fold::tables::{CaseKind, HeldSubmission, SideCase};

use crate::page::Page;
use crate::page::dwelling::DwellingRow;
use crate::page::household::HouseholdRow;
use crate::place::Place;
use crate::tables::Tables;

/// What is remembered of an operation, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it is in the journal.
    pub offset: Offset,
    /// See [`digest_prefix`]: tells a resend (same bytes) from a conflict (same id, other bytes).
    pub digest_prefix: u64,
    /// What fold decided about it.
    pub verdict: Verdict,
    /// Why it was held, if it was.
    pub held: Held,
}

impl Known {
    /// Whether these are the bytes that took effect under this id.
    pub fn is(&self, digest: &event::Digest) -> bool {
        self.digest_prefix == digest_prefix(digest)
    }
}

/// The part of an operation's digest that is kept in memory: its first 40 bits. The whole digest is in the event's
/// head; two different operations under one id agree in this part once in 10^12.
pub fn digest_prefix(digest: &[u8]) -> u64 {
    digest.iter().take(5).fold(0, |prefix, byte| prefix << 8 | u64::from(*byte))
}

/// A member of staff and their post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Permanent id.
    pub staff: StaffId,
    /// What they may do in the subtree.
    pub role: Role,
    /// The top of the subtree.
    pub area: AreaId,
    /// How colleagues see them.
    pub name: String,
    /// Sign-in name; empty when they only use a phone.
    pub login: String,
    /// PHC string of the password; empty when they only use a phone.
    pub password_hash: String,
    /// A supervisor's telephone at work; empty for anybody else.
    pub phone: String,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Permanent id.
    pub device: DeviceId,
    /// Whose.
    pub staff: StaffId,
    /// Ed25519 public key.
    pub signing_key: [u8; 32],
    /// The look-up value of the letter that registered it.
    pub letter: [u8; 32],
    /// It may no longer read.
    pub revoked: bool,
    /// When it was registered.
    pub registered: Time,
}

/// An activation letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Who it is for.
    pub staff: StaffId,
    /// The working keys, wrapped for the holder of the code.
    pub wrapped_keys: Vec<u8>,
    /// How many devices it may register, from 1; 0 once it is cancelled.
    pub devices_max: u32,
    /// The devices it has registered, in order.
    pub devices: Vec<DeviceId>,
    /// The event that issued it.
    pub offset: Offset,
}

impl Letter {
    /// It registers no device any more, by a decision of the office.
    pub fn cancelled(&self) -> bool {
        self.devices_max == 0
    }

    /// It has registered as many devices as it may.
    pub fn used_up(&self) -> bool {
        !self.cancelled() && self.devices.len() >= self.devices_max as usize
    }
}

/// The last lease of an enumeration area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its fencing number, from 1.
    pub lease: u32,
    /// Who holds (or held) it.
    pub staff: StaffId,
}

/// A form version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Permanent number of the form.
    pub form: FormId,
    /// Version, from 1.
    pub version: u32,
    /// The workbook's form_id.
    pub name: String,
    /// 1 listing, 2 household, 3 institution, 4 outdoor place.
    pub purpose: u32,
    /// Meanings of a submission's facts, in order.
    pub facts: Vec<String>,
    /// The event whose body is the compiled form.
    pub offset: Offset,
}

/// A phase as last opened or closed somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Permanent number.
    pub phase: PhaseId,
    /// Its name in each language.
    pub names: Vec<event::head::Text>,
    /// Decisions by area, in order of area: the nearest one above an area decides.
    pub decisions: Vec<PhaseDecision>,
}

/// A phase opened or closed in a subtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseDecision {
    /// The top of the subtree.
    pub area: AreaId,
    /// Opened or closed.
    pub open: bool,
    /// The forms open there; empty when closed.
    pub forms: Vec<FormId>,
}

/// Everything known about an enumeration area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageView {
    /// In order of number.
    pub dwellings: Vec<DwellingView>,
    /// In order of number.
    pub households: Vec<HouseholdView>,
}

/// A dwelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DwellingView {
    /// Number in the enumeration area.
    pub dwelling: u16,
    /// Building number; 0 when it has none.
    pub building: u16,
    /// See [`event::operation::ListDwelling::kind`].
    pub kind: u8,
    /// What it was found to be.
    pub occupancy: Occupancy,
    /// Its place in the reconciliation; `None` where nobody lives.
    pub response: Option<Response>,
    /// Where the answers of that household come from.
    pub source: Source,
    /// Visits to the dwelling as a whole, at most 255.
    pub visits: u8,
}

/// A household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseholdView {
    /// Number in the enumeration area.
    pub household: u16,
    /// The dwelling it lives in.
    pub dwelling: u16,
    /// Where its form stands.
    pub response: Response,
    /// Where the answers come from.
    pub source: Source,
    /// Visits, at most 255.
    pub visits: u8,
    /// The submission that counts, and its form and phase.
    pub counted: Option<CountedView>,
    /// What the counted submission says.
    pub facts: Facts,
    /// The household it was found to be part of; 0 when it is one of its own.
    pub merged_into: u16,
}

/// The submission that counts for a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedView {
    /// Where it is in the journal.
    pub offset: Offset,
    /// Which form.
    pub form: FormId,
    /// In which phase.
    pub phase: PhaseId,
}

/// One place of the reconciliation and how many dwellings are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// What the dwellings were found to be.
    pub occupancy: Occupancy,
    /// Where their least finished household stands; `None` where nobody lives.
    pub response: Option<Response>,
    /// Where that household's answers come from.
    pub source: Source,
    /// How many dwellings, from 1.
    pub dwellings: u64,
}

/// A submission as it arrived, for a list of the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// Where it is in the journal.
    pub offset: Offset,
    /// When it arrived: the cell's time.
    pub time: Time,
    /// Its enumeration area.
    pub ea: AreaId,
    /// Whose form.
    pub household: u16,
    /// What validation found.
    pub outcome: Outcome,
    /// What fold decided.
    pub verdict: Verdict,
    /// Why it was held, if it was.
    pub held: Held,
}

/// An operation that was held or in conflict, waiting for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldItem {
    /// Where it is in the journal.
    pub offset: Offset,
    /// The area it names; it need not exist.
    pub area: AreaId,
    /// The household it is about; 0 for none.
    pub household: u16,
    /// `Held` or `IdConflict`.
    pub verdict: Verdict,
    /// Why.
    pub held: Held,
}

/// Resident memory by kind, bytes, allocated capacity included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Pages: dwellings, households, offsets of events by enumeration area.
    pub pages: usize,
    /// Operation ids remembered.
    pub operations: usize,
    /// Counters and reconciliation above the enumeration areas.
    pub counters: usize,
    /// The area tree.
    pub areas: usize,
    /// Staff, letters, devices, forms, phases, held work.
    pub administration: usize,
}

impl Sizes {
    /// All of it.
    pub fn total(&self) -> usize {
        self.pages + self.operations + self.counters + self.areas + self.administration
    }
}

impl Tables {
    /// A page as others see it.
    pub(crate) fn view(&self, page: &Page) -> PageView {
        let dwelling = |row: &DwellingRow| {
            let (response, source) = Place::read(row.place);
            DwellingView {
                dwelling: row.number,
                building: row.building,
                kind: row.kind(),
                occupancy: row.occupancy(),
                response,
                source,
                visits: row.visits,
            }
        };
        PageView {
            dwellings: page.dwellings.iter().map(dwelling).collect(),
            households: page.households.iter().map(|row| self.household_view(page, row)).collect(),
        }
    }

    /// A household of a page as others see it.
    pub(crate) fn household_view(&self, page: &Page, row: &HouseholdRow) -> HouseholdView {
        let facts = if row.is_large() { self.large[&(page.area, row.number)] } else { row.facts() };
        let counted = (row.case != 0).then(|| {
            let (form, phase) = self.phases.case(CaseKind(row.case));
            CountedView { offset: row.offset(), form, phase }
        });
        HouseholdView {
            household: row.number,
            dwelling: row.dwelling,
            response: row.response(),
            source: row.source(),
            visits: row.visits,
            counted,
            facts,
            merged_into: row.merged_into(),
        }
    }

    /// Resident memory.
    pub(crate) fn sizes(&self) -> Sizes {
        let spare = self.pages.capacity() - self.pages.len();
        Sizes {
            pages: self.pages.iter().map(Page::bytes).sum::<usize>()
                + spare * size_of::<Page>()
                + self.page_of.capacity() * 9
                + self.large.len() * 32,
            operations: self.operations.bytes(),
            counters: self.rollup.bytes(),
            areas: self.areas.bytes_resident(),
            administration: self.people.bytes()
                + self.held.len() * (size_of::<HeldItem>() + 16)
                + self.held_submissions.len() * (size_of::<HeldSubmission>() + 16)
                + self.side_cases.len() * (size_of::<SideCase>() + 16)
                + self.earlier_leases.len() * 24
                + self.latest.capacity() * size_of::<Latest>(),
        }
    }
}
