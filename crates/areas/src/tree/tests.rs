use super::*;
use proptest::prelude::*;

fn def(code: &str, parent: Option<AreaId>, level: u8) -> AreaDef {
    AreaDef { code: code.into(), parent, level, names: vec![("en".into(), format!("Area {code}"))] }
}

fn small() -> AreaTree {
    let mut tree = AreaTree::new();
    let country = tree.insert(&def("C", None, 0)).unwrap();
    let north = tree.insert(&def("N", Some(country), 1)).unwrap();
    let south = tree.insert(&def("S", Some(country), 1)).unwrap();
    assert_eq!(tree.insert_eas(south, 3), Ok(3..6));
    assert_eq!(tree.insert_eas(north, 2), Ok(6..8));
    assert_eq!(tree.insert_eas(south, 1), Ok(8..9));
    tree
}

#[test]
fn enumeration_areas_have_codes_and_names_without_storing_any() {
    let mut tree = small();
    for indexed in [false, true] {
        if indexed {
            tree.rebuild_index();
        }
        assert_eq!(tree.code(AreaId(8)).as_deref(), Some("S-004"));
        assert_eq!(tree.by_code("S-004"), Some(AreaId(8)));
        assert_eq!(tree.by_code("S-005"), None);
        assert_eq!(tree.name(AreaId(8), &["zh"]).as_deref(), Some("普查小区 004"));
        assert_eq!(tree.name(AreaId(1), &["zh", "en"]).as_deref(), Some("Area N"));
        assert_eq!(tree.children(AreaId(2)), [3, 4, 5, 8].map(AreaId));
        assert_eq!(tree.tops(), [AreaId(0)]);
    }
    assert_eq!(tree.count_at_level(AreaId(0), 2), 6);
    assert_eq!(tree.count_at_level(AreaId(2), 2), 4);
    assert_eq!(tree.subtree(AreaId(1)).collect::<Vec<_>>(), [1, 6, 7].map(AreaId));
}

#[test]
fn an_area_that_is_not_divided_yet_is_no_enumeration_area_and_levels_may_be_left_out() {
    let mut tree = small();
    let country = AreaId(0);
    let undivided = tree.insert(&def("U", Some(country), 1)).unwrap();
    let direct = tree.insert(&def("D", Some(country), 2)).unwrap();
    tree.rebuild_index();
    let eas = |area| tree.enumeration_areas(area).map(|ea| ea.0).collect::<Vec<_>>();
    assert_eq!(eas(country), [6, 7, 3, 4, 5, 8, direct.0]);
    assert_eq!(tree.enumeration_areas(AreaId(2)).len(), 4);
    assert_eq!((eas(undivided), eas(direct), eas(AreaId(3))), (vec![], vec![direct.0], vec![3]));
}

#[test]
fn a_move_keeps_ids_and_an_area_cannot_move_into_itself() {
    let mut tree = small();
    let north = AreaId(1);
    let moved = AreaDef { level: 2, ..def("N", Some(AreaId(2)), 2) };
    tree.redefine(north, &moved).unwrap();
    tree.rebuild_index();
    assert!(tree.contains(AreaId(2), AreaId(6)));
    assert_eq!(tree.redefine(AreaId(2), &def("S", Some(AreaId(6)), 4)), Err(Error::Cycle { area: AreaId(2) }));
    let taken = Err(Error::DuplicateCode { code: "S".into(), area: AreaId(2) });
    assert_eq!(tree.redefine(north, &def("S", Some(AreaId(0)), 1)), taken);
    tree.redefine(north, &def("NN", Some(AreaId(0)), 1)).unwrap();
    assert_eq!((tree.by_code("N"), tree.by_code("NN")), (None, Some(north)));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut tree = small();
    let before = tree.to_bytes();
    let names = vec![("zh".into(), "界".repeat(30_000))];
    let long = AreaDef { names, ..def("W", Some(AreaId(0)), 1) };
    assert!(matches!(tree.insert(&long), Err(Error::TooLarge { .. })));
    assert!(matches!(tree.redefine(AreaId(1), &long), Err(Error::TooLarge { .. })));
    let code = def(&"9".repeat(70_000), Some(AreaId(0)), 1);
    assert!(matches!(tree.insert(&code), Err(Error::TooLarge { .. })));
    for count in [u32::MAX, 1 << 31, (1 << 31) - 1] {
        assert!(matches!(tree.insert_eas(AreaId(1), count), Err(Error::TooLarge { .. })));
    }
    assert_eq!(tree.to_bytes(), before);
    let deepest = tree.insert(&def("D", Some(AreaId(0)), 255)).unwrap();
    assert!(matches!(tree.insert_eas(deepest, 1), Err(Error::TooLarge { .. })));
}

#[test]
fn a_tree_reads_back_from_its_bytes() {
    let mut tree = small();
    tree.rebuild_index();
    let bytes = tree.to_bytes();
    let mut read = AreaTree::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.by_code("N-002"), Some(AreaId(7)));
    assert_eq!(read.insert_eas(AreaId(1), 1).unwrap(), 9..10);
    assert_eq!(read.code(AreaId(9)).as_deref(), Some("N-003"));
    assert!(AreaTree::from_bytes(&bytes[1..]).is_none());
}

proptest! {
    #[test]
    fn the_index_agrees_with_walking_after_any_inserts_and_moves(
        parents in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..10),
    ) {
        let mut tree = AreaTree::new();
        for (id, parent) in parents.iter().enumerate() {
            let parent = (id > 0).then(|| AreaId(parent.index(id) as u32));
            let level = parent.map_or(0, |parent| tree.level(parent).unwrap() + 1);
            tree.insert(&def(&id.to_string(), parent, level)).unwrap();
        }
        for (area, to) in moves {
            let (area, to) = (AreaId(area.index(parents.len()) as u32), AreaId(to.index(parents.len()) as u32));
            let level = tree.level(to).unwrap() + 1;
            let _ = tree.redefine(area, &def(&area.to_string(), Some(to), level));
        }
        let walking = tree.clone();
        tree.rebuild_index();
        for outer in (0..tree.len()).map(AreaId) {
            prop_assert_eq!(tree.children(outer), walking.children(outer));
            for inner in (0..tree.len()).map(AreaId) {
                prop_assert_eq!(tree.contains(outer, inner), walking.contains(outer, inner));
            }
        }
    }
}
