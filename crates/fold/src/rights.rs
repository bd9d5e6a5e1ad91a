//! Who may do what. Nobody's finished work is refused: it is held with the reason.

use types::{Held, Role, StaffId};

use crate::context::Context;
use crate::tables::Tables;

/// Whether the lease of some field work is still the area's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The area's last lease, or work that needs none.
    Current,
    /// An earlier one: another has begun since.
    Earlier,
}

/// Field work in the event's area: known area, device in good standing, a lease that was theirs.
///
/// Without a lease: the household itself (self-response: no staff, no device), and supervisors and administrators in
/// their subtree.
pub(crate) fn field_work(tables: &impl Tables, context: &Context) -> Result<Standing, Held> {
    let head = context.head;
    let area = head.area();
    if !tables.is_ea(area) {
        return Err(Held::UnknownArea);
    }
    #[cfg(feature = "plant")]
    let head = &match types::planted("revoked-counts") {
        true => event::Head { device: 0, ..head.clone() },
        false => head.clone(),
    };
    if head.device != 0 && tables.device_revoked(head.device()) == Some(true) {
        return Err(Held::DeviceRevoked);
    }
    let staff = StaffId(head.staff);
    if head.lease == 0 {
        let household_itself = head.staff == 0 && head.device == 0;
        let may = household_itself || oversees(tables, context);
        return if may { Ok(Standing::Current) } else { Err(Held::OutsideArea) };
    }
    let last = tables.lease_row(area);
    if head.lease == last.lease {
        return if last.staff == staff { Ok(Standing::Current) } else { Err(Held::OutsideArea) };
    }
    #[cfg(feature = "plant")]
    if types::planted("stale-lease-is-current") {
        return Ok(Standing::Current);
    }
    match tables.earlier_holder(area, head.lease) {
        Some(holder) if holder == staff => Ok(Standing::Earlier),
        _ => Err(Held::OutsideArea),
    }
}

/// A supervisor's act in the event's area. The system itself (no staff, no operation) may act too.
pub(crate) fn review(tables: &impl Tables, context: &Context) -> Result<(), Held> {
    let head = context.head;
    if !tables.is_ea(head.area()) {
        return Err(Held::UnknownArea);
    }
    if head.device != 0 && tables.device_revoked(head.device()) == Some(true) {
        return Err(Held::DeviceRevoked);
    }
    let system = head.staff == 0 && head.operation().is_none();
    if system || oversees(tables, context) { Ok(()) } else { Err(Held::OutsideArea) }
}

/// Dismissing what is held in the event's area. What names no known area is for administrators.
pub(crate) fn dismiss(tables: &impl Tables, context: &Context) -> Result<(), Held> {
    let administrator =
        || tables.post(StaffId(context.head.staff)).is_some_and(|post| post.role == Role::Administrator);
    let may = if tables.has_area(context.area()) { oversees(tables, context) } else { administrator() };
    if may { Ok(()) } else { Err(Held::OutsideArea) }
}

fn oversees(tables: &impl Tables, context: &Context) -> bool {
    tables.post(StaffId(context.head.staff)).is_some_and(|post| {
        matches!(post.role, Role::Supervisor | Role::Administrator) && tables.area_within(context.area(), post.area)
    })
}
