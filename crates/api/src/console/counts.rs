//! `/api/overview` and `/api/reconciliation`: counts, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Serialize;
use store::Store;
use types::{AreaId, Message, Occupancy, Offset, Response, Source};

use super::area::{Area, area_of};
use super::caller::{Asked, Caller};
use super::rate::Series;
use super::{Console, Lag, ms};
use crate::cells::{Asks, Cells, Seen};
use crate::counts::Counts;
use crate::problem::Problem;
use crate::ready::Readiness;

/// What is counted in an area, as screens take it.
#[derive(Serialize)]
pub(super) struct Numbers {
    #[serde(flatten)]
    named: BTreeMap<String, u64>,
    /// Households by where their form stands.
    response: BTreeMap<String, u64>,
    /// Dwellings by what they were found to be.
    occupancy: BTreeMap<String, u64>,
}

impl Numbers {
    pub fn of(counts: &Counts) -> Numbers {
        let behind = |prefix: &str| {
            let of = |(name, count): (&str, u64)| Some((name.strip_prefix(prefix)?.to_owned(), count));
            counts.named().filter_map(of).collect()
        };
        let named = counts.named().filter(|(name, _)| !name.contains('.'));
        Numbers {
            named: named.map(|(name, count)| (name.to_owned(), count)).collect(),
            response: behind("response."),
            occupancy: behind("occupancy."),
        }
    }
}

impl Console {
    /// What is counted in an area: here, or by the cells of a divided census.
    fn counts(&self, store: &Store, area: AreaId) -> Counts {
        match &self.state.cells {
            None => Counts::of(&store.progress(area)),
            Some(cells) => cells.counts(store.areas(), area),
        }
    }

    pub(super) fn numbers(&self, store: &Store, area: AreaId) -> Numbers {
        Numbers::of(&self.counts(store, area))
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
    /// The cells of this area; `null` where the census has one, and at any but the root cell.
    cells: Option<Vec<Counted>>,
}

/// What one cell has counted.
#[derive(Serialize)]
pub(super) struct Counted {
    #[serde(flatten)]
    cell: CellOf,
    /// Its own or, where it is larger than the area asked about, that one: nobody learns what lies above.
    area: Area,
    /// Whether all of the cell lies in the area asked about.
    whole: bool,
    /// `null` before it has said so, and where it is larger.
    households: Option<u64>,
    persons: Option<u64>,
    /// How old that is, seconds.
    seconds: u64,
    /// It should have said more by now.
    silent: bool,
}

/// A cell, and where its console is.
#[derive(Serialize)]
pub(super) struct CellOf {
    number: u16,
    address: String,
}

impl CellOf {
    /// From what it asks with.
    pub fn new(asks: Asks) -> CellOf {
        CellOf { number: asks.cell.0, address: asks.address }
    }
}

/// The cells that have to do with an area: those in it, or the one it is in.
fn cells_of(cells: &Cells, store: &Store, area: AreaId) -> Vec<Counted> {
    let areas = store.areas();
    let meets = |seen: &Seen| areas.contains(area, seen.asks.area) || areas.contains(seen.asks.area, area);
    let counted = |seen: Seen| {
        let whole = areas.contains(area, seen.asks.area);
        let said = seen.standing.as_ref().filter(|_| whole);
        let count = |name| said.map(|said| said.counts.get(name));
        Counted {
            area: area_of(store, if whole { seen.asks.area } else { area }),
            whole,
            households: count("households"),
            persons: count("persons"),
            seconds: seen.age.as_secs(),
            silent: seen.is_silent(),
            cell: CellOf::new(seen.asks),
        }
    };
    cells.seen().into_iter().filter(meets).map(counted).collect()
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
        progress: console.numbers(&store, area),
        cells: console.state.cells.as_ref().map(|cells| cells_of(cells, &store, area)),
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
    let counts = console.counts(&store, area);
    let places = if console.state.cells.is_some() { counts.places() } else { store.reconciliation(area) };
    let cell = |cell: store::Cell| Cell {
        occupancy: cell.occupancy,
        response: cell.response,
        source: cell.source,
        dwellings: cell.dwellings,
    };
    Ok(Json(Reconciliation {
        area: area_of(&store, area),
        at_ms,
        dwellings: counts.get("dwellings"),
        cells: places.into_iter().map(cell).collect(),
    }))
}
