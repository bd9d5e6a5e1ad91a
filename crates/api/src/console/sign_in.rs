//! `/api/sign-in`, `/api/sign-out`, `/api/me`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use event::head::Text;
use serde::{Deserialize, Serialize};
use types::Role;

use super::area::{Area, area_of};
use super::caller::{Caller, has_console};
use super::{Console, bounds, password, refusal, session};
use crate::problem::Problem;
use crate::state::Remote;

/// Longer ones belong to nobody.
const LOGIN_BYTES_MAX: usize = 256;
const PASSWORD_BYTES_MAX: usize = 1024;

#[derive(Deserialize)]
pub(super) struct SignIn {
    login: String,
    password: String,
}

/// `POST /api/sign-in`: answers with a cookie.
pub(super) async fn sign_in(
    State(console): State<Arc<Console>>,
    Extension(Remote(remote)): Extension<Remote>,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(SignIn { login, password }) = body.map_err(|rejection| unreadable(&rejection))?;
    if login.len() > LOGIN_BYTES_MAX || password.len() > PASSWORD_BYTES_MAX {
        return Err(refusal::password_wrong());
    }
    let wait = |seconds| Problem::too_many().with("seconds", seconds).retry_after(seconds);
    console.attempts.begin(remote.ip(), &login, Instant::now()).map_err(wait)?;
    let staff = console.node().store().staff_by_login(&login).filter(|_| !login.is_empty()).cloned();
    let phc = staff.as_ref().map(|staff| staff.password_hash.clone());
    let fits = {
        let _slot = console.passwords.acquire().await.map_err(|_| Problem::internal())?;
        let check = tokio::task::spawn_blocking(move || password::fits(&password, phc.as_deref()));
        check.await.map_err(|_| Problem::internal())?
    };
    let staff = staff.filter(|_| fits).ok_or_else(refusal::password_wrong)?;
    console.attempts.succeeded(remote.ip(), &login);
    if !has_console(staff.role) {
        return Err(refusal::no_console());
    }
    let id = console.sessions.open(staff.staff, Instant::now()).ok_or_else(Problem::internal)?;
    tracing::info!(staff = staff.staff.0, "signed in");
    Ok(answer(session::cookie(Some(id), console.state.secure)))
}

fn unreadable(rejection: &JsonRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large().with("bytes_max", bounds::BODY_BYTES_MAX),
        _ => Problem::malformed(),
    }
}

/// `POST /api/sign-out`.
pub(super) async fn sign_out(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    if let Some(id) = session::id_of(&headers) {
        console.sessions.close(id);
    }
    answer(session::cookie(None, console.state.secure))
}

fn answer(cookie: String) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// The person signed in, and the census.
#[derive(Serialize)]
pub(super) struct Me {
    name: String,
    role: Role,
    /// The top of what they may see.
    area: Area,
    /// `null` until the census is defined.
    census: Option<Census>,
}

#[derive(Serialize)]
struct Census {
    names: BTreeMap<String, String>,
    reference_date: String,
    /// BCP 47; the first is the default.
    languages: Vec<String>,
    /// A pilot or a demonstration: shown as a banner.
    test: bool,
    /// Names of the levels by language, top first.
    levels: Vec<BTreeMap<String, String>>,
}

/// `GET /api/me`
pub(super) async fn me(caller: Caller, State(console): State<Arc<Console>>) -> Json<Me> {
    let store = console.node().store();
    let census = store.census().map(|census| Census {
        names: by_language(&census.names),
        reference_date: census.reference_date.clone(),
        languages: census.languages.clone(),
        test: census.test,
        levels: census.levels.iter().map(|level| by_language(&level.names)).collect(),
    });
    let area = area_of(&store, caller.0.area);
    Json(Me { name: caller.0.name, role: caller.0.role, area, census })
}

fn by_language(texts: &[Text]) -> BTreeMap<String, String> {
    texts.iter().map(|text| (text.language.clone(), text.text.clone())).collect()
}
