//! `/healthz`, `/readyz`, `/metrics` and `/ca.crt`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use node::Status;

use crate::problem::Problem;
use crate::ready::Readiness;
use crate::state::{App, Remote};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to keep metrics. Call it before the node is opened, so that none is missed; again does nothing.
pub fn install_metrics() {
    METRICS.get_or_init(|| {
        let seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
        let suffix = metrics_exporter_prometheus::Matcher::Suffix("_seconds".into());
        let recorder = match PrometheusBuilder::new().set_buckets_for_metric(suffix, &seconds) {
            Ok(builder) => builder.build_recorder(),
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are kept by somebody else in this process");
        }
        crate::metrics::describe();
        handle
    });
}

/// Empties what has gathered in histograms, now and then.
pub(crate) async fn upkeep() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

/// The process is alive.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// What `/readyz` answers.
#[derive(serde::Serialize)]
struct Ready {
    #[serde(flatten)]
    readiness: Readiness,
    next_offset: types::Offset,
    queue: usize,
    append_us: u64,
}

/// Whether the cell takes work in and, if not, why.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let status = app.node.status();
    let readiness = app.readiness(&status);
    let code = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let Status { next_offset, queue, append_us, .. } = status;
    (code, Json(Ready { readiness, next_offset, queue, append_us })).into_response()
}

/// Whether the node answers questions: the owner and those that follow it closely do.
pub(crate) async fn reads(State(app): State<Arc<App>>) -> StatusCode {
    if app.readiness(&app.node.status()).reads { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// Metrics in Prometheus' text format, for this machine only: a collector elsewhere comes through a tunnel or an agent.
pub(crate) async fn metrics(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
) -> Result<Response, Problem> {
    let handle = METRICS.get().filter(|_| remote.ip().is_loopback()).ok_or_else(Problem::not_found)?;
    let status = app.node.status();
    metrics::gauge!("quipu_queue_requests").set(status.queue as f64);
    let readiness = app.readiness(&status);
    metrics::gauge!("quipu_ready").set(if readiness.ready { 1.0 } else { 0.0 });
    metrics::gauge!("quipu_owner").set(if readiness.role == "owner" { 1.0 } else { 0.0 });
    let behind =
        status.stands.heard.filter(|_| readiness.role != "owner").map_or(0.0, |heard| heard.elapsed().as_secs_f64());
    metrics::gauge!("quipu_copy_behind_seconds").set(behind);
    metrics::gauge!("quipu_alarms").set(readiness.alarms.len() as f64);
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"))];
    Ok((headers, handle.render()).into_response())
}

/// The local authority's certificate, for phones to trust.
pub(crate) async fn authority(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let pem = app.authority.clone().ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert"))];
    Ok((headers, pem).into_response())
}
