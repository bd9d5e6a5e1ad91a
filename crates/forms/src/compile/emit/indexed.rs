//! `indexed-repeat()`: a question of the instances with given positions.

use super::path::Cursor;
use super::{Emitter, Here, Result};
use crate::compile::layout::lineage;
use crate::program::{Level, Nodes, Program, Route, Set};
use crate::xpath::{Expr, Mistake};

impl Emitter<'_> {
    /// `indexed-repeat(value, repeat, index, …)`.
    pub(super) fn indexed(&mut self, args: &[Expr], at: usize) -> Result<(Set, usize)> {
        let Expr::Path(path) = &args[0] else {
            return Err(Mistake::new(at, "`indexed-repeat()` takes a question first"));
        };
        let item = self.item(path)?;
        let mut indexes: Vec<(u16, Program)> = Vec::new();
        for pair in args[1..].chunks(2) {
            let [Expr::Path(repeat), index] = pair else {
                return Err(Mistake::new(at, "`indexed-repeat()` takes repeats, each with a position"));
            };
            let repeat = self.item(repeat)?;
            let Some(scope) = self.compiled.nodes[repeat].opens else {
                let name = &self.definition.items[repeat].name;
                return Err(Mistake::new(at, format!("`{name}` is not a repeat")));
            };
            indexes.push((scope, self.key(index)?));
        }
        let line = lineage(self.compiled, self.compiled.nodes[item].scope);
        if let Some((scope, _)) = indexes.iter().find(|(scope, _)| !line.contains(scope)) {
            let repeat = self.compiled.scopes[*scope as usize].item.unwrap_or(0);
            let (inside, outside) = (&self.definition.items[item].name, &self.definition.items[repeat as usize].name);
            return Err(Mistake::new(at, format!("`{inside}` is not in the repeat `{outside}`")));
        }
        let start = self.around.len() - 1;
        let Here { scope: own, shared, .. } = self.around[start];
        let own = lineage(self.compiled, own);
        let stay = |scope: &&u16| own.contains(scope) && !indexes.iter().any(|(s, _)| s == *scope);
        let common = line.iter().take_while(stay).count();
        let level = |scope: &u16| Level {
            kid: Some(self.compiled.scopes[*scope as usize].kid),
            index: indexes.iter().find(|(s, _)| s == scope).map(|(_, program)| *program),
            ..Level::default()
        };
        let levels = line[common..].iter().map(level).collect();
        let cursor = Cursor {
            item: Some(item),
            scope: line[line.len() - 1],
            start,
            up: own.len() - common,
            levels,
            shared: shared.min(common),
            fixed: false,
        };
        self.read_levels(item, &cursor);
        let node = self.compiled.nodes[item];
        let nodes = Nodes { from: self.at(&cursor), depth: start as u8, levels: cursor.levels, slot: Some(node.slot) };
        Ok((Set { routes: vec![Route::Nodes(nodes)], shuffle: None }, item))
    }
}
