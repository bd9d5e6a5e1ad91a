//! Receipts held outside, looked for in a journal that nobody serves.

mod common;

use std::path::Path;

use common::{CELL, append, folder, frame_at, node_key};
use event::frame::{Frame, Tip};
use event::sign::PrivateKey;
use event::{Digest, HeldReceipt, Receipt};
use journal::DiskJournal;
use journal::disk::Options;
use journal::disk::receipts::Finding;
use journal::disk::verify::verify_receipts;
use types::{OperationId, Origin};

/// The receipts of every event of a frame.
fn receipts(frame: &Frame) -> Vec<HeldReceipt> {
    let tree = frame.tree().unwrap();
    let held = |(index, record): (usize, &event::Record)| HeldReceipt {
        operation: OperationId { origin: Origin([1; 16]), number: frame.header.first_offset + index as u64 + 1 },
        digest: record.operation_digest().unwrap(),
        receipt: Receipt::new(&frame.header, &tree, index, record.digest()),
    };
    frame.records.iter().enumerate().map(held).collect()
}

fn journal(dir: &Path, frames: usize) -> Vec<HeldReceipt> {
    let options = Options { segment_bytes: 4 << 10, ..Options::default() };
    let mut journal = DiskJournal::open(dir, CELL, options).unwrap().0;
    (0..frames).flat_map(|at| receipts(&append(&mut journal, 1 + at as u64 % 3, 300))).collect()
}

fn find(dir: &Path, keys: &[[u8; 32]], held: &[HeldReceipt]) -> Vec<Finding> {
    let (report, findings) = verify_receipts(dir, keys, held, &|_| ()).unwrap();
    assert!(report.segments > 1, "the receipts are of several segments");
    findings
}

#[test]
fn every_receipt_given_is_found_where_it_says() {
    let dir = folder();
    let held = journal(dir.path(), 30);
    let findings = find(dir.path(), &[node_key().public()], &held);
    let expected: Vec<Finding> = (0..held.len() as u64).map(|offset| Finding::Proved { offset }).collect();
    assert_eq!(findings, expected);
}

#[test]
fn what_a_journal_lost_is_missing_by_its_receipt() {
    // The same node goes on from the same journal: here to frame 30, in the copy to frame 20.
    let (longer, shorter) = (folder(), folder());
    let held = journal(longer.path(), 30);
    let kept = journal(shorter.path(), 20).len();
    let findings = find(shorter.path(), &[node_key().public()], &held);
    for (offset, finding) in findings.into_iter().enumerate() {
        let offset = offset as u64;
        match (offset as usize) < kept {
            true => assert_eq!(finding, Finding::Proved { offset }),
            false => assert_eq!(finding, Finding::Missing { offset }),
        }
    }
}

#[test]
fn an_operation_that_another_journal_took_in_again_is_elsewhere() {
    let dir = folder();
    let mut held = journal(dir.path(), 6);
    // Another office's receipt for the same first two operations.
    let other = frame_at(&Tip { hash: [9; 32], ..Tip::default() }, 2, 300);
    held.extend(receipts(&other));
    let findings = find(dir.path(), &[node_key().public()], &held);
    assert_eq!(findings[held.len() - 2..], [Finding::Elsewhere { offset: 0 }, Finding::Elsewhere { offset: 1 }]);
}

#[test]
fn a_receipt_that_was_changed_or_that_a_stranger_signed_proves_nothing() {
    let dir = folder();
    let good = journal(dir.path(), 6).pop().unwrap();
    let changed = |change: &dyn Fn(&mut HeldReceipt)| {
        let mut held = good.clone();
        change(&mut held);
        held
    };
    let stranger = |held: &mut HeldReceipt| {
        // Nobody here knows the operation, and the frame is signed by nobody we know.
        let record = common::record(1000, 10);
        let (key, tip) = (PrivateKey::from_bytes(&[1; 32]), Tip::default());
        let digest: Digest = record.operation_digest().unwrap();
        let frame = Frame::seal(CELL, 1, &tip, types::Time(1), vec![record], &[digest], &key).0;
        *held = receipts(&frame).remove(0);
    };
    let held = [
        changed(&|held| held.digest[0] ^= 1),
        changed(&|held| held.receipt.index += 1),
        changed(&|held| held.receipt.path.truncate(0)),
        changed(&|held| held.receipt.event[5] ^= 1),
        changed(&stranger),
    ];
    for (at, finding) in find(dir.path(), &[node_key().public()], &held).into_iter().enumerate() {
        assert!(matches!(finding, Finding::Unproved { .. }), "receipt {at}: {finding:?}");
    }
}
