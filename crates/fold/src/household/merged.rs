//! `household.merged`: two listed households were found to be one, or to be two after all.

use event::operation::MergeHousehold;
use types::Held;

use crate::context::{Context, Decision, number};
use crate::rights;
use crate::tables::{Household, Tables};

/// Takes the household out of the counts and keeps its number for ever, or puts it back as it was. Both are of the same
/// enumeration area. Said again, it changes nothing.
///
/// Answers are never put aside here: a household with a submission that counts is not merged away. The act is held, for
/// the office to settle which interview counts. Nothing is merged into what is itself part of another, so that no two
/// are part of each other.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &MergeHousehold) -> Decision {
    let household = number(event.household)?;
    let into = u16::try_from(event.into).map_err(|_| Held::Malformed)?;
    if household == into {
        return Err(Held::Malformed);
    }
    rights::field_work(tables, context)?;

    let ea = context.area();
    let row = tables.household(ea, household).ok_or(Held::NotListed)?;
    if row.merged_into == into {
        return Ok(());
    }
    if into != 0 {
        let whole = tables.household(ea, into).ok_or(Held::NotListed)?;
        if row.merged_into != 0 || whole.merged_into != 0 {
            return Err(Held::Merged);
        }
        if row.counted.is_some() {
            return Err(Held::SecondInterview);
        }
    }
    tables.put_household(ea, household, Household { merged_into: into, ..row });
    context.progress_changed();
    Ok(())
}
