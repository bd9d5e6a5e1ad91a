//! What every journal does, whatever it is kept in. Each backend runs all of it: `journal_suite!(name, make)`, where
//! `make` is called with no arguments and gives an empty journal of [`CELL`] and whatever must live as long as it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use event::Frame;
use event::frame::Tip;
use event::receipt::Receipt;
use journal::{Error, Journal};
use types::{CellId, Time};

use crate::common::{CELL, append, assert_serves, frame_at, node_key};

/// Runs every behaviour of this file on a backend.
#[macro_export]
macro_rules! journal_suite {
    ($backend:ident, $make:expr) => {
        mod $backend {
            #[allow(unused_imports, reason = "a backend may be made without anything of the file")]
            use super::*;

            $crate::journal_suite!(@tests $make,
                an_empty_journal_ends_at_zero,
                what_was_appended_is_read_back_in_every_way,
                a_read_takes_about_as_much_as_was_asked_for,
                reading_beyond_the_end_is_an_error,
                heads_can_be_visited_from_the_middle_of_a_frame,
                a_visitors_error_ends_the_visit,
                a_frame_that_does_not_follow_stops_the_journal,
                a_reader_sees_what_is_appended_after_it_was_made,
                readers_beside_the_writer_see_whole_frames_only,
                a_receipt_made_again_is_the_same_bytes,
                marks_change_nothing_that_is_read,
                an_event_without_a_body_and_one_with_a_large_body_are_kept,
            );
        }
    };
    (@tests $make:expr, $($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let (journal, _keep) = $make;
                $crate::suite::$name(journal);
            }
        )*
    };
}

pub fn an_empty_journal_ends_at_zero(journal: impl Journal) {
    assert_eq!(journal.tip(), Tip::default());
    assert_serves(&*journal.reader(), &[]);
    assert!(journal.reader().frames(0, 1000).unwrap().is_empty());
}

pub fn what_was_appended_is_read_back_in_every_way(mut journal: impl Journal) {
    let frames: Vec<Frame> = (1..40).map(|count| append(&mut journal, count % 9 + 1, 40 * count as usize)).collect();
    assert_eq!(journal.tip(), frames[frames.len() - 1].tip());
    assert_serves(&*journal.reader(), &frames);
}

pub fn a_read_takes_about_as_much_as_was_asked_for(mut journal: impl Journal) {
    let frames: Vec<Frame> = (0..6).map(|_| append(&mut journal, 2, 100)).collect();
    let reader = journal.reader();
    assert_eq!(reader.frames(0, 0).unwrap(), frames[..1], "at least one");
    assert_eq!(reader.frames(3, 1).unwrap(), frames[1..2], "the one that holds the offset");
    assert_eq!(reader.frames(0, 1200).unwrap(), frames[..2], "two frames of 500 to 600 bytes");
}

pub fn reading_beyond_the_end_is_an_error(mut journal: impl Journal) {
    append(&mut journal, 3, 10);
    let reader = journal.reader();
    assert!(matches!(reader.frame(3), Err(Error::Beyond { offset: 3, end: 3 })));
    assert!(matches!(reader.record(9), Err(Error::Beyond { offset: 9, end: 3 })));
    assert!(matches!(reader.frames(4, 10), Err(Error::Beyond { offset: 4, end: 3 })));
    assert!(matches!(reader.heads(4, &mut |_, _, _| Ok(())), Err(Error::Beyond { offset: 4, end: 3 })));
    assert!(reader.frames(3, 10).unwrap().is_empty());
    reader.heads(3, &mut |_, _, _| panic!("there is nothing to visit")).unwrap();
}

pub fn heads_can_be_visited_from_the_middle_of_a_frame(mut journal: impl Journal) {
    (0..30).for_each(|_| drop(append(&mut journal, 5, 300)));
    for from in [0, 1, 4, 5, 77, 149] {
        let mut offsets = Vec::new();
        let mut visit = |offset, _, _: &[u8]| {
            offsets.push(offset);
            Ok(())
        };
        journal.reader().heads(from, &mut visit).unwrap();
        assert_eq!(offsets, (from..150).collect::<Vec<_>>());
    }
}

pub fn a_visitors_error_ends_the_visit(mut journal: impl Journal) {
    append(&mut journal, 5, 10);
    let mut visited = 0;
    let result = journal.reader().heads(0, &mut |offset, _, _| {
        visited += 1;
        if offset == 2 { Err(Error::visit("enough")) } else { Ok(()) }
    });
    assert!(matches!(result, Err(Error::Visit(error)) if error.to_string() == "enough"));
    assert_eq!(visited, 3);
}

pub fn a_frame_that_does_not_follow_stops_the_journal(mut journal: impl Journal) {
    let first = append(&mut journal, 2, 10);
    let good = frame_at(&journal.tip(), 1, 10);
    let mut bad = good.clone();
    bad.header.previous = [9; 32];
    assert!(matches!(journal.append(&bad), Err(Error::NotNext { offset: 2, field: "previous" })));
    assert!(matches!(journal.append(&good), Err(Error::Stopped)));
    assert_serves(&*journal.reader(), &[first]);
}

/// Each field alone is noticed, so the journal that is stopped by one is not asked about the next.
#[test]
fn every_field_that_does_not_follow_is_named() {
    let tip = frame_at(&Tip { epoch: 1, ..Tip::default() }, 2, 10).tip();
    let change = |change: &dyn Fn(&mut Frame)| {
        let mut journal = journal::MemoryJournal::new(CELL);
        append(&mut journal, 2, 10);
        assert_eq!(journal.tip(), tip);
        let mut frame = frame_at(&tip, 2, 10);
        change(&mut frame);
        match journal.append(&frame) {
            Err(Error::NotNext { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(change(&|frame| frame.header.cell = CellId(8)), "cell");
    assert_eq!(change(&|frame| frame.header.first_offset = 0), "first_offset");
    assert_eq!(change(&|frame| frame.header.previous[0] ^= 1), "previous");
    assert_eq!(change(&|frame| frame.header.time = Time(0)), "time");
    assert_eq!(change(&|frame| frame.header.epoch = 0), "epoch");
    assert_eq!(change(&|frame| frame.header.count = 3), "count");
}

pub fn a_reader_sees_what_is_appended_after_it_was_made(mut journal: impl Journal) {
    let reader = journal.reader();
    let frames = [append(&mut journal, 1, 10), append(&mut journal, 1, 10)];
    assert_serves(&*reader, &frames);
    drop(journal);
    assert_serves(&*reader, &frames);
}

pub fn readers_beside_the_writer_see_whole_frames_only(mut journal: impl Journal) {
    let done = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|which| {
            let (reader, done) = (journal.reader(), done.clone());
            std::thread::spawn(move || {
                let mut tip = Tip::default();
                while !done.load(Ordering::Acquire) || tip.next_offset < reader.end() {
                    for frame in reader.frames(tip.next_offset, 5000 * which).unwrap() {
                        frame.verify(&tip).unwrap();
                        tip = frame.tip();
                        let last = tip.next_offset - 1;
                        assert_eq!(reader.record(last).unwrap().1, *frame.records.last().unwrap());
                    }
                    if which == 2 {
                        let mut count = 0;
                        reader
                            .heads(0, &mut |offset, _, _| {
                                assert_eq!(offset, count);
                                count += 1;
                                Ok(())
                            })
                            .unwrap();
                    }
                }
                tip
            })
        })
        .collect();
    (0..200).for_each(|count| drop(append(&mut journal, count % 7 + 1, 200)));
    done.store(true, Ordering::Release);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), journal.tip());
    }
}

pub fn a_receipt_made_again_is_the_same_bytes(mut journal: impl Journal) {
    let frame = append(&mut journal, 9, 50);
    let receipt = |frame: &Frame, index: usize| {
        Receipt::new(&frame.header, &frame.tree().unwrap(), index, frame.records[index].digest())
    };
    let read = journal.reader().frame(4).unwrap();
    for index in 0..9 {
        assert_eq!(receipt(&read, index), receipt(&frame, index));
        let operation = frame.records[index].operation_digest().unwrap();
        receipt(&read, index).verify(&operation, &node_key().public()).unwrap();
    }
}

pub fn marks_change_nothing_that_is_read(mut journal: impl Journal) {
    journal.mark().unwrap();
    let mut frames = Vec::new();
    for _ in 0..60 {
        frames.push(append(&mut journal, 1, 100));
        journal.mark().unwrap();
        journal.mark().unwrap();
    }
    assert_eq!(journal.tip(), frames[59].tip());
    assert_serves(&*journal.reader(), &frames);
}

pub fn an_event_without_a_body_and_one_with_a_large_body_are_kept(mut journal: impl Journal) {
    let frames = [append(&mut journal, 3, 0), append(&mut journal, 2, 300_000), append(&mut journal, 1, 0)];
    assert_serves(&*journal.reader(), &frames);
}
