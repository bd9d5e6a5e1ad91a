//! What a crash, a bad disk or a hasty administrator may leave, and what opening makes of it.

mod common;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use common::{CELL, append, assert_serves, folder, frame_at, node_key};
use event::sign::PrivateKey;
use event::{Frame, FrameHeader};
use journal::disk::{Cut, Options, Recovered};
use journal::{DiskJournal, Error, Journal};
use types::CellId;

/// Bytes of a segment's header.
const HEADER: usize = 512;

fn options() -> Options {
    Options { segment_bytes: 4 << 10, keys: vec![node_key().public()], ..Options::default() }
}

fn open(dir: &Path) -> journal::Result<(DiskJournal, Recovered)> {
    DiskJournal::open(dir, CELL, options())
}

/// The segments, in order.
fn segments(dir: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "qseg")).collect();
    segments.sort();
    segments
}

/// A copy of a folder, to be damaged.
fn copy(dir: &Path) -> tempfile::TempDir {
    let to = folder();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.path().join(path.file_name().unwrap())).unwrap();
    }
    to
}

/// A journal of these frames (events, bytes of each body), closed again. Its sidecars have been made.
fn journal_of(shapes: &[(u64, usize)]) -> (tempfile::TempDir, Vec<Frame>) {
    let dir = folder();
    let mut journal = open(dir.path()).unwrap().0;
    let frames = shapes.iter().map(|(count, bytes)| append(&mut journal, *count, *bytes)).collect();
    journal.reader().heads(0, &mut |_, _, _| Ok(())).unwrap();
    drop(journal);
    (dir, frames)
}

/// The end of what is written in a file: after its last byte that is not zero.
fn used(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// Whether the error says what to do, and at which byte of which file.
fn names(error: &Error, file: &Path) -> bool {
    let text = error.to_string();
    text.contains(file.file_name().unwrap().to_str().unwrap()) && text.contains(" byte ") && text.contains("restore")
}

/// Goal: a crash during the last append, wherever it cuts the write, loses nothing acknowledged and is mended.
/// Method: the last frame is zeroed from every byte on; opening must serve all frames before it, say what it cut, take
/// the same frame again, and find nothing to do the next time.
#[test]
fn a_write_cut_short_at_any_byte_is_removed_and_what_was_acknowledged_stays() {
    let (dir, frames) = journal_of(&[(3, 100), (1, 0), (4, 200)]);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let end = used(&whole);
    let start = end
        - (12
            + FrameHeader::BYTES
            + 4
            + frames[2].records.iter().map(|r| 12 + r.head.len() + r.body.len()).sum::<usize>());
    for cut in start..end {
        let mut bytes = whole.clone();
        bytes[cut..].fill(0);
        fs::write(&path, &bytes).unwrap();
        let (mut journal, recovered) = open(dir.path()).unwrap_or_else(|error| panic!("cut at byte {cut}: {error}"));
        let expected = (used(&bytes) > start).then(|| Cut {
            path: path.clone(),
            at_bytes: start as u64,
            bytes: (used(&bytes) - start) as u64,
        });
        assert_eq!(recovered.cut, expected, "cut at byte {cut}");
        assert_serves(&*journal.reader(), &frames[..2]);
        journal.append(&frames[2]).unwrap();
        drop(journal);
        assert_eq!(fs::read(&path).unwrap(), whole, "cut at byte {cut}");
    }
    let (journal, recovered) = open(dir.path()).unwrap();
    assert_eq!(recovered.cut, None);
    assert_serves(&*journal.reader(), &frames);
}

/// A disk writes sectors in any order: whichever are missing, the frame was not acknowledged.
#[test]
fn a_write_of_which_any_sectors_are_missing_is_removed() {
    let (dir, frames) = journal_of(&[(1, 100), (3, 700)]);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let end = used(&whole);
    let start = HEADER + 12 + FrameHeader::BYTES + 12 + frames[0].records[0].head.len() + 100 + 4;
    let sectors: Vec<usize> = (start / 512..end.div_ceil(512)).collect();
    for missing in 1..1u32 << sectors.len() {
        let mut bytes = whole.clone();
        for (which, sector) in sectors.iter().enumerate() {
            if missing >> which & 1 == 1 {
                bytes[(sector * 512).max(start)..(sector * 512 + 512).min(end)].fill(0);
            }
        }
        fs::write(&path, &bytes).unwrap();
        let (journal, _) = open(dir.path()).unwrap_or_else(|error| panic!("sectors {missing:b} missing: {error}"));
        assert_serves(&*journal.reader(), &frames[..1]);
    }
}

/// Goal: no flipped bit is ever served or silently repaired away.
/// Method: every bit of every file of a journal of a few segments is flipped, one at a time. In a segment, opening and
/// verifying must refuse and name the file; a sidecar is derived and must be named and made again.
#[test]
fn every_flipped_bit_is_named() {
    let small = Options { segment_bytes: 1 << 10, ..options() };
    let dir = folder();
    let mut journal = DiskJournal::open(dir.path(), CELL, small.clone()).unwrap().0;
    let frames = [(1, 100), (2, 10), (1, 0), (1, 30)].map(|(count, bytes)| append(&mut journal, count, bytes));
    journal.reader().heads(0, &mut |_, _, _| Ok(())).unwrap();
    drop(journal);
    let last = segments(dir.path()).pop().unwrap();
    assert!(segments(dir.path()).len() >= 3);
    let mut flips = 0;
    let files: Vec<PathBuf> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in files.iter().filter(|path| !["lock", "tmp"].contains(&path.extension().unwrap().to_str().unwrap())) {
        let whole = fs::read(path).unwrap();
        // Opened each time: a sidecar made again is another file of the same name.
        let put = |at: usize, byte: u8| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.write_all_at(&[byte], at as u64).unwrap();
        };
        for bit in 0..whole.len() * 8 {
            put(bit / 8, whole[bit / 8] ^ 1 << (bit % 8));
            // Both read by the same scan; verifying every seventh bit keeps the test short.
            let segment = path.extension().unwrap() == "qseg";
            let verify = || journal::verify(dir.path(), &[node_key().public()], &|_| ());
            let report = (!segment || bit.is_multiple_of(7)).then(verify);
            if segment {
                // After the end of the last segment, a bit may be the beginning of a write cut short.
                let tail = *path == last && bit / 8 >= used(&whole);
                match DiskJournal::open(dir.path(), CELL, small.clone()) {
                    Err(error) => assert!(names(&error, path), "bit {bit} of {path:?}: {error}"),
                    Ok((journal, recovered)) => {
                        assert!(tail && recovered.cut.is_some(), "bit {bit} of {path:?} was not noticed");
                        assert_eq!(journal.tip(), frames[3].tip());
                    }
                }
                match report {
                    None => {}
                    Some(Err(error)) => assert!(names(&error, path), "bit {bit} of {path:?}: {error}"),
                    Some(Ok(report)) => assert!(tail && report.unfinished.is_some(), "bit {bit} of {path:?}"),
                }
            } else {
                assert_eq!(report.unwrap().unwrap().sidecars, std::slice::from_ref(path), "bit {bit}");
                if bit.is_multiple_of(37) {
                    let (journal, recovered) = DiskJournal::open(dir.path(), CELL, small.clone()).unwrap();
                    assert_eq!(recovered.sidecars, std::slice::from_ref(path), "bit {bit}");
                    assert_serves(&*journal.reader(), &frames);
                }
            }
            put(bit / 8, whole[bit / 8]);
            flips += 1;
        }
    }
    assert!(flips > 3 * 8192, "{flips} bits flipped");
    assert_serves(&*DiskJournal::open(dir.path(), CELL, small).unwrap().0.reader(), &frames);
}

#[test]
fn a_bit_that_flips_while_the_journal_is_open_is_named_and_not_served() {
    let (dir, frames) = journal_of(&[(20, 1000), (2, 30)]);
    let journal = open(dir.path()).unwrap().0;
    for path in segments(dir.path()) {
        let whole = fs::read(&path).unwrap();
        for at in (HEADER..used(&whole)).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            let reader = journal.reader();
            let read = reader.frames(0, usize::MAX).and_then(|_| reader.frames(20, usize::MAX));
            if let Err(error) = read {
                assert!(names(&error, &path), "{error}");
            } else {
                // What is no frame is a mark, which no reader is given.
                assert!(used(&whole) - at <= 56, "byte {at} of {path:?} was served");
            }
            for (offset, record) in (0..).zip(frames.iter().flat_map(|frame| frame.records.iter())) {
                match reader.record(offset) {
                    Ok((_, read)) => assert_eq!(read, *record),
                    Err(error) => assert!(names(&error, &path), "{error}"),
                }
            }
            fs::write(&path, &whole).unwrap();
        }
    }
}

#[test]
fn a_zeroed_frame_that_a_mark_covers_is_damage_not_a_write_cut_short() {
    let (dir, frames) = journal_of(&[(2, 100), (1, 700)]);
    let mut journal = open(dir.path()).unwrap().0;
    journal.mark().unwrap();
    drop(journal);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let mark = used(&whole) - 56;
    let last = mark - (12 + FrameHeader::BYTES + 12 + frames[1].records[0].head.len() + 700 + 4);
    for (from, to) in [(last, mark), (last, last + 512), (mark - 300, mark), (last + 4, last + 8)] {
        let mut bytes = whole.clone();
        bytes[from..to].fill(0);
        fs::write(&path, &bytes).unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(names(&error, &path), "{from}..{to}: {error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "refusing changes nothing");
    }
}

#[test]
fn a_mark_cut_short_at_any_byte_is_removed() {
    let (dir, frames) = journal_of(&[(2, 100)]);
    let path = segments(dir.path()).pop().unwrap();
    let before = fs::read(&path).unwrap();
    let mut journal = open(dir.path()).unwrap().0;
    journal.mark().unwrap();
    drop(journal);
    let after = fs::read(&path).unwrap();
    for cut in used(&before)..used(&after) {
        let mut bytes = after.clone();
        bytes[cut..].fill(0);
        fs::write(&path, &bytes).unwrap();
        assert_serves(&*open(dir.path()).unwrap().0.reader(), &frames);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

fn three_segments() -> (tempfile::TempDir, Vec<Frame>) {
    journal_of(&[(3, 1000), (3, 1000), (3, 1000)])
}

#[test]
fn a_missing_segment_is_named_whichever_it_is() {
    let (dir, _) = three_segments();
    for missing in segments(dir.path()) {
        for with_sidecars in [true, false] {
            let copy = copy(dir.path());
            let path = copy.path().join(missing.file_name().unwrap());
            fs::remove_file(&path).unwrap();
            if with_sidecars {
                let _ = fs::remove_file(path.with_extension("heads"));
                let _ = fs::remove_file(path.with_extension("sum"));
            }
            for error in [open(copy.path()).unwrap_err(), journal::verify(copy.path(), &[], &|_| ()).unwrap_err()] {
                assert!(matches!(&error, Error::Missing { path: named, .. } if *named == path), "{error}");
            }
        }
    }
}

#[test]
fn a_segment_cut_short_or_grown_is_named_with_the_byte() {
    let (dir, _) = three_segments();
    for path in segments(dir.path()) {
        let whole = fs::read(&path).unwrap();
        for bytes in [0, 100, 511, 512, 3000, whole.len() - 1, whole.len() + 1] {
            let mut changed = whole.clone();
            changed.resize(bytes, 0);
            fs::write(&path, &changed).unwrap();
            let error = open(dir.path()).unwrap_err();
            assert!(names(&error, &path), "{bytes} bytes: {error}");
            fs::write(&path, &whole).unwrap();
        }
    }
}

#[test]
fn segments_swapped_or_of_another_journal_are_named() {
    let (dir, _) = three_segments();
    let paths = segments(dir.path());
    let swapped = copy(dir.path());
    fs::copy(&paths[0], swapped.path().join(paths[1].file_name().unwrap())).unwrap();
    let error = open(swapped.path()).unwrap_err();
    assert!(names(&error, &paths[1]), "{error}");

    // A journal of the same cell with the same offsets, but other answers.
    let other = folder();
    let mut journal = open(other.path()).unwrap().0;
    (0..3).for_each(|_| drop(append(&mut journal, 3, 1001)));
    drop(journal);
    for (path, foreign) in paths.iter().zip(segments(other.path())).skip(1) {
        let mixed = copy(dir.path());
        fs::copy(&foreign, mixed.path().join(path.file_name().unwrap())).unwrap();
        let error = open(mixed.path()).unwrap_err();
        assert!(names(&error, path) && error.to_string().contains("another journal"), "{error}");
    }
}

#[test]
fn the_folder_of_another_cell_is_refused() {
    let (dir, _) = three_segments();
    let error = DiskJournal::open(dir.path(), CellId(8), options()).unwrap_err();
    assert!(matches!(error, Error::WrongCell { found: CELL, expected: CellId(8), .. }), "{error}");
}

#[test]
fn a_signature_of_an_unknown_key_is_named() {
    let (dir, _) = journal_of(&[(1, 10)]);
    let keys = vec![PrivateKey::from_bytes(&[1; 32]).public()];
    let error = DiskJournal::open(dir.path(), CELL, Options { keys: keys.clone(), ..options() }).unwrap_err();
    assert!(error.to_string().contains("unknown key"), "{error}");
    let error = journal::verify(dir.path(), &keys, &|_| ()).unwrap_err();
    assert!(error.to_string().contains("unknown key"), "{error}");
}

#[test]
fn opening_again_continues_the_chain() {
    let dir = folder();
    let mut frames = Vec::new();
    for round in 0..12 {
        let (mut journal, recovered) = open(dir.path()).unwrap();
        assert_eq!(recovered.frames, frames.len() as u64);
        (0..round % 4).for_each(|_| frames.push(append(&mut journal, 2, 400)));
        assert_serves(&*journal.reader(), &frames);
    }
    let report = journal::verify(dir.path(), &[node_key().public()], &|_| ()).unwrap();
    assert_eq!((report.frames, report.records), (18, 36));
    assert!(report.signatures && report.segments > 3 && report.unfinished.is_none());
    assert_eq!(report.tip, frames[17].tip());
}

#[test]
fn a_long_journal_may_be_opened_by_its_summaries() {
    let (dir, frames) = journal_of(&[(3, 1000); 12]);
    let quick = Options { check_bytes: 0, ..options() };
    let (mut journal, recovered) = DiskJournal::open(dir.path(), CELL, quick).unwrap();
    assert_eq!((recovered.segments, recovered.frames), (12, 12));
    assert_serves(&*journal.reader(), &frames);
    append(&mut journal, 1, 10);
}

#[test]
fn sidecars_are_made_again_when_they_are_gone() {
    let (dir, frames) = three_segments();
    let paths = segments(dir.path());
    for path in &paths[..2] {
        fs::remove_file(path.with_extension("heads")).unwrap();
        fs::remove_file(path.with_extension("sum")).unwrap();
    }
    let (journal, recovered) = open(dir.path()).unwrap();
    assert_eq!(recovered.sidecars.len(), 4);
    assert_serves(&*journal.reader(), &frames);
    assert!(paths[..2].iter().all(|path| path.with_extension("heads").exists() && path.with_extension("sum").exists()));
}

#[test]
fn only_one_process_may_have_it_open() {
    let dir = folder();
    let journal = open(dir.path()).unwrap();
    assert!(matches!(open(dir.path()), Err(Error::Locked { .. })));
    drop(journal);
    open(dir.path()).unwrap();
}

#[test]
fn what_was_appended_is_the_same_bytes_on_disk_every_time() {
    let (first, _) = three_segments();
    let (second, _) = three_segments();
    for path in segments(first.path()) {
        let twin = second.path().join(path.file_name().unwrap());
        assert_eq!(fs::read(&path).unwrap(), fs::read(twin).unwrap());
    }
    assert_eq!(frame_at(&Default::default(), 1, 5), frame_at(&Default::default(), 1, 5));
}

#[test]
fn a_first_frame_too_large_for_its_segment_gets_a_larger_one() {
    let dir = folder();
    let mut journal = open(dir.path()).unwrap().0;
    let frames = [append(&mut journal, 2, 9000), append(&mut journal, 1, 100), append(&mut journal, 1, 50_000)];
    assert_serves(&*journal.reader(), &frames);
    drop(journal);
    let (journal, recovered) = open(dir.path()).unwrap();
    // The rest of the larger segment is used like any other.
    assert_eq!((recovered.segments, recovered.frames), (2, 3));
    assert_serves(&*journal.reader(), &frames);
}
