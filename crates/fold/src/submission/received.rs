//! `submission.received`: a finished form was taken in.

use event::head::SubmissionReceived;
use types::{FormId, Held, Outcome, PhaseId, Response, Source};

use crate::context::{Context, Decision, number, short};
use crate::rights::{self, Standing};
use crate::tables::{Counted, Facts, HeldSubmission, Household, LeaseMark, Plan, SideCase, Tables, Window};

/// Counts the submission, or holds it with what is needed to count it later.
///
/// In order: the device may send, the lease is (or was) theirs, the phase is open here with this form, the household is
/// listed and not part of another, and no other interview of the case came first. The same origin replaces its own
/// earlier version; whoever holds the area may replace a returned one. Work under an earlier lease counts as long as
/// nobody with a later lease has submitted the household.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &SubmissionReceived) -> Decision {
    let Read { household, form, phase, source, outcome } = Read::new(event)?;
    let plan = tables.plan(form, event.form_version);
    let facts = plan.map_or(Facts::default(), |plan| facts(&plan, &event.facts));
    let decision = count(tables, context, household, (form, phase), source, outcome, plan, facts);
    // What names no enumeration area can never count.
    if decision.is_err() && decision != Err(Held::UnknownArea) {
        let row = HeldSubmission {
            ea: context.area(),
            household,
            form,
            phase,
            origin: context.origin,
            lease: LeaseMark::of(context.head.lease),
            source,
            outcome,
            facts,
            main: plan.is_none_or(|plan| plan.household),
        };
        tables.put_held_submission(context.at.offset, row);
    }
    decision
}

/// The event's codes and numbers, in range.
struct Read {
    household: u16,
    form: FormId,
    phase: PhaseId,
    source: Source,
    outcome: Outcome,
}

impl Read {
    fn new(event: &SubmissionReceived) -> Result<Read, Held> {
        Ok(Read {
            household: number(event.household)?,
            form: FormId(short(event.form)?),
            phase: PhaseId(short(event.phase)?),
            source: Source::from_code(event.source).ok_or(Held::Malformed)?,
            outcome: Outcome::from_code(event.outcome).ok_or(Held::Malformed)?,
        })
    }
}

#[expect(clippy::too_many_arguments, reason = "the event's fields, read once")]
fn count(
    tables: &mut impl Tables,
    context: &mut Context,
    household: u16,
    (form, phase): (FormId, PhaseId),
    source: Source,
    outcome: Outcome,
    plan: Option<Plan>,
    facts: Facts,
) -> Decision {
    let standing = rights::field_work(tables, context)?;
    let ea = context.area();
    let case = match tables.window(phase, form, ea) {
        Window::Closed => return Err(Held::PhaseClosed),
        Window::OtherForms => return Err(Held::FormNotOpen),
        Window::Open(case) => case,
    };
    let plan = plan.ok_or(Held::FormNotOpen)?;
    let row = tables.household(ea, household).ok_or(Held::NotListed)?;
    if row.merged_into != 0 {
        return Err(Held::Merged);
    }
    let lease = LeaseMark::of(context.head.lease);
    let counted = Counted { offset: context.at.offset, origin: context.origin, lease, case };

    if plan.household && row.counted.is_none_or(|main| main.case == case) {
        match row.counted {
            Some(first) => match replaces(tables, context, standing, first, row.response)? {
                Replaces::Not => {}
                Replaces::Yes => {
                    let response = response(outcome, row.response == Response::Approved);
                    tables.put_household(
                        ea,
                        household,
                        Household { response, source, counted: Some(counted), facts, ..row },
                    );
                }
            },
            None => {
                // Answers that come after a final refusal or non-contact reopen it, for a supervisor to settle.
                let settled = matches!(row.response, Response::RefusedFinal | Response::NonContactFinal);
                let response = response(outcome, settled);
                tables.put_household(
                    ea,
                    household,
                    Household { response, source, counted: Some(counted), facts, ..row },
                );
            }
        }
    } else {
        match tables.side_case(ea, household, case) {
            Some(first) => match replaces(tables, context, standing, first.counted, first.response)? {
                Replaces::Not => {}
                Replaces::Yes => {
                    let response = response(outcome, first.response == Response::Approved);
                    tables.put_side_case(ea, household, SideCase { counted, response });
                }
            },
            None => {
                tables.put_side_case(ea, household, SideCase { counted, response: response(outcome, false) });
            }
        }
    }
    tables.count_submission(ea);
    context.progress_changed();
    Ok(())
}

enum Replaces {
    /// An earlier version that arrived after a later one: kept, and the later one goes on counting.
    Not,
    Yes,
}

/// Whether this submission takes the place of the one that counts.
fn replaces(
    tables: &impl Tables,
    context: &Context,
    standing: Standing,
    first: Counted,
    response: Response,
) -> Result<Replaces, Held> {
    if first.origin == context.origin {
        let later = tables.number_at(first.origin, first.offset).is_some_and(|number| number > context.head.number);
        return Ok(if later { Replaces::Not } else { Replaces::Yes });
    }
    #[cfg(feature = "plant")]
    if types::planted("second-interview-counts") {
        return Ok(Replaces::Yes);
    }
    match standing {
        Standing::Current if response == Response::Returned => Ok(Replaces::Yes),
        Standing::Earlier if first.lease > LeaseMark::of(context.head.lease) => Err(Held::StaleLease),
        _ => Err(Held::SecondInterview),
    }
}

/// Where the case stands with these answers. What replaces a decision of the office waits for another.
pub(super) fn response(outcome: Outcome, decided: bool) -> Response {
    if decided || outcome.for_review() { Response::NeedsReview } else { Response::Complete }
}

/// The facts by name; what the form does not declare is 0, what does not fit is brought into range.
fn facts(plan: &Plan, given: &[i32]) -> Facts {
    let fact = |at: usize| given.get(usize::from(plan.index[at])).map_or(0, |fact| (*fact).clamp(0, 65_535) as u16);
    Facts {
        persons: fact(0),
        male: fact(1),
        female: fact(2),
        slept_here: fact(3),
        registered_away: fact(4),
        births: fact(5),
        deaths: fact(6),
    }
}
