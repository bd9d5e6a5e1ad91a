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
use types::DeviceId;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::share::Shares;
use crate::state::App;
use crate::{assets, blobs, enrol, forms, health, look_up, sync};

/// Requests with a session served at the same time; more are refused at once. Beyond some hundreds, more only wait for
/// each other.
const REQUESTS_MAX: usize = 512;
/// Of these, of one device: a phone has one or two under way. Who holds more open keeps its own out, not the others'.
const REQUESTS_DEVICE_MAX: usize = 32;
/// Requests without a session: enrolling, opening sessions, and whoever only holds a connection open. Slots of their own,
/// so that strangers cannot shut phones out.
const STRANGERS_MAX: usize = 64;
/// A request is arrived, done and answered in this time, or given up. Uploads over slow lines fit.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What enrols and opens sessions arrives in this time, and is at most so long, bytes.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(15);
const MESSAGE_BYTES_MAX: usize = 16 << 10;
/// Bodies of other messages, bytes.
const BODY_BYTES_MAX: usize = 256 << 10;

/// All routes over shared state, without connection handling. `extra` is merged in.
pub fn router(app: Arc<App>, extra: Router) -> Router {
    let slots = Slots {
        app: app.clone(),
        known: Arc::new(Semaphore::new(REQUESTS_MAX)),
        devices: Shares::new(REQUESTS_DEVICE_MAX),
        strangers: Arc::new(Semaphore::new(STRANGERS_MAX)),
    };
    let strangers = Router::new()
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/session", post(enrol::session))
        .layer(middleware::from_fn_with_state(slots.clone(), bounded))
        .layer(middleware::from_fn(arrived));
    let devices = Router::new()
        .route("/v1/sync", post(sync::sync))
        .route("/v1/look-up", post(look_up::look_up))
        .route("/v1/blobs/{digest}", put(blobs::put).get(blobs::get))
        .route("/v1/forms/{form}/{version}", get(forms::form))
        .route("/v1/files/{digest}", get(forms::file).layer(CompressionLayer::new()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(slots, bounded));
    let operations = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/readyz/reads", get(health::reads))
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
    strangers.merge(devices).merge(operations).merge(apps).with_state(app).merge(extra).fallback(nothing)
}

async fn nothing() -> Problem {
    Problem::not_found()
}

#[derive(Clone)]
struct Slots {
    app: Arc<App>,
    known: Arc<Semaphore>,
    devices: Shares<DeviceId>,
    strangers: Arc<Semaphore>,
}

/// Refuses at once what there is no room for; gives up what takes too long. Who asks is read from the headers alone.
async fn bounded(State(slots): State<Slots>, mut request: Request, next: Next) -> Response {
    let caller = Caller::of(&slots.app, request.headers()).ok();
    let all = if caller.is_some() { &slots.known } else { &slots.strangers };
    let Ok(_slot) = all.try_acquire() else { return Problem::crowded().into_response() };
    let device = caller.as_ref().map(|caller| slots.devices.take(caller.device));
    if device.as_ref().is_some_and(Option::is_none) {
        return Problem::crowded().into_response();
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::timeout().retry_after(1).into_response(),
    }
}

/// Waits until a small message has arrived. Only then does it take a slot: whoever sends it byte by byte holds nothing but a
/// connection.
async fn arrived(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    match tokio::time::timeout(MESSAGE_TIMEOUT, self::body(whole, MESSAGE_BYTES_MAX)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(problem)) => problem.into_response(),
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
