//! How fast is the journal followed, and how far behind are the tables meanwhile?
//!
//! First everything is followed at once (rows a second); then a journal grows at a steady rate while statements run, and
//! the lag is sampled every 10 ms (median, p99, largest).
//!
//! ```text
//! cargo run -p query --example lag -- [households] [households a second] [seconds]
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::{EA, World};
use types::Occupancy;

fn main() {
    let argument = |at: usize, default: u64| std::env::args().nth(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (households, rate, seconds) = (argument(1, 50_000), argument(2, 5_000), argument(3, 20));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    let world = census(households);
    let dir = tempfile::tempdir().unwrap();
    let query = world.open(dir.path());
    let start = Instant::now();
    query.catch_up(|_, _| {}).unwrap();
    let took = start.elapsed().as_secs_f64();
    let events = world.feed.events.read().len();
    let rows: u64 = ["dwelling", "household_listed", "visit", "submission", "household", "person"]
        .iter()
        .map(|table| number(&runtime, &query, &format!("SELECT count(*) FROM {table}")))
        .sum();
    let bytes = folder_bytes(dir.path());
    println!("catch-up: {households} households, {events} events, {rows} rows in {took:.2} s");
    println!("  {:.0} households/s, {:.0} rows/s", households as f64 / took, rows as f64 / took);
    println!("  {:.0} bytes a household in Parquet", bytes as f64 / households as f64);
    for statement in [
        "SELECT count(*) FROM person",
        "SELECT sex, count(*), avg(age) FROM person GROUP BY sex",
        "SELECT ea, count(*) FROM person GROUP BY ea",
        "SELECT * FROM area_progress WHERE level = 0",
    ] {
        let start = Instant::now();
        runtime.block_on(query.sql(statement)).unwrap();
        println!("  {:>6.1} ms  {statement}", start.elapsed().as_secs_f64() * 1e3);
    }
    drop(query);
    let start = Instant::now();
    let query = world.open(dir.path());
    println!("  opened again in {:.2} s, at offset {}", start.elapsed().as_secs_f64(), query.lag().offset);
    drop(query);

    steady(&runtime, rate, seconds);
}

/// Made beforehand and handed out at the rate, so that making them costs nothing while measuring.
fn steady(runtime: &tokio::runtime::Runtime, rate: u64, seconds: u64) {
    let made = census(rate * seconds);
    // Areas and the form are there from the start.
    let all: Vec<_> = made.feed.events.write().split_off(2);
    let dir = tempfile::tempdir().unwrap();
    let query = made.follow(dir.path());
    let stop = Arc::new(AtomicBool::new(false));
    let follower = std::thread::spawn({
        let (query, stop) = (query.clone(), stop.clone());
        move || query.run(&stop)
    });
    let asking = std::thread::spawn({
        let (query, stop, handle) = (query.clone(), stop.clone(), runtime.handle().clone());
        move || {
            let mut asked = 0;
            while !stop.load(Ordering::Acquire) {
                handle.block_on(query.sql("SELECT sex, count(*) FROM person GROUP BY sex")).unwrap();
                asked += 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            asked
        }
    });
    let (total, start) = (all.len(), Instant::now());
    let mut lags = Vec::new();
    let mut waiting = all.into_iter();
    loop {
        let due = (total as f64 * start.elapsed().as_secs_f64() / seconds as f64) as usize;
        let here = made.feed.events.read().len() - 2;
        if here >= total {
            break;
        }
        made.feed.events.write().extend(waiting.by_ref().take(due.min(total) - here));
        lags.push(query.lag().seconds);
        std::thread::sleep(Duration::from_millis(10));
    }
    while query.lag().behind_events > 0 {
        lags.push(query.lag().seconds);
        std::thread::sleep(Duration::from_millis(10));
    }
    stop.store(true, Ordering::Release);
    follower.join().unwrap().unwrap();
    let asked = asking.join().unwrap();
    lags.sort_by(f64::total_cmp);
    let at = |share: f64| lags[((lags.len() - 1) as f64 * share) as usize] * 1e3;
    println!("steady: {rate} households/s for {seconds} s, {asked} statements meanwhile");
    println!("  lag ms: median {:.0}, p99 {:.0}, largest {:.0}", at(0.5), at(0.99), at(1.0));
}

fn census(households: u64) -> World {
    // 80 households an enumeration area, interviewed in no particular order.
    let eas = households.div_ceil(80).max(1);
    let mut world = World::with_eas(eas as u32);
    // One household's answers for all: what differs is where it is.
    let (head, body) = world.submission(EA, 1, &[("1", 40), ("2", 38), ("2", 7)]);
    for at in 0..households {
        let (ea, number) = (EA + (at % eas) as u32, 1 + (at / eas) as u32);
        world.list(ea, number, Occupancy::Occupied, &[number]);
        world.visit(ea, number, number, 1);
        let mut head = head.clone();
        head.area = ea;
        if let Some(event::Fact::SubmissionReceived(it)) = &mut head.fact {
            (it.household, it.dwelling) = (number, number);
        }
        world.happen(head, body.clone());
    }
    world
}

fn number(runtime: &tokio::runtime::Runtime, query: &query::Query, statement: &str) -> u64 {
    runtime.block_on(support::lines(query, statement))[0].parse().unwrap()
}

fn folder_bytes(dir: &std::path::Path) -> u64 {
    let tables = std::fs::read_dir(dir).unwrap().flatten().filter(|e| e.path().is_dir());
    tables.flat_map(|t| std::fs::read_dir(t.path()).unwrap().flatten()).map(|f| f.metadata().unwrap().len()).sum()
}
