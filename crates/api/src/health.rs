//! `/healthz`, `/readyz`, `/metrics` and `/ca.crt`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use crate::problem::Problem;
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

/// The cell takes work in.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let status = app.node.status();
    let code = if status.stopped.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // The reason names files of this machine: it is in the log, not here.
    let body = json!({
        "ready": status.stopped.is_none(),
        "next_offset": status.next_offset,
        "queue": status.queue,
        "append_us": status.append_us,
    });
    (code, Json(body)).into_response()
}

/// Metrics in Prometheus' text format, for this machine only: a collector elsewhere comes through a tunnel or an agent.
pub(crate) async fn metrics(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
) -> Result<Response, Problem> {
    let handle = METRICS.get().filter(|_| remote.ip().is_loopback()).ok_or_else(Problem::not_found)?;
    let status = app.node.status();
    metrics::gauge!("quipu_queue_requests").set(status.queue as f64);
    metrics::gauge!("quipu_ready").set(if status.stopped.is_none() { 1.0 } else { 0.0 });
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"))];
    Ok((headers, handle.render()).into_response())
}

/// The local authority's certificate, for phones to trust.
pub(crate) async fn authority(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let pem = app.authority.clone().ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert"))];
    Ok((headers, pem).into_response())
}
