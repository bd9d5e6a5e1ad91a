//! The production store: the fold's tables, resident and compact.
//!
//! Everything here can be deleted and rebuilt from the journal; a checkpoint only makes that quicker. An enumeration area
//! is a page of packed rows; counters above it are kept up to date with every event, so a question about a nation costs
//! what one about a village does. About 60 bytes a household all told, the memory of its operations included
//! (`cargo run -p store --example households`).
//!
//! Left out: what an event means (`fold`), bodies and answers (`query`, or the journal by offset), names of persons
//! (nobody on this side has them). Start at [`Store`], then read `tables.rs` and `page/mod.rs`.

use std::path::Path;

use areas::AreaTree;
use event::head::CensusDefined;
use event::{Fact, Head};
use types::{AreaId, DeviceId, FormId, Offset, OperationId, Origin, PhaseId, StaffId, Time};

mod area;
mod changed;
mod checkpoint;
mod codec;
mod counts;
mod error;
mod operations;
mod page;
mod people;
mod phases;
mod place;
mod progress;
mod replay;
mod rollup;
mod table;
mod tables;
mod varint;
mod view;

pub use checkpoint::beside::{Checkpoints, Written};
pub use error::{Error, Result};
pub use progress::Progress;
pub use view::{
    Cell, CountedView, Device, DwellingView, Facts, Form, HeldItem, HouseholdView, Known, Latest, Lease, Letter,
    PageView, Phase, PhaseDecision, Sizes, Staff, digest_prefix,
};

use tables::Tables;

/// The production tables of a cell, in memory.
pub struct Store {
    next_offset: Offset,
    time: Time,
    tables: Tables,
    /// An event is being applied, or was when fold panicked.
    halfway: bool,
}

impl Default for Store {
    fn default() -> Store {
        Store::new()
    }
}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store { next_offset: 0, time: Time(0), tables: Tables::new(), halfway: false }
    }

    /// Applies the next event. Ask [`fold::known`] first about events a newer program may have written.
    ///
    /// # Panics
    /// When `offset` is not [`Store::next_offset`], or the event is not known to this program.
    pub fn apply(&mut self, offset: Offset, time: Time, head: &Head) -> fold::Applied {
        assert_eq!(offset, self.next_offset, "events are applied in order, each once");
        if !matches!(head.fact, Some(Fact::AreasDefined(_))) {
            self.refresh();
        }
        let at = fold::At { offset, time };
        self.halfway = true;
        let applied = fold::apply(&mut self.tables, at, head);
        self.tables.settle(at, head, &applied);
        self.next_offset += 1;
        self.time = time;
        self.halfway = false;
        applied
    }

    /// Brings the area tree's index up to date after `area.defined`. The next event of another kind does it too, so that a
    /// nation's areas arriving in many events are indexed once.
    pub fn refresh(&mut self) {
        self.tables.areas.rebuild_index();
    }

    /// The offset of the next event to apply.
    pub fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// The time of the last event applied.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The area tree. Straight after `area.defined` its index may be stale; see [`Store::refresh`].
    pub fn areas(&self) -> &AreaTree {
        &self.tables.areas
    }

    /// The census, once defined.
    pub fn census(&self) -> Option<&CensusDefined> {
        self.tables.census.as_ref()
    }

    /// The version of fold's rules in force.
    pub fn rules(&self) -> u32 {
        self.tables.rules
    }

    /// A form's latest version.
    pub fn form(&self, form: FormId) -> Option<&Form> {
        self.tables.forms.iter().filter(|known| known.form == form).max_by_key(|known| known.version)
    }

    /// Every form version, in order of publication.
    pub fn forms(&self) -> &[Form] {
        &self.tables.forms
    }

    /// The phases, in order of number.
    pub fn phases(&self) -> Vec<Phase> {
        self.tables.phases.list()
    }

    /// Whether a phase is open in an area: the latest decision of the nearest area above it (or of itself) opened it.
    pub fn phase_open(&self, phase: PhaseId, area: AreaId) -> bool {
        self.tables.phases.is_open(&self.tables.areas, phase, area)
    }

    /// What is remembered of the operation that took effect (or was held) under this id.
    pub fn operation(&self, id: OperationId) -> Option<Known> {
        self.tables.operations.get(self.tables.operations.find(id.origin)?, id.number)
    }

    /// The highest number of an origin's operations; 0 when there are none.
    pub fn last_number(&self, origin: Origin) -> u64 {
        self.tables.operations.find(origin).map_or(0, |origin| self.tables.operations.last(origin))
    }

    /// The conflict journaled before under this id with these bytes.
    pub fn conflict(&self, id: OperationId, digest: &event::Digest) -> Option<Known> {
        let origin = self.tables.operations.find(id.origin)?;
        let conflicts = self.tables.operations.conflicts.get(&(origin.0, id.number))?;
        conflicts.iter().find(|conflict| conflict.0 == *digest).map(|conflict| conflict.1)
    }

    /// A device.
    pub fn device(&self, device: DeviceId) -> Option<&Device> {
        self.tables.people.devices.get(&device.0)
    }

    /// The device that registered with this public key.
    pub fn device_by_key(&self, signing_key: &[u8; 32]) -> Option<&Device> {
        self.device(*self.tables.people.keys.get(signing_key)?)
    }

    /// Every device, in order of number.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.tables.people.devices.values()
    }

    /// An activation letter by its look-up value.
    pub fn letter(&self, lookup: &[u8; 32]) -> Option<&Letter> {
        self.tables.people.letters.get(lookup)
    }

    /// Every activation letter with its look-up value, in order of the event that issued it.
    pub fn letters(&self) -> impl Iterator<Item = (&event::Digest, &Letter)> {
        self.tables.people.letter_list().into_iter()
    }

    /// A member of staff.
    pub fn staff(&self, staff: StaffId) -> Option<&Staff> {
        self.tables.people.staff.get(&staff.0)
    }

    /// Who supervises an area: of those posted above it, the nearest.
    pub fn supervisor_of(&self, area: AreaId) -> Option<&Staff> {
        self.areas().upwards(area).find_map(|above| self.tables.people.supervisor(above))
    }

    /// A member of staff by sign-in name.
    pub fn staff_by_login(&self, login: &str) -> Option<&Staff> {
        self.staff(*self.tables.people.logins.get(login)?)
    }

    /// All staff, in order of number.
    pub fn staff_list(&self) -> impl Iterator<Item = &Staff> {
        self.tables.people.staff.values()
    }

    /// The current lease of an enumeration area; `None` when it was never leased or the last lease has ended.
    pub fn lease(&self, ea: AreaId) -> Option<Lease> {
        let lease = self.tables.page(ea)?.lease;
        (lease.lease != 0 && !lease.ended).then_some(Lease { lease: lease.lease, staff: lease.staff })
    }

    /// The fencing number of the area's last lease, ended or not; 0 before the first. The next is one more.
    pub fn lease_last(&self, ea: AreaId) -> u32 {
        self.tables.page(ea).map_or(0, |page| page.lease.lease)
    }

    /// The enumeration areas a member of staff holds, in order.
    pub fn leases_of(&self, staff: StaffId) -> Vec<AreaId> {
        let range = (staff, AreaId(0))..=(staff, AreaId(u32::MAX));
        self.tables.people.leases.range(range).map(|(_, ea)| *ea).collect()
    }

    /// Everything known about an enumeration area; `None` before the first event about it.
    pub fn page(&self, ea: AreaId) -> Option<PageView> {
        self.tables.page(ea).map(|page| self.tables.view(page))
    }

    /// One household; `None` when it is not listed. Costs the same however large its area is.
    pub fn household(&self, ea: AreaId, household: u16) -> Option<HouseholdView> {
        let page = self.tables.page(ea)?;
        let row = &page.households[page.find_household(household).ok()?];
        Some(self.tables.household_view(page, row))
    }

    /// The enumeration areas with a page in an area's subtree, in order of id.
    pub fn pages_in(&self, area: AreaId) -> Vec<AreaId> {
        let areas = &self.tables.areas;
        let mut pages: Vec<AreaId> = self.tables.pages.iter().map(|page| page.area).collect();
        pages.retain(|ea| areas.contains(area, *ea));
        pages.sort_unstable();
        pages
    }

    /// The events about an enumeration area from `from` on, at most `max`, in order: leases, phases of exactly this area,
    /// listing, visits, submissions, reviews, held ones included; no definitions of areas, no staff, letters or looks.
    pub fn events_of(&self, ea: AreaId, from: Offset, max: usize) -> Vec<Offset> {
        let Some(page) = self.tables.page(ea) else { return Vec::new() };
        let mut events = page.events.since(from);
        events.truncate(max);
        events
    }

    /// The first of those events; `None` before it.
    pub fn first_event_of(&self, ea: AreaId) -> Option<Offset> {
        self.tables.page(ea)?.events.iter().next()
    }

    /// The counters of an area and everything below it. Parent = sum of children, always.
    pub fn progress(&self, area: AreaId) -> Progress {
        match (self.tables.rollup.get(area), self.tables.page(area)) {
            (Some(counts), _) => counts.progress(),
            (None, Some(page)) => self.tables.page_total(page).counts().progress(),
            (None, None) => Progress::default(),
        }
    }

    /// The reconciliation of an area: every listed dwelling in exactly one cell, in order, none empty. A dwelling stands
    /// where its least finished household does; from least to most finished: not started, call-back, refused, returned,
    /// needs review, non-contact final, refused final, complete, approved.
    pub fn reconciliation(&self, area: AreaId) -> Vec<Cell> {
        let cells = |counts: &counts::Counts| {
            counts.cells().map(|(place, dwellings)| place.cell(u64::from(dwellings))).collect()
        };
        match (self.tables.rollup.get(area), self.tables.page(area)) {
            (Some(counts), _) => cells(counts),
            (None, Some(page)) => cells(&self.tables.page_total(page).counts()),
            (None, None) => Vec::new(),
        }
    }

    /// The latest submissions, newest first, at most `count` (and at most 1,000).
    pub fn latest(&self, count: usize) -> Vec<Latest> {
        self.tables.latest.iter().rev().take(count).copied().collect()
    }

    /// Held and conflicting operations in an area's subtree, oldest first, at most `max`. Those that name no known area
    /// are in the list of every top area.
    pub fn held(&self, area: AreaId, max: usize) -> Vec<HeldItem> {
        let areas = &self.tables.areas;
        let top = areas.parent(area).is_none();
        let stray = |item: &HeldItem| top && !areas.has(item.area);
        let inside = self.tables.held.values().filter(|item| areas.contains(area, item.area) || stray(item));
        inside.take(max).copied().collect()
    }

    /// What is held here, in conflict included; `None` when nothing waits at this offset.
    pub fn held_at(&self, offset: Offset) -> Option<HeldItem> {
        self.tables.held.get(&offset).copied()
    }

    /// A held submission with what is needed to count it.
    pub fn held_submission(&self, offset: Offset) -> Option<fold::tables::HeldSubmission> {
        self.tables.held_submissions.get(&offset).copied()
    }

    /// Whether the bodies of this area and wave can never be read again.
    pub fn erased(&self, area: AreaId, wave: u32) -> bool {
        self.tables.erased.contains(&(area, wave))
    }

    /// A digest of everything in the store; equal for equal histories.
    pub fn digest(&self) -> event::Digest {
        checkpoint::digest(self)
    }

    /// Writes a whole checkpoint into a folder: to a temporary file, flushed, renamed. Returns the next offset it holds.
    /// The two newest are kept. [`Checkpoints`] writes them beside a store at work.
    ///
    /// # Errors
    /// [`Error::Halfway`]; [`Error::Write`]: earlier checkpoints are untouched.
    pub fn checkpoint(&self, dir: &Path) -> Result<Offset> {
        checkpoint::write(self, dir)
    }

    /// The newest whole checkpoint of a folder. A damaged one is passed over and the journal makes up for it; use
    /// [`Store::restore_with`] to hear of it.
    ///
    /// # Errors
    /// [`Error::Read`] when the folder cannot be listed. A folder that does not exist has no checkpoint.
    pub fn restore(dir: &Path) -> Result<Option<Store>> {
        Store::restore_with(dir, &mut |_| {})
    }

    /// As [`Store::restore`]; each checkpoint that could not be used is named to `damaged`.
    ///
    /// # Errors
    /// As [`Store::restore`].
    pub fn restore_with(dir: &Path, damaged: &mut dyn FnMut(Error)) -> Result<Option<Store>> {
        checkpoint::restore(dir, damaged)
    }

    /// Applies the journal's events from [`Store::next_offset`] on. `progress` gets (done, end) now and then.
    ///
    /// # Errors
    /// [`Error::Replay`], [`Error::Head`], [`Error::Unknown`]: the store holds what came before.
    pub fn replay(&mut self, reader: &dyn journal::Reader, progress: &mut dyn FnMut(Offset, Offset)) -> Result<()> {
        replay::replay(self, reader, progress)
    }

    /// Resident memory.
    pub fn bytes_resident(&self) -> Sizes {
        self.tables.sizes()
    }
}
