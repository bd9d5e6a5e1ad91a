//! What a name in an expression means.

use std::collections::HashMap;

use crate::definition::Definition;
use crate::xpath::Mistake;

/// Items by name.
pub(super) struct Names {
    by_name: HashMap<String, Vec<usize>>,
    children: HashMap<(Option<usize>, String), usize>,
}

impl Names {
    pub fn new(definition: &Definition) -> Names {
        let mut names = Names { by_name: HashMap::new(), children: HashMap::new() };
        for (i, item) in definition.items.iter().enumerate() {
            names.by_name.entry(item.name.clone()).or_default().push(i);
            names.children.entry((item.parent.map(|p| p as usize), item.name.clone())).or_insert(i);
        }
        names
    }

    pub fn all<'a>(&self, definition: &'a Definition) -> impl Iterator<Item = &'a str> {
        definition.items.iter().map(|i| i.name.as_str())
    }

    /// The item `${name}` means; `here` is the node the expression belongs to.
    pub fn named(&self, definition: &Definition, name: &str, here: usize, at: usize) -> Result<usize, Mistake> {
        match self.by_name.get(name).map(Vec::as_slice) {
            None => Err(Mistake::new(at, format!("unknown-name {name}"))),
            Some([only]) => Ok(*only),
            Some(many) => self
                .nearest(definition, many, here)
                .ok_or_else(|| Mistake::new(at, format!("`${{{name}}}` is the name of several questions"))),
        }
    }

    /// The item with a name in a group, or in the root.
    pub fn child(&self, parent: Option<usize>, name: &str, at: usize) -> Result<usize, Mistake> {
        let found = self.children.get(&(parent, name.to_owned())).copied();
        found.ok_or_else(|| Mistake::new(at, format!("unknown-name {name}")))
    }

    /// Of several items with one name, the one that shares the closest group with `here`.
    fn nearest(&self, definition: &Definition, many: &[usize], here: usize) -> Option<usize> {
        let mut group = definition.items[here].parent;
        loop {
            let inside: Vec<usize> = many.iter().copied().filter(|m| definition.items[*m].parent == group).collect();
            if let [only] = inside.as_slice() {
                return Some(*only);
            }
            group = definition.items[group? as usize].parent;
        }
    }
}
