//! `household.listed`: a household was found in a listed dwelling, at listing or at the door (a split).

use event::operation::ListHousehold;
use types::Held;

use crate::context::{Context, Decision, number};
use crate::rights;
use crate::tables::{Household, Tables};

/// Adds the household. One whose dwelling is not listed is held and stays held: listing the dwelling later with the
/// household's number in it brings the household in. The same number in the same dwelling is the same household.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &ListHousehold) -> Decision {
    let household = number(event.household)?;
    let dwelling = number(event.dwelling)?;
    rights::field_work(tables, context)?;

    let ea = context.area();
    let home = tables.dwelling(ea, dwelling).ok_or(Held::NotListed)?;
    match tables.household(ea, household) {
        Some(row) if row.dwelling != dwelling => return Err(Held::NumberTaken),
        Some(_) => return Ok(()),
        None => {}
    }
    // What visits found at a door without a known household is what is known of the first household behind it.
    let first = tables.households_of(ea, dwelling).is_empty();
    let response = if first { home.own } else { Default::default() };
    tables.put_household(ea, household, Household { dwelling, response, ..Household::default() });
    context.progress_changed();
    Ok(())
}
