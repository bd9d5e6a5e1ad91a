//! `GET /v1/forms/{form}/{version}`: a compiled form, the bytes that were published. `GET /v1/files/{digest}`: a file
//! that a form lists: a code list, or a picture or sound of a label.

use std::sync::{Arc, Weak};

use axum::body::Bytes;
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
    let found = tokio::task::spawn_blocking(move || {
        let node = &app.node;
        // Whoever reads slowly holds no copy of their own.
        if let Some(under_way) = app.files.lock().get(&wanted).and_then(Weak::upgrade) {
            return Ok(Some(under_way));
        }
        let published: Vec<(u32, u32)> =
            node.store().forms().iter().map(|form| (form.form.0.into(), form.version)).collect();
        let forms = published.into_iter().filter_map(|(form, version)| node.form(form, version));
        let listed = |form: Arc<forms::Form>| form.files_listed().any(|(_, listed)| listed == digest);
        if !forms.into_iter().any(listed) {
            return Ok(None);
        }
        let read = node.blob(&wanted)?.map(Arc::new);
        if let Some(read) = &read {
            let mut files = app.files.lock();
            files.retain(|_, file| file.strong_count() > 0);
            files.insert(wanted, Arc::downgrade(read));
        }
        Ok::<_, node::Error>(read)
    });
    match found.await.map_err(|_| Problem::internal())? {
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
                (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            ];
            Ok((headers, Bytes::from_owner(Shared(bytes))).into_response())
        }
        Ok(None) => Err(Problem::blob_unknown()),
        Err(error) => {
            tracing::error!(%error, "a file of a form could not be read");
            Err(Problem::internal())
        }
    }
}

/// Bytes that several responses send.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
