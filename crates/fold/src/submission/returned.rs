//! `submission.returned`: a supervisor sends a submission back to the enumerator.

use event::operation::Review;
use types::{Held, Response};

use super::{put_response, reviewed};
use crate::context::{Context, Decision};
use crate::rights;
use crate::tables::Tables;

/// Only the submission that counts can be sent back, and only before it is approved. It goes on counting until a new
/// version replaces it.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &Review) -> Decision {
    rights::review(tables, context)?;
    let ea = context.area();
    let (household, _, case) = reviewed(tables, ea, event)?;
    let case = case.filter(|case| case.counted.offset == event.submission).ok_or(Held::SecondInterview)?;
    match case.response {
        Response::Returned => return Ok(()),
        Response::Complete | Response::NeedsReview => {}
        _ => return Err(Held::Malformed),
    }
    put_response(tables, ea, household, &case, Response::Returned);
    context.progress_changed();
    Ok(())
}
