//! `dwelling.listed`: a dwelling was found and described; the same number again corrects it.

use event::operation::ListDwelling;
use types::{Held, Occupancy, Response};

use crate::context::{Context, Decision, number};
use crate::rights;
use crate::tables::{Dwelling, Household, LeaseMark, Tables};

/// Adds the dwelling and its households, or corrects what the same origin or the same lease listed.
///
/// A number that somebody else took under another lease is held: it may be another door. Work under an earlier lease
/// still counts where the number is free, so that a replaced enumerator's listing carries their interviews.
/// A correction never takes a household away, since its number is for ever; where the dwelling turns out to be
/// unoccupied, households without a counted submission stop counting (see the store's counters).
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &ListDwelling) -> Decision {
    let dwelling = number(event.dwelling)?;
    let building = u16::try_from(event.building).map_err(|_| Held::Malformed)?;
    let occupancy = Occupancy::from_code(event.occupancy).ok_or(Held::Malformed)?;
    let kind = u8::try_from(event.kind).ok().filter(|kind| *kind <= 6).ok_or(Held::Malformed)?;
    rights::field_work(tables, context)?;

    let ea = context.area();
    let lease = LeaseMark::of(context.head.lease);
    let old = tables.dwelling(ea, dwelling);
    if old.is_some_and(|old| old.origin != context.origin && !old.lease.same(lease)) {
        return Err(Held::NumberTaken);
    }
    for household in &event.households {
        if tables.household(ea, number(*household)?).is_some_and(|row| row.dwelling != dwelling) {
            return Err(Held::NumberTaken);
        }
    }

    let (own, visits) = old.map_or((Response::NotStarted, 0), |old| (old.own, old.visits));
    let row = Dwelling { building, kind, occupancy, origin: context.origin, lease, own, visits };
    tables.put_dwelling(ea, dwelling, row);
    for household in &event.households {
        let household = number(*household)?;
        if old.is_none() || tables.household(ea, household).is_none() {
            tables.put_household(ea, household, Household { dwelling, response: own, ..Household::default() });
        }
    }
    context.progress_changed();
    Ok(())
}
