//! `/api/areas/{id}` and `/api/map`: an area, the way up to the caller's own, and what lies directly in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::Store;
use types::AreaId;

use super::Console;
use super::caller::{Asked, Caller};
use super::counts::{CellOf, Numbers};
use crate::problem::Problem;

/// An area as screens name it.
#[derive(Serialize)]
pub(super) struct Area {
    id: u32,
    /// The official code.
    code: String,
    /// From 0 at the top.
    level: u8,
    /// By language.
    names: BTreeMap<String, String>,
    /// Nothing lies in it: an enumeration area.
    leaf: bool,
}

/// An area with its names in the census's languages.
pub(super) fn area_of(store: &Store, area: AreaId) -> Area {
    let areas = store.areas();
    let mut names: BTreeMap<String, String> = areas.names(area).into_iter().collect();
    let languages = store.census().map(|census| census.languages.as_slice()).unwrap_or_default();
    for language in languages.iter().map(String::as_str) {
        if let Some(name) = areas.name(area, &[language]).filter(|_| !names.contains_key(language)) {
            names.insert(language.to_owned(), name);
        }
    }
    Area {
        id: area.0,
        code: areas.code(area).unwrap_or_default(),
        level: areas.level(area).unwrap_or_default(),
        names,
        leaf: areas.is_leaf(area),
    }
}

/// What `/api/areas/{id}` answers.
#[derive(Serialize)]
pub(super) struct Coverage {
    area: Area,
    /// From the caller's own area down to the parent.
    path: Vec<Area>,
    progress: Numbers,
    /// Enumeration areas below; `null` while areas are being imported.
    eas: Option<u32>,
    children: Vec<Child>,
    /// The cell it belongs to, whose console shows what happens in it; `null` above the cells and where there is one.
    cell: Option<CellOf>,
}

#[derive(Serialize)]
struct Child {
    #[serde(flatten)]
    area: Area,
    progress: Numbers,
    eas: Option<u32>,
    cell: Option<CellOf>,
}

/// `GET /api/areas/{id}`
pub(super) async fn area(
    caller: Caller,
    State(console): State<Arc<Console>>,
    path: Result<Path<u32>, PathRejection>,
) -> Result<Json<Coverage>, Problem> {
    let Path(asked) = path.map_err(|_| Problem::not_found())?;
    let store = console.node().store();
    let area = caller.area(&store, Some(asked))?;
    let areas = store.areas();
    let eas = |area| areas.is_indexed().then(|| areas.enumeration_areas(area).len() as u32);
    let mut path: Vec<Area> = Vec::new();
    if area != caller.0.area {
        // Nobody learns what lies above their own area.
        let above = areas.upwards(area).skip(1).take_while(|above| areas.contains(caller.0.area, *above));
        path.extend(above.map(|above| area_of(&store, above)));
        path.reverse();
    }
    let cell = |area| console.state.cells.as_ref()?.of(areas, area).map(CellOf::new);
    let child = |child| Child {
        area: area_of(&store, child),
        progress: console.numbers(&store, child),
        eas: eas(child),
        cell: cell(child),
    };
    Ok(Json(Coverage {
        area: area_of(&store, area),
        path,
        progress: console.numbers(&store, area),
        eas: eas(area),
        cell: cell(area),
        children: areas.children(area).into_iter().map(child).collect(),
    }))
}

/// `GET /api/map`: `{"area", "map_note", "collection"}`, the collection being GeoJSON of what lies directly in the area.
/// A shape with `generated` true claims nothing about the ground.
pub(super) async fn map(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    let (area, shown) = {
        let store = console.node().store();
        let area = caller.area(&store, asked.area)?;
        let children = store.areas().children(area);
        (area, if children.is_empty() { vec![area] } else { children })
    };
    let note = serde_json::to_string(&console.state.map_note).map_err(|_| Problem::internal())?;
    let collection = console.state.boundaries.features(&shown);
    let body = format!(r#"{{"area":{area},"map_note":{note},"collection":{collection}}}"#);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
