//! `GET /v1/forms/{form}/{version}`: a compiled form, the bytes that were published.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

pub(crate) async fn form(
    State(app): State<Arc<App>>,
    Path((form, version)): Path<(u32, u32)>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.check(b"")?;
    if let Some(problem) = caller.reading_refused(&app.node) {
        return Err(problem);
    }
    let form = app.node.form(form, version).ok_or_else(Problem::form_unknown)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // A published version never changes.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    ];
    Ok((headers, form.to_bytes()).into_response())
}
