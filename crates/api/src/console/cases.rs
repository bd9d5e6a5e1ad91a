//! `/api/ea/{id}` and `/api/submissions`: single cases, never a person's name.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Serialize;
use store::{DwellingView, HouseholdView};
use types::{AreaId, Held, Occupancy, Offset, Outcome, Response, Source, Verdict};

use super::area::{Area, area_of};
use super::caller::{Asked, Caller};
use super::counts::Numbers;
use super::{Console, ms};
use crate::problem::Problem;

/// Submissions shown.
const SUBMISSIONS_MAX: usize = 100;

/// What `/api/ea/{id}` answers.
#[derive(Serialize)]
pub(super) struct Ea {
    area: Area,
    progress: Numbers,
    at_ms: i64,
    /// Who works it now.
    lease: Option<Lease>,
    dwellings: Vec<Dwelling>,
    households: Vec<Household>,
}

#[derive(Serialize)]
struct Lease {
    number: u32,
    /// The enumerator's name.
    staff: String,
}

#[derive(Serialize)]
struct Dwelling {
    dwelling: u16,
    building: u16,
    /// 1 conventional, 2 collective, 3 workplace, 4 improvised, 5 mobile, 6 none.
    kind: u8,
    occupancy: Occupancy,
    response: Option<Response>,
    source: Source,
    visits: u8,
}

#[derive(Serialize)]
struct Household {
    household: u16,
    dwelling: u16,
    response: Response,
    source: Source,
    visits: u8,
    /// In the submission that counts; `null` before one does.
    persons: Option<u16>,
    /// The household it was found to be part of; `null` when it is one of its own.
    merged_into: Option<u16>,
}

/// `GET /api/ea/{id}`
pub(super) async fn ea(
    caller: Caller,
    State(console): State<Arc<Console>>,
    path: Result<Path<u32>, PathRejection>,
) -> Result<Json<Ea>, Problem> {
    let Path(asked) = path.map_err(|_| Problem::not_found())?;
    caller.sees_cases()?;
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, Some(asked))?;
    let lease = store.lease(area).map(|lease| Lease {
        number: lease.lease,
        staff: store.staff(lease.staff).map_or_else(String::new, |staff| staff.name.clone()),
    });
    let page = store.page(area).unwrap_or_default();
    Ok(Json(Ea {
        area: area_of(&store, area),
        progress: console.numbers(&store, area),
        at_ms,
        lease,
        dwellings: page.dwellings.iter().map(dwelling).collect(),
        households: page.households.iter().map(household).collect(),
    }))
}

fn dwelling(row: &DwellingView) -> Dwelling {
    Dwelling {
        dwelling: row.dwelling,
        building: row.building,
        kind: row.kind,
        occupancy: row.occupancy,
        response: row.response,
        source: row.source,
        visits: row.visits,
    }
}

fn household(row: &HouseholdView) -> Household {
    Household {
        household: row.household,
        dwelling: row.dwelling,
        response: row.response,
        source: row.source,
        visits: row.visits,
        persons: row.counted.map(|_| row.facts.persons),
        merged_into: (row.merged_into != 0).then_some(row.merged_into),
    }
}

/// What `/api/submissions` answers.
#[derive(Serialize)]
pub(super) struct Submissions {
    at_ms: i64,
    /// Newest first, at most 100, out of the last 1,000 of all areas.
    submissions: Vec<Submission>,
}

#[derive(Serialize)]
struct Submission {
    /// Where it is in the journal.
    offset: Offset,
    time_ms: i64,
    /// `null` when it names an area nobody knows.
    ea: Option<Area>,
    household: u16,
    outcome: Outcome,
    verdict: Verdict,
    held: Held,
}

/// `GET /api/submissions`
pub(super) async fn submissions(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Submissions>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    caller.sees_cases()?;
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, asked.area)?;
    let areas = store.areas();
    // Work naming an unknown area is for those who look at a top area.
    let stray = |ea: AreaId| !areas.has(ea) && areas.parent(area).is_none();
    let latest = store.latest(usize::MAX).into_iter().filter(|one| areas.contains(area, one.ea) || stray(one.ea));
    let submission = |one: store::Latest| Submission {
        offset: one.offset,
        time_ms: ms(one.time),
        ea: areas.has(one.ea).then(|| area_of(&store, one.ea)),
        household: one.household,
        outcome: one.outcome,
        verdict: one.verdict,
        held: one.held,
    };
    Ok(Json(Submissions { at_ms, submissions: latest.take(SUBMISSIONS_MAX).map(submission).collect() }))
}
