//! Where a path leads, seen from the node its expression belongs to.
//!
//! As JavaRosa does, an absolute path stays in the repeat instances it shares with the node it is read from, until a
//! predicate asks for all of them; a relative path goes into all instances of the repeats it enters. `${name}` is the
//! path pyxform writes for it: so inside the repeat `person`, `${person}` is the person around, and `../../person` are
//! all (authors are warned), but inside a repeat of a person, as `pet`, `${pet}` is relative and means all of the person.

use super::{Emitter, Here, Result};
use crate::compile::layout::lineage;
use crate::nodes::PREDICATES_MAX;
use crate::program::{At, Level, Nodes, Op, Program, Route, Set, Siblings, Ty};
use crate::xpath::{Axis, Expr, Mistake, Path, Start, Step};

/// What a path leads to.
pub(super) enum Reach {
    One(At, usize),
    Column(u16),
    /// A set, and the items its nodes belong to (none for rows of a list).
    Many(Set, Vec<usize>),
}

/// A way into the form, as far as it has been followed.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub item: Option<usize>,
    /// The scope it is in now.
    pub scope: u16,
    /// Which of the nodes around it starts at, an index into `Emitter::nodes`.
    pub start: usize,
    /// Scopes to go up from there.
    pub up: usize,
    pub levels: Vec<Level>,
    /// How many scopes, from the root, are surely those of the node the program belongs to.
    pub shared: usize,
    /// Still in the repeat instances of the starting node.
    pub fixed: bool,
}

impl Emitter<'_> {
    pub(super) fn reach(&mut self, path: &Path) -> Result<Reach> {
        if let Start::List(list) = &path.start {
            return self.rows(list, path);
        }
        if let Some(list) = self.row
            && matches!(path.start, Start::Bare | Start::Here)
        {
            return match (path.has_predicate(), path.steps.as_slice()) {
                (false, [Step { axis: Axis::Child(name), .. }]) => Ok(Reach::Column(self.column(list, name, path.at)?)),
                _ => Err(Mistake::new(path.at, "a row of a choice list has columns only")),
            };
        }
        let cursors = self.cursors(path, false)?;
        if let [Cursor { item: Some(item), levels, .. }] = cursors.as_slice()
            && levels.is_empty()
            && self.compiled.nodes[*item].scope == cursors[0].scope
        {
            self.read_below(*item, cursors[0].shared);
            let at = At { slot: self.compiled.nodes[*item].slot, ..self.at(&cursors[0]) };
            return Ok(Reach::One(at, *item));
        }
        let mut set = Set::default();
        let mut items = Vec::new();
        for cursor in cursors {
            let Some(item) = cursor.item else { return Err(Mistake::new(path.at, "the whole form has no value")) };
            self.read_levels(item, &cursor);
            let node = self.compiled.nodes[item];
            let slot = (node.opens != Some(cursor.scope)).then_some(node.slot);
            let depth = (self.around.len() - 1) as u8;
            set.routes.push(Route::Nodes(Nodes { from: self.at(&cursor), depth, levels: cursor.levels, slot }));
            items.push(item);
        }
        Ok(Reach::Many(set, items))
    }

    /// Where a cursor starts.
    pub(super) fn at(&self, cursor: &Cursor) -> At {
        let innermost = cursor.start + 1 == self.around.len();
        At { up: cursor.up as u8, outer: if innermost { 0 } else { cursor.start as u8 + 1 }, slot: 0 }
    }

    /// Follows a path. With `single`, a repeat at its end is the instance around the node, not all of them.
    pub(super) fn cursors(&mut self, path: &Path, single: bool) -> Result<Vec<Cursor>> {
        let innermost = self.around.len() - 1;
        let mut steps: Vec<Step> = Vec::new();
        let mut cursor = match &path.start {
            Start::Root => {
                // The first step is the root element, whatever the form calls it.
                match path.steps.split_first() {
                    Some((first, rest)) if matches!(first.axis, Axis::Child(_) | Axis::Children) => {
                        steps.extend_from_slice(rest);
                    }
                    _ => steps.clone_from(&path.steps),
                }
                self.root(self.related(&steps))
            }
            Start::Named(name) => {
                let item = self.names.named(name, self.context.item, path.at)?;
                let mut line = vec![item];
                while let Some(parent) = self.definition.items[line[line.len() - 1]].parent {
                    line.push(parent as usize);
                }
                steps.extend(line.iter().rev().map(|item| Step { axis: Axis::Item(*item), predicates: Vec::new() }));
                if let Some(last) = steps.last_mut() {
                    last.predicates.clone_from(&path.predicates);
                }
                steps.extend_from_slice(&path.steps);
                self.root(self.related(&steps))
            }
            Start::Current | Start::Here | Start::Bare | Start::List(_) => {
                let start = if path.start == Start::Current { 0 } else { innermost };
                steps.clone_from(&path.steps);
                if !path.predicates.is_empty() {
                    steps.insert(0, Step { axis: Axis::Own, predicates: path.predicates.clone() });
                }
                if path.start == Start::Bare && innermost == 0 {
                    let name = match path.steps.first() {
                        Some(Step { axis: Axis::Child(name), .. }) => name.as_str(),
                        _ => "*",
                    };
                    return Err(Mistake::new(path.at, format!("write `${{{name}}}` for the answer to a question")));
                }
                let Here { item, scope, shared } = self.around[start];
                Cursor { item: Some(item), scope, start, up: 0, levels: Vec::new(), shared, fixed: false }
            }
        };
        if cursor.fixed && steps.is_empty() {
            cursor.fixed = false;
        }
        let mut cursors = vec![cursor];
        let named = matches!(path.start, Start::Named(_));
        for (i, step) in steps.iter().enumerate() {
            let last = i + 1 == steps.len() && !single && named;
            let mut next = Vec::new();
            for cursor in cursors {
                let siblings = last && cursor.scope != 0;
                self.step(cursor, step, siblings, path.at, &mut next)?;
            }
            cursors = next;
        }
        if let [Cursor { item: Some(item), fixed: true, scope, .. }] = cursors.as_slice()
            && named
            && !single
            && self.compiled.nodes[*item].opens == Some(*scope)
        {
            self.out.around = Some(*item as u32);
        }
        Ok(cursors)
    }

    /// A cursor at the root, seen from one of the nodes around.
    fn root(&self, start: usize) -> Cursor {
        let Here { scope, shared, .. } = self.around[start];
        let up = lineage(self.compiled, scope).len() - 1;
        Cursor { item: None, scope: 0, start, up, levels: Vec::new(), shared: shared.min(1), fixed: true }
    }

    /// From which of the nodes around an absolute path is seen: the innermost that is in a repeat of the path's own line,
    /// else the one the program belongs to.
    fn related(&self, steps: &[Step]) -> usize {
        let (mut item, mut target) = (None, 0);
        for step in steps {
            let child = match &step.axis {
                Axis::Child(name) => self.names.child(item, name, 0),
                Axis::Item(child) => Ok(*child),
                _ => break,
            };
            let Ok(child) = child else { break };
            item = Some(child);
            target = self.compiled.nodes[child].opens.unwrap_or(target);
        }
        let line = lineage(self.compiled, target);
        let is_related =
            |here: &Here| line.contains(&here.scope) || lineage(self.compiled, here.scope).contains(&target);
        self.around.iter().rposition(is_related).unwrap_or(0)
    }

    fn step(&mut self, cursor: Cursor, step: &Step, siblings: bool, at: usize, next: &mut Vec<Cursor>) -> Result<()> {
        let wild = matches!(step.axis, Axis::Children | Axis::Below(_));
        let mut reached: Vec<Cursor> = match &step.axis {
            Axis::Own => vec![cursor],
            Axis::Parent => vec![self.parent(cursor, at)?],
            Axis::Child(name) => {
                let child = self.names.child(cursor.item, name, at)?;
                vec![self.enter(cursor, child, siblings, step)]
            }
            Axis::Item(child) => vec![self.enter(cursor, *child, siblings, step)],
            Axis::Children | Axis::Below(_) => {
                let mut found = Vec::new();
                for child in 0..self.definition.items.len() {
                    let item = &self.definition.items[child];
                    let below = step.axis != Axis::Children;
                    let named = !matches!(&step.axis, Axis::Below(Some(name)) if *name != item.name);
                    let Some(line) = self.line(cursor.item, child) else { continue };
                    if !named || (!below && line.len() != 1) {
                        continue;
                    }
                    let mut inside = cursor.clone();
                    // All instances on the way, wherever the node is that reads them.
                    inside.fixed = false;
                    for on_the_way in line {
                        inside = self.enter(inside, on_the_way, siblings, step);
                    }
                    found.push(inside);
                }
                if found.is_empty() && step.axis != Axis::Children {
                    let name = if let Axis::Below(Some(name)) = &step.axis { name } else { "*" };
                    return Err(Mistake::new(at, format!("unknown-name {name}")));
                }
                found
            }
            Axis::Before(name) | Axis::After(name) => {
                let is_it = |item: usize| {
                    self.definition.items[item].name == *name && self.compiled.nodes[item].opens == Some(cursor.scope)
                };
                if !cursor.item.is_some_and(is_it) || !cursor.levels.is_empty() {
                    let message =
                        format!("siblings are the instances of the repeat around: `../preceding-sibling::{name}`");
                    return Err(Mistake::new(at, message));
                }
                let mut beside = cursor;
                let side = if matches!(step.axis, Axis::Before(_)) { Siblings::Before } else { Siblings::After };
                let kid = Some(self.compiled.scopes[beside.scope as usize].kid);
                beside.levels.push(Level { kid, side, ..Level::default() });
                beside.shared = beside.shared.min(lineage(self.compiled, beside.scope).len() - 1);
                vec![beside]
            }
        };
        for cursor in &mut reached {
            self.narrow(cursor, step, wild)?;
        }
        next.extend(reached);
        Ok(())
    }

    /// The items from below a group down to an item in it; `None` when it is not in it.
    fn line(&self, group: Option<usize>, item: usize) -> Option<Vec<usize>> {
        let mut line = vec![item];
        loop {
            let parent = self.definition.items[line[line.len() - 1]].parent.map(|p| p as usize);
            if parent == group {
                line.reverse();
                return Some(line);
            }
            line.push(parent?);
        }
    }

    fn parent(&self, mut cursor: Cursor, at: usize) -> Result<Cursor> {
        let Some(item) = cursor.item else { return Err(Mistake::new(at, "`..` goes above the form")) };
        if self.compiled.nodes[item].opens == Some(cursor.scope) {
            match cursor.levels.pop() {
                Some(level) if !level.predicates.is_empty() || level.side != Siblings::All => {
                    return Err(Mistake::new(at, "`..` cannot leave a repeat behind a predicate"));
                }
                Some(_) => {}
                None => cursor.up += 1,
            }
            let outside = self.compiled.scopes[cursor.scope as usize].parent.unwrap_or(0);
            cursor.scope = outside;
            cursor.shared = cursor.shared.min(lineage(self.compiled, outside).len());
        }
        cursor.item = self.definition.items[item].parent.map(|p| p as usize);
        Ok(cursor)
    }

    /// Goes down to a child. With `siblings`, a repeat is all its instances.
    fn enter(&self, mut cursor: Cursor, child: usize, siblings: bool, step: &Step) -> Cursor {
        cursor.item = Some(child);
        let Some(scope) = self.compiled.nodes[child].opens else { return cursor };
        let own = lineage(self.compiled, self.around[cursor.start].scope);
        let down = lineage(self.compiled, scope);
        if cursor.fixed && !siblings && step.predicates.is_empty() && own.starts_with(&down) {
            cursor.up -= 1;
            cursor.shared = self.around[cursor.start].shared.min(down.len());
        } else {
            cursor.fixed = false;
            let kid = Some(self.compiled.scopes[scope as usize].kid);
            cursor.levels.push(Level { kid, ..Level::default() });
        }
        cursor.scope = scope;
        cursor
    }

    /// Puts a step's predicates behind what it reached.
    fn narrow(&mut self, cursor: &mut Cursor, step: &Step, wild: bool) -> Result<()> {
        let (Some(item), false) = (cursor.item, step.predicates.is_empty()) else { return Ok(()) };
        if self.around.len() >= PREDICATES_MAX {
            return Err(Mistake::new(0, "predicates are nested too deep"));
        }
        let here = Here { item, scope: cursor.scope, shared: cursor.shared };
        let mut programs = Vec::new();
        for predicate in &step.predicates {
            let row = self.row.take();
            self.around.push(here);
            let emitted = self.predicate(predicate, wild);
            self.around.pop();
            self.row = row;
            programs.push(emitted?);
        }
        let enters = self.compiled.nodes[item].opens == Some(cursor.scope);
        match cursor.levels.last_mut() {
            Some(level) if enters && level.predicates.is_empty() => level.predicates = programs,
            _ => cursor.levels.push(Level { predicates: programs, ..Level::default() }),
        }
        Ok(())
    }

    /// A predicate as a program of its own. XPath 1.0, 2.4: a number in a predicate is a position.
    pub(super) fn predicate(&mut self, expr: &Expr, wild: bool) -> Result<Program> {
        let code = std::mem::take(&mut self.code);
        let before = std::mem::replace(&mut self.focused, !wild);
        let emitted = self.emit(expr);
        self.focused = before;
        let result = emitted.and_then(|ty| {
            if matches!(ty, Ty::Whole | Ty::Number) {
                if wild {
                    return Err(Mistake::new(0, "a position behind `*` or `//` is not supported"));
                }
                self.code.extend([Op::Focus, Op::Compare(crate::program::Cmp::Equal)]);
            }
            Ok(self.finish())
        });
        self.code = code;
        result
    }

    /// The item a path names, whichever of its instances.
    pub(super) fn item(&mut self, path: &Path) -> Result<usize> {
        let cursors = self.cursors(path, true)?;
        match cursors.as_slice() {
            [Cursor { item: Some(item), .. }] => Ok(*item),
            _ => Err(Mistake::new(path.at, "a question or a group is wanted here")),
        }
    }

    /// Notes what a path through repeats depends on: its item, and the instances of the repeats it enters.
    pub(super) fn read_levels(&mut self, item: usize, cursor: &Cursor) {
        self.read_below(item, cursor.shared);
        let line = lineage(self.compiled, cursor.scope);
        let entered = cursor.levels.iter().filter(|l| l.kid.is_some()).count();
        for scope in &line[line.len() - entered.min(line.len())..] {
            if let Some(repeat) = self.compiled.scopes[*scope as usize].item {
                self.read_below(repeat as usize, cursor.shared);
            }
        }
    }
}
