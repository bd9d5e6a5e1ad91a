//! Every address of the server, and what each request passes through first.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http_body_util::LengthLimitError;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;
use crate::{assets, blobs, enrol, forms, health, sync};

/// Requests with a session served at the same time; more are refused at once. Beyond some hundreds, more only wait for
/// each other.
const REQUESTS_MAX: usize = 512;
/// Requests without a session: enrolling, opening sessions, and whoever only holds a connection open. Slots of their own,
/// so that strangers cannot shut phones out.
const STRANGERS_MAX: usize = 64;
/// A request is arrived, done and answered in this time, or given up. Uploads over slow lines fit.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bodies of small messages, bytes.
const BODY_BYTES_MAX: usize = 256 << 10;

/// All routes over shared state, without connection handling. `extra` is merged in.
pub fn router(app: Arc<App>, extra: Router) -> Router {
    let slots = Slots {
        app: app.clone(),
        known: Arc::new(Semaphore::new(REQUESTS_MAX)),
        strangers: Arc::new(Semaphore::new(STRANGERS_MAX)),
    };
    let devices = Router::new()
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/session", post(enrol::session))
        .route("/v1/sync", post(sync::sync))
        .route("/v1/blobs/{digest}", put(blobs::put).get(blobs::get))
        .route("/v1/forms/{form}/{version}", get(forms::form))
        .route("/v1/files/{digest}", get(forms::file).layer(CompressionLayer::new()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(slots, bounded));
    let operations = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/ca.crt", get(health::authority));
    let apps = Router::new()
        .route("/", get(assets::home))
        .route("/collect", get(assets::collect_root))
        .route("/console", get(assets::console_root))
        .route("/collect/", get(assets::collect))
        .route("/collect/{*path}", get(assets::collect))
        .route("/console/", get(assets::console))
        .route("/console/{*path}", get(assets::console))
        .layer(CompressionLayer::new());
    devices.merge(operations).merge(apps).with_state(app).merge(extra).fallback(nothing)
}

async fn nothing() -> Problem {
    Problem::not_found()
}

#[derive(Clone)]
struct Slots {
    app: Arc<App>,
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// Refuses at once what there is no room for; gives up what takes too long. Who asks is read from the headers alone.
async fn bounded(State(slots): State<Slots>, request: Request, next: Next) -> Response {
    let known = Caller::of(&slots.app, request.headers()).is_ok();
    let slots = if known { &slots.known } else { &slots.strangers };
    let Ok(_slot) = slots.try_acquire() else { return Problem::busy().retry_after(1).into_response() };
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::timeout().retry_after(1).into_response(),
    }
}

/// The body of a request, at most `bytes_max` long. A length that says more is refused unread.
pub(crate) async fn body(request: Request<Body>, bytes_max: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::too_large().with("bytes_max", bytes_max);
    let length = request.headers().get(axum::http::header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    to_bytes(request.into_body(), bytes_max).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(inner) = cause {
            if inner.is::<LengthLimitError>() {
                return too_large();
            }
            cause = inner.source();
        }
        Problem::malformed()
    })
}
