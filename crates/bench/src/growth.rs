//! How cost grows with the census, and how long a restart takes: a process fills a census with millions of households, is
//! killed, its files leave the page cache, and this process opens the census again.
//!
//! Households are listed and submitted on the node itself, a phone's round together. Their answers and envelopes are those of
//! a few hundred, sealed beforehand: what is measured is prepare, journal, fold and store, not the phones' sealing. Cost is
//! processor time: beside another load it stays what it is, where time on the clock does not.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use node::{Node, Options};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use types::Held;

use crate::census::{COUNTRY, Census, EA_HOUSEHOLDS};
use crate::error::{Error, Result, same};
use crate::figure::Figure;
use crate::process::{cpu_seconds, resident_bytes, uncache};
use crate::work::{self, Round};

/// Different households whose answers and envelopes are sent.
const BODIES: u64 = 500;
/// Phones that count; each has every so-manieth enumeration area.
const PHONES: usize = 256;
/// Enumeration areas of a phone's round: 4,000 operations.
const ROUND_EAS: usize = 25;
/// Phones whose rounds are under way together.
const TOGETHER: usize = 4;
/// The cost is noted after so many households: enough for what comes once in a while, a checkpoint or a segment of the journal
/// zeroed ahead, to come a few times.
const WINDOW: u32 = 1_000_000;
/// What the last households may cost, in terms of the first.
const GROWTH_MAX: f64 = 1.2;

/// What the filling process says, a line each.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    households: u32,
    /// Processor time of the last [`WINDOW`], microseconds each.
    us: f64,
    /// Its digest of the store once all are in.
    digest: Option<[u8; 32]>,
}

/// Fills a census in a temporary folder under `folder`, kills who filled it, and opens it again.
pub fn run(households: u32, folder: &Path) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir_in(folder)?;
    let data = folder.path().join("data");
    let (costs, digest) = fill_and_kill(&data, households)?;
    eprintln!("grow: starting again, page cache empty");
    let mut figures = cost(&costs);
    figures.extend(restart(&data, households, digest)?);
    Ok(figures)
}

/// Costs on the way and the digest of the store, from a process that has been killed since.
fn fill_and_kill(data: &Path, households: u32) -> Result<(Vec<Said>, [u8; 32])> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.arg("fill").arg(data).arg(households.to_string()).stdout(Stdio::piped()).spawn()?;
    let heard = child.stdout.take().map(BufReader::new).map(hear);
    child.kill()?;
    child.wait()?;
    let costs = heard.transpose()?.unwrap_or_default();
    let digest = costs.last().and_then(|last| last.digest);
    let digest = digest.ok_or_else(|| Error::Untrue("the filling process ended before the census was full".into()))?;
    Ok((costs, digest))
}

/// What the filling process says, up to its last word.
fn hear(lines: impl BufRead) -> Result<Vec<Said>> {
    let mut costs: Vec<Said> = Vec::new();
    for line in lines.lines() {
        let said: Said = serde_json::from_str(&line?)?;
        eprintln!("grow: {} households, the last at {:.1} µs of processor time", said.households, said.us);
        costs.push(said);
        if costs.last().is_some_and(|last| last.digest.is_some()) {
            break;
        }
    }
    Ok(costs)
}

/// What the first households cost, and what those of the second half do. A whole checkpoint comes rarely: a half has some.
fn cost(costs: &[Said]) -> Vec<Figure> {
    let mean = |some: &[Said]| some.iter().map(|said| said.us).sum::<f64>() / some.len() as f64;
    let (first, last) = (mean(&costs[..1]), mean(&costs[costs.len() / 2..]));
    let note = "processor time of listing and submitting one".to_owned();
    vec![
        Figure::plain("grow_cost_first", first, "µs/household", format!("{note}; the first {}", costs[0].households)),
        Figure {
            ratio: Some(last / first),
            ..Figure::budget(
                "grow_cost_last",
                last,
                "µs/household",
                GROWTH_MAX * first,
                format!("{note}; the second half"),
            )
        },
    ]
}

/// Opens the census: seconds until it serves, memory with all of it.
fn restart(data: &Path, households: u32, digest: [u8; 32]) -> Result<Vec<Figure>> {
    uncache(data)?;
    let before = resident_bytes();
    let start = Instant::now();
    let node = Node::open(Options::new(data), &mut |_, _| {})?;
    let seconds = start.elapsed().as_secs_f64();
    same("submissions after the kill", node.store().progress(COUNTRY).submissions, u64::from(households))?;
    same("the store's digest after the kill", node.store().digest(), digest)?;
    let events = node.status().next_offset;
    let resident = resident_bytes().saturating_sub(before) as f64 / f64::from(households);
    let sizes = node.store().bytes_resident();
    let store = (sizes.pages + sizes.operations + sizes.counters) as f64 / f64::from(households);
    let note = format!(
        "{households} households, {events} events; checkpoint at most {} behind; cold cache",
        Options::new(data).checkpoint_events
    );
    Ok(vec![
        Figure::budget("grow_restart", seconds, "s", 5.0, note),
        Figure::budget("grow_store_household", store, "bytes", 64.0, "a household".into()),
        Figure::plain("grow_resident_household", resident, "bytes", "all the process holds, by household".into()),
    ])
}

/// The process that is killed: fills a census, says so, and waits.
pub fn fill(folder: &Path, households: u32) -> Result<()> {
    let census = Census::open(folder, households, PHONES)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(count(&census, households))?;
    loop {
        std::thread::park();
    }
}

async fn count(census: &Census, households: u32) -> Result<()> {
    let bodies = work::bodies(census, BODIES)?;
    let (mut done, mut before) = (0, (0, cpu_seconds()));
    for rounds in rounds(census, households).chunks(TOGETHER) {
        let mut sent = JoinSet::new();
        for round in rounds {
            let (phone, operations) = (&census.phones[round.phone], work::round(census, round, &bodies));
            let (node, device, staff) = (census.node.clone(), phone.device, phone.staff);
            sent.spawn(async move { node.submit(device, staff, operations).await });
        }
        for answers in sent.join_all().await {
            for answer in answers? {
                same("an operation was held", answer?.held, Held::Not)?;
            }
        }
        done += rounds.iter().map(|round| round.households).sum::<u32>();
        if done - before.0 >= WINDOW || done == households {
            let us = (cpu_seconds() - before.1) * 1e6 / f64::from(done - before.0);
            let digest = (done == households).then(|| census.node.store().digest());
            println!("{}", serde_json::to_string(&Said { households: done, us, digest })?);
            before = (done, cpu_seconds());
        }
    }
    Ok(())
}

/// Everything, in rounds of one phone each, phone by phone and again.
fn rounds(census: &Census, households: u32) -> Vec<Round> {
    let mut numbers = vec![0; census.phones.len()];
    let mut rounds = Vec::new();
    let stride = PHONES * ROUND_EAS;
    for from in (0..census.eas.len()).step_by(stride) {
        for phone in 0..PHONES {
            let eas: Vec<usize> =
                (from..(from + stride).min(census.eas.len())).filter(|ea| census.phone_of(*ea) == phone).collect();
            let in_ea = |ea: &usize| EA_HOUSEHOLDS.min(households - *ea as u32 * EA_HOUSEHOLDS);
            let count: u32 = eas.iter().map(in_ea).sum();
            if count > 0 {
                rounds.push(Round { phone, eas, households: count, number: numbers[phone] });
                numbers[phone] += 2 * u64::from(count);
            }
        }
    }
    rounds
}
