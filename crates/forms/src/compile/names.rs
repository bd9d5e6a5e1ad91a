//! What a name in an expression means.

use crate::definition::Definition;
use crate::xpath::Mistake;

/// Items by name, then by the group they are in, then in order. What ODK's tools add is not for expressions.
pub(super) struct Names<'a> {
    definition: &'a Definition,
    sorted: Vec<usize>,
}

impl<'a> Names<'a> {
    pub fn new(definition: &'a Definition) -> Names<'a> {
        let of_form = |i: &usize| !definition.items[*i].is_added();
        let mut sorted: Vec<usize> = (0..definition.items.len()).filter(of_form).collect();
        sorted.sort_by_key(|i| (definition.items[*i].name.as_str(), definition.items[*i].parent));
        Names { definition, sorted }
    }

    pub fn all(&self) -> impl Iterator<Item = &'a str> {
        self.definition.items.iter().map(|i| i.name.as_str())
    }

    /// The item `${name}` means; `here` is the node the expression belongs to.
    pub fn named(&self, name: &str, here: usize, at: usize) -> Result<usize, Mistake> {
        let from = self.sorted.partition_point(|i| self.definition.items[*i].name.as_str() < name);
        let many = self.sorted[from..].iter().take_while(|i| self.definition.items[**i].name == name).count();
        match &self.sorted[from..from + many] {
            [] => Err(Mistake::new(at, format!("unknown-name {name}"))),
            [only] => Ok(*only),
            many => self
                .nearest(many, here)
                .ok_or_else(|| Mistake::new(at, format!("`${{{name}}}` is the name of several questions"))),
        }
    }

    /// The item with a name in a group, or in the root.
    pub fn child(&self, parent: Option<usize>, name: &str, at: usize) -> Result<usize, Mistake> {
        let wanted = (name, parent.map(|p| p as u32));
        let key = |i: usize| (self.definition.items[i].name.as_str(), self.definition.items[i].parent);
        let found = self.sorted.get(self.sorted.partition_point(|i| key(*i) < wanted)).copied();
        found.filter(|i| key(*i) == wanted).ok_or_else(|| Mistake::new(at, format!("unknown-name {name}")))
    }

    /// The item with one name, of several, that shares the closest group with `here`.
    fn nearest(&self, many: &[usize], here: usize) -> Option<usize> {
        let mut group = self.definition.items[here].parent;
        loop {
            let mut inside = many.iter().filter(|m| self.definition.items[**m].parent == group);
            if let (Some(only), None) = (inside.next(), inside.next()) {
                return Some(*only);
            }
            group = self.definition.items[group? as usize].parent;
        }
    }
}
