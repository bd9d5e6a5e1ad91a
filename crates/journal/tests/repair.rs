//! A damaged journal mended from a replica or a backup.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{CELL, append, assert_serves, folder, node_key};
use event::Frame;
use journal::disk::Options;
use journal::disk::repair::{Repaired, repair};
use journal::{DiskJournal, Error};

fn options(segment_bytes: u64) -> Options {
    Options { segment_bytes, keys: vec![node_key().public()], ..Options::default() }
}

/// A journal of 30 frames in segments of so many bytes, closed again.
fn journal(segment_bytes: u64, frames: usize) -> (tempfile::TempDir, Vec<Frame>) {
    let dir = folder();
    let mut journal = DiskJournal::open(dir.path(), CELL, options(segment_bytes)).unwrap().0;
    let frames = (0..frames).map(|at| append(&mut journal, 1 + at as u64 % 3, 300)).collect();
    (dir, frames)
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "qseg")).collect();
    segments.sort();
    segments
}

fn mend(dir: &Path, other: &Path) -> journal::Result<Repaired> {
    repair(dir, other, &[node_key().public()], false)
}

fn assert_mended(dir: &Path, frames: &[Frame]) {
    let journal = DiskJournal::open(dir, CELL, options(4 << 10)).unwrap().0;
    assert_serves(&*journal::Journal::reader(&journal), frames);
}

type Damage<'a> = &'a dyn Fn(&Path);

/// Goal: whatever is damaged here is mended from a journal that is cut into other segments, and nothing else is changed.
/// Method: each segment in turn is damaged in each way a disk or a person may; then everything at once.
#[test]
fn any_damage_is_mended_from_a_replica_cut_into_other_segments() {
    let flip = |at: usize| {
        move |path: &Path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[at] ^= 8;
            fs::write(path, bytes).unwrap();
        }
    };
    let (header, first, middle) = (flip(20), flip(540), flip(1200));
    let short = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..1000]).unwrap();
    let gone = |path: &Path| fs::remove_file(path).unwrap();
    let zeroed = |path: &Path| fs::write(path, vec![0; 4096]).unwrap();
    let damages: [Damage<'_>; 6] = [&header, &first, &middle, &short, &gone, &zeroed];
    let (other, frames) = journal(9 << 10, 30);
    let count = {
        let (dir, same) = journal(4 << 10, 30);
        assert_eq!(frames, same);
        assert_eq!(mend(dir.path(), other.path()).unwrap().rebuilt, [], "nothing is damaged");
        segments(dir.path()).len()
    };
    assert!(count > 4);
    for (nth, damage) in damages.iter().enumerate() {
        for at in 0..count {
            let (dir, _) = journal(4 << 10, 30);
            let path = segments(dir.path()).remove(at);
            let others = segments(dir.path()).into_iter().filter(|other| *other != path);
            let before: Vec<_> = others.map(|path| (fs::read(&path).unwrap(), path)).collect();
            damage(&path);
            // The last frames of all may be taken for a write cut short, so opening does not always refuse those.
            assert!(at + 1 == count || DiskJournal::open(dir.path(), CELL, options(4 << 10)).is_err(), "{nth} of {at}");
            let repaired = mend(dir.path(), other.path()).unwrap();
            assert_eq!(repaired.rebuilt.len(), 1, "{nth} of {at}: {repaired:?}");
            assert_eq!(repaired.rebuilt[0].path, path);
            assert_mended(dir.path(), &frames);
            assert!(before.iter().all(|(bytes, path)| fs::read(path).unwrap() == *bytes), "nothing else is changed");
        }
    }
    let (dir, _) = journal(4 << 10, 30);
    segments(dir.path()).iter().zip(damages.iter().cycle()).for_each(|(path, damage)| damage(path));
    mend(dir.path(), other.path()).unwrap();
    assert_mended(dir.path(), &frames);
    let empty = folder();
    assert_eq!(mend(empty.path(), other.path()).unwrap().report.records, frames.last().unwrap().tip().next_offset);
    assert_mended(empty.path(), &frames);
}

#[test]
fn frames_that_are_intact_here_are_kept_although_the_backup_is_older() {
    let (other, _) = journal(4 << 10, 28);
    let (dir, frames) = journal(16 << 10, 30);
    let last = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    bytes[600] ^= 1;
    fs::write(&last, bytes).unwrap();
    let repaired = mend(dir.path(), other.path()).unwrap();
    assert!(repaired.rebuilt[0].kept > 0 && repaired.rebuilt[0].from_other > 0, "{repaired:?}");
    assert_mended(dir.path(), &frames);
}

#[test]
fn what_neither_journal_has_is_named_and_nothing_is_changed_unless_the_end_is_accepted() {
    let (dir, frames) = journal(4 << 10, 30);
    let last = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end - 100] ^= 1;
    fs::write(&last, &bytes).unwrap();
    let (older, _) = journal(4 << 10, 29);
    let error = mend(dir.path(), older.path()).unwrap_err();
    let lost = frames.last().unwrap().header.first_offset;
    assert!(matches!(&error, Error::Unrepairable { path, offset, .. } if *path == last && *offset == lost), "{error}");
    assert_eq!(fs::read(&last).unwrap(), bytes);
    let repaired = repair(dir.path(), older.path(), &[node_key().public()], true).unwrap();
    assert!(repaired.rebuilt[0].end_unknown);
    assert_mended(dir.path(), &frames[..29]);
    // A hole before intact frames is never accepted.
    let (dir, _) = journal(4 << 10, 30);
    fs::remove_file(segments(dir.path()).remove(2)).unwrap();
    let (short, _) = journal(4 << 10, 3);
    assert!(matches!(repair(dir.path(), short.path(), &[], true), Err(Error::Unrepairable { .. })));
}

#[test]
fn a_journal_of_other_answers_mends_nothing() {
    let (dir, _) = journal(4 << 10, 30);
    let other = folder();
    let mut journal = DiskJournal::open(other.path(), CELL, options(4 << 10)).unwrap().0;
    (0..30).for_each(|at| drop(append(&mut journal, 1 + at % 3, 301)));
    drop(journal);
    fs::remove_file(&segments(dir.path())[1]).unwrap();
    assert!(matches!(mend(dir.path(), other.path()), Err(Error::Unrepairable { .. })));
}
