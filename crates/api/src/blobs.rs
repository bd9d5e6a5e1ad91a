//! `PUT` and `GET /v1/blobs/{digest}`: photos and other files, encrypted by the phone, addressed by what they are.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use blob::BLOB_BYTES_MAX;
use event::head::AttachmentStored;
use event::{Body, Digest, Fact, Head, Receipt};
use node::Node;
use types::{Offset, OperationId, Origin, StaffId};

use crate::auth::{self, Caller};
use crate::problem::Problem;
use crate::protobuf::Reply;
use crate::router::body;
use crate::state::App;
use crate::sync::reads;

/// Takes a file in. Its receipt proves `attachment.stored`; the same file again gets the same receipt.
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    Path(digest): Path<String>,
    caller: Caller,
    request: Request,
) -> Result<Reply<Receipt>, Problem> {
    app.node.must_own()?;
    let digest = auth::digest(&digest).ok_or_else(Problem::not_found)?;
    let bytes = body(request, BLOB_BYTES_MAX).await?;
    caller.check(&bytes)?;
    if blake3::hash(&bytes) != blake3::Hash::from_bytes(digest) {
        return Err(Problem::digest_wrong());
    }
    let length = bytes.len() as u64;
    let node = app.node.clone();
    let stored = tokio::task::spawn_blocking(move || node.put_blob(&digest, &bytes)).await;
    if let Err(error) = stored.map_err(|_| Problem::internal())? {
        tracing::error!(error = error.whole(), "a file could not be stored");
        return Err(Problem::stopped().retry_after(30));
    }
    let area = app.node.store().staff(caller.staff).map(|staff| staff.area).unwrap_or_default();
    let fact = Fact::AttachmentStored(AttachmentStored { digest: digest.to_vec(), bytes: length });
    let mut head = Head::of(area, caller.staff, fact);
    (head.device, head.digest) = (caller.device.0, digest.to_vec());
    if let Some(id) = name(&digest) {
        (head.origin, head.number) = (id.origin.0.to_vec(), id.number);
    }
    let acks = app.node.admin(vec![(head, Vec::new())]).await?;
    let ack = acks.first().ok_or_else(Problem::internal)?;
    Ok(Reply(ack.receipt()))
}

/// Which submission or listing names the file.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    /// The event's journal offset.
    event: Option<Offset>,
}

/// Gives a file back, still encrypted: to whoever put it, and to whoever may read the event that names it
/// (`?event=OFFSET`, as the change that told of it says).
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(digest): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.check(b"")?;
    if let Some(problem) = caller.reading_refused(&app.node) {
        return Err(problem);
    }
    let Query(Asked { event }) = asked.map_err(|_| Problem::malformed())?;
    let digest = auth::digest(&digest).ok_or_else(Problem::not_found)?;
    let (node, staff) = (app.node.clone(), caller.staff);
    let found = tokio::task::spawn_blocking(move || -> Result<_, Problem> {
        let stored = stored(&node, &digest)?;
        let own = stored.as_ref().is_some_and(|stored| stored.staff == staff.0);
        match own || names(&node, staff, &digest, event)? {
            true => Ok(node.blob(&digest)),
            false if stored.is_none() => Err(Problem::blob_unknown()),
            false => Err(Problem::outside_area()),
        }
    });
    match found.await.map_err(|_| Problem::internal())?? {
        Ok(Some(bytes)) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
            Ok((kind, bytes).into_response())
        }
        Ok(None) => Err(Problem::blob_unknown()),
        Err(error) => {
            tracing::error!(error = error.whole(), "a file could not be read");
            Err(Problem::internal())
        }
    }
}

/// Whether a file belongs to this event, and the event to an area this person may read. Whoever only knows a file's
/// address knows nothing.
fn names(node: &Node, staff: StaffId, digest: &Digest, event: Option<Offset>) -> Result<bool, Problem> {
    let Some(offset) = event.filter(|offset| *offset < node.store().next_offset()) else { return Ok(false) };
    let head = head(node, offset)?;
    let of_a_form = matches!(head.fact, Some(Fact::SubmissionReceived(_) | Fact::DwellingListed(_)))
        || matches!(head.fact, Some(Fact::HouseholdListed(_)));
    if !of_a_form || !reads(&node.store(), staff, head.area()) {
        return Ok(false);
    }
    let body = match node.body(offset) {
        // What named the file is erased, and nobody can open it any more.
        Err(node::Error::Erased { .. }) => return Ok(false),
        body => body?,
    };
    let names = |body: Body| body.attachments.iter().any(|attachment| attachment.digest == digest);
    Ok(Body::read(&body).is_ok_and(names))
}

/// The event that stored a file; `None` before it did.
fn stored(node: &Node, digest: &Digest) -> Result<Option<Head>, Problem> {
    let Some(known) = name(digest).and_then(|id| node.store().operation(id)) else { return Ok(None) };
    let head = head(node, known.offset)?;
    let of_it = matches!(&head.fact, Some(Fact::AttachmentStored(stored)) if stored.digest == digest);
    Ok(of_it.then_some(head))
}

fn head(node: &Node, offset: Offset) -> Result<Head, Problem> {
    let (_, record) = node.reader().record(offset).map_err(node::Error::from)?;
    Ok(Head::read(&record.head).map_err(node::Error::from)?)
}

/// A file is its own operation: named by its digest, so that a resend finds the first one's receipt.
fn name(digest: &Digest) -> Option<OperationId> {
    Some(OperationId { origin: Origin::from_slice(&digest[..16])?, number: 1 })
}
