//! Answers of one version of a form read as another: what they come to there, what changes in the tables, and what the
//! other version has no place for. `docs/form-versions.md` has the rules.
//!
//! Nothing is decided here: the caller looks at what changes, and records that rows were extracted anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::answers;
use crate::engine::{self, Side};
use crate::error::Result;
use crate::form::Form;
use crate::instance::{Inputs, Instance, Spot};
use crate::program::Val;
use crate::tables::Cell;
use crate::value::{from_slot, to_slot};

/// Answers read as another version.
#[derive(Clone, Debug, PartialEq)]
pub struct Reread {
    /// The answers as the other version keeps them. Sealed identifiers stay sealed, and the reference day is the one the
    /// answers were given for.
    pub answers: Vec<u8>,
    /// Cells that differ, by table, row and column.
    pub changes: Vec<CellChange>,
    /// Answers that have no place in the other version.
    pub left_out: Vec<LeftOut>,
}

/// A cell that reads otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// Name of the table.
    pub table: String,
    /// Positions of the repeat instances around the row, outermost first, from 1; empty for the root.
    pub row: Vec<u32>,
    /// Name of the column.
    pub column: String,
    /// As the earlier version has it: ODK's notation, codes for choices; `None` for no answer, or no such column or row.
    pub before: Option<String>,
    /// As the other version has it.
    pub after: Option<String>,
}

/// An answer that has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// As [`Instance::set`] takes it in the earlier version.
    pub path: String,
    /// The answer; empty when it is sealed.
    pub value: String,
    /// Whether the other version has the question, which cannot hold the answer.
    pub has_question: bool,
}

/// Table, row and column, and what stands there.
type Cells = BTreeMap<(String, Vec<u32>, String), String>;

/// Reads answers to one version of a form as answers to another. A question is found by its table and its column's name,
/// wherever it has moved to. Calculations run anew; results of chance or of identifiers' texts are taken over.
pub fn reread(from: &Arc<Form>, given: &[u8], to: &Arc<Form>) -> Result<Reread> {
    let old = Instance::from_answers(from.clone(), given, &Inputs::default())?;
    let mut new = Instance::bare(to.clone(), &Inputs::default());
    new.state.reset(&to.compiled);
    new.state.reference = old.state.reference;
    let mut left_out = Vec::new();
    // Blocks come after the one they are in, so theirs is known.
    let mut blocks = vec![None; old.state.blocks.len()];
    for block in 0..old.state.blocks.len() {
        let shape = old.state.blocks[block];
        if !shape.alive {
            continue;
        }
        blocks[block] = match blocks.get(shape.parent as usize) {
            None => Some(0),
            Some(parent) => parent.and_then(|parent| open(from, shape.scope, to, &mut new, parent)),
        };
        for item in &from.compiled.scopes[shape.scope as usize].slots {
            let spot = Spot { block: block as u32, item: *item };
            let slot = old.state.load(spot.block, from.compiled.nodes[*item as usize].slot);
            if slot == Val::Empty || !goes_over(from, *item) {
                continue;
            }
            let target = blocks[block].and_then(|block| Some((block, place(from, *item, to, &new, block)?)));
            let computed = from.definition.items[*item as usize].is_computed();
            match target {
                Some((block, item)) => {
                    let node = to.compiled.nodes[item as usize];
                    // What is worked out is not taken over.
                    if to.compiled.scopes[node.scope as usize].stored.iter().all(|stored| stored.slot != node.slot) {
                        continue;
                    }
                    let value = from_slot(from, &old.state, from.kind(spot.item), slot);
                    let at = new.state.index(block, node.slot);
                    // What is sealed has no text to be read as anything else.
                    let fits = slot != Val::Sealed || to.definition.items[item as usize].identifier;
                    match to_slot(to, &mut new.state, to.kind(item), &value).filter(|_| fits) {
                        Some(slot) => new.state.values[at] = slot,
                        None if computed => {}
                        None => left_out.push(gone(&old, spot, true)),
                    }
                }
                None if computed => {}
                None => left_out.push(gone(&old, spot, false)),
            }
        }
    }
    new.begun = new.state.blocks.len();
    let sealed = old.state.values.contains(&Val::Sealed);
    let side = if sealed { Side::Door } else { Side::Device };
    new.with(|vm, form| engine::settle(vm, form, side, &mut Vec::new()));
    let reread = answers::encode(to, &new.state, sealed);
    let (before, after) = (cells(from, given)?, cells(to, &reread)?);
    // A column never goes: one that the other version does not have stays as it was.
    let columns = to.tables();
    let has_column = |(table, _, column): &(String, Vec<u32>, String)| {
        columns.iter().any(|t| t.name == *table && t.columns.iter().any(|c| c.name == *column))
    };
    let keys = before.keys().filter(|key| has_column(key)).chain(after.keys().filter(|key| !before.contains_key(key)));
    let mut changes: Vec<CellChange> = keys
        .filter(|key| before.get(key) != after.get(key))
        .map(|key| CellChange {
            table: key.0.clone(),
            row: key.1.clone(),
            column: key.2.clone(),
            before: before.get(key).cloned(),
            after: after.get(key).cloned(),
        })
        .collect();
    changes.sort_by(|a, b| (&a.table, &a.row, &a.column).cmp(&(&b.table, &b.row, &b.column)));
    Ok(Reread { answers: reread, changes, left_out })
}

/// Opens an instance of the repeat of the same name, where the other version has it in the same place.
fn open(from: &Form, scope: u16, to: &Form, new: &mut Instance, parent: u32) -> Option<u32> {
    let name = &from.definition.items[from.compiled.scopes[scope as usize].item? as usize].name;
    let inside = new.state.blocks[parent as usize].scope;
    let mut kids = to.compiled.scopes[inside as usize].kids.iter().copied();
    let same = kids.find(|kid| {
        let item = to.compiled.scopes[*kid as usize].item;
        item.is_some_and(|item| to.definition.items[item as usize].name == *name)
    })?;
    Some(new.state.open(&to.compiled, same, parent))
}

/// Whether the answer is one of a version and the next: that of a column, or the id of an entity.
fn goes_over(form: &Form, item: u32) -> bool {
    form.is_column(item) || form.definition.items[item as usize].name == "@id"
}

/// What the same item of another version is known by: its column's name, or of an entity's id its group's.
fn called(form: &Form, item: u32) -> String {
    let items = &form.definition.items;
    // The id is in the entity, that in its meta.
    let group = items[item as usize].parent.and_then(|entity| items[items[entity as usize].parent? as usize].parent);
    match (form.is_column(item), group) {
        (true, _) => form.column_name(item),
        (false, None) => "@id".into(),
        (false, Some(group)) => format!("{}/@id", items[group as usize].name),
    }
}

/// The item of a block's table that is called the same.
fn place(from: &Form, item: u32, to: &Form, new: &Instance, block: u32) -> Option<u32> {
    let name = called(from, item);
    let scope = new.state.blocks[block as usize].scope;
    let slots = to.compiled.scopes[scope as usize].slots.iter().copied();
    slots.filter(|item| goes_over(to, *item)).find(|item| called(to, *item) == name)
}

fn gone(old: &Instance, spot: Spot, has_question: bool) -> LeftOut {
    LeftOut { path: old.path_of(spot), value: old.value_at(spot).text(), has_question }
}

/// What the tables hold, as text.
fn cells(form: &Form, answers: &[u8]) -> Result<Cells> {
    let (tables, extracted) = (form.tables(), form.extract(answers)?);
    let mut rows_of: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut out = Cells::new();
    for (table, found) in tables.iter().zip(&extracted) {
        let mut paths = Vec::new();
        for row in &found.rows {
            let path = match table.parent {
                None => Vec::new(),
                Some(parent) => {
                    let around = rows_of[parent].get(row.parent as usize).cloned().unwrap_or_default();
                    [around, vec![row.position]].concat()
                }
            };
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                let text = match cell {
                    Cell::Null => continue,
                    Cell::Int(n) => n.to_string(),
                    Cell::Float(n) => crate::vm::number_text(*n),
                    Cell::Text(text) => text.clone(),
                    Cell::Bool(truth) => truth.to_string(),
                    Cell::Date(day) => day.to_string(),
                    Cell::DateTime(ms) => ms.to_string(),
                    Cell::Code(index) => column.codes.get(*index as usize).map_or(String::new(), |c| c.value.clone()),
                };
                out.insert((table.name.clone(), path.clone(), column.name.clone()), text);
            }
            paths.push(path);
        }
        rows_of.push(paths);
    }
    Ok(out)
}
