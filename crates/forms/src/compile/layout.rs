//! Gives every item a scope and a slot.

use crate::definition::{Definition, Item, Kind};
use crate::listing::Listing;
use crate::program::{At, Compiled, Node, Program, Scope, Stored, Ty, Written};

/// Scopes and slots of a definition, in document order.
pub(super) fn layout(definition: &Definition) -> Compiled {
    let count = definition.items.len();
    let mut compiled = Compiled { scopes: vec![Scope::default()], ..Compiled::default() };
    for (i, item) in definition.items.iter().enumerate() {
        let scope = match item.parent.map(|p| &compiled.nodes[p as usize]) {
            Some(parent) => parent.opens.unwrap_or(parent.scope),
            None => 0,
        };
        let slot = compiled.scopes[scope as usize].slots.len() as u16;
        compiled.scopes[scope as usize].slots.push(i as u32);
        let mut node = Node { scope, slot, opens: None, kept: false, ty: ty(item) };
        if item.kind == Kind::Repeat {
            let id = compiled.scopes.len() as u16;
            let kid = compiled.scopes[scope as usize].kids.len() as u16;
            compiled.scopes[scope as usize].kids.push(id);
            compiled.scopes.push(Scope { item: Some(i as u32), parent: Some(scope), kid, ..Scope::default() });
            node.opens = Some(id);
        }
        compiled.nodes.push(node);
    }
    compiled.rules = vec![Vec::new(); compiled.scopes.len()];
    compiled.dependents = vec![Vec::new(); count];
    compiled.positioned = vec![Vec::new(); count];
    compiled.filters = vec![Program::Absent; count];
    compiled.given = vec![None; count];
    compiled.narrows = vec![None; count];
    compiled.listings = definition.lists.iter().map(Listing::new).collect();
    #[cfg(feature = "generator")]
    {
        compiled.generators = vec![Program::Absent; count];
        compiled.bounds = vec![(f64::NEG_INFINITY, f64::INFINITY); count];
    }
    compiled.defaults = vec![Program::Absent; count];
    compiled.seeds = vec![None; count];
    compiled
}

fn ty(item: &Item) -> Ty {
    match item.kind {
        Kind::Time => Ty::Clock,
        Kind::DateTime => Ty::Moment,
        // What the device fills in: `start`, `end`, `today`.
        Kind::Hidden if matches!(item.attribute("bind::jr:preload"), "timestamp" | "date") => Ty::Moment,
        Kind::Integer => Ty::Whole,
        Kind::Decimal => Ty::Number,
        Kind::Date | Kind::YearMonth => Ty::Date,
        Kind::SelectOne(list) => Ty::Choice(list),
        _ => Ty::Text,
    }
}

/// Decides which slots are written to answers, and how: what people and devices fill in, and results that cannot be had
/// again.
pub(super) fn stored(definition: &Definition, compiled: &mut Compiled) {
    for scope in &mut compiled.scopes {
        let keep = |(slot, id): (usize, &u32)| {
            let item = &definition.items[*id as usize];
            let written = match item.kind {
                Kind::Group | Kind::Repeat | Kind::Note => return None,
                _ if item.is_computed() && !compiled.nodes[*id as usize].kept => return None,
                _ => written(definition, item),
            };
            Some(Stored { slot: slot as u16, written, identifier: item.identifier })
        };
        scope.stored = scope.slots.iter().enumerate().filter_map(keep).collect();
    }
}

fn written(definition: &Definition, item: &Item) -> Written {
    let list = item.kind.list().map(|list| (list, &definition.lists[list as usize]));
    match (item.kind, list) {
        _ if item.is_any() => Written::Any,
        (Kind::Integer, _) => Written::Whole,
        (Kind::Decimal, _) => Written::Number,
        (Kind::Date, _) => Written::Date,
        (Kind::YearMonth, _) => Written::YearMonth,
        (Kind::SelectOne(_), Some((list, choices))) if choices.is_open() => Written::ChoiceName(list),
        (Kind::SelectOne(_), Some((list, choices))) => Written::Choice(list, choices.choices.len() as u32),
        (Kind::SelectMultiple(_) | Kind::Rank(_), Some((list, choices))) if !choices.is_open() => {
            Written::Choices(list)
        }
        _ => Written::Text,
    }
}

/// How an item in this or an outer scope is reached from a scope.
pub(super) fn at(compiled: &Compiled, from: u16, item: usize) -> At {
    let node = compiled.nodes[item];
    let mut up = 0;
    let mut scope = from;
    while scope != node.scope {
        match compiled.scopes[scope as usize].parent {
            Some(parent) => scope = parent,
            None => break,
        }
        up += 1;
    }
    At { up, outer: 0, slot: node.slot }
}

/// The scopes from the root down to one.
pub(super) fn lineage(compiled: &Compiled, scope: u16) -> Vec<u16> {
    let mut line = vec![scope];
    while let Some(parent) = compiled.scopes[line[line.len() - 1] as usize].parent {
        line.push(parent);
    }
    line.reverse();
    line
}
