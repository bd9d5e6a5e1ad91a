//! A disk that fills up, for real: a small file system in memory of the test's own, or where none may be mounted a limit
//! on the size of files. The test runs itself again inside `unshare` or `sh` for that.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{CELL, append, assert_serves, frame_at};
use event::Frame;
use journal::disk::Options;
use journal::{DiskJournal, Error, Journal};

const INSIDE: &str = "QUIPU_TEST_FULL_DISK";

/// Runs one test of this file again, inside `script`, in which `"$@"` is that test and `$DIR` a new empty folder.
fn run_inside(test: &str, wrapper: &[&str], script: &str, kind: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    Command::new(wrapper[0])
        .args(&wrapper[1..])
        .args(["sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("DIR", dir.path())
        .env(INSIDE, kind)
        .output()
        .unwrap()
}

fn assert_passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

/// Appends until the journal stops; returns what was acknowledged and the error.
fn fill(journal: &mut DiskJournal, frames: &mut Vec<Frame>) -> Error {
    loop {
        let frame = frame_at(&journal.tip(), 8, 700);
        match journal.append(&frame) {
            Ok(()) => frames.push(frame),
            Err(error) => {
                assert!(matches!(journal.append(&frame), Err(Error::Stopped)));
                assert!(matches!(journal.mark(), Err(Error::Stopped)));
                return error;
            }
        }
        assert!(frames.len() < 10_000, "the disk never filled up");
    }
}

fn assert_full(error: &Error) {
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("free some space"), "{error}");
}

/// Goal: a full disk stops the journal with a clear error; nothing acknowledged is lost, and with space it goes on.
/// Method: a file system of 1 MiB beside a file that takes part of it; append until it is full, read, open it again while
/// it is full, remove the file, open and append.
#[test]
fn a_full_disk_stops_the_journal_and_nothing_acknowledged_is_lost() {
    let name = "a_full_disk_stops_the_journal_and_nothing_acknowledged_is_lost";
    match std::env::var(INSIDE).as_deref() {
        Ok("mount") => on_a_small_disk(&PathBuf::from(std::env::var_os("DIR").unwrap())),
        Ok(_) => under_a_limit(&PathBuf::from(std::env::var_os("DIR").unwrap())),
        Err(_) => {
            let mounted = "mount -t tmpfs -o size=1m none \"$DIR\" && exec \"$@\"";
            for wrapper in [&["unshare", "-m"][..], &["unshare", "-rm"]] {
                let may = run_inside(name, wrapper, "mount -t tmpfs -o size=1m none \"$DIR\"", "mount");
                if may.status.success() {
                    return assert_passed(&run_inside(name, wrapper, mounted, "mount"));
                }
            }
            assert_passed(&run_inside(name, &["env"], "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "limit"));
        }
    }
}

fn on_a_small_disk(dir: &Path) {
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 300 << 10]).unwrap();
    let folder = dir.join("journal");
    let mut frames = Vec::new();
    let mut journal = DiskJournal::open(&folder, CELL, options.clone()).unwrap().0;
    assert_full(&fill(&mut journal, &mut frames));
    assert_serves(&*journal.reader(), &frames);
    drop(journal);

    // Opened while the disk is still full, it serves everything and stops again.
    let mut journal = DiskJournal::open(&folder, CELL, options.clone()).unwrap().0;
    assert_serves(&*journal.reader(), &frames);
    assert_full(&fill(&mut journal, &mut frames));
    drop(journal);

    std::fs::remove_file(&ballast).unwrap();
    let mut journal = DiskJournal::open(&folder, CELL, options).unwrap().0;
    assert_serves(&*journal.reader(), &frames);
    frames.push(append(&mut journal, 8, 700));
    assert_serves(&*journal.reader(), &frames);
    drop(journal);
    journal::verify(&folder, &[], &|_| ()).unwrap();
}

/// Files may be 100 or 200 KiB long, by the shell's unit: a frame that needs a larger segment cannot have it.
fn under_a_limit(dir: &Path) {
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    let mut journal = DiskJournal::open(dir, CELL, options.clone()).unwrap().0;
    let mut frames: Vec<Frame> = (0..30).map(|_| append(&mut journal, 8, 700)).collect();
    let large = frame_at(&journal.tip(), 1, 300_000);
    assert_full(&journal.append(&large).unwrap_err());
    assert!(matches!(journal.append(&large), Err(Error::Stopped)));
    assert_serves(&*journal.reader(), &frames);
    drop(journal);
    let mut journal = DiskJournal::open(dir, CELL, options).unwrap().0;
    assert_serves(&*journal.reader(), &frames);
    frames.push(append(&mut journal, 8, 700));
    assert_serves(&*journal.reader(), &frames);
}

#[test]
fn a_limit_on_the_size_of_files_stops_the_journal_and_nothing_acknowledged_is_lost() {
    let name = "a_limit_on_the_size_of_files_stops_the_journal_and_nothing_acknowledged_is_lost";
    match std::env::var_os("DIR").filter(|_| std::env::var_os(INSIDE).is_some()) {
        Some(dir) => under_a_limit(&PathBuf::from(dir)),
        None => assert_passed(&run_inside(name, &["env"], "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "limit")),
    }
}
