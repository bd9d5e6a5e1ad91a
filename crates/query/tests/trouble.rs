//! Disks that cannot be written and journals that cannot be read: the follower tries again, and loses and doubles nothing.

mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use query::Query;
use support::folder::{add, all, manifests, parquet_files};
use support::{World, lines};

/// A follower in a thread of its own.
struct Following {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<query::Result<()>>>,
}

impl Following {
    fn start(query: &Arc<Query>) -> Following {
        let stop = Arc::new(AtomicBool::new(false));
        let (query, stopping) = (query.clone(), stop.clone());
        Following { stop, thread: Some(std::thread::spawn(move || query.run(&stopping))) }
    }

    fn stop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

#[track_caller]
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !done() {
        assert!(std::time::Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Goal: a disk that cannot be written stops nothing for good.
/// Method: a file lies where a table's folder has to be made, while a follower is at work; SQL is asked meanwhile; then
/// the file is removed.
#[test]
fn a_commit_that_fails_is_tried_again_and_sql_goes_on_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let query = world.follow(dir.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let count = |query: &Query| runtime.block_on(lines(query, "SELECT count(*) FROM visit")).remove(0);
    let in_the_way = dir.path().join("visit");
    fs::write(&in_the_way, "no space here").unwrap();
    let mut following = Following::start(&query);
    for at in 0..20 {
        add(&mut world, at);
    }
    wait_for("the alarm", || query.trouble().is_some());
    let trouble = query.trouble().unwrap();
    assert!(trouble.follows && trouble.what.contains("visit"), "{trouble:?}");
    // What comes while it fails is in SQL all the same, and no half commit is left lying about.
    for at in 20..40 {
        add(&mut world, at);
    }
    wait_for("rows in SQL", || count(&query) == "40");
    let manifest = fs::read_to_string(&manifests(dir.path())[0]).unwrap();
    let named = |path: &std::path::PathBuf| manifest.contains(path.file_name().unwrap().to_str().unwrap());
    wait_for("no file but those of the last commit", || parquet_files(dir.path()).iter().all(named));
    fs::remove_file(&in_the_way).unwrap();
    wait_for("the end of the trouble", || query.trouble().is_none());
    assert!(!parquet_files(dir.path()).is_empty());
    following.stop();
    drop(query);
    let fresh = tempfile::tempdir().unwrap();
    let (reopened, replayed) = (world.open(dir.path()), world.follow(fresh.path()));
    assert_eq!(runtime.block_on(all(&reopened)), runtime.block_on(all(&replayed)));
}

#[test]
fn a_journal_that_cannot_be_read_or_jumps_is_tried_again_and_no_row_is_lost_or_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let query = world.open(dir.path());
    let mut following = Following::start(&query);
    for at in 0..20 {
        add(&mut world, at);
    }
    wait_for("the first events", || query.lag().behind_events == 0);
    world.feed.broken.store(true, Ordering::Relaxed);
    for at in 20..40 {
        add(&mut world, at);
    }
    wait_for("the alarm", || query.trouble().is_some_and(|trouble| !trouble.follows));
    world.feed.leaves_out.store(world.feed.events.read().len() - 5, Ordering::Relaxed);
    world.feed.broken.store(false, Ordering::Relaxed);
    wait_for("the jump", || query.trouble().is_some_and(|trouble| trouble.what.contains("jumps")));
    world.feed.leaves_out.store(0, Ordering::Relaxed);
    wait_for("the end of the trouble", || query.trouble().is_none() && query.lag().behind_events == 0);
    following.stop();
    let fresh = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let replayed = world.follow(fresh.path());
    assert_eq!(runtime.block_on(all(&query)), runtime.block_on(all(&replayed)));
}
