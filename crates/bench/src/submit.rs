//! Submissions over HTTP to a real server with a real disk: one by one, and in batches; then look-ups of what they left.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use api::{Config, Server};
use event::{Protobuf, wire};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::census::{COUNTRY, Census};
use crate::error::{Error, Result, same};
use crate::figure::{Figure, Rounds};
use crate::generator::{self, Patience, Report};
use crate::work::{PERSONS, Sealed, Work};
use crate::{Size, bare, look_up, overload, process, request};

/// Households a sync carries.
const BATCH: usize = 200;
/// Connections that sync in batches.
const BATCH_CONNECTIONS: usize = 16;

/// `submit_single`, `sync_batched` and the look-ups, with what explains them.
pub async fn measure(census: &Census, work: &Work, size: &Size, folder: &Path) -> Result<Vec<Figure>> {
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let config =
        Config { addr, tls: None, authority: None, node: census.node.clone(), phones: Default::default(), extra: None };
    let server = Server::start(config).await?;
    let sessions = sessions(census, server.addr()).await?;
    let mut figures = single(census, work, size, folder, server.addr(), &sessions).await?;
    figures.extend(batched(census, work, size, folder, server.addr(), &sessions).await?);
    figures.extend(overload::measure(census, work, size, folder, server.addr(), &sessions).await?);
    // Last, when every household of every area has been counted.
    figures.extend(look_up::measure(census, size, folder, server.addr(), &sessions).await?);
    server.stop().await;
    Ok(figures)
}

/// One session a phone, opened with its signature.
async fn sessions(census: &Census, addr: SocketAddr) -> Result<Vec<wire::Session>> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let untrue = |error: String| Error::Untrue(format!("no session: {error}"));
    let mut sessions = Vec::new();
    for phone in &census.phones {
        let (device, mut at_us) = (phone.device.0, 77);
        loop {
            let nonce = vec![5; 16];
            let signature = phone.key.sign("session", &wire::session_message(device, &nonce, at_us)).to_vec();
            let body = wire::OpenSession { device, nonce, at_us, signature }.encode_to_vec();
            let request = Request::post(format!("http://{addr}/v1/session")).body(Full::new(body.into()));
            let request = request.map_err(|error| untrue(error.to_string()))?;
            let answer = client.request(request).await.map_err(|error| untrue(error.to_string()))?;
            let status = answer.status();
            let bytes = answer.into_body().collect().await.map_err(|error| untrue(error.to_string()))?.to_bytes();
            // The server says which time it takes, when it is not this one.
            if status == StatusCode::CONFLICT && at_us == 77 {
                let refusal: types::Message =
                    serde_json::from_slice(&bytes).map_err(|error| untrue(error.to_string()))?;
                let told = refusal.params.get("at_us").and_then(|at_us| at_us.parse().ok());
                at_us = told.ok_or_else(|| untrue(refusal.code))?;
                continue;
            }
            sessions.push(wire::Session::decode(bytes).map_err(|error| untrue(error.to_string()))?);
            break;
        }
    }
    Ok(sessions)
}

/// Sends one file of requests and checks that the store counted so many households more.
async fn send(
    census: &Census,
    addr: SocketAddr,
    file: &Path,
    connections: usize,
    households: usize,
) -> Result<(Report, f64)> {
    let (before, cpu) = (census.node.store().progress(COUNTRY), process::cpu_seconds());
    let report = generator::spawn(addr, file, connections, Patience::None).await?;
    let server_cpu = process::cpu_seconds() - cpu;
    let after = census.node.store().progress(COUNTRY);
    same("answers other than 200", report.refused, 0)?;
    same("submissions counted", after.submissions - before.submissions, households as u64)?;
    same("persons counted", after.persons - before.persons, households as u64 * u64::from(PERSONS))?;
    same("operations held", after.held, 0)?;
    Ok((report, server_cpu))
}

async fn single(
    census: &Census,
    work: &Work,
    size: &Size,
    folder: &Path,
    addr: SocketAddr,
    sessions: &[wire::Session],
) -> Result<Vec<Figure>> {
    let (mut ours, mut bare) = (Rounds::default(), Rounds::default());
    let (mut p50, mut p99, mut bare_p99) = (Rounds::default(), Rounds::default(), Rounds::default());
    let (mut cpu, mut bare_cpu, mut share) = (Rounds::default(), Rounds::default(), Rounds::default());
    let file = folder.join("requests");
    for part in work.single.chunks(work.single.len().div_ceil(size.rounds)) {
        let requests: Vec<_> =
            part.iter().map(|(phone, bytes)| request::sync(&sessions[*phone], vec![bytes.clone()])).collect();
        request::write(&file, &requests)?;
        let (report, server_cpu) = send(census, addr, &file, size.connections, part.len()).await?;
        ours.0.push(report.requests as f64 / report.seconds);
        p50.0.push(report.p50_ms);
        p99.0.push(report.p99_ms);
        share.0.push(report.cpu_seconds / (report.cpu_seconds + server_cpu).max(0.01));
        cpu.0.push(server_cpu * 1e6 / part.len() as f64);

        let (bare_addr, task) = bare::start(report.sample).await?;
        let before = process::cpu_seconds();
        let report = generator::spawn(bare_addr, &file, size.connections, Patience::None).await?;
        bare_cpu.0.push((process::cpu_seconds() - before) * 1e6 / part.len() as f64);
        task.abort();
        same("requests bare hyper answered", report.requests - report.refused, part.len())?;
        bare.0.push(report.requests as f64 / report.seconds);
        bare_p99.0.push(report.p99_ms);
    }
    let plain = |name: &str, rounds: &Rounds, unit: &str| Figure::plain(name, rounds.median(), unit, rounds.spread());
    Ok(vec![
        Figure::rounds("submit_single", &ours, "households/s", &bare, "bare hyper, the same bytes"),
        plain("submit_single_p50", &p50, "ms"),
        plain("submit_single_p99", &p99, "ms"),
        plain("submit_single_bare_p99", &bare_p99, "ms"),
        Figure::rounds("submit_single_cpu", &cpu, "µs/household", &bare_cpu, "bare hyper; the server alone"),
        plain("submit_single_generator", &share, "share of CPU"),
    ])
}

async fn batched(
    census: &Census,
    work: &Work,
    size: &Size,
    folder: &Path,
    addr: SocketAddr,
    sessions: &[wire::Session],
) -> Result<Vec<Figure>> {
    let (mut ours, mut disk) = (Rounds::default(), Rounds::default());
    let (mut cpu, mut share) = (Rounds::default(), Rounds::default());
    let file = folder.join("requests");
    for part in work.batched.chunks(work.batched.len().div_ceil(size.rounds)) {
        let requests = part.chunk_by(|a, b| a.0 == b.0).flat_map(|own| own.chunks(BATCH)).map(|batch| {
            let operations = batch.iter().map(|(_, bytes)| bytes.clone()).collect();
            request::sync(&sessions[batch[0].0], operations)
        });
        let requests: Vec<_> = requests.collect();
        request::write(&file, &requests)?;
        let connections = BATCH_CONNECTIONS.min(size.connections);
        let (report, server_cpu) = send(census, addr, &file, connections, part.len()).await?;
        ours.0.push(part.len() as f64 / report.seconds);
        share.0.push(report.cpu_seconds / (report.cpu_seconds + server_cpu).max(0.01));
        cpu.0.push(server_cpu * 1e6 / part.len() as f64);
        disk.0.push(part.len() as f64 / append(&folder.join("limit"), part)?);
    }
    Ok(vec![
        Figure::rounds("sync_batched", &ours, "households/s", &disk, "append and fdatasync of the same operations"),
        Figure::plain("sync_batched_cpu", cpu.median(), "µs/household", cpu.spread()),
        Figure::plain("sync_batched_generator", share.median(), "share of CPU", share.spread()),
    ])
}

/// The limit of `sync_batched`: the same operations appended to a file, flushed batch by batch. Seconds.
fn append(path: &Path, operations: &[Sealed]) -> Result<f64> {
    let start = Instant::now();
    let mut file = std::fs::File::create(path)?;
    // The cell flushes together what comes over all connections.
    for batch in operations.chunks(BATCH * BATCH_CONNECTIONS) {
        let bytes: Vec<u8> = batch.iter().flat_map(|(_, bytes)| bytes).copied().collect();
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    Ok(start.elapsed().as_secs_f64())
}
