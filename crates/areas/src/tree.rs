//! The resident tree: parents, levels, texts, and a preorder index that makes a subtree a range.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use types::AreaId;

const NONE: u32 = u32::MAX;

/// An area as defined or redefined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AreaDef {
    /// The official code, unique in the census.
    pub code: String,
    /// `None` at the top.
    pub parent: Option<AreaId>,
    /// From 0 at the top; at most 255.
    pub level: u8,
    /// Names by language (BCP 47).
    pub names: Vec<(String, String)>,
}

/// Why a definition was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The parent has no id yet.
    #[error("area `{code}` names parent {parent}, which is not defined before it")]
    UnknownParent {
        /// Whose parent.
        code: String,
        /// The id named.
        parent: AreaId,
    },
    /// A child must lie on a lower level than its parent.
    #[error("area `{code}` is on level {level}, not below its parent's level {parent_level}")]
    NotBelowParent {
        /// Which area.
        code: String,
        /// Its level.
        level: u8,
        /// Its parent's level.
        parent_level: u8,
    },
    /// Another area has this code.
    #[error("code `{code}` is already the code of area {area}")]
    DuplicateCode {
        /// Which code.
        code: String,
        /// Whose it is.
        area: AreaId,
    },
    /// Code and names take more room than an area has, or there are no ids or levels left.
    #[error("area `{code}` does not fit: code and names have 65,535 bytes each, a tree 255 levels and 2^31 areas")]
    TooLarge {
        /// Which area; cut after 40 characters.
        code: String,
    },
    /// An area cannot lie in itself.
    #[error("area {area} cannot move into its own subtree")]
    Cycle {
        /// Which area.
        area: AreaId,
    },
    /// No area has this id.
    #[error("area {area} is not defined")]
    Unknown {
        /// Which id.
        area: AreaId,
    },
}

/// All areas of a census. See the crate's documentation.
#[derive(Clone, Debug, Default)]
pub struct AreaTree {
    pub(crate) parent: Vec<u32>,
    pub(crate) level: Vec<u8>,
    /// Index into `texts`, or, with the high bit set, the number of an enumeration area within its parent, from 1.
    pub(crate) text: Vec<u32>,
    pub(crate) texts: Vec<Text>,
    pub(crate) arena: String,
    by_code: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// How many numbered enumeration areas each parent has.
    numbered: HashMap<u32, u32>,
    /// Preorder position of each area, and of the last area of its subtree. Empty while the index is stale.
    enter: Vec<u32>,
    last: Vec<u32>,
    order: Vec<u32>,
    /// Preorder positions of each level's areas, ascending.
    positions: Vec<Vec<u32>>,
}

/// Where an area's code and names lie in the arena: code, then `language US name` pairs separated by RS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Text {
    pub(crate) at: u32,
    pub(crate) code_bytes: u16,
    pub(crate) names_bytes: u16,
}

pub(crate) const NUMBERED: u32 = 1 << 31;
/// Most bytes of a code, and of an area's names together.
const TEXT_BYTES_MAX: usize = u16::MAX as usize;
const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

impl AreaTree {
    /// An empty tree.
    pub fn new() -> AreaTree {
        AreaTree::default()
    }

    /// How many areas there are; the next new id.
    pub fn len(&self) -> u32 {
        self.parent.len() as u32
    }

    /// No area is defined.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The area exists.
    pub fn has(&self, area: AreaId) -> bool {
        area.0 < self.len()
    }

    fn check(&self, def: &AreaDef) -> Result<(), Error> {
        if let Some(parent) = def.parent {
            let Some(parent_level) = self.level(parent) else {
                return Err(Error::UnknownParent { code: def.code.clone(), parent });
            };
            if def.level <= parent_level {
                return Err(Error::NotBelowParent { code: def.code.clone(), level: def.level, parent_level });
            }
        }
        // Each name has a language and two separators at most.
        let names: usize = def.names.iter().map(|(language, name)| language.len() + name.len() + 2).sum();
        let room = (u32::MAX as usize).saturating_sub(self.arena.len());
        let short = def.code.len() <= TEXT_BYTES_MAX && names <= TEXT_BYTES_MAX && def.code.len() + names <= room;
        if short && self.len() < NUMBERED {
            Ok(())
        } else {
            Err(Error::TooLarge { code: def.code.chars().take(40).collect() })
        }
    }

    /// Defines a new area and gives it the next id.
    pub fn insert(&mut self, def: &AreaDef) -> Result<AreaId, Error> {
        self.check(def)?;
        if let Some(area) = self.by_code(&def.code) {
            return Err(Error::DuplicateCode { code: def.code.clone(), area });
        }
        let id = self.len();
        let text = self.put_text(def);
        self.parent.push(def.parent.map_or(NONE, |parent| parent.0));
        self.level.push(def.level);
        self.text.push(text);
        self.index_code(id, &def.code);
        self.stale();
        Ok(AreaId(id))
    }

    /// Renames, recodes or moves an area. Its id and its subtree stay.
    pub fn redefine(&mut self, area: AreaId, def: &AreaDef) -> Result<(), Error> {
        if !self.has(area) {
            return Err(Error::Unknown { area });
        }
        self.check(def)?;
        match self.by_code(&def.code) {
            Some(other) if other != area => return Err(Error::DuplicateCode { code: def.code.clone(), area: other }),
            _ => {}
        }
        if def.parent.is_some_and(|parent| self.contains(area, parent)) {
            return Err(Error::Cycle { area });
        }
        self.unindex_code(area.0);
        self.text[area.0 as usize] = self.put_text(def);
        self.index_code(area.0, &def.code);
        self.parent[area.0 as usize] = def.parent.map_or(NONE, |parent| parent.0);
        self.level[area.0 as usize] = def.level;
        self.stale();
        Ok(())
    }

    /// Adds `count` enumeration areas under `parent`, numbered on from those it has. Their ids follow each other.
    pub fn insert_eas(&mut self, parent: AreaId, count: u32) -> Result<std::ops::Range<u32>, Error> {
        let Some(level) = self.level(parent) else { return Err(Error::Unknown { area: parent }) };
        let fits = count < NUMBERED && self.len().checked_add(count).is_some_and(|len| len < NUMBERED);
        let (true, Some(below)) = (fits, level.checked_add(1)) else {
            return Err(Error::TooLarge { code: self.code(parent).unwrap_or_default().chars().take(40).collect() });
        };
        let before = *self.numbered.entry(parent.0).and_modify(|known| *known += count).or_insert(count) - count;
        let first = self.len();
        for number in 1..=count {
            self.parent.push(parent.0);
            self.level.push(below);
            self.text.push(NUMBERED | (before + number));
        }
        self.stale();
        Ok(first..first + count)
    }

    fn put_text(&mut self, def: &AreaDef) -> u32 {
        let at = self.arena.len() as u32;
        self.arena.push_str(&def.code);
        let code_bytes = def.code.len() as u16;
        for (index, (language, name)) in def.names.iter().enumerate() {
            if index > 0 {
                self.arena.push(RECORD);
            }
            self.arena.push_str(language);
            self.arena.push(UNIT);
            self.arena.push_str(name);
        }
        let names_bytes = (self.arena.len() - at as usize - code_bytes as usize) as u16;
        self.texts.push(Text { at, code_bytes, names_bytes });
        self.texts.len() as u32 - 1
    }

    fn stored_text(&self, area: u32) -> Option<(&str, &str)> {
        let index = *self.text.get(area as usize)?;
        let text = self.texts.get(index as usize)?;
        let (code, names) = (text.at as usize, text.at as usize + text.code_bytes as usize);
        Some((&self.arena[code..names], &self.arena[names..names + text.names_bytes as usize]))
    }

    fn index_code(&mut self, area: u32, code: &str) {
        let AreaTree { by_code, hasher, text, texts, arena, .. } = self;
        by_code.insert_unique(hasher.hash_one(code), area, |area| {
            let text = texts[text[*area as usize] as usize];
            hasher.hash_one(&arena[text.at as usize..text.at as usize + text.code_bytes as usize])
        });
    }

    fn unindex_code(&mut self, area: u32) {
        let Some((code, _)) = self.stored_text(area) else { return };
        let hash = self.hasher.hash_one(code);
        if let Ok(entry) = self.by_code.find_entry(hash, |other| *other == area) {
            entry.remove();
        }
    }

    /// The area of a code, of an enumeration area too.
    pub fn by_code(&self, code: &str) -> Option<AreaId> {
        let stored = self
            .by_code
            .find(self.hasher.hash_one(code), |area| self.stored_text(*area).is_some_and(|(stored, _)| stored == code))
            .map(|area| AreaId(*area));
        stored.or_else(|| {
            let (parent, number) = code.rsplit_once('-')?;
            let parent = self.by_code(parent)?;
            let number: u32 = number.parse().ok()?;
            self.children(parent).into_iter().find(|child| self.text[child.0 as usize] == NUMBERED | number)
        })
    }

    /// The code: as defined, or for an enumeration area its parent's code, a hyphen and three digits or more.
    pub fn code(&self, area: AreaId) -> Option<String> {
        match self.stored_text(area.0) {
            Some((code, _)) => Some(code.to_owned()),
            None => {
                let number = self.ea_number(area)?;
                Some(format!("{}-{number:03}", self.code(self.parent(area)?)?))
            }
        }
    }

    /// The number within its parent of an area made by [`AreaTree::insert_eas`].
    pub fn ea_number(&self, area: AreaId) -> Option<u32> {
        let text = *self.text.get(area.0 as usize)?;
        (text & NUMBERED != 0).then_some(text & !NUMBERED)
    }

    /// The name in the first of `languages` that it has, else in any. Enumeration areas are named by number.
    pub fn name(&self, area: AreaId, languages: &[&str]) -> Option<String> {
        if let Some(number) = self.ea_number(area) {
            return Some(if languages.first() == Some(&"zh") {
                format!("普查小区 {number:03}")
            } else {
                format!("EA {number:03}")
            });
        }
        let names = self.names(area);
        languages
            .iter()
            .find_map(|language| names.iter().find(|(known, _)| known == language))
            .or(names.first())
            .map(|(_, name)| name.clone())
    }

    /// All names, by language.
    pub fn names(&self, area: AreaId) -> Vec<(String, String)> {
        let (_, names) = self.stored_text(area.0).unwrap_or_default();
        names.split(RECORD).filter_map(|pair| pair.split_once(UNIT)).map(|(l, n)| (l.into(), n.into())).collect()
    }

    /// The level, from 0 at the top.
    pub fn level(&self, area: AreaId) -> Option<u8> {
        self.level.get(area.0 as usize).copied()
    }

    /// The parent; `None` at the top and for unknown areas.
    pub fn parent(&self, area: AreaId) -> Option<AreaId> {
        self.parent.get(area.0 as usize).filter(|parent| **parent != NONE).map(|parent| AreaId(*parent))
    }

    /// The area and its ancestors, upwards.
    pub fn upwards(&self, area: AreaId) -> impl Iterator<Item = AreaId> + '_ {
        std::iter::successors(self.has(area).then_some(area), |area| self.parent(*area))
    }

    /// `inner` is `outer` or lies in it. False when either is unknown.
    pub fn contains(&self, outer: AreaId, inner: AreaId) -> bool {
        if self.enter.is_empty() {
            return self.has(outer) && self.upwards(inner).any(|area| area == outer);
        }
        let (Some(&enter), Some(&last)) = (self.enter.get(outer.0 as usize), self.last.get(outer.0 as usize)) else {
            return false;
        };
        self.enter.get(inner.0 as usize).is_some_and(|at| (enter..=last).contains(at))
    }

    /// The areas without a parent.
    pub fn tops(&self) -> Vec<AreaId> {
        if self.enter.is_empty() {
            return (0..self.len()).filter(|id| self.parent[*id as usize] == NONE).map(AreaId).collect();
        }
        self.siblings(0, self.len())
    }

    /// The areas directly in `area`, in order of id.
    pub fn children(&self, area: AreaId) -> Vec<AreaId> {
        if !self.has(area) {
            return Vec::new();
        }
        if self.enter.is_empty() {
            return (0..self.len()).filter(|id| self.parent[*id as usize] == area.0).map(AreaId).collect();
        }
        self.siblings(self.enter[area.0 as usize] + 1, self.last[area.0 as usize] + 1)
    }

    fn siblings(&self, from: u32, end: u32) -> Vec<AreaId> {
        let mut siblings = Vec::new();
        let mut at = from;
        while at < end {
            let id = self.order[at as usize];
            siblings.push(AreaId(id));
            at = self.last[id as usize] + 1;
        }
        siblings
    }

    /// The area and all in it, parents before children.
    ///
    /// # Panics
    /// While the index is stale; see [`AreaTree::rebuild_index`].
    pub fn subtree(&self, area: AreaId) -> impl Iterator<Item = AreaId> + '_ {
        assert!(self.is_indexed(), "rebuild_index comes before subtree");
        let range = match self.enter.get(area.0 as usize) {
            Some(&enter) => enter as usize..self.last[area.0 as usize] as usize + 1,
            None => 0..0,
        };
        self.order[range].iter().map(|id| AreaId(*id))
    }

    /// How many areas of `level` lie in `area` (itself included).
    ///
    /// # Panics
    /// While the index is stale; see [`AreaTree::rebuild_index`].
    pub fn count_at_level(&self, area: AreaId, level: u8) -> u32 {
        assert!(self.is_indexed(), "rebuild_index comes before count_at_level");
        let (Some(&enter), Some(positions)) = (self.enter.get(area.0 as usize), self.positions.get(level as usize))
        else {
            return 0;
        };
        let last = self.last[area.0 as usize];
        let below = |end: u32| positions.partition_point(|at| *at < end);
        (below(last + 1) - below(enter)) as u32
    }

    /// How many levels there are.
    pub fn levels(&self) -> usize {
        self.level.iter().max().map_or(0, |deepest| *deepest as usize + 1)
    }

    /// The lowest level holds enumeration areas: areas without children.
    pub fn is_leaf(&self, area: AreaId) -> bool {
        if self.enter.is_empty() {
            self.children(area).is_empty()
        } else {
            self.enter[area.0 as usize] == self.last[area.0 as usize]
        }
    }

    /// The preorder index is up to date. While it is not, questions about one area still answer, by walking.
    pub fn is_indexed(&self) -> bool {
        self.enter.len() == self.parent.len()
    }

    fn stale(&mut self) {
        self.enter.clear();
        self.last.clear();
        self.order.clear();
        self.positions.clear();
    }

    /// Numbers the tree in preorder: after an import, a replay or a move. Linear in the number of areas.
    pub fn rebuild_index(&mut self) {
        if self.is_indexed() {
            return;
        }
        let count = self.parent.len();
        // Children by parent, in order of id: a counting sort.
        let mut first = vec![0u32; count + 2];
        let slot = |parent: u32| if parent == NONE { 0 } else { parent as usize + 1 };
        self.parent.iter().for_each(|parent| first[slot(*parent) + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut fill = first.clone();
        let mut children = vec![0u32; count];
        for (id, parent) in self.parent.iter().enumerate() {
            children[fill[slot(*parent)] as usize] = id as u32;
            fill[slot(*parent)] += 1;
        }
        let range = |slot: usize| first[slot] as usize..first[slot + 1] as usize;
        self.enter = vec![0; count];
        self.last = vec![0; count];
        self.order = Vec::with_capacity(count);
        self.positions = vec![Vec::new(); self.levels()];
        let mut stack: Vec<(u32, bool)> = children[range(0)].iter().rev().map(|id| (*id, false)).collect();
        while let Some((id, done)) = stack.pop() {
            if done {
                self.last[id as usize] = self.order.len() as u32 - 1;
                continue;
            }
            let at = self.order.len() as u32;
            self.enter[id as usize] = at;
            self.order.push(id);
            self.positions[self.level[id as usize] as usize].push(at);
            stack.push((id, true));
            stack.extend(children[range(id as usize + 1)].iter().rev().map(|id| (*id, false)));
        }
    }

    /// Bytes held by the tree, allocator's spare room included.
    pub fn bytes_resident(&self) -> usize {
        let words = self.parent.capacity() + self.text.capacity() + self.enter.capacity() + self.last.capacity();
        let positions: usize = self.positions.iter().map(Vec::capacity).sum();
        4 * (words + self.order.capacity() + positions)
            + self.level.capacity()
            + size_of::<Text>() * self.texts.capacity()
            + self.arena.capacity()
            + 5 * self.by_code.capacity()
            + 9 * self.numbered.capacity()
    }

    /// Gives spare room back to the allocator, after an import.
    pub fn shrink(&mut self) {
        self.parent.shrink_to_fit();
        self.level.shrink_to_fit();
        self.text.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.arena.shrink_to_fit();
        self.positions.iter_mut().for_each(Vec::shrink_to_fit);
    }

    pub(crate) fn reindex_codes(&mut self) {
        self.by_code.clear();
        self.numbered.clear();
        for (text, parent) in self.text.iter().zip(&self.parent).filter(|(text, _)| **text & NUMBERED != 0) {
            let known = self.numbered.entry(*parent).or_default();
            *known = (*known).max(text & !NUMBERED);
        }
        for area in 0..self.len() {
            if let Some((code, _)) = self.stored_text(area) {
                let code = code.to_owned();
                self.index_code(area, &code);
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
}
