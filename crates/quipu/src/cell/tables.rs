//! Copies of the tables of all cells: each cell hands out those of its last commit, the root cell fetches what is new.

use std::path::Path;
use std::sync::Arc;

use api::cells::{Asks, Cells};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path as Segments, Query as Asked, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use node::Node;
use query::{National, Part, Query};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use types::{CellId, Offset};

use super::{Client, Member};
use crate::error::{Error, Result};
use crate::glue::CellAreas;

/// Bytes of a file that are read at once.
const PIECE: usize = 256 * 1024;

/// The folder of the copies in the root cell's data folder.
const FOLDER: &str = "national";

/// The copies in a data folder; `None` in any other than the root cell's.
pub fn open(data: &Path, member: Option<&Member>, node: &Arc<Node>) -> Result<Option<Arc<National>>> {
    if member.is_none_or(|member| member.subtree.is_some()) {
        return Ok(None);
    }
    Ok(Some(National::open(&data.join(FOLDER), Arc::new(CellAreas(node.clone())))?))
}

/// What a cell hands out.
///
/// | request | answer |
/// | --- | --- |
/// | `GET /v1/cell/tables?had=` | a [`Part`]; 204 when it goes no further than the offset already had |
/// | `GET /v1/cell/tables/{table}/{file}` | one of its files; 404 once a later commit has replaced it |
pub fn routes(query: Arc<Query>) -> Router {
    Router::new()
        .route("/v1/cell/tables", get(part))
        .route("/v1/cell/tables/{table}/{file}", get(file))
        .with_state(query)
}

/// What the root cell has already.
#[derive(Deserialize)]
struct Had {
    /// Up to which offset.
    had: Option<Offset>,
}

async fn part(State(query): State<Arc<Query>>, Asked(Had { had }): Asked<Had>) -> Response {
    let part = move || query.part(had)?.map(|part| part.to_bytes()).transpose();
    match tokio::task::spawn_blocking(part).await {
        Ok(Ok(Some(bytes))) => bytes.into_response(),
        Ok(Ok(None)) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

async fn file(State(query): State<Arc<Query>>, Segments((table, file)): Segments<(String, String)>) -> Response {
    match tokio::task::spawn_blocking(move || query.part_file(&table, &file)).await {
        Ok(Ok(Some(file))) => {
            let pieces = futures::stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
                let mut piece = vec![0; PIECE];
                let count = file.read(&mut piece).await?;
                piece.truncate(count);
                Ok::<_, std::io::Error>((count > 0).then_some((piece, file)))
            });
            Body::from_stream(pieces).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "this cell's tables could not be handed out");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Copies for ever what the cells heard of have. A cell that does not answer stands where it stood.
pub async fn copy(national: Arc<National>, cells: Arc<Cells>, client: Client) {
    let copy = move |asks: Asks| {
        let (national, client) = (national.clone(), client.clone());
        async move { copy_one(&national, &client, &asks.address, asks.cell).await }
    };
    super::for_each_cell(cells, "the tables", copy).await;
}

async fn copy_one(national: &Arc<National>, client: &Client, address: &str, cell: CellId) -> Result<()> {
    let Some(bytes) = client.tables(address, national.offset(cell)).await? else { return Ok(()) };
    let part = Part::from_bytes(&bytes)?;
    for (table, name) in national.missing(cell, &part) {
        let draft = national.draft(cell)?;
        let mut file = tokio::fs::File::create(&draft).await.map_err(Error::file(&draft))?;
        let mut answer = client.table_file(address, &table, &name).await?;
        while let Some(bytes) = answer.chunk().await.map_err(|error| super::client::unreachable(address, &error))? {
            file.write_all(&bytes).await.map_err(Error::file(&draft))?;
        }
        file.flush().await.map_err(Error::file(&draft))?;
        let (national, part) = (national.clone(), part.clone());
        blocking(move || national.accept(cell, &part, &table, &name)).await?;
    }
    let national = national.clone();
    blocking(move || national.show(cell, &part)).await
}

async fn blocking(work: impl FnOnce() -> query::Result<()> + Send + 'static) -> Result<()> {
    let ended = |error| Error::Refused(format!("a copy was not finished: {error}"));
    Ok(tokio::task::spawn_blocking(work).await.map_err(ended)??)
}
