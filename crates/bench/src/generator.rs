//! The sending process: reads finished requests from a file and sends each once, over keep-alive connections without
//! pipelining.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::error::{Error, Result};
use crate::{process, request};

/// What one run of the generator saw.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Requests answered.
    pub requests: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Processor time of the generator meanwhile.
    pub cpu_seconds: f64,
    /// Half of the requests were answered within, milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 requests were answered within, milliseconds.
    pub p99_ms: f64,
    /// Answers other than 200.
    pub refused: usize,
    /// The body of one answer.
    pub sample: Vec<u8>,
}

/// The command by which a program that measures starts itself as the sending process; it takes [`crate::Generate`].
pub const COMMAND: &str = "generate-load";

/// Runs the generator as a process of its own.
pub async fn spawn(addr: SocketAddr, requests: &Path, connections: usize) -> Result<Report> {
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .args([COMMAND, &addr.to_string(), &connections.to_string()])
        .arg(requests)
        .stderr(Stdio::inherit())
        .output()
        .await?;
    if !output.status.success() {
        return Err(Error::Untrue("the generator failed".into()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Sends every request of a file once.
pub async fn generate(addr: SocketAddr, connections: usize, requests: &Path) -> Result<Report> {
    let requests = Arc::new(request::read(requests)?);
    let next = Arc::new(AtomicUsize::new(0));
    let ready = Arc::new(Barrier::new(connections + 1));
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let (requests, next, ready) = (requests.clone(), next.clone(), ready.clone());
        tasks.push(tokio::spawn(async move {
            ready.wait().await;
            connection(stream, &requests, &next).await
        }));
    }
    let (start, cpu) = (Instant::now(), process::cpu_seconds());
    ready.wait().await;
    let mut all = Seen::default();
    for task in tasks {
        let seen = task.await.map_err(|error| Error::Untrue(error.to_string()))??;
        all.micros.extend(seen.micros);
        all.refused += seen.refused;
        if all.sample.is_empty() {
            all.sample = seen.sample;
        }
    }
    let (seconds, cpu_seconds) = (start.elapsed().as_secs_f64(), process::cpu_seconds() - cpu);
    all.micros.sort_unstable();
    let within = |share: f64| {
        let at = (all.micros.len().saturating_sub(1) as f64 * share) as usize;
        all.micros.get(at).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    };
    Ok(Report {
        requests: all.micros.len(),
        seconds,
        cpu_seconds,
        p50_ms: within(0.5),
        p99_ms: within(0.99),
        refused: all.refused,
        sample: all.sample,
    })
}

#[derive(Default)]
struct Seen {
    micros: Vec<u32>,
    refused: usize,
    sample: Vec<u8>,
}

async fn connection(mut stream: TcpStream, requests: &[Vec<u8>], next: &AtomicUsize) -> Result<Seen> {
    let (mut seen, mut buffer) = (Seen::default(), Vec::with_capacity(1 << 16));
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let start = Instant::now();
        stream.write_all(request).await?;
        buffer.clear();
        let (body_at, end) = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(Error::Untrue("the server closed a connection".into()));
            }
            if let Some(shape) = shape(&buffer)
                && buffer.len() >= shape.1
            {
                break shape;
            }
        };
        seen.micros.push(start.elapsed().as_micros() as u32);
        if !buffer.starts_with(b"HTTP/1.1 200") {
            seen.refused += 1;
        }
        seen.sample.clear();
        seen.sample.extend_from_slice(&buffer[body_at..end]);
    }
    Ok(seen)
}

/// Where an answer's body begins and ends, once its head is there. Both servers state the length.
fn shape(answer: &[u8]) -> Option<(usize, usize)> {
    const LENGTH: &str = "content-length:";
    let body_at = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..body_at]).ok()?;
    let line = head.lines().find(|line| line.get(..LENGTH.len()).is_some_and(|name| name.eq_ignore_ascii_case(LENGTH)));
    let length: usize = line?[LENGTH.len()..].trim().parse().ok()?;
    Some((body_at, body_at + length))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_answer_ends_where_its_length_says() {
        assert_eq!(super::shape(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), Some((38, 41)));
        assert_eq!(super::shape(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), None);
    }
}
