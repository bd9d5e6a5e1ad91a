//! `/api/held`: what the field sent and does not count, why, and the two things an office can do about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use event::head::OperationDismissed;
use event::operation::Review;
use event::{Fact, Head};
use node::office;
use serde::{Deserialize, Serialize};
use store::{HeldItem, Store};
use types::{Held, Offset, StaffId, Verdict};

use super::area::{Area, area_of};
use super::caller::{Asked, Caller};
use super::{Console, ms, refusal};
use crate::problem::Problem;

/// Operations shown; `total` says how many there are.
const HELD_MAX: usize = 100;

/// What `/api/held` answers.
#[derive(Serialize)]
pub(super) struct HeldList {
    at_ms: i64,
    /// In the area asked about.
    total: usize,
    /// Oldest first, at most 100.
    held: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    /// Where it is in the journal: its name in `POST /api/held/{offset}`.
    offset: Offset,
    /// When it arrived: the cell's time.
    time_ms: i64,
    /// `null` when it names an area nobody knows.
    area: Option<Area>,
    /// 0 for none.
    household: u16,
    /// The permanent name of what it says, such as `visit.recorded`.
    event: &'static str,
    /// Who sent it; empty for a household that answered by itself, and for somebody nobody knows.
    sender: String,
    verdict: Verdict,
    /// Why; `not` for a conflict.
    held: Held,
    /// A submission that can count in place of what counts now.
    can_count: bool,
    /// In a submission; `null` otherwise.
    persons: Option<u16>,
    /// In the submission of this household that counts now; `null` before one does.
    persons_counted: Option<u16>,
}

/// `GET /api/held`
pub(super) async fn held(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<HeldList>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    caller.sees_cases()?;
    // Heads come from disk.
    tokio::task::spawn_blocking(move || list(&caller, &console, &asked)).await.map_err(|_| Problem::internal())?
}

fn list(caller: &Caller, console: &Console, asked: &Asked) -> Result<Json<HeldList>, Problem> {
    let all = {
        let store = console.node().store();
        store.held(caller.area(&store, asked.area)?, usize::MAX)
    };
    let shown = all.iter().take(HELD_MAX).map(|item| describe(console, item)).collect::<Option<_>>();
    let held = shown.ok_or_else(Problem::internal)?;
    Ok(Json(HeldList { at_ms: ms(console.node().now()), total: all.len(), held }))
}

/// `None` when the journal cannot be read.
fn describe(console: &Console, item: &HeldItem) -> Option<Item> {
    let (frame, record) = console.node().reader().record(item.offset).ok()?;
    let head = Head::read(&record.head).ok()?;
    let store = console.node().store();
    let submission = store.held_submission(item.offset);
    let counting = submission.and_then(|held| store.household(held.ea, held.household));
    Some(Item {
        offset: item.offset,
        time_ms: ms(frame.time),
        area: store.areas().has(item.area).then(|| area_of(&store, item.area)),
        household: item.household,
        event: head.fact.as_ref().map_or("", Fact::name),
        sender: store.staff(StaffId(head.staff)).map_or_else(String::new, |staff| staff.name.clone()),
        verdict: item.verdict,
        held: item.held,
        can_count: submission.is_some_and(|held| store.areas().is_leaf(held.ea)),
        persons: submission.map(|held| held.facts.persons),
        persons_counted: counting.and_then(|row| row.counted.map(|_| row.facts.persons)),
    })
}

/// What to do about something held.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decision {
    /// The submission counts from now on, in the place of what counted.
    Count,
    /// It does not count, and waits for nobody any more.
    Dismiss,
}

#[derive(Deserialize)]
pub(super) struct Decide {
    decision: Decision,
}

/// `POST /api/held/{offset}`: 204 once it is durable.
pub(super) async fn decide(
    caller: Caller,
    State(console): State<Arc<Console>>,
    path: Result<Path<Offset>, PathRejection>,
    body: Result<Json<Decide>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Path(offset) = path.map_err(|_| Problem::not_found())?;
    let Json(Decide { decision }) = body.map_err(|_| Problem::malformed())?;
    caller.sees_cases()?;
    let (item, fact) = {
        let store = console.node().store();
        let item = store.held_at(offset).ok_or_else(refusal::held_no_longer)?;
        if store.areas().has(item.area) {
            caller.area(&store, Some(item.area.0))?;
        }
        (item, fact(&store, offset, decision)?)
    };
    let event = office::desk_work(item.area, caller.0.staff, fact);
    let acks = console.node().admin(vec![event]).await?;
    match acks.first().map(|ack| ack.held) {
        Some(Held::Not) => Ok(StatusCode::NO_CONTENT),
        Some(held) => Err(refusal::not_decided(held)),
        None => Err(Problem::internal()),
    }
}

fn fact(store: &Store, offset: Offset, decision: Decision) -> Result<Fact, Problem> {
    match decision {
        Decision::Dismiss => Ok(Fact::OperationDismissed(OperationDismissed { operation: offset })),
        Decision::Count => {
            let held = store.held_submission(offset).ok_or_else(refusal::held_no_longer)?;
            Ok(Fact::SubmissionApproved(Review {
                household: held.household.into(),
                form: held.form.0.into(),
                phase: held.phase.0.into(),
                reason: 0,
                submission: offset,
                marks: Vec::new(),
            }))
        }
    }
}
