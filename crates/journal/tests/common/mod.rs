//! What the journal's tests share: a small node that seals frames, and a folder that goes away.
#![allow(dead_code, reason = "every test binary uses a part")]

use event::frame::{Frame, Record, Tip};
use event::sign::PrivateKey;
use event::{Digest, Head, Protobuf};
use journal::Journal;
use types::{CellId, Time};

pub const CELL: CellId = CellId(7);

pub fn node_key() -> PrivateKey {
    PrivateKey::from_bytes(&[42; 32])
}

/// The event numbered `number`: a readable head, and a body of `body_bytes` without a zero byte or a pattern.
pub fn record(number: u64, body_bytes: usize) -> Record {
    let operation = *blake3::hash(&number.to_le_bytes()).as_bytes();
    let head = Head { number, digest: operation.to_vec(), staff: 3, area: 9, ..Head::default() }.encode_to_vec();
    let mut body = vec![0; body_bytes];
    blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut body);
    body.iter_mut().for_each(|byte| *byte |= 1);
    Record { head, body }
}

/// Seals the next `count` events after `tip`.
pub fn frame_at(tip: &Tip, count: u64, body_bytes: usize) -> Frame {
    let records: Vec<Record> = (0..count).map(|index| record(tip.next_offset + index, body_bytes)).collect();
    let operations: Vec<Digest> = records.iter().map(|record| record.operation_digest().unwrap()).collect();
    let now = Time(1_600_000_000_000_000 + tip.next_offset as i64);
    Frame::seal(CELL, 1, tip, now, records, &operations, &node_key()).0
}

/// Appends a frame of `count` events and returns it.
pub fn append(journal: &mut impl Journal, count: u64, body_bytes: usize) -> Frame {
    let frame = frame_at(&journal.tip(), count, body_bytes);
    journal.append(&frame).unwrap();
    frame
}

/// Checks that the journal serves exactly these frames, in every way it can be asked.
pub fn assert_serves(reader: &dyn journal::Reader, frames: &[Frame]) {
    let end = frames.last().map_or(0, |frame| frame.tip().next_offset);
    assert_eq!(reader.end(), end);
    let mut read = Vec::new();
    let mut from = 0;
    while from < end {
        let some = reader.frames(from, 3000).unwrap();
        from = some.last().expect("frames before the end").tip().next_offset;
        read.extend(some);
    }
    assert_eq!(read, frames);
    let mut heads = Vec::new();
    let mut visit = |offset, time, head: &[u8]| {
        heads.push((offset, time, head.to_vec()));
        Ok(())
    };
    reader.heads(0, &mut visit).unwrap();
    let mut expected = Vec::new();
    for frame in frames {
        for (offset, record) in (frame.header.first_offset..).zip(frame.records.iter()) {
            assert_eq!(reader.record(offset).unwrap(), (frame.header.clone(), record.clone()));
            assert_eq!(reader.frame(offset).unwrap(), *frame);
            expected.push((offset, frame.header.time, record.head.clone()));
        }
    }
    assert!(heads == expected, "the heads are not those of the frames");
}

/// A folder that goes away, in memory where there is such a file system: thousands of flushes are made in it.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
