//! `/api/overview` and `/api/reconciliation`: counts, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Serialize;
use store::Progress;
use types::{Message, Occupancy, Offset, Response, Source};

use super::area::{Area, area_of};
use super::caller::{Asked, Caller};
use super::rate::Series;
use super::{Console, Lag, ms};
use crate::problem::Problem;
use crate::ready::Readiness;

/// The counters of an area by name; see [`Progress`].
#[derive(Serialize)]
pub(super) struct Numbers {
    dwellings: u64,
    households: u64,
    persons: u64,
    male: u64,
    female: u64,
    slept_here: u64,
    registered_away: u64,
    births: u64,
    deaths: u64,
    visits: u64,
    submissions: u64,
    held: u64,
    held_submissions: u64,
    /// Households by where their form stands.
    response: BTreeMap<&'static str, u64>,
    /// Dwellings by what they were found to be.
    occupancy: BTreeMap<&'static str, u64>,
}

impl Numbers {
    pub fn of(progress: &Progress) -> Numbers {
        Numbers {
            dwellings: progress.dwellings,
            households: progress.households,
            persons: progress.persons,
            male: progress.male,
            female: progress.female,
            slept_here: progress.slept_here,
            registered_away: progress.registered_away,
            births: progress.births,
            deaths: progress.deaths,
            visits: progress.visits,
            submissions: progress.submissions,
            held: progress.held,
            held_submissions: progress.held_submissions,
            response: Response::ALL.iter().map(|of| (of.as_str(), progress.responses(*of))).collect(),
            occupancy: Occupancy::ALL.iter().map(|of| (of.as_str(), progress.occupancies(*of))).collect(),
        }
    }
}

/// What `/api/overview` answers.
#[derive(Serialize)]
pub(super) struct Overview {
    area: Area,
    progress: Numbers,
    /// The server's time of these numbers, milliseconds since 1970.
    at_ms: i64,
    /// The time of the last event counted; 0 before the first.
    last_event_ms: i64,
    /// Events counted so far.
    next_offset: Offset,
    /// How far the query tables are behind.
    lag: Lag,
    /// Operations arriving at this server, of all areas.
    rate: Series,
    /// The cell takes nothing in any more, after an error.
    stopped: bool,
    /// Why, as messages; empty while it works.
    reasons: Vec<Message>,
    /// What else somebody should look at.
    alarms: Vec<Message>,
}

/// `GET /api/overview`
pub(super) async fn overview(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Overview>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    let Readiness { ready, reads, role, mut reasons, alarms } = console.state.app.readiness(&console.node().status());
    // Where another node takes work in, nothing is wrong with this one.
    let well = ready || (role == "follower" && reads);
    if well {
        reasons.clear();
    }
    let lag = (console.state.lag)();
    let rate = console.rate.series();
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, asked.area)?;
    Ok(Json(Overview {
        area: area_of(&store, area),
        progress: Numbers::of(&store.progress(area)),
        at_ms,
        last_event_ms: ms(store.time()),
        next_offset: store.next_offset(),
        lag,
        rate,
        stopped: !well,
        reasons,
        alarms,
    }))
}

/// What `/api/reconciliation` answers.
#[derive(Serialize)]
pub(super) struct Reconciliation {
    area: Area,
    at_ms: i64,
    /// All dwellings listed; the cells add up to it.
    dwellings: u64,
    /// Every dwelling is in exactly one.
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    occupancy: Occupancy,
    /// `null` where nobody lives.
    response: Option<Response>,
    source: Source,
    dwellings: u64,
}

/// `GET /api/reconciliation`
pub(super) async fn reconciliation(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Reconciliation>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, asked.area)?;
    let cell = |cell: store::Cell| Cell {
        occupancy: cell.occupancy,
        response: cell.response,
        source: cell.source,
        dwellings: cell.dwellings,
    };
    Ok(Json(Reconciliation {
        area: area_of(&store, area),
        at_ms,
        dwellings: store.progress(area).dwellings,
        cells: store.reconciliation(area).into_iter().map(cell).collect(),
    }))
}
