//! Ten times as many clients as a server serves at its best: what is still taken in, how soon the others hear that they must
//! wait, whether the server still says how it is, and what it costs in memory.
//!
//! Clients wait as long as they are told to and come again, until everything has been taken in.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use event::wire;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::census::{COUNTRY, Census};
use crate::error::{Error, Result, same};
use crate::figure::{Figure, Rounds};
use crate::generator::{self, Patience, Report};
use crate::work::{Sealed, Work};
use crate::{Size, process, request};

/// How many times as many clients.
const CROWD: usize = 10;
/// Somebody asks how the server is so often.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// What was promised, milliseconds: a refusal, and an answer to who asks how the server is.
const REFUSAL_MS_MAX: f64 = 50.0;
const HEALTH_MS_MAX: f64 = 1000.0;

/// `overload_…`.
pub async fn measure(
    census: &Census,
    work: &Work,
    size: &Size,
    folder: &Path,
    addr: SocketAddr,
    sessions: &[wire::Session],
) -> Result<Vec<Figure>> {
    let file = folder.join("requests");
    let (mut served, mut capacity, mut offered) = (Rounds::default(), Rounds::default(), Rounds::default());
    let (mut refusal, mut health, mut after) = (Rounds::default(), Rounds::default(), Rounds::default());
    let before_bytes = process::resident_max_bytes();
    // Parts in turns: as many clients as are served best, then the crowd.
    let parts: Vec<&[Sealed]> = work.crowded.chunks(work.crowded.len().div_ceil(2 * size.rounds)).collect();
    for pair in parts.chunks_exact(2) {
        let few = send(census, addr, &file, pair[0], sessions, size.connections).await?;
        capacity.0.push(pair[0].len() as f64 / few.seconds);
        let over = Arc::new(AtomicBool::new(false));
        let asking = tokio::spawn(ask(addr, over.clone()));
        let crowd = send(census, addr, &file, pair[1], sessions, CROWD * size.connections).await?;
        let ended = Instant::now();
        over.store(true, Ordering::Relaxed);
        served.0.push(pair[1].len() as f64 / crowd.seconds);
        offered.0.push(crowd.requests as f64 / pair[1].len() as f64);
        refusal.0.push(crowd.refused_p99_ms);
        health.0.push(asking.await.map_err(|error| Error::Untrue(error.to_string()))??);
        // Well again: as soon as an answer takes no longer than those of a server at its best.
        while one(addr).await? > few.p99_ms.max(5.0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        after.0.push(ended.elapsed().as_secs_f64());
    }
    let grown = (process::resident_max_bytes() - before_bytes) as f64 / 1e6;
    Ok(vec![
        Figure::rounds("overload_accepted", &served, "households/s", &capacity, "a tenth of the clients"),
        Figure::plain("overload_offered", offered.median(), "requests each", offered.spread()),
        Figure::budget("overload_refusal_p99", refusal.median(), "ms", REFUSAL_MS_MAX, refusal.spread()),
        Figure::budget(
            "overload_health",
            health.median(),
            "ms",
            HEALTH_MS_MAX,
            format!("slowest of a round: {}", health.spread()),
        ),
        Figure::budget("overload_recovery", after.median(), "s", 60.0, after.spread()),
        Figure::plain("overload_memory", grown, "MB", "growth of the most that was resident".into()),
    ])
}

/// Sends a part to its end and checks that all of it was counted.
async fn send(
    census: &Census,
    addr: SocketAddr,
    file: &Path,
    part: &[Sealed],
    sessions: &[wire::Session],
    connections: usize,
) -> Result<Report> {
    let requests: Vec<_> =
        part.iter().map(|(phone, bytes)| request::sync(&sessions[*phone], vec![bytes.clone()])).collect();
    request::write(file, &requests)?;
    let before = census.node.store().progress(COUNTRY).submissions;
    let report = generator::spawn(addr, file, connections, Patience::AsAsked).await?;
    same("submissions counted", census.node.store().progress(COUNTRY).submissions - before, part.len() as u64)?;
    Ok(report)
}

/// Asks how the server is until the crowd has gone, and once at least; the slowest answer, milliseconds.
async fn ask(addr: SocketAddr, over: Arc<AtomicBool>) -> Result<f64> {
    let mut slowest_ms: f64 = 0.0;
    loop {
        slowest_ms = slowest_ms.max(one(addr).await?);
        if over.load(Ordering::Relaxed) {
            return Ok(slowest_ms);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Asks once, over a connection of its own: how long the answer took, milliseconds.
async fn one(addr: SocketAddr) -> Result<f64> {
    let start = Instant::now();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let untrue = |error: String| Error::Untrue(format!("the server does not say how it is: {error}"));
    let request = Request::get(format!("http://{addr}/readyz")).body(Empty::new());
    let request = request.map_err(|error| untrue(error.to_string()))?;
    let answer = client.request(request).await.map_err(|error| untrue(error.to_string()))?;
    same("the status of /readyz", answer.status(), StatusCode::OK)?;
    answer.into_body().collect().await.map_err(|error| untrue(error.to_string()))?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
