//! `submission.approved`: a supervisor settles which interview counts.

use event::operation::Review;
use types::{Held, Response};

use super::{put_response, reviewed};
use crate::context::{Context, Decision};
use crate::rights;
use crate::tables::{Counted, Household, SideCase, Tables};

/// Approves the submission that counts, or one that was held: that one counts from now on, in the other's place.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &Review) -> Decision {
    rights::review(tables, context)?;
    let ea = context.area();
    let (household, kind, case) = reviewed(tables, ea, event)?;

    if let Some(case) = case.filter(|case| case.counted.offset == event.submission) {
        match case.response {
            Response::Approved => return Ok(()),
            Response::Complete | Response::NeedsReview => {}
            _ => return Err(Held::Malformed),
        }
        put_response(tables, ea, household, &case, Response::Approved);
        context.progress_changed();
        return Ok(());
    }

    let held = tables
        .held_submission(event.submission)
        .filter(|held| held.ea == ea && held.household == household)
        .filter(|held| tables.case_kind(held.form, held.phase) == Some(kind))
        .ok_or(Held::SecondInterview)?;
    let counted = Counted { offset: event.submission, origin: held.origin, lease: held.lease, case: kind };
    let row = tables.household(ea, household).ok_or(Held::NotListed)?;
    if row.merged_into != 0 {
        return Err(Held::Merged);
    }
    if held.main && row.counted.is_none_or(|main| main.case == kind) {
        let row = Household {
            response: Response::Approved,
            source: held.source,
            counted: Some(counted),
            facts: held.facts,
            ..row
        };
        tables.put_household(ea, household, row);
    } else {
        tables.put_side_case(ea, household, SideCase { counted, response: Response::Approved });
    }
    #[cfg(feature = "plant")]
    if types::planted("approved-stays-held") {
        tables.count_submission(ea);
        return Ok(());
    }
    tables.release_held(event.submission);
    tables.count_submission(ea);
    context.progress_changed();
    Ok(())
}
