//! `quipu demo`: a census from the first letter to the last reconciliation, on this machine.
//!
//! It makes a vault and a data folder, defines a census over an area pack, enrols staff, serves everything, lets a fleet
//! of simulated phones count a generated world, and then compares: phones, journal, store, SQL, and the world itself.

mod folder;
mod reconcile;
mod setup;
mod show;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fleet::enumerator::{Forms, Job, Pace, Report, count};
use fleet::link::Link;
use fleet::world::EnumerationArea;
use tokio::sync::{Mutex, Semaphore};

use crate::cli::Demo;
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::place::Place;
use crate::server::{Listener, Running, ended, runtime};
use setup::Census;

/// Every so many enumeration areas, the enumerator is replaced.
const REPLACE_EVERY: usize = 12;
/// How long the count takes when somebody watches and nothing else is said, seconds.
const WATCHED_SECONDS: u64 = 60;
/// Call-backs included; measured.
const KNOCKS_PER_HOUSEHOLD: f64 = 1.4;

pub fn run(demo: &Demo) -> Result<ExitCode> {
    if !demo.pack.is_file() {
        let pack = demo.pack.display();
        return Err(Error::Refused(format!(
            "there is no area pack `{pack}`; run this where `packs/` is, or name one with --pack"
        )));
    }
    folder::fresh(&demo.data)?;
    let running = Running::start(&Place::local(&demo.data))?;
    let census = Arc::new(setup::census(demo, &running)?);
    let runtime = runtime()?;
    let code = runtime.block_on(work(demo, &running, census))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    running.stop()?;
    Ok(code)
}

async fn work(demo: &Demo, running: &Running, census: Arc<Census>) -> Result<ExitCode> {
    let plain = running.listen(Listener::loopback()).await?;
    let tls = setup::local_authority(demo)?;
    let listener = Listener {
        addr: demo.listen,
        tls: Some(tls.server.clone()),
        authority: Some(tls.certificate.clone()),
        peer: None,
    };
    let secure = running.listen(listener).await?;
    running.listen_sql(demo.sql_listen, "quipu", &census.password, None)?;
    show::addresses(demo, &census, plain.addr(), secure.addr(), &tls)?;

    let start = Instant::now();
    let households: u64 = census.worlds.iter().map(|world| world.truth().households).sum();
    let bar = progress("households visited", households);
    let reports = fleet(demo, running, &census, plain.addr(), &bar).await?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "The fleet counted for {seconds:.1} s: {} phone deaths, {} requests lost, {} enumerators replaced.",
        reports.iter().map(|report| report.deaths).sum::<u32>(),
        reports.iter().map(|report| report.losses).sum::<u32>(),
        reports.iter().filter(|report| report.replaced).count(),
    );
    let equal = reconcile::reconcile(running, &census, &reports).await?;
    if !demo.exit {
        show::goodbye(demo);
        ended()?.await;
    }
    secure.stop().await;
    plain.stop().await;
    Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a phone for every enumeration area, some at the same time.
async fn fleet(
    demo: &Demo,
    running: &Running,
    census: &Arc<Census>,
    server: std::net::SocketAddr,
    bar: &indicatif::ProgressBar,
) -> Result<Vec<Report>> {
    let link = Link::new(server);
    let room = Arc::new(Semaphore::new(demo.phones.max(1)));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let failed = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for (at, world) in census.worlds.iter().enumerate() {
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let (link, reports, failed, bar) = (link.clone(), reports.clone(), failed.clone(), bar.clone());
        let (forms, job) = (census.forms.clone(), job(demo, running, census, at, world, &bar));
        tasks.push(tokio::spawn(async move {
            let _permit = permit;
            match count(&link, &forms, job).await {
                Ok(report) => reports.lock().await.push(report),
                Err(error) => {
                    tracing::error!(%error, "a simulated phone failed");
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
    }
    for task in tasks {
        if task.await.is_err() {
            failed.fetch_add(1, Ordering::Relaxed);
        }
    }
    match failed.load(Ordering::Relaxed) {
        0 => Ok(std::mem::take(&mut *reports.lock().await)),
        failed => Err(Error::Refused(format!("{} simulated phones failed; see the log", number(failed)))),
    }
}

fn job(
    demo: &Demo,
    running: &Running,
    census: &Arc<Census>,
    at: usize,
    world: &EnumerationArea,
    bar: &indicatif::ProgressBar,
) -> Job {
    // A small demonstration has a replaced enumerator too.
    let every = REPLACE_EVERY.min(census.worlds.len());
    let replace = (at % every == every / 2).then(|| {
        let (node, census, ea) = (running.node.clone(), census.clone(), world.ea);
        let successor: fleet::enumerator::Replace = Box::pin(async move { census.replace(&node, at, ea).await });
        successor
    });
    Job {
        world: world.clone(),
        code: census.codes[at].clone(),
        replace,
        seed: demo.seed.wrapping_add(at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        pace: Pace {
            walk: walk(demo, census),
            knocked: Arc::new({
                let bar = bar.clone();
                // A successor knocks again at doors that are counted already.
                move || bar.inc(u64::from(bar.length().is_some_and(|households| bar.position() < households)))
            }),
        },
    }
}

/// The way from door to door, so that the whole count takes about as long as asked.
fn walk(demo: &Demo, census: &Census) -> Duration {
    let seconds = demo.seconds.unwrap_or(if demo.exit { 0 } else { WATCHED_SECONDS });
    let households: u64 = census.worlds.iter().map(|world| world.truth().households).sum();
    let at_once = demo.phones.clamp(1, census.worlds.len().max(1));
    let knocks = households as f64 * KNOCKS_PER_HOUSEHOLD / at_once as f64;
    Duration::from_secs_f64(seconds as f64 / knocks.max(1.0))
}

/// The forms as the fleet needs them.
fn fleet_forms(listing: Arc<forms::Form>, household: Arc<forms::Form>, inputs: forms::Inputs) -> Forms {
    Forms {
        listing: (listing, setup::LISTING, 1),
        household: (household, setup::HOUSEHOLD, 1),
        phase: setup::PHASE,
        inputs,
    }
}
