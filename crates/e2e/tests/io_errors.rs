//! Every system call that touches the disk fails once, under the running server, and nothing acknowledged is lost.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2e::census::{Census, ea};
use e2e::courier::Courier;
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, free_port, printed, quipu};
use event::Operation;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Calls that may fail together: strace counts each by itself and in every thread by itself, so the Nth of every one
/// fails in one run.
const WRITING: &str = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,ftruncate,fallocate,unlink,mkdir";
/// Files opened are many before the first write, so they have runs of their own.
const OPENING: &str = "openat";

/// Goal: a disk that fails or fills up at any moment costs no acknowledged operation and doubles none.
/// Method: one phone, one data folder. A server is run under strace, which makes the first call of a kind fail, then the
/// second and so on, as many as a run without faults makes; in each run the phone lists, interviews and syncs. After each
/// run a server without faults takes the rest, and every receipt the phone got is compared with what a resend gets. At the
/// end the folder is verified and read.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_at_any_call_loses_nothing_and_doubles_nothing() {
    for seed in 0..workloads() {
        fail_every_call("EIO", seed).await;
    }
}

/// As above, with a disk that is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_any_call_loses_nothing_and_doubles_nothing() {
    for seed in 0..workloads() {
        fail_every_call("ENOSPC", seed).await;
    }
}

/// How many workloads: one among the tests, more in `make torture`.
fn workloads() -> u64 {
    std::env::var("QUIPU_WORKLOADS").ok().map_or(1, |count| count.parse().expect("QUIPU_WORKLOADS is a number"))
}

async fn fail_every_call(error: &str, seed: u64) {
    let census = tokio::task::spawn_blocking(found).await.unwrap();
    let (data, addr) = (census.data(), free_port());
    let server = Server::start_with(&data, addr, |_| {});
    let mut phone = Handset::enrol(addr, &census.codes[0], seed).await;
    let courier = Courier::enrol(addr, &census.courier_code).await;
    assert!(server.stop().success());

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut runs, mut refused, mut checked) = (0, 0, 0);
    for calls in [WRITING, OPENING] {
        let trace = data.with_extension("trace");
        // Without a fault first: how many calls there are.
        let server = Server::start_with(&data, addr, |command| traced(command, &trace, calls, None));
        work(&mut phone, &census, &mut rng).await;
        assert!(server.stop().success());
        for nth in 1..=most_calls(&trace) {
            let fault = format!("error={error}:when={nth}");
            match Server::try_start(&data, addr, |command| traced(command, &trace, calls, Some(&fault))) {
                Ok(server) => {
                    work(&mut phone, &census, &mut rng).await;
                    server.kill();
                }
                Err(_) => refused += 1,
            }
            runs += 1;

            let server = Server::start_with(&data, addr, |_| {});
            assert!(phone.sync_all().await, "{fault} of {calls}: work goes on after a restart");
            let held = phone.receipted();
            assert_eq!(held.len(), phone.finished.len(), "one receipt for each operation");
            let (operations, receipts): (Vec<_>, Vec<_>) = held[checked..].iter().cloned().unzip();
            let again = courier.receipts(&operations).await;
            assert!(again == receipts, "{fault} of {calls}: what was acknowledged is there");
            checked = held.len();
            server.kill();
        }
    }

    let server = Server::start_with(&data, addr, |_| {});
    for some in phone.receipted().chunks(500) {
        let (operations, receipts): (Vec<_>, Vec<_>) = some.iter().cloned().unzip();
        assert!(courier.receipts(&operations).await == receipts, "after all of it, too");
    }
    assert!(server.stop().success());
    let verify = quipu(&["journal", "verify", "--data", data.to_str().unwrap()]);
    assert!(verify.status.success(), "{}", printed(&verify));
    let found = tokio::task::spawn_blocking(move || journaled::read(&data)).await.unwrap();
    for bytes in phone.finished.values() {
        let id = Operation::read(bytes).unwrap().id().unwrap();
        assert_eq!(found.operations[&id].len(), 1, "{id} took effect once");
    }
    assert_eq!(found.operations.len(), phone.finished.len());
    assert!(found.deposited.is_empty());
    eprintln!("{error}, workload {seed}: {runs} runs, {refused} refused to start, {checked} operations");
}

/// A census in memory, where there is such a file system: each start zeroes a segment.
fn found() -> Census {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let data = folder.path().join("data");
    Census::found_in(folder, &data, 1)
}

/// Some field work, synced piece by piece whatever comes of it.
async fn work(phone: &mut Handset, census: &Census, rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..=2) {
        let household = phone.list(census, ea(0), "Zhang");
        phone.interview(census, ea(0), household, rng.random_range(1..=3), "Zhang");
        phone.sync().await;
    }
}

/// Has the server run under strace, which writes these calls to `trace` and makes some fail.
fn traced(command: &mut Command, trace: &Path, calls: &str, fault: Option<&str>) {
    let server = std::mem::replace(command, Command::new("strace"));
    // The server stays our child, so that it can be killed.
    command.args(["-D", "-f", "-q", "--seccomp-bpf", "-o"]).arg(trace).arg(format!("--trace={calls}"));
    if let Some(fault) = fault {
        command.arg(format!("--inject={calls}:{fault}"));
    }
    command.arg(server.get_program()).args(server.get_args());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// The most calls of one kind that one thread made, by the trace of a server that has ended.
fn most_calls(trace: &Path) -> u32 {
    let start = Instant::now();
    let text = loop {
        let text = std::fs::read_to_string(trace).unwrap();
        if text.ends_with("+++ exited with 0 +++\n") {
            break text;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "strace does not end its trace");
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut counts: HashMap<(&str, &str), u32> = HashMap::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        if let Some((call, _)) = rest.trim_start().split_once('(') {
            *counts.entry((thread, call)).or_default() += 1;
        }
    }
    counts.into_values().max().expect("a server makes calls")
}
