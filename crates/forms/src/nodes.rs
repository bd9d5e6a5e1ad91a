//! Walks the nodes a path leads to: through repeats, by position, past predicates, and over the rows of choice lists.

use crate::listing::cell;
use crate::program::{At, Fold, Level, NAME, Nodes, Program, Route, Rows, Siblings, Val};
use crate::random::shuffle;
use crate::state::NONE;
use crate::vm::Vm;

/// Predicates inside each other, at most.
pub(crate) const PREDICATES_MAX: usize = 7;

/// Choices that are answers of the form itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    /// Leads to the answers.
    pub set: u32,
    /// Where their label stands in the same block.
    pub label: u16,
}

/// What has been seen of a set of nodes.
struct Seen {
    fold: Fold,
    separator: Val,
    count: u64,
    number: f64,
    found: Val,
    text: String,
    places: Vec<Place>,
}

impl Seen {
    fn new(fold: Fold, separator: Val) -> Seen {
        Seen { fold, separator, count: 0, number: f64::NAN, found: Val::Empty, text: String::new(), places: Vec::new() }
    }
}

/// A node: a block and a slot of it, or a row of a choice list and a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Node(u32, Option<u16>),
    Row(u16, u32, Option<u16>),
}

impl Vm<'_> {
    /// Makes one value of a set of nodes.
    pub(crate) fn fold(&mut self, fold: Fold, set: u32, block: u32) -> Val {
        let form = self.form;
        let set = &form.sets[set as usize];
        let separator = if fold == Fold::Join { self.pop() } else { Val::Empty };
        let mut seen = Seen::new(fold, separator);
        match (set.routes.as_slice(), set.shuffle) {
            ([route], None) => {
                self.route(route, block, &mut seen);
            }
            (routes, by) => {
                seen.fold = Fold::Gather;
                for route in routes {
                    self.route(route, block, &mut seen);
                }
                let mut places = std::mem::take(&mut seen.places);
                if routes.len() > 1 {
                    places.sort_by_cached_key(|place| self.order(*place));
                    places.dedup();
                }
                if let Some(seed) = by {
                    let seed = match seed {
                        Program::Absent => self.state.next_u64() as i64,
                        seed => {
                            let value = self.value(&seed, block);
                            self.seed(value)
                        }
                    };
                    shuffle(&mut places, seed);
                }
                seen.fold = fold;
                for place in places {
                    if !self.visit(place, &mut seen) {
                        break;
                    }
                }
            }
        }
        match fold {
            Fold::Count | Fold::CountFilled => Val::Num(seen.count as f64),
            Fold::Sum => Val::Num(if seen.number.is_nan() { 0.0 } else { seen.number }),
            Fold::Min | Fold::Max => Val::Num(seen.number),
            Fold::First | Fold::Gather => seen.found,
            Fold::Join => self.state.keep_text(&seen.text),
        }
    }

    /// The answers of the form that a question offers as its choices, each once, and their labels.
    pub(crate) fn given(&mut self, given: Given, block: u32) -> Vec<(String, String)> {
        let form = self.form;
        let mut seen = Seen::new(Fold::Gather, Val::Empty);
        for route in &form.sets[given.set as usize].routes {
            self.route(route, block, &mut seen);
        }
        let mut out: Vec<(String, String)> = Vec::new();
        for place in seen.places {
            let Place::Node(block, Some(slot)) = place else { continue };
            let value = self.to_text(self.state.load(block, slot)).into_owned();
            if !value.is_empty() && out.iter().all(|(known, _)| *known != value) {
                out.push((value, self.to_text(self.state.load(block, given.label)).into_owned()));
            }
        }
        out
    }

    fn route(&mut self, route: &Route, block: u32, seen: &mut Seen) -> bool {
        match route {
            Route::Nodes(nodes) => {
                // Seen from the outside of a predicate, this is where the program runs.
                if let Some(outer) = self.outer.get_mut(nodes.depth as usize) {
                    *outer = block;
                }
                let from = self.block(nodes.from, block);
                self.walk(nodes, &nodes.levels, from, block, seen)
            }
            Route::Rows(rows) => self.rows(rows, block, seen),
        }
    }

    /// Visits what is below a block; whether to go on.
    fn walk(&mut self, nodes: &Nodes, levels: &[Level], block: u32, context: u32, seen: &mut Seen) -> bool {
        let Some((level, rest)) = levels.split_first() else { return self.visit(Place::Node(block, nodes.slot), seen) };
        let Some(kid) = level.kid else {
            let keeps = level.predicates.iter().all(|p| self.holds(p, block, (1, 1)));
            return !keeps || self.walk(nodes, rest, block, context, seen);
        };
        let parent = if level.side == Siblings::All { block } else { self.state.blocks[block as usize].parent };
        if !self.is_entered(parent, kid) {
            return true;
        }
        if let Some(index) = level.index {
            let value = self.value(&index, context);
            // As in JavaRosa: what is no position is the first.
            let found = self.state.nth(parent, kid, (self.to_number(value) as u32).max(1));
            return found.is_none_or(|here| self.walk(nodes, rest, here, context, seen));
        }
        let kids = self.state.kids(parent, kid);
        let whole = rest.is_empty() && nodes.slot.is_none() && level.predicates.is_empty();
        if whole && level.side == Siblings::All && seen.fold == Fold::Count {
            seen.count += u64::from(kids.count);
            return true;
        }
        if level.side == Siblings::All && level.predicates.len() <= 1 {
            let mut here = kids.first;
            while here != NONE {
                let next = self.state.blocks[here as usize].next;
                let position = self.state.blocks[here as usize].position;
                let keeps = level.predicates.iter().all(|p| self.holds(p, here, (position, kids.count)));
                if keeps && !self.walk(nodes, rest, here, context, seen) {
                    return false;
                }
                here = next;
            }
            return true;
        }
        let mut blocks = Vec::new();
        let own = self.state.blocks[block as usize].position;
        let mut here = kids.first;
        while here != NONE {
            let position = self.state.blocks[here as usize].position;
            if match level.side {
                Siblings::All => true,
                Siblings::Before => position < own,
                Siblings::After => position > own,
            } {
                blocks.push(here);
            }
            here = self.state.blocks[here as usize].next;
        }
        if level.side == Siblings::Before {
            blocks.reverse();
        }
        for predicate in &level.predicates {
            let size = blocks.len() as u32;
            let mut position = 0;
            blocks.retain(|here| {
                position += 1;
                self.holds(predicate, *here, (position, size))
            });
        }
        blocks.into_iter().all(|here| self.walk(nodes, rest, here, context, seen))
    }

    /// Whether a repeat is relevant; else it has no nodes.
    fn is_entered(&self, block: u32, kid: u16) -> bool {
        let scope = self.form.scopes[self.state.blocks[block as usize].scope as usize].kids[kid as usize];
        let item = self.form.scopes[scope as usize].item;
        item.is_none_or(|item| self.state.relevant[self.state.index(block, self.form.nodes[item as usize].slot)])
    }

    fn holds(&mut self, predicate: &Program, block: u32, focus: (u32, u32)) -> bool {
        let before = std::mem::replace(&mut self.focus, focus);
        let holds = self.truth(predicate, block);
        self.focus = before;
        holds
    }

    fn rows(&mut self, rows: &Rows, block: u32, seen: &mut Seen) -> bool {
        let lists = self.lists;
        let Some(list) = lists.get(rows.list as usize) else { return true };
        let mut chosen: Vec<u32> = match rows.lookup {
            Some((column, key)) => {
                let key = self.value(&key, block);
                let number = match key {
                    Val::Num(_) | Val::Bool(_) => Some(self.to_number(key)),
                    _ => None,
                };
                let key = self.to_text(key).into_owned();
                let is_it = |row: &u32| {
                    let cell = cell(&list.choices[*row as usize], column);
                    number.map_or(cell == key, |n| (crate::vm::parse_number(cell) - n).abs() < 1e-12)
                };
                let wanted = self.form.candidates(lists, rows.list, column, &key).filter(is_it);
                // The first one is enough where nothing else is asked.
                let most = if seen.fold == Fold::First && rows.predicates.is_empty() { 1 } else { usize::MAX };
                wanted.take(most).collect()
            }
            None => (0..list.choices.len() as u32).collect(),
        };
        let before = self.candidate;
        for predicate in &rows.predicates {
            let size = chosen.len() as u32;
            let mut position = 0;
            chosen.retain(|row| {
                position += 1;
                self.candidate = (rows.list, *row);
                self.holds(predicate, block, (position, size))
            });
        }
        self.candidate = before;
        chosen.into_iter().all(|row| self.visit(Place::Row(rows.list, row, rows.column), seen))
    }

    /// The rows of a list that the filter of a select offers, in order.
    pub(crate) fn offered(&mut self, item: u32, list: u16, block: u32) -> Vec<u32> {
        let (form, lists) = (self.form, self.lists);
        let narrow = form.narrows[item as usize].map(|(column, key)| (column, self.value(&key, block)));
        let mut rows: Vec<u32> = match narrow {
            // A truth value is equal to every text that is not empty.
            Some((column, key)) if !matches!(key, Val::Bool(_)) => {
                form.candidates(lists, list, column, &self.to_text(key)).collect()
            }
            _ => (0..lists[list as usize].choices.len() as u32).collect(),
        };
        let before = self.candidate;
        rows.retain(|row| {
            self.candidate = (list, *row);
            self.truth(&form.filters[item as usize], block)
        });
        self.candidate = before;
        rows
    }

    /// Takes in one node; whether more are wanted.
    fn visit(&mut self, place: Place, seen: &mut Seen) -> bool {
        let value = match place {
            Place::Node(block, Some(slot)) => {
                if !self.state.relevant[self.state.index(block, slot)] {
                    return true;
                }
                self.state.load(block, slot)
            }
            Place::Row(list, row, Some(NAME)) => Val::Choice(list, row),
            Place::Row(list, row, Some(column)) if !matches!(seen.fold, Fold::Count | Fold::Gather) => {
                let lists = self.lists;
                self.state.keep_text(cell(&lists[list as usize].choices[row as usize], column))
            }
            Place::Node(_, None) | Place::Row(..) => Val::Empty,
        };
        match seen.fold {
            Fold::Count => seen.count += 1,
            Fold::CountFilled => seen.count += u64::from(value != Val::Empty),
            Fold::Sum | Fold::Min | Fold::Max => {
                let number = self.to_number(value);
                if !number.is_nan() {
                    seen.number = match seen.fold {
                        _ if seen.number.is_nan() => number,
                        Fold::Sum => seen.number + number,
                        Fold::Min => seen.number.min(number),
                        _ => seen.number.max(number),
                    };
                }
            }
            Fold::Join => {
                if seen.count > 0 {
                    seen.text.push_str(&self.to_text(seen.separator));
                }
                seen.count += 1;
                seen.text.push_str(&self.to_text(value));
            }
            Fold::First => {
                seen.found = value;
                return false;
            }
            Fold::Gather => seen.places.push(place),
        }
        true
    }

    /// Where a node stands in the document: slots and positions from the root down. Rows come after the form.
    fn order(&self, place: Place) -> Vec<u32> {
        let (block, slot) = match place {
            Place::Node(block, slot) => (block, slot),
            Place::Row(list, row, column) => {
                return vec![u32::MAX, u32::from(list), row, column.map_or(0, u32::from)];
            }
        };
        let mut line: Vec<u32> = slot.into_iter().map(u32::from).collect();
        let mut here = self.state.blocks[block as usize];
        while here.parent != NONE {
            line.push(here.position);
            let item = self.form.scopes[here.scope as usize].item;
            line.push(item.map_or(0, |item| u32::from(self.form.nodes[item as usize].slot)));
            here = self.state.blocks[here.parent as usize];
        }
        line.reverse();
        line
    }

    /// The block a program's own block leads to.
    #[inline(always)]
    pub(crate) fn block(&self, at: At, block: u32) -> u32 {
        let from = self.outer.get((at.outer as usize).wrapping_sub(1)).copied().unwrap_or(block);
        self.state.up(from, at.up)
    }

    /// The cell of the choice that is being filtered.
    pub(crate) fn column(&mut self, column: u16) -> Val {
        let lists = self.lists;
        let choice = lists.get(self.candidate.0 as usize).and_then(|l| l.choices.get(self.candidate.1 as usize));
        choice.map_or(Val::Empty, |choice| self.state.keep_text(cell(choice, column)))
    }
}
