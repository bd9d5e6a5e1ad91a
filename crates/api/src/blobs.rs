//! `PUT` and `GET /v1/blobs/{digest}`: photos and other files, encrypted by the phone, addressed by what they are.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use blob::BLOB_BYTES_MAX;
use event::head::AttachmentStored;
use event::{Fact, Head, Receipt};

use crate::auth::{self, Caller};
use crate::problem::Problem;
use crate::protobuf::Reply;
use crate::router::body;
use crate::state::App;

/// Takes a file in. Its receipt proves `attachment.stored`; the same file again gets the same receipt.
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    Path(digest): Path<String>,
    request: Request,
) -> Result<Reply<Receipt>, Problem> {
    let caller = Caller::of(&app, request.headers())?;
    let digest = auth::digest(&digest).ok_or_else(Problem::not_found)?;
    let bytes = body(request, BLOB_BYTES_MAX).await?;
    caller.check(&bytes)?;
    if blake3::hash(&bytes) != blake3::Hash::from_bytes(digest) {
        return Err(Problem::digest_wrong());
    }
    let length = bytes.len() as u64;
    let node = app.node.clone();
    let stored = tokio::task::spawn_blocking(move || node.blobs().put(&digest, &bytes)).await;
    if let Err(error) = stored.map_err(|_| Problem::internal())? {
        tracing::error!(%error, "a file could not be stored");
        return Err(Problem::stopped().retry_after(30));
    }
    let area = app.node.store().staff(caller.staff).map(|staff| staff.area).unwrap_or_default();
    let fact = Fact::AttachmentStored(AttachmentStored { digest: digest.to_vec(), bytes: length });
    let mut head = Head::of(area, caller.staff, fact);
    // A file is its own operation: named by its digest, so that a resend finds the first one's receipt.
    (head.device, head.digest) = (caller.device.0, digest.to_vec());
    (head.origin, head.number) = (digest[..16].to_vec(), 1);
    let acks = app.node.admin(vec![(head, Vec::new())]).await?;
    let ack = acks.first().ok_or_else(Problem::internal)?;
    Ok(Reply(ack.receipt()))
}

/// Gives a file back, still encrypted, to whoever may read.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(digest): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = Caller::of(&app, &headers)?;
    caller.check(b"")?;
    if let Some(problem) = caller.reading_refused(&app.node) {
        return Err(problem);
    }
    let digest = auth::digest(&digest).ok_or_else(Problem::not_found)?;
    let node = app.node.clone();
    let found = tokio::task::spawn_blocking(move || node.blobs().get(&digest)).await;
    match found.map_err(|_| Problem::internal())? {
        Ok(Some(bytes)) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
            Ok((kind, bytes).into_response())
        }
        Ok(None) => Err(Problem::blob_unknown()),
        Err(error) => {
            tracing::error!(%error, "a file could not be read");
            Err(Problem::internal())
        }
    }
}
