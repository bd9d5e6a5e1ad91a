//! The resident tree: parents, levels, texts, and a preorder index that makes a subtree a range.

mod index;

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
mod tests;
