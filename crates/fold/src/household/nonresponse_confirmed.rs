//! `nonresponse.confirmed`: a supervisor makes a refusal or non-contact final.

use event::operation::ConfirmNonresponse;
use types::{Held, Response};

use crate::context::{Context, Decision, number};
use crate::rights;
use crate::tables::Tables;

/// Only a refusal at the door becomes a final refusal, and only a household visited without contact a final
/// non-contact. A household with a counted submission has answered: the act is held.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &ConfirmNonresponse) -> Decision {
    let household = number(event.household)?;
    let asked = Response::from_code(event.response).ok_or(Held::Malformed)?;
    rights::review(tables, context)?;

    let ea = context.area();
    let mut row = tables.household(ea, household).ok_or(Held::NotListed)?;
    if row.merged_into != 0 {
        return Err(Held::Merged);
    }
    if row.counted.is_some() {
        return Err(Held::SecondInterview);
    }
    match (row.response, asked) {
        (Response::Refused, Response::RefusedFinal) | (Response::CallBack, Response::NonContactFinal) => {}
        (now, _) if now == asked => return Ok(()),
        _ => return Err(Held::Malformed),
    }
    row.response = asked;
    tables.put_household(ea, household, row);
    context.progress_changed();
    Ok(())
}
