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
use std::time::Instant;

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
use store::Progress;
use types::{AreaId, CellId, Occupancy, Offset, Response};

use crate::auth;
use crate::problem::Problem;
use crate::protobuf::Reply;
use crate::state::App;

/// See the module's documentation.
pub struct Cells {
    /// Which cell this is.
    pub cell: CellId,
    /// What every cell knows and nobody else.
    pub secret: String,
    /// The area pack, if there is one.
    pub pack: PathBuf,
    /// The cells that have asked since the start, and when.
    heard: Mutex<BTreeMap<CellId, (Asks, Instant)>>,
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
    /// What it has counted, by name, as in the console.
    pub counts: Counts,
}

/// Counts by name. Those of cells are added up: an area has one cell.
pub type Counts = BTreeMap<String, u64>;

impl Cells {
    /// Of the cell with this number.
    pub fn new(cell: CellId, secret: String, pack: PathBuf) -> Cells {
        Cells { cell, secret, pack, heard: Mutex::default() }
    }

    /// The cells heard of, in order.
    pub fn listed(&self) -> Vec<Listed> {
        let heard = self.heard.lock();
        let listed = |(asks, at): &(Asks, Instant)| Listed { asks: asks.clone(), seconds: at.elapsed().as_secs() };
        heard.values().map(listed).collect()
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
    {
        let store = app.node.store();
        let areas = store.areas();
        let overlaps = |other: &Asks| areas.contains(other.area, asks.area) || areas.contains(asks.area, other.area);
        // A number belongs to one area, and an area to one number.
        let taken = |other: &Asks| if other.cell == asks.cell { other.area != asks.area } else { overlaps(other) };
        let mut heard = cells.heard.lock();
        if asks.area.0 >= areas.len() || heard.values().any(|(other, _)| taken(other)) {
            tracing::warn!(
                cell = asks.cell.0,
                area = asks.area.0,
                "a cell asks for an area that is another one's or none, or under another one's number"
            );
            return Err(Problem::other_cell());
        }
        if let Some((other, _)) = heard.get(&asks.cell).filter(|(other, _)| other.address != asks.address) {
            tracing::warn!(
                cell = asks.cell.0,
                before = other.address,
                now = asks.address,
                "a cell asks from elsewhere"
            );
        }
        heard.insert(asks.cell, (asks, Instant::now()));
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
    let cells = cells.listed();
    let store = app.node.store();
    let areas = store.areas();
    let (mut without, mut waiting) = (Vec::new(), areas.tops());
    while let Some(area) = waiting.pop() {
        let within = |listed: &Listed| areas.contains(listed.asks.area, area);
        let above = |listed: &Listed| areas.contains(area, listed.asks.area);
        match () {
            () if cells.iter().any(within) => {}
            () if cells.iter().any(above) => waiting.extend(areas.children(area)),
            () => without.extend(areas.code(area)),
        }
    }
    without.sort_unstable();
    Json(List { cells, without })
}

async fn standing(State(Both { app, cells }): State<Both>) -> Json<Standing> {
    let imported = app.node.imported();
    let store = app.node.store();
    let mut counts = Counts::new();
    for top in store.areas().tops() {
        add(&mut counts, &store.progress(top));
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

fn add(counts: &mut Counts, progress: &Progress) {
    let numbers = [
        ("dwellings", progress.dwellings),
        ("households", progress.households),
        ("persons", progress.persons),
        ("male", progress.male),
        ("female", progress.female),
        ("visits", progress.visits),
        ("submissions", progress.submissions),
        ("held", progress.held),
    ];
    let numbers = numbers.map(|(name, count)| (name.to_owned(), count)).into_iter();
    let response = Response::ALL.iter().map(|of| (format!("response.{}", of.as_str()), progress.responses(*of)));
    let occupancy = Occupancy::ALL.iter().map(|of| (format!("occupancy.{}", of.as_str()), progress.occupancies(*of)));
    for (name, count) in numbers.chain(response).chain(occupancy) {
        *counts.entry(name).or_default() += count;
    }
}

async fn letter(State(Both { app, .. }): State<Both>, Path(lookup): Path<String>) -> Result<StatusCode, Problem> {
    let lookup = auth::digest(&lookup).ok_or_else(Problem::not_found)?;
    let here = app.node.store().letter(&lookup).is_some();
    if here { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::letter_unknown()) }
}
