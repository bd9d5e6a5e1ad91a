//! The area tree as fold's tables need it.

use areas::{AreaDef, AreaTree};
use event::head::AreaDefined;
use types::AreaId;

/// What defining an area did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It does not fit the tree; nothing changed.
    Refused,
    Done,
    /// It has another parent now.
    Moved,
}

/// Adds or redefines an area. `busy` are areas with pages of their own, which stay enumeration areas.
pub(crate) fn put(tree: &mut AreaTree, area: &AreaDefined, busy: impl Fn(AreaId) -> bool) -> Put {
    let parent = area.parent_plus_1.checked_sub(1).map(AreaId);
    let Ok(level) = u8::try_from(area.level) else { return Put::Refused };
    if parent.is_some_and(|parent| !tree.has(parent) || busy(parent)) {
        return Put::Refused;
    }
    let names = area.names.iter().map(|name| (name.language.clone(), name.text.clone())).collect();
    let def = AreaDef { code: area.code.clone(), parent, level, names };
    let id = AreaId(area.id);
    if area.id == tree.len() {
        return if tree.insert(&def).is_ok() { Put::Done } else { Put::Refused };
    }
    if area.id > tree.len() {
        return Put::Refused;
    }
    let before = tree.parent(id);
    match tree.redefine(id, &def) {
        Ok(()) if before == parent => Put::Done,
        Ok(()) => Put::Moved,
        Err(_) => Put::Refused,
    }
}

/// Adds enumeration areas made by count.
pub(crate) fn put_eas(tree: &mut AreaTree, parent: AreaId, first: u32, count: u32) -> bool {
    first == tree.len() && first.checked_add(count).is_some() && tree.insert_eas(parent, count).is_ok()
}

/// An area without areas below it.
pub(crate) fn is_ea(tree: &AreaTree, area: AreaId) -> bool {
    tree.has(area) && tree.is_leaf(area)
}
