//! What a restart finds: checkpoints, damaged ones, and the journal.

mod common;

use std::fs;

use common::{check, time};
use event::frame::{Frame, Record};
use event::head::{DeviceRegistered, Fact, LetterCancelled, LetterIssued};
use event::sign::PrivateKey;
use event::{Head, Protobuf};
use journal::{Journal, MemoryJournal};
use store::{Error, Store};
use types::{CellId, Held, Offset, StaffId};

fn world() -> common::World {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1 2
        ana submits 3/1 4
        ana submits 3/2 5
        ana submits 3/9 5 -> not_listed
        ",
    )
}

fn journaled(heads: &[Head]) -> MemoryJournal {
    let mut journal = MemoryJournal::new(CellId(0));
    let key = PrivateKey::from_bytes(&[7; 32]);
    for (offset, head) in (0..).zip(heads) {
        let record = Record { head: head.encode_to_vec(), body: Vec::new() };
        let operation = head.digest.as_slice().try_into().unwrap_or_default();
        let tip = journal.tip();
        let (frame, _) = Frame::seal(CellId(0), 1, &tip, time(offset), vec![record], &[operation], &key);
        journal.append(&frame).unwrap();
    }
    journal
}

#[test]
fn a_replay_of_the_journal_gives_the_live_store() {
    let world = world();
    let journal = journaled(&world.heads);
    let mut store = Store::new();
    let mut told: Vec<(Offset, Offset)> = Vec::new();
    store.replay(&*journal.reader(), &mut |done, end| told.push((done, end))).unwrap();
    assert_eq!(store.digest(), world.store.digest());
    let end = world.heads.len() as Offset;
    assert_eq!(told.last(), Some(&(end, end)));
    store.replay(&*journal.reader(), &mut |_, _| {}).unwrap();
    assert_eq!(store.next_offset(), end, "nothing is applied twice");
}

#[test]
fn an_event_of_a_newer_program_stops_the_replay_with_its_offset() {
    let world = world();
    let mut heads = world.heads.clone();
    heads.push(Head::default());
    let mut store = Store::new();
    let error = store.replay(&*journaled(&heads).reader(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, Error::Unknown { offset, .. } if offset == world.heads.len() as Offset), "{error}");
    assert_eq!(store.digest(), world.store.digest());
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_used() {
    let world = world();
    let dir = tempfile::tempdir().unwrap();
    let half = world.heads.len() / 2;
    let mut early = Store::new();
    for (offset, head) in (0..).zip(&world.heads[..half]) {
        early.apply(offset, time(offset), head);
    }
    early.checkpoint(dir.path()).unwrap();
    let newest = dir.path().join(format!("checkpoint-{:020}", world.store.checkpoint(dir.path()).unwrap()));
    let bytes = fs::read(&newest).unwrap();
    for at in (0..bytes.len()).step_by(41).chain([bytes.len() - 1]) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        fs::write(&newest, &bad).unwrap();
        let mut named = Vec::new();
        let store = Store::restore_with(dir.path(), &mut |error| named.push(error.to_string())).unwrap().unwrap();
        assert_eq!(store.digest(), early.digest());
        assert!(named.len() == 1 && named[0].contains(newest.to_str().unwrap()), "{named:?}");
    }
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    let mut store = Store::restore(dir.path()).unwrap().unwrap();
    store.replay(&*journaled(&world.heads).reader(), &mut |_, _| {}).unwrap();
    assert_eq!(store.digest(), world.store.digest());
}

#[test]
fn two_checkpoints_are_kept_and_an_empty_or_missing_folder_has_none() {
    let mut world = world();
    let dir = tempfile::tempdir().unwrap();
    assert!(Store::restore(&dir.path().join("missing")).unwrap().is_none());
    assert!(Store::restore(dir.path()).unwrap().is_none());
    for _ in 0..4 {
        world.grant(4, "ben");
        world.store.checkpoint(dir.path()).unwrap();
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    assert_eq!(Store::restore(dir.path()).unwrap().unwrap().digest(), world.store.digest());
}

#[test]
fn a_phone_is_told_of_its_area_only_and_from_its_cursor_on() {
    let world = world();
    let ea = types::AreaId(3);
    let all = world.store.events_of(ea, 0, 99);
    assert_eq!(all.len(), 5, "the lease, the listing, three submissions");
    assert_eq!(world.store.events_of(ea, all[2], 2), all[2..4]);
    assert!(world.store.events_of(types::AreaId(4), 0, 99).is_empty());
    assert!(all.iter().all(|offset| world.heads[*offset as usize].area == 3));
}

/// A letter's life: issued, cancelled, and refused by fold afterwards; over checkpoints and replays.
#[test]
fn a_cancelled_letter_registers_no_device_also_after_a_restart() {
    let mut world = common::World::new();
    let issue = |world: &mut common::World, nth: u8, devices_max| {
        let lookup = vec![nth; 32];
        let held =
            world.admin(0, Fact::LetterIssued(LetterIssued { lookup, staff: 10, devices_max, ..Default::default() }));
        assert_eq!(held.held, Held::Not);
    };
    let cancel = |world: &mut common::World, nth: u8| {
        world.admin(0, Fact::LetterCancelled(LetterCancelled { lookup: vec![nth; 32] })).held
    };
    let register = |world: &mut common::World, nth: u8, device| {
        let registered =
            DeviceRegistered { device, staff: 10, signing_key: vec![device as u8; 32], letter: vec![nth; 32] };
        world.admin(0, Fact::DeviceRegistered(registered)).held
    };
    (1..=3).for_each(|nth| issue(&mut world, nth, 0));
    issue(&mut world, 4, 2);
    assert_eq!(register(&mut world, 2, 100), Held::Not);
    assert_eq!(register(&mut world, 4, 101), Held::Not);
    assert_eq!(
        [1, 1, 2, 4, 9].map(|nth| cancel(&mut world, nth)),
        [
            Held::Not,
            Held::Not,
            // It has brought its phone in: there is nothing left to cancel.
            Held::NumberTaken,
            Held::Not,
            Held::NotListed,
        ]
    );
    let dir = tempfile::tempdir().unwrap();
    world.store.checkpoint(dir.path()).unwrap();
    let restored = Store::restore(dir.path()).unwrap().unwrap();
    assert_eq!(restored.digest(), world.store.digest());
    let mut replayed = Store::new();
    replayed.replay(&*journaled(&world.heads).reader(), &mut |_, _| {}).unwrap();
    assert_eq!(replayed.digest(), world.store.digest());
    world.store = restored;
    assert_eq!(
        [1, 4, 3].map(|nth| register(&mut world, nth, 110 + u32::from(nth))),
        [Held::NumberTaken, Held::NumberTaken, Held::Not,]
    );
    let letter = |nth| world.store.letter(&[nth; 32]).unwrap();
    assert_eq!(
        [1, 2, 3, 4].map(|nth| (letter(nth).cancelled(), letter(nth).used_up())),
        [(true, false), (false, true), (false, true), (true, false),]
    );
    assert_eq!(letter(1).staff, StaffId(10));
}

/// Goal: checkpoints taken beside a store at work hold one moment each and only what changed, and a restart from any of
/// them gives the live store.
/// Method: one thread applies events without pause while another writes checkpoints; each is restored at once and its
/// digest compared with a replay up to its offset; then the newest is damaged, and the chain before it serves.
#[test]
fn a_checkpoint_beside_a_store_at_work_holds_one_moment_and_what_changed() {
    let mut script = String::from("grant 3 ana\ngrant 4 ben\n");
    for number in 1..=400_u32 {
        let (who, ea) = if number < 200 { ("ana", 3) } else { ("ben", 4) };
        script += &format!("{who} lists {ea}/{number} occupied {number}\n{who} submits {ea}/{number} 3\n");
    }
    let heads = check(&script).heads;
    let digest_at = |end: Offset| {
        let mut store = Store::new();
        (0..end).zip(&heads).for_each(|(offset, head)| drop(store.apply(offset, time(offset), head)));
        store.digest()
    };
    let dir = tempfile::tempdir().unwrap();
    let store = parking_lot::RwLock::new(Store::new());
    let mut checkpoints = store::Checkpoints::new(dir.path());
    let mut written = Vec::new();
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            for (offset, head) in (0..).zip(&heads) {
                store.write().apply(offset, time(offset), head);
                std::thread::sleep(std::time::Duration::from_micros(40));
            }
        });
        while !work.is_finished() {
            let one = checkpoints.write(&store).unwrap();
            let restored = Store::restore(dir.path()).unwrap().unwrap();
            assert_eq!((restored.next_offset(), restored.digest()), (one.next_offset, digest_at(one.next_offset)));
            written.push(one);
        }
    });
    let last = checkpoints.write(&store).unwrap();
    assert_eq!(Store::restore(dir.path()).unwrap().unwrap().digest(), store.read().digest());
    assert!(written.iter().any(|one| !one.whole && one.bytes > 0), "{written:?}");
    assert!(written.iter().filter(|one| one.whole).count() > 1, "whole ones come again: {written:?}");
    let newest = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&newest, bytes).unwrap();
    let mut named = Vec::new();
    let before = Store::restore_with(dir.path(), &mut |error| named.push(error.to_string())).unwrap().unwrap();
    assert!(before.next_offset() < last.next_offset && named.len() == 1, "{named:?}");
    assert_eq!(before.digest(), digest_at(before.next_offset()));
}
