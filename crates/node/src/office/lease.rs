//! Who works which enumeration area.

use std::collections::BTreeMap;

use areas::AreaTree;
use store::Store;
use types::{AreaId, Role, StaffId};

/// Most enumeration areas that a supervisor's phone follows and a letter brings the keys of: about 160,000 households.
/// Whoever has more looks at them in the console.
pub const SUPERVISED_MAX: usize = 2000;

/// How enumeration areas without an enumerator are spread over those there are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Who gets which, in order of the tree.
    pub grants: Vec<(AreaId, StaffId)>,
    /// Enumeration areas in which no enumerator has a post.
    pub nobody: Vec<AreaId>,
}

/// The enumeration areas a supervisor with a post here looks after; `None` when they are more than [`SUPERVISED_MAX`].
pub fn supervised(tree: &AreaTree, top: AreaId) -> Option<Vec<AreaId>> {
    let eas = tree.enumeration_areas(top);
    (eas.len() <= SUPERVISED_MAX).then(|| eas.collect())
}

/// Spreads the enumeration areas of these subtrees that nobody holds. Each goes to the enumerators with the nearest post
/// above it; among them everybody ends with as many as the others, what they hold already counted, and gets
/// neighbours.
pub fn spread(store: &Store, tops: &[AreaId]) -> Spread {
    let tree = store.areas();
    let mut posts: BTreeMap<AreaId, Vec<(StaffId, usize)>> = BTreeMap::new();
    for staff in store.staff_list().filter(|staff| staff.role == Role::Enumerator) {
        let held = store.leases_of(staff.staff).len();
        posts.entry(staff.area).or_default().push((staff.staff, held));
    }
    let mut spread = Spread::default();
    let mut open: BTreeMap<AreaId, Vec<AreaId>> = BTreeMap::new();
    for ea in tops.iter().flat_map(|top| tree.enumeration_areas(*top)).filter(|ea| store.lease(*ea).is_none()) {
        match tree.upwards(ea).find(|area| posts.contains_key(area)) {
            Some(post) => open.entry(post).or_default().push(ea),
            None => spread.nobody.push(ea),
        }
    }
    for (post, eas) in open {
        let mut eas = eas.into_iter();
        for (staff, share) in shares(&posts[&post], eas.len()) {
            spread.grants.extend(eas.by_ref().take(share).map(|ea| (ea, staff)));
        }
    }
    spread
}

/// How many more each gets, so that the fullest and the emptiest end as close as can be.
fn shares(people: &[(StaffId, usize)], count: usize) -> Vec<(StaffId, usize)> {
    let mut level = 0;
    let needed = |level: usize| people.iter().map(|(_, held)| level.saturating_sub(*held)).sum::<usize>();
    while needed(level + 1) <= count {
        level += 1;
    }
    let mut left = count - needed(level);
    let more = people.iter().map(|(staff, held)| {
        // One more for some of those who are not above the level.
        let one = usize::from(left > 0 && *held <= level);
        left -= one;
        (*staff, level.saturating_sub(*held) + one)
    });
    more.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(held: &[usize], count: usize, more: &[usize]) {
        let people: Vec<_> = held.iter().zip(1..).map(|(held, id)| (StaffId(id), *held)).collect();
        let shares: Vec<usize> = shares(&people, count).into_iter().map(|(_, share)| share).collect();
        assert_eq!(shares, more, "{held:?} get {count}");
    }

    #[test]
    fn everybody_ends_with_as_many_as_the_others() {
        check(&[0, 0, 0], 6, &[2, 2, 2]);
        check(&[0, 0, 0], 7, &[3, 2, 2]);
        check(&[4, 0, 1], 5, &[0, 3, 2]);
        check(&[9, 0], 3, &[0, 3]);
        check(&[2, 2], 0, &[0, 0]);
    }

    #[test]
    fn a_supervisor_looks_after_as_many_areas_as_a_phone_follows_and_not_one_more() {
        let tree = |eas: usize| {
            let mut tree = AreaTree::new();
            tree.insert(&areas::AreaDef { code: "1".into(), ..Default::default() }).unwrap();
            tree.insert_eas(AreaId(0), eas as u32).unwrap();
            tree.rebuild_index();
            tree
        };
        let all = supervised(&tree(SUPERVISED_MAX), AreaId(0)).unwrap();
        assert_eq!((all.len(), all[0], all[SUPERVISED_MAX - 1]), (SUPERVISED_MAX, AreaId(1), AreaId(2000)));
        assert_eq!(supervised(&tree(SUPERVISED_MAX + 1), AreaId(0)), None);
    }
}
