//! Backups of a journal at work, to a folder and to real S3-compatible storage, and what comes back.

mod common;

use std::fs;
use std::path::Path;

use backup::{Error, Target, Until, drill, restore, take};
use common::{Census, Weed, quiet};
use types::Time;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Goal: backups taken while the server works are whole, grow by what is new, and bring back every event.
async fn backups_beside_a_server_at_work(target: &Target) {
    let mut census = Census::new();
    census.append(40);
    let first = take(census.folder(), target, &quiet).await.unwrap();
    assert_eq!(first.manifest.end, census.end());
    assert_eq!(take(census.folder(), target, &quiet).await.unwrap().bytes, 0, "nothing is new");
    let blob = census.put_blob(b"a photo, encrypted");
    fs::write(census.folder().join("cell.toml"), "number = 3\n").unwrap();
    census.append(60);
    let second = take(census.folder(), target, &quiet).await.unwrap();
    assert!(second.manifest.segments.len() > 3 && second.blobs == 1);
    let kept = |taken: &backup::Taken| {
        taken.manifest.segments.iter().map(|segment| segment.parts.last().unwrap().to).sum::<u64>()
    };
    assert_eq!(second.bytes, kept(&second) - kept(&first) + 18, "only what is new");
    census.append(7);
    let copy = folder();
    let restored = restore(target, copy.path(), Until::End, &quiet).await.unwrap();
    assert_eq!((restored.report.records, restored.blobs), (second.manifest.end, 1));
    census.assert_prefix(copy.path());
    assert_eq!(fs::read(copy.path().join("blobs").join(&blob[..2]).join(&blob)).unwrap(), b"a photo, encrypted");
    assert_eq!(fs::read(copy.path().join("cell.toml")).unwrap(), b"number = 3\n", "it stays the cell it is");
    assert!(matches!(restore(target, copy.path(), Until::End, &quiet).await, Err(Error::NotEmpty { .. })));
}

#[test]
fn backups_beside_a_server_at_work_to_a_folder() {
    let to = folder();
    block(backups_beside_a_server_at_work(&Target::open(to.path().to_str().unwrap()).unwrap()));
}

#[test]
fn backups_beside_a_server_at_work_to_s3() {
    let weed = Weed::start();
    block(backups_beside_a_server_at_work(&weed.target("census/one")));
    block(any_offset_and_time_comes_back(&weed.target("census/two"), 23));
}

/// Goal: any offset and any time can be gone back to, and the journal then goes on from there.
async fn any_offset_and_time_comes_back(target: &Target, step: u64) {
    let mut census = Census::new();
    for _ in 0..3 {
        census.append(15);
        take(census.folder(), target, &quiet).await.unwrap();
    }
    let frames = census.frames();
    for end in (0..=census.end()).step_by(step as usize) {
        let copy = folder();
        let restored = restore(target, copy.path(), Until::Offset(end), &quiet).await.unwrap();
        let whole = frames.iter().map(|frame| frame.tip().next_offset).filter(|next| *next <= end).max();
        assert_eq!(restored.report.records, whole.unwrap_or(0), "up to offset {end}");
        census.assert_prefix(copy.path());
        let time = frames.iter().map(|frame| frame.header.time).nth(end as usize % frames.len()).unwrap();
        let copy = folder();
        let restored = restore(target, copy.path(), Until::Time(time), &quiet).await.unwrap();
        let until = frames.iter().rfind(|frame| frame.header.time <= time).unwrap();
        assert_eq!(restored.report.records, until.tip().next_offset, "up to {time}");
        Census::goes_on(copy.path());
    }
    let copy = folder();
    let beyond = restore(target, copy.path(), Until::Offset(census.end() + 1), &quiet).await;
    assert!(matches!(beyond, Err(Error::None { .. })), "{beyond:?}");
    let late = restore(target, copy.path(), Until::Time(Time(i64::MAX)), &quiet).await;
    assert!(matches!(late, Err(Error::None { .. })), "{late:?}");
}

#[test]
fn any_offset_and_time_comes_back_from_a_folder() {
    let to = folder();
    block(any_offset_and_time_comes_back(&Target::open(to.path().to_str().unwrap()).unwrap(), 1));
}

/// Flips a bit of every kind of object in turn.
#[test]
fn a_damaged_backup_is_named_and_damage_is_never_backed_up() {
    let (to, mut census) = (folder(), Census::new());
    let target = Target::open(to.path().to_str().unwrap()).unwrap();
    census.put_blob(b"another photo");
    census.append(30);
    block(take(census.folder(), &target, &quiet)).unwrap();
    let files = common::files(to.path());
    assert!(files.len() > 4);
    for path in files {
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let at = if path.extension().is_some() { bytes.len() - 3 } else { bytes.len() / 2 };
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        let copy = folder();
        let error = block(restore(&target, copy.path(), Until::End, &quiet)).unwrap_err();
        assert!(matches!(&error, Error::Damaged { .. }), "{}: {error}", path.display());
        fs::write(&path, whole).unwrap();
    }
    census.append(30);
    let segment = common::files(&census.folder().join("journal"))
        .into_iter()
        .find(|path| path.ends_with("00000000000000000000.qseg"));
    let segment = segment.unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[700] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let fresh = folder();
    let taken = block(take(census.folder(), &Target::open(fresh.path().to_str().unwrap()).unwrap(), &quiet));
    assert!(matches!(taken, Err(Error::Journal(journal::Error::Damaged { .. }))), "{taken:?}");
}

#[test]
fn a_backup_of_another_journal_or_of_one_that_lost_something_is_refused() {
    let (to, mut census) = (folder(), Census::new());
    let target = Target::open(to.path().to_str().unwrap()).unwrap();
    census.append(20);
    block(take(census.folder(), &target, &quiet)).unwrap();
    for count in [10, 20, 30] {
        let mut other = Census::with_body(99);
        other.append(count);
        let taken = block(take(other.folder(), &target, &quiet));
        assert!(matches!(taken, Err(Error::OtherJournal { .. })), "{count}: {taken:?}");
    }
    assert_eq!(block(target.ends()).unwrap().len(), 1);
}

/// Goal: the drill says equal only when it is.
/// Method: a checkpoint as the running server wrote it, then one of a server that counted something else.
#[test]
fn the_drill_compares_what_is_restored_with_the_running_server() {
    let (to, mut census) = (folder(), Census::new());
    let target = Target::open(to.path().to_str().unwrap()).unwrap();
    census.append(30);
    census.checkpoint(false);
    census.append(10);
    block(take(census.folder(), &target, &quiet)).unwrap();
    let run = |census: &Census| {
        let scratch = folder();
        block(drill(&target, census.folder(), scratch.path(), &quiet))
    };
    let drilled = run(&census).unwrap();
    assert!(drilled.checkpoint.is_some() && drilled.restored.report.records == census.end(), "{drilled:?}");
    census.checkpoint(true);
    assert!(matches!(run(&census), Err(Error::Differs { what: "the stores", .. })));
    fs::remove_dir_all(census.folder().join("store")).unwrap();
    assert_eq!(run(&census).unwrap().checkpoint, None);
}

#[test]
fn a_key_destroyed_on_the_server_is_destroyed_in_the_copy_and_never_comes_back() {
    let (server, copy, again) = (folder(), folder(), folder());
    let bodies = |folder: &Path| folder.join("bodies");
    fs::create_dir(bodies(server.path())).unwrap();
    fs::write(server.path().join("node.key"), [1; 32]).unwrap();
    fs::write(bodies(server.path()).join("7-1.key"), [2; 32]).unwrap();
    assert_eq!(backup::keys::copy(server.path(), copy.path()).unwrap().keys, 2);
    fs::remove_file(bodies(server.path()).join("7-1.key")).unwrap();
    fs::write(bodies(server.path()).join("7-1.destroyed"), []).unwrap();
    assert_eq!(backup::keys::copy(server.path(), copy.path()).unwrap().destroyed, 1);
    backup::keys::copy(copy.path(), again.path()).unwrap();
    for folder in [copy.path(), again.path()] {
        assert!(!bodies(folder).join("7-1.key").exists() && bodies(folder).join("7-1.destroyed").exists());
        assert_eq!(fs::read(folder.join("node.key")).unwrap(), [1; 32]);
    }
}
