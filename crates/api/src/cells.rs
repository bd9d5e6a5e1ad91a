//! What the cells of a divided census say to each other, under a secret they share. Every cell asks the root cell for what is
//! national; so the root cell knows where each one is, and can say which one a letter belongs to.
//!
//! | request | answer | whose |
//! | --- | --- | --- |
//! | `GET /v1/reference?from=` and who asks | [`event::wire::Reference`] | the root cell's |
//! | `GET /v1/reference/pack` | the area pack | the root cell's |
//! | `GET /v1/areas/{code}` | the area's permanent id | every cell's |
//! | `GET /v1/cells` | [`List`] of the cells heard of | the root cell's |
//! | `GET /v1/cell` | [`Standing`] | every cell's |
//! | `GET /v1/cell/letters/{lookup}` | 204 if the letter is this cell's | every cell's |

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use areas::AreaTree;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use event::wire;
use node::Scope;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use types::{AreaId, CellId, Message, Offset};

use crate::auth;
use crate::counts::Counts;
use crate::problem::Problem;
use crate::protobuf::Reply;
use crate::state::App;

/// A cell that has said nothing for longer is an alarm.
const SILENT: Duration = Duration::from_secs(60);
/// So many areas without a cell are named in an alarm.
const WITHOUT_SHOWN: usize = 5;

/// See the module's documentation.
pub struct Cells {
    /// Which cell this is.
    pub cell: CellId,
    /// What every cell knows and nobody else.
    pub secret: String,
    /// The area pack, if there is one.
    pub pack: PathBuf,
    /// The cells that have asked since the start.
    heard: Mutex<BTreeMap<CellId, Heard>>,
}

/// A cell that has asked.
struct Heard {
    asks: Asks,
    /// When it asked first, and last.
    first: Instant,
    at: Instant,
    /// What it has counted, and when it said so; the root cell's server asks every second.
    stands: Option<(Arc<Standing>, Instant)>,
}

/// A cell as the root cell sees it.
pub struct Seen {
    /// What it said last when it asked.
    pub asks: Asks,
    /// What it has counted; `None` before it has said so.
    pub standing: Option<Arc<Standing>>,
    /// How long ago it said so, or first asked if it never did.
    pub age: Duration,
}

impl Seen {
    /// Whether it should have said more by now.
    pub fn is_silent(&self) -> bool {
        self.age > SILENT
    }
}

/// A cell, as it says itself when it asks for what is national.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asks {
    /// From which offset of the root cell on.
    pub from: Offset,
    /// Which cell.
    pub cell: CellId,
    /// The top of its subtree.
    pub area: AreaId,
    /// Where phones and browsers reach it.
    pub address: String,
}

/// A cell the root cell has heard of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// What it said last.
    #[serde(flatten)]
    pub asks: Asks,
    /// How long ago, seconds.
    pub seconds: u64,
}

/// The cells of a census.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct List {
    /// Those heard of since the root cell's start, in order.
    pub cells: Vec<Listed>,
    /// Codes of the highest areas that are none of theirs.
    pub without: Vec<String>,
}

/// What a cell has counted, up to an offset of its journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Which cell.
    pub cell: CellId,
    /// The code of the top of its subtree; empty for the root cell.
    pub area: String,
    /// Its next offset: the counts are of everything before it.
    pub next_offset: Offset,
    /// The number of the census; 0 before it is known.
    pub census: u64,
    /// The last event of the root cell that it has taken over.
    pub imported: Option<Offset>,
    /// What it has counted.
    pub counts: Counts,
}

impl Cells {
    /// Of the cell with this number.
    pub fn new(cell: CellId, secret: String, pack: PathBuf) -> Cells {
        Cells { cell, secret, pack, heard: Mutex::default() }
    }

    /// Takes note of a cell that asks; `false`, and nothing noted, when its area is another one's or none, or its number is
    /// another area's.
    pub(crate) fn hear(&self, areas: &AreaTree, asks: Asks) -> bool {
        let overlaps = |other: &Asks| areas.contains(other.area, asks.area) || areas.contains(asks.area, other.area);
        // A number belongs to one area, and an area to one number.
        let taken = |Heard { asks: other, .. }: &Heard| {
            if other.cell == asks.cell { other.area != asks.area } else { overlaps(other) }
        };
        let mut heard = self.heard.lock();
        if asks.area.0 >= areas.len() || heard.values().any(taken) {
            tracing::warn!(
                cell = asks.cell.0,
                area = asks.area.0,
                "a cell asks for an area that is another one's or none, or under another one's number"
            );
            return false;
        }
        let now = Instant::now();
        let known = heard.remove(&asks.cell);
        if let Some(Heard { asks: before, .. }) = known.as_ref().filter(|known| known.asks.address != asks.address) {
            tracing::warn!(
                cell = asks.cell.0,
                before = before.address,
                now = asks.address,
                "a cell asks from elsewhere"
            );
        }
        let (first, stands) = known.map_or((now, None), |known| (known.first, known.stands));
        heard.insert(asks.cell, Heard { asks, first, at: now, stands });
        true
    }

    /// The cells heard of, in order.
    pub fn listed(&self) -> Vec<Listed> {
        let listed = |heard: &Heard| Listed { asks: heard.asks.clone(), seconds: heard.at.elapsed().as_secs() };
        self.heard.lock().values().map(listed).collect()
    }

    /// Remembers what a cell has counted; of one that has never asked, nothing.
    pub fn stands(&self, standing: Standing) {
        if let Some(heard) = self.heard.lock().get_mut(&standing.cell) {
            heard.stands = Some((Arc::new(standing), Instant::now()));
        }
    }

    /// The cells heard of with what they have counted, in order.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = |heard: &Heard| {
            let (standing, at) = heard.stands.as_ref().map_or((None, heard.first), |(said, at)| (Some(said), *at));
            Seen { asks: heard.asks.clone(), standing: standing.cloned(), age: at.elapsed() }
        };
        self.heard.lock().values().map(seen).collect()
    }

    /// What the cells of an area have counted together, as each said last.
    pub fn counts(&self, areas: &AreaTree, area: AreaId) -> Counts {
        let mut counts = Counts::default();
        let heard = self.heard.lock();
        let within = heard.values().filter(|heard| areas.contains(area, heard.asks.area));
        for (standing, _) in within.filter_map(|heard| heard.stands.as_ref()) {
            counts.add(&standing.counts);
        }
        counts
    }

    /// The cell that an area belongs to; `None` above the cells, and for areas that none has asked for.
    pub fn of(&self, areas: &AreaTree, area: AreaId) -> Option<Asks> {
        let heard = self.heard.lock();
        heard.values().find(|heard| areas.contains(heard.asks.area, area)).map(|heard| heard.asks.clone())
    }

    /// How many cells have said what they counted, and the events of all of them.
    pub(crate) fn events(&self) -> (usize, u64) {
        let heard = self.heard.lock();
        let said = heard.values().filter_map(|heard| heard.stands.as_ref());
        said.fold((0, 0), |(cells, events), (standing, _)| (cells + 1, events + standing.next_offset))
    }

    /// Codes of the highest areas that no cell has asked for.
    pub fn without(&self, areas: &AreaTree) -> Vec<String> {
        let tops: Vec<AreaId> = self.heard.lock().values().map(|heard| heard.asks.area).collect();
        let (mut without, mut waiting) = (Vec::new(), areas.tops());
        while let Some(area) = waiting.pop() {
            match () {
                () if tops.iter().any(|top| areas.contains(*top, area)) => {}
                () if tops.iter().any(|top| areas.contains(area, *top)) => waiting.extend(areas.children(area)),
                () => without.extend(areas.code(area)),
            }
        }
        without.sort_unstable();
        without
    }

    /// What somebody should look at: cells that say nothing, and areas that are no cell's. Sums leave both out.
    pub fn alarms(&self, areas: &AreaTree) -> Vec<Message> {
        let silent = |seen: Seen| {
            let message = Message::new("alarm/cell-silent").with("cell", seen.asks.cell);
            seen.is_silent().then(|| message.with("seconds", seen.age.as_secs()))
        };
        let mut alarms: Vec<Message> = self.seen().into_iter().filter_map(silent).collect();
        let without = self.without(areas);
        if !without.is_empty() {
            let mut some = without.iter().take(WITHOUT_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            if without.len() > WITHOUT_SHOWN {
                some.push_str(", …");
            }
            alarms.push(Message::new("alarm/areas-without-cell").with("count", without.len()).with("areas", some));
        }
        alarms
    }
}

/// The routes and others beside them, for whoever has the secret.
pub fn router(app: Arc<App>, cells: Arc<Cells>, beside: Router) -> Router {
    Router::new()
        .route("/v1/reference", get(reference))
        .route("/v1/reference/pack", get(pack))
        .route("/v1/areas/{code}", get(area))
        .route("/v1/cells", get(list))
        .route("/v1/cell", get(standing))
        .route("/v1/cell/letters/{lookup}", get(letter))
        .with_state(Both { app, cells: cells.clone() })
        .merge(beside)
        .layer(middleware::from_fn_with_state(cells, known))
}

#[derive(Clone)]
struct Both {
    app: Arc<App>,
    cells: Arc<Cells>,
}

/// Lets in who has the secret. Hashes are compared in constant time.
async fn known(State(cells): State<Arc<Cells>>, request: Request, next: Next) -> axum::response::Response {
    let said =
        request.headers().get(header::AUTHORIZATION).and_then(|said| said.to_str().ok()?.strip_prefix("Bearer "));
    let hash = |secret: &str| blake3::hash(secret.as_bytes());
    if cells.secret.is_empty() || said.is_none_or(|said| hash(said) != hash(&cells.secret)) {
        return Problem::not_found().into_response();
    }
    next.run(request).await
}

async fn reference(
    State(Both { app, cells }): State<Both>,
    Query(asks): Query<Asks>,
) -> Result<Reply<wire::Reference>, Problem> {
    if cells.cell != node::ROOT || asks.cell == node::ROOT {
        return Err(Problem::other_cell());
    }
    let from = asks.from;
    if !cells.hear(app.node.store().areas(), asks) {
        return Err(Problem::other_cell());
    }
    let read = tokio::task::spawn_blocking(move || app.node.reference(from)).await;
    Ok(Reply(read.map_err(|_| Problem::internal())??))
}

async fn pack(State(Both { cells, .. }): State<Both>) -> Result<axum::response::Response, Problem> {
    match tokio::fs::read(&cells.pack).await {
        Ok(pack) => Ok(pack.into_response()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Problem::not_found()),
        Err(error) => {
            tracing::error!(%error, "the area pack could not be read");
            Err(Problem::internal())
        }
    }
}

async fn area(State(Both { app, .. }): State<Both>, Path(code): Path<String>) -> Result<Json<AreaId>, Problem> {
    app.node.store().areas().by_code(&code).map(Json).ok_or_else(Problem::not_found)
}

async fn list(State(Both { app, cells }): State<Both>) -> Json<List> {
    let without = cells.without(app.node.store().areas());
    Json(List { cells: cells.listed(), without })
}

async fn standing(State(Both { app, cells }): State<Both>) -> Json<Standing> {
    let imported = app.node.imported();
    let store = app.node.store();
    let mut counts = Counts::default();
    for top in store.areas().tops() {
        counts.add(&Counts::whole(&store, top));
    }
    let area = match app.node.scope() {
        Scope::Subtree(top) => store.areas().code(*top).unwrap_or_default().to_string(),
        Scope::Whole | Scope::Root => String::new(),
    };
    Json(Standing {
        cell: cells.cell,
        area,
        next_offset: store.next_offset(),
        census: store.census().map_or(0, |census| census.id),
        imported,
        counts,
    })
}

async fn letter(State(Both { app, .. }): State<Both>, Path(lookup): Path<String>) -> Result<StatusCode, Problem> {
    let lookup = auth::digest(&lookup).ok_or_else(Problem::not_found)?;
    let here = app.node.store().letter(&lookup).is_some();
    if here { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::letter_unknown()) }
}
