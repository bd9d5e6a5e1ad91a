//! Who may do and read what.

use event::Head;
use types::{AreaId, Held, Role, StaffId};

use super::{Decision, Model};

impl Model {
    pub(super) fn is_ea(&self, area: u32) -> bool {
        self.parents.contains_key(&area) && !self.parents.values().any(|parent| *parent == Some(area))
    }

    pub(super) fn upwards(&self, area: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(area), |area| self.parents.get(area).copied().flatten())
    }

    fn oversees(&self, staff: u32, area: u32) -> bool {
        self.posts.get(&staff).is_some_and(|(role, top)| {
            matches!(role, Role::Supervisor | Role::Administrator) && self.upwards(area).any(|above| above == *top)
        })
    }

    /// The enumeration areas that this person may read now.
    pub fn reads(&self, staff: StaffId, area: AreaId) -> bool {
        let held = self.leases.get(&area.0).and_then(|leases| leases.last());
        let holds = held.is_some_and(|lease| lease.staff == staff.0) && !self.ended.contains(&area.0);
        let post = self.posts.get(&staff.0);
        let supervises = post
            .is_some_and(|(role, top)| *role == Role::Supervisor && self.upwards(area.0).any(|above| above == *top));
        holds || supervises
    }

    /// Whether this person has held the area at any time.
    pub fn ever_held(&self, staff: StaffId, area: AreaId) -> bool {
        self.leases.get(&area.0).is_some_and(|leases| leases.iter().any(|lease| lease.staff == staff.0))
    }

    /// The number of the area's last lease.
    pub fn lease_last(&self, area: AreaId) -> u32 {
        self.leases.get(&area.0).and_then(|leases| leases.last()).map_or(0, |lease| lease.number)
    }

    /// Whether the lease is the area's last; who is neither holder nor supervisor is refused.
    pub(super) fn field_work(&self, head: &Head) -> Result<bool, Held> {
        if !self.is_ea(head.area) {
            return Err(Held::UnknownArea);
        }
        if self.revoked.get(&head.device) == Some(&true) {
            return Err(Held::DeviceRevoked);
        }
        if head.lease == 0 {
            let itself = head.staff == 0 && head.device == 0;
            return if itself || self.oversees(head.staff, head.area) { Ok(true) } else { Err(Held::OutsideArea) };
        }
        let leases = self.leases.get(&head.area).map(Vec::as_slice).unwrap_or_default();
        match leases.iter().find(|lease| lease.number == head.lease) {
            Some(lease) if lease.staff == head.staff => Ok(lease.number == leases.len() as u32),
            _ => Err(Held::OutsideArea),
        }
    }

    pub(super) fn overseen(&self, head: &Head) -> Decision {
        if !self.is_ea(head.area) {
            return Err(Held::UnknownArea);
        }
        if self.revoked.get(&head.device) == Some(&true) {
            return Err(Held::DeviceRevoked);
        }
        if self.oversees(head.staff, head.area) { Ok(()) } else { Err(Held::OutsideArea) }
    }
}
