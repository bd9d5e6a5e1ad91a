//! Answers as typed tables: one for the root, one for each repeat. The same rows natively and in the browser.

use serde::{Deserialize, Serialize};

use crate::answers;
use crate::date::Date;
use crate::definition::Kind;
use crate::engine::{self, Side};
use crate::error::Result;
use crate::form::Form;
use crate::program::{Ty, Val};
use crate::state::{NONE, State};
use crate::vm::{Vm, text_of};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Whole numbers.
    Int,
    /// Decimals.
    Float,
    /// Text.
    Text,
    /// Truth values; of an identifier, whether it was answered.
    Bool,
    /// Days.
    Date,
    /// Months, as their first day.
    YearMonth,
    /// Times of day as ODK writes them.
    Time,
    /// Moments.
    DateTime,
    /// One of the column's codes.
    Choice,
    /// Any of the column's codes, separated by spaces.
    Choices,
}

/// One code of a code list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What is stored.
    pub value: String,
    /// What it means, by language of the form.
    pub labels: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSchema {
    /// Name of the question; with its group in front where two would be the same.
    pub name: String,
    /// What it holds.
    pub ty: ColumnType,
    /// Question text by language of the form; the name where there is none.
    pub labels: Vec<String>,
    /// The code list, empty for other types.
    pub codes: Vec<Code>,
    /// Whether the question is an identifier: then the column says only whether it was answered.
    pub identifier: bool,
    /// Whether it is computed rather than asked.
    pub computed: bool,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Setting `table` for the root, the repeat's name for the others.
    pub name: String,
    /// Index of the table its rows belong to; `None` for the root.
    pub parent: Option<usize>,
    /// Columns in the order of the form.
    pub columns: Vec<ColumnSchema>,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// No answer, or not asked.
    Null,
    /// [`ColumnType::Int`]
    Int(i64),
    /// [`ColumnType::Float`]
    Float(f64),
    /// [`ColumnType::Text`], [`ColumnType::Time`] and [`ColumnType::Choices`]; [`ColumnType::Choice`] where the code is
    /// not in the column's codes.
    Text(String),
    /// [`ColumnType::Bool`]
    Bool(bool),
    /// [`ColumnType::Date`] and [`ColumnType::YearMonth`]
    Date(Date),
    /// [`ColumnType::DateTime`]: milliseconds since 1970-01-01 in UTC.
    DateTime(i64),
    /// [`ColumnType::Choice`]: index into the column's codes.
    Code(u32),
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Index of the row of the parent table it belongs to, in the same submission; 0 for the root.
    pub parent: u32,
    /// Position among the instances of the repeat, from 1; 1 for the root.
    pub position: u32,
    /// One cell a column.
    pub cells: Vec<Cell>,
}

/// The rows one submission has in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRows {
    /// Index into [`Form::tables`].
    pub table: usize,
    /// Rows in the order of the answers.
    pub rows: Vec<Row>,
}

impl Form {
    /// The tables answers to this form go into: the root first, then repeats in the order of the form.
    pub fn tables(&self) -> Vec<TableSchema> {
        let languages = self.definition.languages.len();
        let scopes = self.compiled.scopes.iter();
        scopes
            .map(|scope| {
                let items: Vec<u32> = scope.slots.iter().copied().filter(|i| self.is_column(*i)).collect();
                let columns = items.iter().map(|item| self.column(*item, self.column_name(*item), languages)).collect();
                let name = match scope.item {
                    Some(item) => self.definition.items[item as usize].name.clone(),
                    None => self.definition.table.clone(),
                };
                TableSchema { name, parent: scope.parent.map(usize::from), columns }
            })
            .collect()
    }

    /// The name of an item's column: with its group in front where two of a table would be the same.
    pub(crate) fn column_name(&self, item: u32) -> String {
        let definition = &self.definition.items[item as usize];
        let slots = &self.compiled.scopes[self.compiled.nodes[item as usize].scope as usize].slots;
        let same =
            slots.iter().filter(|i| self.is_column(**i) && self.definition.items[**i as usize].name == definition.name);
        match definition.parent {
            Some(group) if same.count() > 1 => {
                format!("{}_{}", self.definition.items[group as usize].name, definition.name)
            }
            _ => definition.name.clone(),
        }
    }

    pub(crate) fn is_column(&self, item: u32) -> bool {
        let definition = &self.definition.items[item as usize];
        let answered = !matches!(definition.kind, Kind::Group | Kind::Repeat | Kind::Note);
        answered && !definition.is_added() && definition.type_name != "last-saved"
    }

    fn column(&self, item: u32, name: String, languages: usize) -> ColumnSchema {
        let definition = &self.definition.items[item as usize];
        let ty = self.column_type(item);
        let labels =
            (0..languages).map(|l| definition.label.get(l)).map(|l| if l.is_empty() { &name } else { l }.to_owned());
        let codes = match (ty, definition.kind.list()) {
            (ColumnType::Choice | ColumnType::Choices, Some(list)) => self.definition.lists[list as usize]
                .choices
                .iter()
                .map(|c| Code {
                    value: c.name.clone(),
                    labels: (0..languages).map(|l| c.label.get(l).to_owned()).collect(),
                })
                .collect(),
            _ => Vec::new(),
        };
        ColumnSchema {
            labels: labels.collect(),
            name,
            ty,
            codes,
            identifier: definition.identifier,
            computed: definition.is_any(),
        }
    }

    fn column_type(&self, item: u32) -> ColumnType {
        let definition = &self.definition.items[item as usize];
        if definition.identifier {
            return ColumnType::Bool;
        }
        match definition.kind {
            Kind::Integer => ColumnType::Int,
            Kind::Decimal => ColumnType::Float,
            Kind::Date => ColumnType::Date,
            Kind::YearMonth => ColumnType::YearMonth,
            Kind::SelectOne(_) => ColumnType::Choice,
            Kind::SelectMultiple(_) | Kind::Rank(_) => ColumnType::Choices,
            Kind::Time => ColumnType::Time,
            Kind::DateTime => ColumnType::DateTime,
            Kind::Hidden => match definition.type_name.as_str() {
                "start" | "end" => ColumnType::DateTime,
                "today" => ColumnType::Date,
                _ => ColumnType::Text,
            },
            _ => match self.compiled.nodes[item as usize].ty {
                Ty::Whole => ColumnType::Int,
                Ty::Number => ColumnType::Float,
                Ty::Truth => ColumnType::Bool,
                Ty::Date => ColumnType::Date,
                Ty::Moment => ColumnType::DateTime,
                Ty::Clock => ColumnType::Time,
                Ty::Text | Ty::Choice(_) => ColumnType::Text,
            },
        }
    }

    /// Answers as rows: one entry a table, in the order of [`Form::tables`]. Calculations are run again, except those
    /// kept in the answers.
    pub fn extract(&self, bytes: &[u8]) -> Result<Vec<TableRows>> {
        let mut state = State::default();
        let mut stack = Vec::new();
        let sealed = answers::decode(self, bytes, &mut state)?;
        let side = if sealed { Side::Door } else { Side::Device };
        engine::settle(
            &mut Vm::new(&self.compiled, &self.definition.lists, &mut state, &mut stack),
            self,
            side,
            &mut Vec::new(),
        );
        let mut row_of = vec![0u32; state.blocks.len()];
        let mut tables = Vec::with_capacity(self.compiled.scopes.len());
        for (table, scope) in self.compiled.scopes.iter().enumerate() {
            let columns: Vec<(u16, u32, ColumnType)> = scope
                .slots
                .iter()
                .enumerate()
                .filter(|(_, item)| self.is_column(**item))
                .map(|(slot, item)| (slot as u16, *item, self.column_type(*item)))
                .collect();
            let mut rows = Vec::new();
            let mut block = state.chains[table].0;
            while block != NONE {
                let shape = state.blocks[block as usize];
                row_of[block as usize] = rows.len() as u32;
                let cells =
                    columns.iter().map(|(slot, _, ty)| self.cell(&state, state.load(block, *slot), *ty)).collect();
                let parent = row_of.get(shape.parent as usize).copied().unwrap_or(0);
                if shape.alive {
                    rows.push(Row { parent, position: shape.position, cells });
                }
                block = shape.next_in_scope;
            }
            tables.push(TableRows { table, rows });
        }
        Ok(tables)
    }

    fn cell(&self, state: &State, value: Val, ty: ColumnType) -> Cell {
        let number = || match value {
            Val::Num(n) => Some(n),
            Val::Bool(b) => Some(f64::from(u8::from(b))),
            Val::Date(days) => Some(f64::from(days)),
            other => {
                let n = crate::vm::parse_number(&text_of(&self.compiled, &self.definition.lists, state, other));
                (!n.is_nan()).then_some(n)
            }
        };
        match (ty, value) {
            (_, Val::Empty) => Cell::Null,
            (ColumnType::Bool, Val::Bool(b)) => Cell::Bool(b),
            (ColumnType::Bool, _) => Cell::Bool(true),
            (_, Val::Sealed) => Cell::Null,
            (ColumnType::Choice, Val::Choice(_, index)) => Cell::Code(index),
            (ColumnType::Date | ColumnType::YearMonth, Val::Date(days)) => Cell::Date(Date(days)),
            (ColumnType::Date | ColumnType::YearMonth, Val::Num(days)) => Cell::Date(Date(days as i32)),
            (ColumnType::Date | ColumnType::YearMonth, other) => {
                let text = text_of(&self.compiled, &self.definition.lists, state, other);
                Date::parse(&text).map_or(Cell::Null, Cell::Date)
            }
            (ColumnType::Int, _) => number().map_or(Cell::Null, |n| Cell::Int(n as i64)),
            (ColumnType::Float, _) => number().map_or(Cell::Null, Cell::Float),
            (ColumnType::DateTime, value) => {
                let text = text_of(&self.compiled, &self.definition.lists, state, value);
                crate::clock::instant_ms(&text).map_or(Cell::Null, Cell::DateTime)
            }
            (ColumnType::Text | ColumnType::Time | ColumnType::Choices | ColumnType::Choice, value) => {
                Cell::Text(text_of(&self.compiled, &self.definition.lists, state, value).into_owned())
            }
        }
    }
}
