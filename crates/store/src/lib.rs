//! The production store: the fold's tables, resident and compact.
//!
//! Start at [`Store`].

use std::path::Path;

use event::Head;
use event::head::CensusDefined;
use types::{AreaId, DeviceId, FormId, Offset, OperationId, PhaseId, StaffId, Time};

mod error;
mod progress;
mod view;

pub use error::{Error, Result};
pub use progress::Progress;
pub use view::{
    Cell, CountedView, Device, DwellingView, Facts, Form, HeldItem, HouseholdView, Known, Latest, Lease, Letter,
    PageView, Phase, PhaseDecision, Sizes, Staff, digest_prefix,
};

/// The production tables of a cell, in memory.
#[derive(Default)]
pub struct Store {
    next_offset: Offset,
    areas: areas::AreaTree,
}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store::default()
    }
    /// Applies the next event. `offset` must be [`Store::next_offset`].
    pub fn apply(&mut self, offset: Offset, time: Time, head: &Head) -> fold::Applied {
        let _ = (offset, time, head);
        fold::Applied::default()
    }
    /// The offset of the next event to apply.
    pub fn next_offset(&self) -> Offset {
        self.next_offset
    }
    /// The area tree. Its index is fresh whenever an event other than `area.defined` came last.
    pub fn areas(&self) -> &areas::AreaTree {
        &self.areas
    }
    /// The census, once defined.
    pub fn census(&self) -> Option<&CensusDefined> {
        None
    }
    /// A form's latest version.
    pub fn form(&self, form: FormId) -> Option<&Form> {
        let _ = form;
        None
    }
    /// Every form version, in order of publication.
    pub fn forms(&self) -> &[Form] {
        &[]
    }
    /// The phases, in order of number.
    pub fn phases(&self) -> Vec<Phase> {
        Vec::new()
    }
    /// What is remembered of an operation.
    pub fn operation(&self, id: OperationId) -> Option<Known> {
        let _ = id;
        None
    }
    /// The conflict journaled before under this id with these bytes.
    pub fn conflict(&self, id: OperationId, digest: &event::Digest) -> Option<Known> {
        let _ = (id, digest);
        None
    }
    /// A device.
    pub fn device(&self, device: DeviceId) -> Option<&Device> {
        let _ = device;
        None
    }
    /// Every device, in order of number.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        std::iter::empty()
    }
    /// The device that registered with this public key.
    pub fn device_by_key(&self, signing_key: &[u8; 32]) -> Option<&Device> {
        let _ = signing_key;
        None
    }
    /// An activation letter by its look-up value.
    pub fn letter(&self, lookup: &[u8; 32]) -> Option<&Letter> {
        let _ = lookup;
        None
    }
    /// A member of staff.
    pub fn staff(&self, staff: StaffId) -> Option<&Staff> {
        let _ = staff;
        None
    }
    /// A member of staff by sign-in name.
    pub fn staff_by_login(&self, login: &str) -> Option<&Staff> {
        let _ = login;
        None
    }
    /// All staff, in order of number.
    pub fn staff_list(&self) -> impl Iterator<Item = &Staff> {
        std::iter::empty()
    }
    /// The current lease of an enumeration area; `None` when it was never leased or the last lease has ended.
    pub fn lease(&self, ea: AreaId) -> Option<Lease> {
        let _ = ea;
        None
    }
    /// The fencing number of the area's last lease, ended or not; 0 before the first. The next is one more.
    pub fn lease_last(&self, ea: AreaId) -> u32 {
        let _ = ea;
        0
    }
    /// The enumeration areas a member of staff holds, in order.
    pub fn leases_of(&self, staff: StaffId) -> Vec<AreaId> {
        let _ = staff;
        Vec::new()
    }
    /// Whether a phase is open in an area.
    pub fn phase_open(&self, phase: PhaseId, area: AreaId) -> bool {
        let _ = (phase, area);
        false
    }
    /// Everything known about an enumeration area; `None` before the first event about it.
    pub fn page(&self, ea: AreaId) -> Option<PageView> {
        let _ = ea;
        None
    }
    /// The events about an enumeration area from `from` on, at most `max`, in order: leases, listing, visits,
    /// submissions, reviews, held ones included; no definitions of areas, staff or letters.
    pub fn events_of(&self, ea: AreaId, from: Offset, max: usize) -> Vec<Offset> {
        let _ = (ea, from, max);
        Vec::new()
    }
    /// The counters of an area and everything below it.
    pub fn progress(&self, area: AreaId) -> Progress {
        let _ = area;
        Progress::default()
    }
    /// The reconciliation of an area: every listed dwelling in exactly one cell, in order, none empty.
    pub fn reconciliation(&self, area: AreaId) -> Vec<Cell> {
        let _ = area;
        Vec::new()
    }
    /// The latest submissions, newest first, at most `count` (and at most 1,000).
    pub fn latest(&self, count: usize) -> Vec<Latest> {
        let _ = count;
        Vec::new()
    }
    /// Held and conflicting operations in an area's subtree, oldest first, at most `max`.
    pub fn held(&self, area: AreaId, max: usize) -> Vec<HeldItem> {
        let _ = (area, max);
        Vec::new()
    }
    /// A digest of everything in the store; equal for equal histories.
    pub fn digest(&self) -> event::Digest {
        Default::default()
    }
    /// Writes a checkpoint into a folder; returns the next offset it holds.
    pub fn checkpoint(&self, dir: &Path) -> Result<Offset> {
        let _ = dir;
        Ok(self.next_offset)
    }
    /// The newest whole checkpoint of a folder; a damaged one is passed over.
    pub fn restore(dir: &Path) -> Result<Option<Store>> {
        let _ = dir;
        Ok(None)
    }
    /// As [`Store::restore`]; each damaged checkpoint is named to `damaged`.
    pub fn restore_with(dir: &Path, damaged: &mut dyn FnMut(Error)) -> Result<Option<Store>> {
        let _ = (dir, damaged);
        Ok(None)
    }
    /// Applies the journal's events from [`Store::next_offset`] on. `progress` gets (done, end) now and then.
    pub fn replay(&mut self, reader: &dyn journal::Reader, progress: &mut dyn FnMut(Offset, Offset)) -> Result<()> {
        let _ = (reader, progress);
        Ok(())
    }
    /// Resident memory.
    pub fn bytes_resident(&self) -> Sizes {
        Sizes::default()
    }
}
