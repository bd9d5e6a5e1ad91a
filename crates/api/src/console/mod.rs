//! The console's interface: JSON under `/api/`, for the office's web app (`web/console`).
//!
//! Staff sign in with login and password; the cookie names a session kept in memory. Each request is answered within
//! the rights of that person's post as it is now: role × subtree of areas. Numbers come from the store's counters, so
//! a question about a nation costs what one about a village does. How many are answered at the same time, how long a
//! request may be and how long it may take is bounded (`bounds.rs`). Names of counted persons are not on this side.
//!
//! Left out: changing anything but what is held (the command line does), and who signed in where (`/metrics` counts refusals). Start at
//! [`router`], then read `caller.rs` and `counts.rs`.

mod area;
mod attempts;
mod bounds;
mod caller;
mod cases;
mod counts;
mod held;
mod password;
mod people;
mod rate;
mod refusal;
mod session;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use areas::Boundaries;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use node::Node;
use serde::Serialize;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use types::Time;

pub use password::hash_password;

use crate::cells::Cells;
use crate::problem::Problem;
use crate::state::App;

/// Passwords checked at the same time, 19 MiB each.
const PASSWORDS_MAX: usize = 4;

/// What the console needs to know.
#[derive(Clone)]
pub struct ConsoleState {
    /// The cell and the phones heard of.
    pub app: Arc<App>,
    /// Shapes for the map.
    pub boundaries: Arc<Boundaries>,
    /// Said beside every map, by language (the area pack's `map_note`).
    pub map_note: BTreeMap<String, String>,
    /// How far the query tables are behind the journal, now.
    pub lag: Arc<dyn Fn() -> Lag + Send + Sync>,
    /// The cells of a divided census, at its root cell: what they count is shown in the place of what is counted here.
    pub cells: Option<Arc<Cells>>,
    /// Served over TLS: the cookie travels over nothing else.
    pub secure: bool,
}

/// How far the query tables are behind the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lag {
    /// Events of the journal not in the tables yet.
    pub behind_events: u64,
    /// How long the oldest of them has been waiting, seconds.
    pub seconds: f64,
}

/// A running console.
pub(crate) struct Console {
    state: ConsoleState,
    sessions: session::Sessions,
    attempts: attempts::Attempts,
    slots: bounds::Slots,
    passwords: Semaphore,
    rate: rate::Rate,
    /// Phones are heard of since this moment.
    started: Time,
}

impl Console {
    fn node(&self) -> &Node {
        &self.state.app.node
    }
}

/// The routes, to be nested under `/api`. Starts to measure the arrival rate: call it within a Tokio runtime.
pub fn router(state: ConsoleState) -> Router {
    within(state, bounds::Slots::default())
}

fn within(state: ConsoleState, slots: bounds::Slots) -> Router {
    let console = Arc::new(Console {
        sessions: Default::default(),
        attempts: Default::default(),
        slots,
        passwords: Semaphore::new(PASSWORDS_MAX),
        rate: Default::default(),
        started: state.app.node.now(),
        state,
    });
    tokio::spawn(rate::sampling(Arc::downgrade(&console)));
    Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me", get(sign_in::me))
        .route("/overview", get(counts::overview))
        .route("/reconciliation", get(counts::reconciliation))
        .route("/areas/{area}", get(area::area))
        .route("/map", get(area::map))
        .route("/ea/{area}", get(cases::ea))
        .route("/submissions", get(cases::submissions))
        .route("/held", get(held::held))
        .route("/held/{offset}", post(held::decide))
        .route("/staff", get(people::staff))
        .route("/devices", get(people::devices))
        .fallback(async || Problem::not_found())
        .with_state(console.clone())
        .layer(DefaultBodyLimit::max(bounds::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(console, bounds::bounded))
        .layer(middleware::map_response(never_stored))
        .layer(CompressionLayer::new())
}

/// Numbers of now, for one person: no cache keeps them.
async fn never_stored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Milliseconds since 1970, as browsers count.
fn ms(time: Time) -> i64 {
    time.0.div_euclid(1000)
}
