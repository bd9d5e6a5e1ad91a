//! What a name in an expression means.

use std::collections::HashMap;

use crate::definition::Definition;
use crate::xpath::{Mistake, Path, Start};

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

    /// The item a path leads to; `None` for the root. `here` is the node the expression belongs to.
    pub fn resolve(
        &self,
        definition: &Definition,
        path: &Path,
        here: usize,
        steps: &[String],
    ) -> Result<Option<usize>, Mistake> {
        let mut steps = steps;
        let mut at = match &path.start {
            Start::Named(name) => match self.by_name.get(name).map(Vec::as_slice) {
                None => return Err(Mistake::new(path.at, format!("unknown-name {name}"))),
                Some([only]) => Some(*only),
                Some(many) => match self.nearest(definition, many, here) {
                    Some(item) => Some(item),
                    None => {
                        return Err(Mistake::new(path.at, format!("`${{{name}}}` is the name of several questions")));
                    }
                },
            },
            Start::Here { up } | Start::Current { up } => {
                let mut at = Some(here);
                for _ in 0..*up {
                    match at {
                        Some(item) => at = definition.items[item].parent.map(|p| p as usize),
                        None => return Err(Mistake::new(path.at, "`..` goes above the form")),
                    }
                }
                at
            }
            Start::Root => {
                // The first step is the root element, whatever the form calls it.
                steps = steps.get(1..).unwrap_or_default();
                None
            }
            Start::Bare => Some(here),
        };
        for step in steps {
            at = match self.children.get(&(at, step.clone())) {
                Some(child) => Some(*child),
                None => return Err(Mistake::new(path.at, format!("unknown-name {step}"))),
            };
        }
        Ok(at)
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
