//! The journal in a real PostgreSQL: the behaviour of every journal, lost replies, stale owners, killed nodes, and a primary
//! that is lost with a synchronous standby left.

#[path = "../../journal/tests/common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the tests of access use the rest")]
mod server;
#[path = "../../journal/tests/suite/mod.rs"]
mod suite;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use common::{CELL, append, assert_serves, folder, frame_at};
use event::Frame;
use journal::{Error, Journal, Reader, Standing};
use journal_postgres::{Address, Follower, Options, Owning, PostgresJournal};
use server::Server;

const INSIDE: &str = "QUIPU_TEST_OWNER";

fn follow(url: &str, node: &str, dir: &Path) -> Follower {
    let disk = journal::disk::Options { segment_bytes: 1 << 20, ..Default::default() };
    let options =
        Options { lease: Duration::from_secs(3), disk, ..Options::new(Address::read(url, None).unwrap(), node) };
    Follower::open(options, dir, CELL).unwrap()
}

fn owner(url: &str, node: &str, dir: &Path) -> PostgresJournal {
    match follow(url, node, dir).own().unwrap() {
        Owning::Owner(journal) => journal,
        Owning::Follower(_) => panic!("another node owns the cell"),
    }
}

/// Waits until the follower owns the cell; says how long that took.
fn take_over(mut follower: Follower) -> (PostgresJournal, Duration) {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody takes over");
        match follower.own().unwrap() {
            Owning::Owner(journal) => return (journal, start.elapsed()),
            Owning::Follower(same) => follower = same,
        }
        follower.catch_up().unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn frames(reader: &dyn Reader) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    loop {
        let some = reader.frames(frames.last().map_or(0, |last| last.tip().next_offset), 1 << 20).unwrap();
        if some.is_empty() {
            return frames;
        }
        frames.extend(some);
    }
}

#[test]
fn it_does_what_every_journal_does() {
    let server = Server::start();
    let behaviours: [fn(PostgresJournal); 12] = [
        suite::an_empty_journal_ends_at_zero,
        suite::what_was_appended_is_read_back_in_every_way,
        suite::a_read_takes_about_as_much_as_was_asked_for,
        suite::reading_beyond_the_end_is_an_error,
        suite::heads_can_be_visited_from_the_middle_of_a_frame,
        suite::a_visitors_error_ends_the_visit,
        suite::a_frame_that_does_not_follow_stops_the_journal,
        suite::a_reader_sees_what_is_appended_after_it_was_made,
        suite::readers_beside_the_writer_see_whole_frames_only,
        suite::a_receipt_made_again_is_the_same_bytes,
        suite::marks_change_nothing_that_is_read,
        suite::an_event_without_a_body_and_one_with_a_large_body_are_kept,
    ];
    for (nth, behaviour) in behaviours.into_iter().enumerate() {
        let (url, dir, copy) = (server.database(&format!("b{nth}")), folder(), folder());
        behaviour(owner(&url, "one", dir.path()));
        // What was appended is there for others, the same.
        let mut follower = follow(&url, "two", copy.path());
        follower.catch_up().unwrap();
        let local = journal::DiskJournal::open(dir.path(), CELL, Default::default()).unwrap().0;
        assert!(frames(&*follower.reader()) == frames(&*local.reader()), "behaviour {nth}");
    }
}

/// Goal: a stale owner writes nothing once another has taken over, whatever it still believes.
#[test]
fn a_stale_owner_writes_nothing() {
    let server = Server::start();
    let url = server.database("stale");
    let (one, two) = (folder(), folder());
    let mut stale = owner(&url, "one", one.path());
    let mut all = vec![append(&mut stale, 2, 100)];
    assert!(matches!(follow(&url, "two", two.path()).own().unwrap(), Owning::Follower(_)), "the lease is held");
    // As if there had been no sign of life for long.
    server.sql("stale", "update quipu_lease set until = now() - interval '1 second'");
    let mut next = owner(&url, "two", two.path());
    assert!(next.taken_over());
    // It would be written at an offset where nothing stands yet: the term alone keeps it out.
    let late = frame_at(&stale.tip(), 1, 70);
    let error = stale.append(&late).unwrap_err();
    assert!(matches!(error, Error::NotOwner { .. }), "{error}");
    assert!(matches!(stale.append(&late), Err(Error::Stopped)));
    all.push(append(&mut next, 3, 50));
    assert_serves(&*next.reader(), &all);
    drop(stale);
    let mut follower = follow(&url, "one", one.path());
    follower.catch_up().unwrap();
    assert_serves(&*follower.reader(), &all);
}

/// Method: every connection is cut again and again while the owner appends, so that many replies are lost.
#[test]
fn a_commit_whose_reply_was_lost_is_neither_lost_nor_doubled() {
    let server = Server::start();
    let (url, dir, copy) = (server.database("cut"), folder(), folder());
    let mut journal = owner(&url, "one", dir.path());
    let (done, cuts) = (AtomicBool::new(false), AtomicI64::new(0));
    let all = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                cuts.fetch_add(server.cut("cut"), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let mut all: Vec<Frame> = Vec::new();
        // A fast machine appends on until enough replies were at stake.
        while all.len() < 200 || cuts.load(Ordering::Relaxed) < 10 {
            all.push(append(&mut journal, 2, 300));
        }
        done.store(true, Ordering::Relaxed);
        all
    });
    println!("{} connections were cut in {} frames", cuts.into_inner(), all.len());
    assert_serves(&*journal.reader(), &all);
    let mut follower = follow(&url, "two", copy.path());
    follower.catch_up().unwrap();
    assert_serves(&*follower.reader(), &all);
}

#[test]
fn a_copy_that_has_what_the_database_has_not_and_a_damaged_row_are_named() {
    let server = Server::start();
    let (url, dir, other) = (server.database("differs"), folder(), folder());
    let mut journal = owner(&url, "one", dir.path());
    (0..3).for_each(|_| drop(append(&mut journal, 1, 10)));
    drop(journal);
    let options = Options::new(Address::read(&url, None).unwrap(), "one");
    let verify = || journal_postgres::verify(&options, CELL, &[], &mut |_, _| {});
    assert_eq!(verify().map(|report| (report.frames, report.records)).unwrap(), (3, 3));
    server.sql("differs", "delete from quipu_journal where first_offset = 2");
    let error = follow(&url, "one", dir.path()).catch_up().unwrap_err();
    assert!(matches!(&error, Error::Differs { path, offset: 3 } if path == dir.path()), "{error}");
    let damage = "update quipu_journal set frame = overlay(frame placing '\\x00' from 220) where first_offset = 1";
    server.sql("differs", damage);
    let error = verify().unwrap_err();
    assert!(matches!(&error, Error::Row { offset: 1, .. }), "{error}");
    let error = follow(&url, "two", other.path()).catch_up().unwrap_err();
    assert!(matches!(&error, Error::Differs { offset: 1, .. }), "{error}");
}

/// Goal: a database that is silent, such as when a commit waits for a standby that is gone, holds nobody up for ever.
#[test]
fn a_node_whose_database_is_silent_gives_up_and_goes_on_when_it_speaks_again() {
    let server = Server::start();
    let (url, dir) = (server.database("silent"), folder());
    let mut journal = owner(&url, "one", dir.path());
    let mut all = vec![append(&mut journal, 1, 10)];
    server.signal("-STOP");
    let late = frame_at(&journal.tip(), 1, 10);
    let error = journal.append(&late).unwrap_err();
    assert!(error.is_elsewhere() && !journal.owns(), "{error}");
    server.signal("-CONT");
    let start = Instant::now();
    while !matches!(journal.follow(), Ok(Standing::Owner)) {
        assert!(start.elapsed() < Duration::from_secs(60), "it never owns the cell again");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(journal.taken_over());
    // The late one may have been committed all the same.
    if journal.tip().next_offset > late.header.first_offset {
        all.push(late);
    }
    all.push(append(&mut journal, 1, 10));
    assert_serves(&*journal.reader(), &all);
}

/// A process of its own that owns the cell and says each end once it is acknowledged.
struct Owner(Child);

impl Owner {
    fn start(url: &str, dir: &Path) -> (Owner, BufReader<ChildStdout>) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "an_owner_appends_until_it_is_none", "--nocapture"])
            .env(INSIDE, url)
            .env("DIR", dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        (Owner(child), lines)
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What [`Owner`] runs; as a test of its own it appends a few frames.
#[test]
fn an_owner_appends_until_it_is_none() {
    let (server, dir) = match std::env::var(INSIDE) {
        Ok(url) => ((None, url), std::path::PathBuf::from(std::env::var_os("DIR").unwrap())),
        Err(_) => {
            let server = Server::start();
            let url = server.database("alone");
            ((Some(server), url), folder().keep())
        }
    };
    let mut journal = owner(&server.1, "one", &dir);
    for nth in 0.. {
        if server.0.is_some() && nth == 10 {
            drop(journal);
            return std::fs::remove_dir_all(dir).unwrap();
        }
        let frame = frame_at(&journal.tip(), 2, 200);
        match journal.append(&frame) {
            Ok(()) => println!("\nacknowledged {}", frame.tip().next_offset),
            Err(error) => return println!("\nstopped {error}"),
        }
    }
}

fn end_of(line: &str) -> Option<u64> {
    line.strip_prefix("acknowledged ")?.parse().ok()
}

/// Reads on until this much is acknowledged.
fn acknowledged(lines: &mut impl BufRead, least: u64) -> u64 {
    let mut ends = lines.lines().filter_map(|line| end_of(&line.unwrap()));
    ends.find(|end| *end >= least).expect("the owner goes on")
}

/// Goal: an owner that is killed, or stands still and wakes later, is followed by another; nothing acknowledged is lost,
/// nothing is there twice, and the one that wakes writes no more.
#[test]
fn another_node_takes_over_from_an_owner_that_was_killed_or_stood_still() {
    let server = Server::start();
    for (name, signal) in [("killed", "-KILL"), ("still", "-STOP")] {
        let url = server.database(name);
        let (one, two) = (folder(), folder());
        let (first, mut lines) = Owner::start(&url, one.path());
        let end = acknowledged(&mut lines, 100);
        let follower = follow(&url, "two", two.path());
        first.signal(signal);
        let (mut journal, took) = take_over(follower);
        println!("{name}: taken over in {took:.1?}; the lease is of 3 s");
        let taken_at = journal.tip().next_offset;
        let mut all = frames(&*journal.reader());
        all.extend((0..5).map(|_| append(&mut journal, 1, 10)));
        if signal == "-STOP" {
            first.signal("-CONT");
        }
        let rest: Vec<String> = lines.lines().map_while(Result::ok).collect();
        let end = rest.iter().filter_map(|line| end_of(line)).next_back().unwrap_or(end);
        assert!(end <= taken_at, "acknowledged up to {end}, taken over at {taken_at}");
        assert!(signal == "-KILL" || rest.iter().any(|line| line.starts_with("stopped another node owns")), "{rest:?}");
        all.extend((0..5).map(|_| append(&mut journal, 1, 10)));
        assert_serves(&*journal.reader(), &all);
        drop(first);
        let mut again = follow(&url, "one", one.path());
        again.catch_up().unwrap();
        assert_serves(&*again.reader(), &all);
    }
}

/// Goal: with a synchronous standby, the primary may be lost whole and nothing acknowledged is.
/// Method: the primary is killed under load and never comes back; the standby is promoted; another node takes over.
#[test]
fn with_a_synchronous_standby_the_primary_may_be_lost() {
    let mut primary = Server::start();
    let url = primary.database("census");
    let standby = primary.standby();
    let both = format!(
        "host=127.0.0.1,127.0.0.1 port={},{} user=quipu dbname=census target_session_attrs=read-write",
        primary.port, standby.port
    );
    let (one, two) = (folder(), folder());
    let (first, mut lines) = Owner::start(&both, one.path());
    let end = acknowledged(&mut lines, 60);
    let mut follower = follow(&url, "two", two.path());
    follower.catch_up().unwrap();
    drop(follower);
    primary.kill();
    first.signal("-KILL");
    let end = lines.lines().map_while(Result::ok).filter_map(|line| end_of(&line)).last().unwrap_or(end);
    standby.promote();
    let (mut journal, took) = take_over(follow(&both, "two", two.path()));
    println!("taken over in {took:.1?} after the promotion, acknowledged up to {end}");
    assert!(journal.tip().next_offset >= end, "acknowledged up to {end}, there is {}", journal.tip().next_offset);
    let mut all = frames(&*journal.reader());
    all.extend((0..5).map(|_| append(&mut journal, 1, 10)));
    assert_serves(&*journal.reader(), &all);
}
