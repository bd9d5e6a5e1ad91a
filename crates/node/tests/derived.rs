//! The store's files and the journal they were made from.

use std::fs;
use std::path::Path;

use areas::{AreaDef, AreaTree};
use node::{Error, Node, Options, office};
use types::AreaId;

fn open(folder: &Path) -> Node {
    Node::open(Options::new(folder), &mut |_, _| {}).unwrap()
}

/// A cell with so many enumeration areas, closed again.
fn cell(folder: &Path, eas: u32) -> u64 {
    let node = open(folder);
    let mut tree = AreaTree::new();
    let names = vec![("en".to_owned(), "Village".to_owned())];
    tree.insert(&AreaDef { code: "V".into(), parent: None, level: 0, names }).unwrap();
    tree.insert_eas(AreaId(0), eas).unwrap();
    tree.rebuild_index();
    office::append(&node, office::define_areas(&tree)).unwrap();
    office::append(&node, vec![office::grant_lease(AreaId(1), types::StaffId(eas), 1)]).unwrap();
    node.stop().unwrap();
    node.status().next_offset
}

fn bring_over(from: &Path, to: &Path, name: &str) {
    let (from, to) = (from.join(name), to.join(name));
    fs::remove_dir_all(&to).unwrap();
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn checkpoints_of_another_journal_are_passed_over_and_the_store_is_rebuilt() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ends = (cell(here.path(), 3), cell(there.path(), 4));
    assert_eq!(ends.0, ends.1, "only what the events say tells the journals apart");
    let digest = open(here.path()).store().digest();
    bring_over(there.path(), here.path(), "store");
    let mut replayed = 0;
    let node = Node::open(Options::new(here.path()), &mut |done, _| replayed = done).unwrap();
    assert_eq!((node.store().digest(), replayed), (digest, ends.0));
    // What is written from now on is of this journal again.
    node.stop().unwrap();
    drop(node);
    assert_eq!(open(here.path()).store().digest(), digest);
    assert!(fs::read_dir(here.path().join("store")).unwrap().count() >= 2);
}

#[test]
fn a_journal_that_ends_before_its_checkpoints_is_an_alarm_even_when_they_are_gone() {
    let (here, early) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    cell(here.path(), 3);
    bring_over(
        here.path(),
        {
            fs::create_dir(early.path().join("journal")).unwrap();
            early.path()
        },
        "journal",
    );
    let node = open(here.path());
    office::append(&node, vec![office::grant_lease(AreaId(2), types::StaffId(3), 1)]).unwrap();
    node.stop().unwrap();
    drop(node);
    bring_over(early.path(), here.path(), "journal");
    for entry in fs::read_dir(here.path().join("store")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("checkpoint-") {
            fs::remove_file(path).unwrap();
        }
    }
    let refused = Node::open(Options::new(here.path()), &mut |_, _| {}).err();
    assert!(matches!(refused, Some(Error::JournalBehind { .. })), "{refused:?}");
}
