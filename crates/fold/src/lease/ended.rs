//! `lease.ended`: nobody works the enumeration area until another lease begins. Finished work still counts.

use event::head::LeaseEnded;
use types::Held;

use crate::Effect;
use crate::context::{Context, Decision};
use crate::tables::{LeaseRow, Tables};

/// Only the last lease can end; ending it twice is ending it once.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &LeaseEnded) -> Decision {
    let ea = context.area();
    if !tables.is_ea(ea) {
        return Err(Held::UnknownArea);
    }
    let last = tables.lease_row(ea);
    if last.lease == 0 || last.lease != event.lease {
        return Err(Held::StaleLease);
    }
    if !last.ended {
        tables.put_lease(ea, LeaseRow { ended: true, ..last });
        context.effects.push(Effect::LeaseEnded { ea, lease: last.lease, staff: last.staff });
    }
    Ok(())
}
