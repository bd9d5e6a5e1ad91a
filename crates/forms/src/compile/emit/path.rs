//! Where a path leads, seen from the node its expression belongs to.

use super::{Emitter, Result};
use crate::compile::layout::{at, lineage};
use crate::program::{At, Cmp, Nodes, Op, Program, Ty};
use crate::xpath::{Expr, Mistake, Path, Start};

/// What a path leads to.
pub(super) enum Reach {
    One(At, usize),
    Many { nodes: Nodes, item: usize },
    Column(u16),
    Candidate,
}

impl Emitter<'_> {
    /// A path as nodes, even when it leads to one.
    pub(super) fn nodes(&mut self, expr: &Expr, at: usize) -> Result<(Nodes, usize)> {
        let Expr::Path(path) = expr else { return Err(Mistake::new(at, "a question or a group is wanted here")) };
        match self.reach(path)? {
            Reach::Many { nodes, item } => Ok((nodes, item)),
            Reach::One(one, item) => {
                Ok((Nodes { up: one.up, outer: one.outer, slot: Some(one.slot), ..Nodes::default() }, item))
            }
            _ => Err(Mistake::new(path.at, "a question or a group is wanted here")),
        }
    }

    pub(super) fn reach(&mut self, path: &Path) -> Result<Reach> {
        let here = self.context.item;
        if let (Start::Bare, Some(list), None) = (&path.start, self.context.filter, self.predicate) {
            let name = path.steps.first().map_or("", String::as_str);
            if name == "name" {
                return Ok(Reach::Candidate);
            }
            let column = self.definition.lists[list as usize].columns.iter().position(|c| c == name);
            return match column {
                Some(column) => Ok(Reach::Column(column as u16)),
                None => Err(Mistake::new(path.at, format!("the choice list has no column `{name}` with values"))),
            };
        }
        let of_predicate = matches!(path.start, Start::Here { .. } | Start::Bare) && self.predicate.is_some();
        let base = if of_predicate { self.predicate.unwrap_or(here) } else { here };
        let bare = path.start == Start::Bare && !of_predicate;
        let start = if bare { Start::Here { up: 1 } } else { path.start.clone() };
        let whole = Path { start, steps: path.steps.clone(), predicate: None, at: path.at };
        let Some(item) = self.names.resolve(self.definition, &whole, base, &whole.steps)? else {
            return Err(Mistake::new(path.at, "the whole form has no value"));
        };
        let node = self.compiled.nodes[item];
        let target = node.opens.unwrap_or(node.scope);
        let inner = self.predicate.and_then(|p| self.compiled.nodes[p].opens);
        let own = self.compiled.nodes[here].scope;
        // Inside a predicate, what is not in the repeat it is about (or above) belongs to the outside.
        let outer = match inner {
            Some(inner) => {
                matches!(path.start, Start::Current { .. })
                    || !(lineage(self.compiled, inner).contains(&target)
                        || lineage(self.compiled, target).contains(&inner))
            }
            None => false,
        };
        let from = if outer { own } else { inner.unwrap_or(own) };
        let mut predicate = Program::Absent;
        let mut top = None;
        if let Some((after, inside)) = &path.predicate {
            let base_item = self.names.resolve(self.definition, &whole, base, &whole.steps[..*after])?;
            let repeat = base_item.filter(|b| self.compiled.nodes[*b].opens == Some(target));
            let Some(repeat) = repeat else {
                return Err(Mistake::new(
                    path.at,
                    "a predicate `[…]` must stand behind the repeat that holds the value",
                ));
            };
            if self.predicate.is_some() {
                return Err(Mistake::new(path.at, "a predicate inside a predicate is not supported"));
            }
            top = Some(self.compiled.nodes[repeat].scope);
            let code = std::mem::take(&mut self.code);
            self.predicate = Some(repeat);
            let emitted = self.emit(inside);
            self.predicate = None;
            // XPath 1.0, 2.4: a number in a predicate is a position.
            if let Ty::Whole | Ty::Number = emitted? {
                self.code.extend([Op::Position(0), Op::Compare(Cmp::Equal)]);
            }
            predicate = self.finish();
            self.code = code;
        }
        let from_line = lineage(self.compiled, from);
        let target_line = lineage(self.compiled, target);
        let mut common = from_line.iter().zip(&target_line).take_while(|(a, b)| a == b).count();
        if node.opens.is_some() && common == target_line.len() {
            common -= 1;
        }
        if let Some(top) = top {
            common = common.min(target_line.iter().position(|s| *s == top).map_or(common, |p| p + 1));
        }
        if common == target_line.len() {
            return Ok(Reach::One(At { outer, ..at(self.compiled, from, item) }, item));
        }
        let kids = target_line[common..].iter().map(|s| self.compiled.scopes[*s as usize].kid).collect();
        let up = (from_line.len() - common) as u8;
        let slot = node.opens.is_none().then_some(node.slot);
        Ok(Reach::Many { nodes: Nodes { up, outer, kids, slot, predicate }, item })
    }
}
