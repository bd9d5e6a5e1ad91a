//! `visit.recorded`: somebody went to the door.

use event::operation::RecordVisit;
use types::{Held, Response};

use crate::context::{Context, Decision, number};
use crate::rights;
use crate::tables::{Household, Tables};

/// Counts the visit, and notes a call-back or a refusal where no submission counts. A visit never undoes a return, a
/// final decision or a counted submission. A visit to the dwelling as a whole is about every household in it.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &RecordVisit) -> Decision {
    if !(1..=6).contains(&event.outcome) {
        return Err(Held::Malformed);
    }
    let dwelling = number(event.dwelling)?;
    rights::field_work(tables, context)?;

    let ea = context.area();
    let mut home = tables.dwelling(ea, dwelling).ok_or(Held::NotListed)?;
    if event.household > 0 {
        let household = number(event.household)?;
        let mut row = tables.household(ea, household).filter(|row| row.dwelling == dwelling).ok_or(Held::NotListed)?;
        row.visits = row.visits.saturating_add(1);
        if row.counted.is_none() {
            row.response = after(row.response, event.outcome);
        }
        tables.put_household(ea, household, row);
    } else {
        home.visits = home.visits.saturating_add(1);
        home.own = after(home.own, event.outcome);
        tables.put_dwelling(ea, dwelling, home);
        let mut open = Vec::new();
        for household in tables.households_of(ea, dwelling) {
            let row = tables.household(ea, household).filter(|row| row.counted.is_none());
            open.extend(row.map(|row| (household, Household { response: after(row.response, event.outcome), ..row })));
        }
        tables.put_households(ea, dwelling, &open);
    }
    tables.count_visit(ea);
    context.progress_changed();
    Ok(())
}

/// Where a household without answers stands after a visit. An appointment softens a refusal; finding nobody does not.
fn after(response: Response, outcome: u32) -> Response {
    match (response, outcome) {
        (Response::NotStarted | Response::CallBack | Response::Refused, 4) => Response::Refused,
        (Response::NotStarted | Response::CallBack | Response::Refused, 3) => Response::CallBack,
        (Response::NotStarted | Response::CallBack, 2 | 5 | 6) => Response::CallBack,
        (other, _) => other,
    }
}
