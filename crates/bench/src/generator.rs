//! The sending process: reads finished requests from a file and sends each once, over keep-alive connections without
//! pipelining.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
    /// 99 of 100 refusals were there within, milliseconds.
    pub refused_p99_ms: f64,
    /// The body of one answer.
    pub sample: Vec<u8>,
}

/// What a connection does about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Counts it, and goes on with the next request.
    None,
    /// Waits as long as the answer says; somebody sends the request again.
    AsAsked,
}

/// The command by which a program that measures starts itself as the sending process; it takes [`crate::Generate`].
pub const COMMAND: &str = "generate-load";

/// Runs the generator as a process of its own.
pub async fn spawn(addr: SocketAddr, requests: &Path, connections: usize, patience: Patience) -> Result<Report> {
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .args([COMMAND, &addr.to_string(), &connections.to_string()])
        .arg(requests)
        .args((patience == Patience::AsAsked).then_some("--patient"))
        .stderr(Stdio::inherit())
        .output()
        .await?;
    if !output.status.success() {
        return Err(Error::Untrue("the generator failed".into()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Sends every request of a file once; with patience, until each is answered with 200.
pub async fn generate(addr: SocketAddr, connections: usize, requests: &Path, patience: Patience) -> Result<Report> {
    let requests = Arc::new(request::read(requests)?);
    let next = Arc::new(Queue { next: AtomicUsize::new(0), back: Mutex::default(), patience });
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
    let mut last = start;
    for task in tasks {
        let seen = task.await.map_err(|error| Error::Untrue(error.to_string()))??;
        all.micros.extend(seen.micros);
        all.refused.extend(seen.refused);
        last = last.max(seen.last.unwrap_or(start));
        if all.sample.is_empty() {
            all.sample = seen.sample;
        }
    }
    let (seconds, cpu_seconds) = ((last - start).as_secs_f64(), process::cpu_seconds() - cpu);
    Ok(Report {
        requests: all.micros.len() + all.refused.len(),
        seconds,
        cpu_seconds,
        p50_ms: within(&mut all.micros, 0.5),
        p99_ms: within(&mut all.micros, 0.99),
        refused: all.refused.len(),
        refused_p99_ms: within(&mut all.refused, 0.99),
        sample: all.sample,
    })
}

/// The time within which this share were answered, milliseconds; 0 without any.
fn within(micros: &mut [u32], share: f64) -> f64 {
    micros.sort_unstable();
    let at = (micros.len().saturating_sub(1) as f64 * share) as usize;
    micros.get(at).map_or(0.0, |micros| f64::from(*micros) / 1e3)
}

/// The requests that are to be sent, by place in the file.
struct Queue {
    next: AtomicUsize,
    /// Refused, to be sent again.
    back: Mutex<Vec<usize>>,
    patience: Patience,
}

impl Queue {
    fn take(&self, count: usize) -> Option<usize> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if at < count { Some(at) } else { self.back.lock().ok()?.pop() }
    }
}

#[derive(Default)]
struct Seen {
    micros: Vec<u32>,
    refused: Vec<u32>,
    sample: Vec<u8>,
    last: Option<Instant>,
}

async fn connection(mut stream: TcpStream, requests: &[Vec<u8>], queue: &Queue) -> Result<Seen> {
    let (mut seen, mut buffer) = (Seen::default(), Vec::with_capacity(1 << 16));
    while let Some(at) = queue.take(requests.len()) {
        let request = &requests[at];
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
        let micros = start.elapsed().as_micros() as u32;
        seen.last = Some(Instant::now());
        if !buffer.starts_with(b"HTTP/1.1 200") {
            seen.refused.push(micros);
            if queue.patience == Patience::AsAsked {
                if let Ok(mut back) = queue.back.lock() {
                    back.push(at);
                }
                let seconds = header(&buffer[..body_at], "retry-after:").unwrap_or(1);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            continue;
        }
        seen.micros.push(micros);
        seen.sample.clear();
        seen.sample.extend_from_slice(&buffer[body_at..end]);
    }
    Ok(seen)
}

/// Where an answer's body begins and ends, once its head is there. Both servers state the length.
fn shape(answer: &[u8]) -> Option<(usize, usize)> {
    let body_at = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = header(&answer[..body_at], "content-length:")?;
    Some((body_at, body_at + length as usize))
}

/// The number in the header of this name, its colon included.
fn header(head: &[u8], name: &str) -> Option<u64> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head.lines().find(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    line?[name.len()..].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_answer_ends_where_its_length_says() {
        assert_eq!(super::shape(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), Some((38, 41)));
        assert_eq!(super::shape(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), None);
    }
}
