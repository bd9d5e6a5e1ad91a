//! A disk that fills up under the running server: a small file system in memory, in a mount namespace of the test's own.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use e2e::census::{Census, ea};
use e2e::courier::{Answer, Courier, Http};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, printed, quipu};
use event::{Protobuf, wire};
use hyper::StatusCode;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Set for the copy of the test that runs on the small disk.
const DISK: &str = "QUIPU_TEST_DISK";
/// Two segments of the journal and a little more.
const MOUNT: &str = "mount -t tmpfs -o size=200m none";
const NAME: &str = "on_a_full_disk_nothing_is_acknowledged_and_nothing_acknowledged_is_lost";
/// Requests of 12 MiB until the disk must have filled up.
const REQUESTS_MAX: usize = 40;

/// Goal: a full disk is a clear alarm, never a lost household.
/// Method: a census on a disk of 200 MiB, some field work, then a file that takes all space that is left; large deposits
/// until the server stops; what it says; then the file is removed, the server started again, and everything compared.
#[test]
fn on_a_full_disk_nothing_is_acknowledged_and_nothing_acknowledged_is_lost() {
    if let Some(disk) = std::env::var_os(DISK) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(on_a_small_disk(PathBuf::from(disk)));
    }
    let folder = tempfile::tempdir().unwrap();
    for unshare in [&["-m"][..], &["-rm"]] {
        if run_inside(unshare, folder.path(), &format!("{MOUNT} \"$DIR\"")).status.success() {
            let output = run_inside(unshare, folder.path(), &format!("{MOUNT} \"$DIR\" && exec \"$@\""));
            assert!(output.status.success() && printed(&output).contains("1 passed"), "{}", printed(&output));
            return;
        }
    }
    panic!("this test mounts a small disk of its own: run it as root, or allow user namespaces");
}

/// Runs this test again in a mount namespace of its own, inside a script in which `"$@"` is the test.
fn run_inside(unshare: &[&str], dir: &Path, script: &str) -> Output {
    let mut command = Command::new("unshare");
    command.args(unshare).args(["sh", "-c", script, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture"]).env("DIR", dir).env(DISK, dir).output().unwrap()
}

async fn on_a_small_disk(disk: PathBuf) {
    let data = disk.join("data");
    let census = {
        let data = data.clone();
        let found = move || Census::found_in(tempfile::tempdir().unwrap(), &data, 1);
        tokio::task::spawn_blocking(found).await.unwrap()
    };
    let server = Server::start(&data);
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    for _ in 0..10 {
        let household = phone.list(&census, ea(0), "Zhang");
        phone.interview(&census, ea(0), household, 2, "Zhang");
    }
    assert!(phone.sync_all().await);
    let courier = Courier::enrol(server.addr, &census.courier_code).await;

    let ballast = disk.join("ballast");
    fill(&ballast);
    let mut deposits = Vec::new();
    let refused = fill_the_journal(&courier, &mut deposits).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "server/stopped"));

    // Finished work stays on the phone: there is no receipt for it.
    let household = phone.list(&census, ea(0), "Wang");
    let number = phone.interview(&census, ea(0), household, 3, "Wang");
    phone.sync().await;
    assert_eq!(phone.device.outbox().count, 2);
    assert!(phone.device.receipt(number).is_none(), "nothing is acknowledged on a full disk");
    // The alarm: not ready, still alive, and the log says what to do.
    let http = Http::new(server.addr);
    let ready = http.send("GET", "/readyz", &[], Vec::new()).await;
    let said: serde_json::Value = serde_json::from_slice(&ready.body).unwrap();
    assert_eq!((ready.status, &said["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &false.into()));
    assert_eq!(said["reasons"][0]["code"], "ready/disk-full", "{said}");
    assert_eq!(http.send("GET", "/healthz", &[], Vec::new()).await.status, StatusCode::OK);
    let metrics = http.send("GET", "/metrics", &[], Vec::new()).await.body;
    assert!(String::from_utf8_lossy(&metrics).contains("quipu_ready 0"), "{}", String::from_utf8_lossy(&metrics));
    server.logged("free some space and start again");
    let addr = server.addr;
    server.kill();

    std::fs::remove_file(&ballast).unwrap();
    let server = Server::start_with(&data, addr, |_| {});
    assert!(phone.sync_all().await, "work goes on once there is space");
    assert!(phone.device.receipt(number).is_some());
    let (operations, held): (Vec<_>, Vec<_>) = phone.receipted().into_iter().unzip();
    assert_eq!(operations.len(), phone.finished.len());
    assert!(courier.receipts(&operations).await == held, "what was acknowledged is there, receipt by receipt");
    let deposited = deposits.len();
    for (operations, receipts) in &deposits {
        assert!(&courier.receipts(operations).await == receipts, "the large ones, too");
    }
    assert!(server.stop().success());
    let verify = quipu(&["journal", "verify", "--data", data.to_str().unwrap()]);
    assert!(verify.status.success(), "{}", printed(&verify));
    let found = tokio::task::spawn_blocking(move || journaled::read(&data)).await.unwrap();
    assert_eq!((found.progress.submissions, found.progress.persons), (11, 23));
    assert!(found.deposited.len() >= deposited * 12);
}

/// Operations of one request and their receipts.
type Deposit = (Vec<Vec<u8>>, Vec<Vec<u8>>);

/// Deposits large things until the server refuses; what it acknowledged is added to `deposits`.
async fn fill_the_journal(courier: &Courier, deposits: &mut Vec<Deposit>) -> Answer {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..REQUESTS_MAX {
        let large = |_| {
            let mut bytes = vec![0; 1_000_000];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        let operations: Vec<Vec<u8>> = (0..12).map(large).collect();
        let sync = wire::Sync { operations: operations.clone(), ..wire::Sync::default() };
        let answer = courier.send("POST", "/v1/sync", sync.encode_to_vec()).await;
        if answer.status != StatusCode::OK {
            return answer;
        }
        let receipts = courier.receipts(&operations).await;
        deposits.push((operations, receipts));
    }
    panic!("the disk never filled up");
}

/// Takes all space that is left.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    let chunk = vec![1; 64 << 10];
    while file.write_all(&chunk).is_ok() {}
}
