//! The area tree as the query side sees it: codes and names of permanent ids.

use parking_lot::RwLock;
use types::AreaId;

use event::head::AreasDefined;

/// Answers what an area is called and where it hangs. Ids run from 0 to `count() - 1` without gaps.
pub trait Areas: Send + Sync {
    /// How many areas there are, enumeration areas included.
    fn count(&self) -> u32;
    /// The parent; `None` for a top area and for one that is not known.
    fn parent(&self, area: AreaId) -> Option<AreaId>;
    /// The level, 0 at the top; `None` when the area is not known.
    fn level(&self, area: AreaId) -> Option<u8>;
    /// The official code; empty when the area is not known.
    fn code(&self, area: AreaId) -> String;
    /// The name in a language (BCP 47), or in any language when there is none in that one; may be empty.
    fn name(&self, area: AreaId, language: &str) -> String;

    /// The area whose key encrypts the bodies of events about an area.
    fn key_area(&self, area: AreaId) -> AreaId;

    /// The area and those above it, top first.
    fn path(&self, area: AreaId) -> Vec<AreaId> {
        let mut path = vec![area];
        // A tree has at most 255 levels, so a damaged parent cannot make this run for ever.
        while let Some(parent) = self.parent(path[path.len() - 1]).filter(|_| path.len() <= 255) {
            path.push(parent);
        }
        path.reverse();
        path
    }
}

/// An area tree kept in memory as `area.defined` tells it: for tests, examples and single districts.
#[derive(Debug, Default)]
pub struct AreaTable(RwLock<Vec<Area>>);

#[derive(Clone, Debug)]
struct Area {
    parent: Option<u32>,
    level: u8,
    code: String,
    names: Vec<(String, String)>,
}

impl AreaTable {
    /// An empty tree.
    pub fn new() -> AreaTable {
        AreaTable::default()
    }

    /// Adds areas; each `eas` of them becomes that many children named by their number.
    pub fn define(&self, defined: &AreasDefined) {
        let mut areas = self.0.write();
        let put = |areas: &mut Vec<Area>, id: usize, area: Area| {
            if id < areas.len() {
                areas[id] = area;
            } else {
                areas.resize(id + 1, area);
            }
        };
        for area in &defined.areas {
            let names = area.names.iter().map(|n| (n.language.clone(), n.text.clone())).collect();
            let level = area.level.min(255) as u8;
            let parent = area.parent_plus_1.checked_sub(1);
            put(&mut areas, area.id as usize, Area { parent, level, code: area.code.clone(), names });
            for nth in 0..area.eas {
                let code = format!("{}{:03}", area.code, nth + 1);
                let ea = Area { parent: Some(area.id), level: level.saturating_add(1), code, names: Vec::new() };
                put(&mut areas, (area.eas_first + nth) as usize, ea);
            }
        }
    }

    fn get<T>(&self, area: AreaId, of: impl FnOnce(&Area) -> T) -> Option<T> {
        self.0.read().get(area.0 as usize).map(of)
    }
}

impl Areas for AreaTable {
    fn count(&self) -> u32 {
        self.0.read().len() as u32
    }

    fn parent(&self, area: AreaId) -> Option<AreaId> {
        self.get(area, |a| a.parent.map(AreaId)).flatten()
    }

    fn level(&self, area: AreaId) -> Option<u8> {
        self.get(area, |a| a.level)
    }

    fn code(&self, area: AreaId) -> String {
        self.get(area, |a| a.code.clone()).unwrap_or_default()
    }

    fn key_area(&self, area: AreaId) -> AreaId {
        let up = self.path(area).into_iter().rev();
        up.into_iter().find(|area| self.level(*area).is_some_and(|level| level <= 1)).unwrap_or(AreaId(0))
    }

    fn name(&self, area: AreaId, language: &str) -> String {
        self.get(area, |a| {
            let name = a.names.iter().find(|(l, _)| l == language).or(a.names.first());
            name.map(|(_, text)| text.clone()).unwrap_or_default()
        })
        .unwrap_or_default()
    }
}
