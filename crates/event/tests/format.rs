//! Operations and events are read as they were written when their kind was added: their bytes lie in `fixtures/format`.
//! `QUIPU_WRITE_FIXTURE=1 cargo test -p event --test format` writes those that are missing.

use std::path::Path;

use event::operation::MergeHousehold;
use event::{Act, Fact, Head, Operation, Protobuf};
use types::{AreaId, StaffId};

/// The bytes of a fixture, and that today's are the same.
fn kept(name: &str, today: Vec<u8>) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/format").join(name);
    if std::env::var_os("QUIPU_WRITE_FIXTURE").is_some() && !path.exists() {
        std::fs::write(&path, &today).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes, today, "{name} is written otherwise today");
    bytes
}

#[test]
fn a_merge_is_read_as_it_was_written() {
    let merge = MergeHousehold { household: 300, into: 7 };
    let operation = Operation {
        origin: (0..16).collect(),
        number: 5,
        staff: 1,
        area: 9,
        lease: 2,
        sent_at_us: 1_604_188_800_000_000,
        census: 77,
        act: Some(Act::MergeHousehold(merge.clone())),
        ..Operation::default()
    };
    let bytes = kept("merge-household.operation", operation.encode_to_vec());
    assert_eq!(Operation::read(&bytes).unwrap(), operation);

    let head = Head::of(AreaId(9), StaffId(1), Fact::HouseholdMerged(merge));
    let bytes = kept("household-merged.head", head.encode_to_vec());
    let read = Head::read(&bytes).unwrap();
    assert_eq!(read.fact.as_ref().map(Fact::name), Some("household.merged"));
    assert_eq!(read, head);
}
