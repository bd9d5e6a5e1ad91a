//! Every format ever written to disk can be read, and today's is written as it was. The fixture is
//! `fixtures/format/journal-1`; `QUIPU_WRITE_FIXTURE=1 cargo test -p journal --test format` makes it where it is missing.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{CELL, append, assert_serves, folder, node_key};
use event::Frame;
use journal::disk::Options;
use journal::{DiskJournal, Journal};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/format/journal-1")
}

/// The journal the fixture was made from: three segments, the last a longer one, marks, an event without a body.
fn write(dir: &Path) -> Vec<Frame> {
    let options = Options { segment_bytes: 2 << 10, ..Options::default() };
    let mut journal = DiskJournal::open(dir, CELL, options).unwrap().0;
    let mut frames = vec![append(&mut journal, 2, 100), append(&mut journal, 1, 0)];
    journal.mark().unwrap();
    frames.extend([(3, 10), (2, 400), (1, 30), (4, 300)].map(|(count, bytes)| append(&mut journal, count, bytes)));
    journal.mark().unwrap();
    // Waits for the sidecars.
    journal.reader().heads(0, &mut |_, _, _| Ok(())).unwrap();
    frames
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let kept = paths.filter(|path| path.extension().is_some_and(|ext| ext != "lock" && ext != "tmp"));
    let named = |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
    let mut files: Vec<_> = kept.map(named).collect();
    files.sort();
    files
}

#[test]
fn a_journal_of_format_1_opens_and_serves_its_frames() {
    if std::env::var_os("QUIPU_WRITE_FIXTURE").is_some() && !fixture().exists() {
        let made = folder();
        write(made.path());
        fs::create_dir_all(fixture()).unwrap();
        files(made.path()).iter().for_each(|(name, bytes)| fs::write(fixture().join(name), bytes).unwrap());
    }
    // A copy: opening locks and may prepare a segment, and the fixture does not change.
    let dir = folder();
    files(&fixture()).iter().for_each(|(name, bytes)| fs::write(dir.path().join(name), bytes).unwrap());
    let options = Options { keys: vec![node_key().public()], segment_bytes: 2 << 10, ..Options::default() };
    let (mut journal, recovered) = DiskJournal::open(dir.path(), CELL, options).unwrap();
    assert!(recovered.cut.is_none() && recovered.sidecars.is_empty());
    let mut frames = write(folder().path());
    assert_serves(&*journal.reader(), &frames);
    frames.push(append(&mut journal, 2, 50));
    assert_serves(&*journal.reader(), &frames);
}

#[test]
fn the_fixture_verifies_with_all_its_files() {
    let report = journal::verify(&fixture(), &[node_key().public()], &|_| ()).unwrap();
    assert_eq!((report.cell, report.segments, report.frames, report.records), (CELL, 3, 6, 13));
    assert!(report.sidecars.is_empty() && report.unfinished.is_none());
}

#[test]
fn today_the_same_journal_is_written_as_the_same_bytes() {
    let dir = folder();
    write(dir.path());
    let (made, kept) = (files(dir.path()), files(&fixture()));
    assert_eq!(
        made.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        kept.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    for ((name, made), (_, kept)) in made.iter().zip(&kept) {
        assert!(made == kept, "`{name}` is written differently: the format changed without a new version");
    }
}
