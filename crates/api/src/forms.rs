//! `GET /v1/forms/{form}/{version}`: a compiled form, the bytes that were published. `GET /v1/files/{digest}`: a file
//! that a form lists: a code list, or a picture or sound of a label.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::auth::{self, Caller};
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

/// A file of a published form. It holds nothing about anybody, and its digest stands in the form alone: so whoever asks
/// for it by digest gets it.
pub(crate) async fn file(State(app): State<Arc<App>>, Path(digest): Path<String>) -> Result<Response, Problem> {
    let wanted = auth::digest(&digest).ok_or_else(Problem::not_found)?;
    let node = app.node.clone();
    let found = tokio::task::spawn_blocking(move || {
        let published: Vec<(u32, u32)> =
            node.store().forms().iter().map(|form| (form.form.0.into(), form.version)).collect();
        let forms = published.into_iter().filter_map(|(form, version)| node.form(form, version));
        let listed = |form: Arc<forms::Form>| form.files_listed().any(|(_, listed)| listed == digest);
        if forms.into_iter().any(listed) { node.blob(&wanted) } else { Ok(None) }
    });
    match found.await.map_err(|_| Problem::internal())? {
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
                (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            ];
            Ok((headers, bytes).into_response())
        }
        Ok(None) => Err(Problem::blob_unknown()),
        Err(error) => {
            tracing::error!(%error, "a file of a form could not be read");
            Err(Problem::internal())
        }
    }
}
