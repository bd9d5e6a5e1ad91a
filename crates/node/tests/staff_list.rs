//! Staff lists: what is a mistake, and what a list changes.

use node::{Node, Options, office};
use types::{AreaId, Role};

fn node(folder: &std::path::Path) -> Node {
    let node = Node::open(Options::new(folder), &mut |_, _| {}).unwrap();
    let mut tree = areas::AreaTree::new();
    let names = vec![("en".to_owned(), "Village".to_owned())];
    tree.insert(&areas::AreaDef { code: "V".into(), parent: None, level: 0, names }).unwrap();
    tree.insert_eas(AreaId(0), 5).unwrap();
    tree.rebuild_index();
    office::append(&node, office::define_areas(&tree)).unwrap();
    node
}

#[track_caller]
fn check(file: &[u8], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let said = match office::read(file, &node.store()) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(|m| format!("{}/{}", m.line, m.column)).collect(),
    };
    assert_eq!(said, expected);
}

#[test]
fn every_mistake_of_a_list_is_named_by_line_and_column() {
    check(b"\xef\xbb\xbfArea,Role,Name,Code\r\nV,enumerator,Li,E-1\r\n", &[]);
    check("code,name,role,area\nE-1,李雷,普查员,V\n".as_bytes(), &[]);
    check(b"code,name,role,area\nE 1,,boss,W\n", &["2/code", "2/name", "2/role", "2/area"]);
    check(b"code,name,role,area\nE-1,Li,viewer,V\n\nE-1,Li,viewer,V\n", &["4/code"]);
    check(b"code,name,role,area\n../x,Li,viewer,V\n.x,Li,viewer,V\n", &["2/code", "3/code"]);
    check(b"code,name,role,area\nE-1,Li,viewer\n", &["2/"]);
    check(b"code,name,role,area,birth\nE-1,Li,viewer,V,1970\n", &["1/birth"]);
    check(b"code,name,role,area,phone\nS-1,Li,supervisor,V,+41 44-123 45 67\nE-1,Wu,enumerator,V,\n", &[]);
    check(b"code,name,role,area,phone\nE-1,Li,enumerator,V,0441234567\n", &["2/phone"]);
    check(b"code,name,role,area,phone\nS-1,Li,supervisor,V,ask Wu\n", &["2/phone"]);
    check(b"code,name,area\nE-1,Li,V\n", &["1/"]);
    check(b"code,name,role,area\n", &["2/"]);
    check(b"", &["1/", "1/", "1/", "1/"]);
    check(b"code,name,role,area\nE-1,\xc0\xee,viewer,V\n", &["2/"]);
}

#[test]
fn the_same_list_changes_nothing_and_a_changed_row_keeps_number_and_password() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let import = |file: &str| {
        let rows = office::read(file.as_bytes(), &node.store()).unwrap();
        let import = office::import(&rows, &node.store());
        office::append(&node, import.events).unwrap();
        (import.new, import.changed, import.same)
    };
    let list = "code,name,role,area\nE-1,Li,enumerator,V\nE-2,Han,enumerator,V\n";
    assert_eq!(import(list), (2, 0, 0));
    let end = node.store().next_offset();
    assert_eq!(import(list), (0, 0, 2));
    assert_eq!(node.store().next_offset(), end, "nothing was written");

    let known = node.store().staff_by_login("E-1").unwrap().clone();
    let secret = office::enrol_staff(known.staff, known.role, known.area, &known.name, &known.login, "hash");
    office::append(&node, vec![secret]).unwrap();
    assert_eq!(import("code,name,role,area\nE-1,Li,supervisor,V\nE-3,New,enumerator,V\n"), (1, 1, 0));
    let changed = node.store().staff_by_login("E-1").unwrap().clone();
    assert_eq!((changed.staff, changed.role, changed.password_hash.as_str()), (known.staff, Role::Supervisor, "hash"));
}

#[test]
fn a_supervisors_telephone_is_kept_until_a_list_says_another() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let import = |file: &str| {
        let rows = office::read(file.as_bytes(), &node.store()).unwrap();
        let events = office::import(&rows, &node.store()).events;
        office::append(&node, events).unwrap();
        let store = node.store();
        store.supervisor_of(AreaId(3)).map(|staff| (staff.name.clone(), staff.phone.clone()))
    };
    let known = |name: &str, phone: &str| Some((name.to_owned(), phone.to_owned()));
    assert_eq!(import("code,name,role,area\nE-1,Li,enumerator,V\n"), None);
    assert_eq!(import("code,name,role,area,phone\nS-1,Su,supervisor,V,044\n"), known("Su", "044"));
    assert_eq!(import("code,name,role,area\nS-1,Sun,supervisor,V\n"), known("Sun", "044"));
    assert_eq!(import("code,name,role,area,phone\nS-1,Sun,supervisor,V,\n"), known("Sun", ""));
    // The nearest one above an area is its enumerator's.
    assert_eq!(import("code,name,role,area,phone\nS-2,Qi,supervisor,V-003,055\n"), known("Qi", "055"));
    assert_eq!(import("code,name,role,area\nS-2,Qi,viewer,V-003\n"), known("Sun", ""));
}

#[test]
fn enumeration_areas_are_spread_evenly_over_who_is_posted_nearest_and_taken_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let list = "code,name,role,area\nE-1,Li,enumerator,V\nE-2,Han,enumerator,V\nE-3,Wu,enumerator,V-005\nS-1,Su,supervisor,V\n";
    let rows = office::read(list.as_bytes(), &node.store()).unwrap();
    let events = office::import(&rows, &node.store()).events;
    office::append(&node, events).unwrap();
    let who = |code: &str| node.store().staff_by_login(code).unwrap().staff;
    let (li, han, wu) = (who("E-1"), who("E-2"), who("E-3"));
    office::append(&node, vec![office::grant_lease(AreaId(1), li, 1)]).unwrap();
    let mut spread = office::spread(&node.store(), &[AreaId(0)]);
    spread.grants.sort_unstable();
    let expected = [(AreaId(2), li), (AreaId(3), han), (AreaId(4), han), (AreaId(5), wu)];
    assert_eq!((spread.grants.as_slice(), spread.nobody.len()), (expected.as_slice(), 0));
}
