//! `lease.granted`: somebody works the enumeration area from now on; the lease before it ends.

use event::head::LeaseGranted;
use types::{Held, StaffId};

use crate::Effect;
use crate::context::{Context, Decision};
use crate::tables::{LeaseRow, Tables};

/// The fencing number is one more than the area's last, so two offices cannot both grant.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &LeaseGranted) -> Decision {
    let ea = context.area();
    if !tables.is_ea(ea) {
        return Err(Held::UnknownArea);
    }
    let last = tables.lease_row(ea);
    if event.staff == 0 {
        return Err(Held::Malformed);
    }
    if last.lease.checked_add(1) != Some(event.lease) {
        return Err(Held::StaleLease);
    }
    if last.lease > 0 && !last.ended {
        context.effects.push(Effect::LeaseEnded { ea, lease: last.lease, staff: last.staff });
    }
    tables.put_lease(ea, LeaseRow { lease: event.lease, staff: StaffId(event.staff), ended: false });
    Ok(())
}
