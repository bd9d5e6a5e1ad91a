//! A published form as the query side sees it: which tables it makes, and the rows of one submission.
//!
//! `answers.rs` is the only module that knows the crate `forms`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// Text, or a code of a list.
    Text,
    /// A calendar day.
    Date,
    /// Yes or no; for an identifier: whether it was answered.
    Boolean,
    /// A moment, UTC.
    Time,
    /// Bytes.
    Bytes,
}

/// A column of a form's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name: a SQL identifier.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What it means, by language tag: the question's text.
    pub labels: Vec<(String, String)>,
    /// The code list its values come from.
    pub list: Option<String>,
    /// A direct identifier: only whether it was answered is kept.
    pub identifier: bool,
}

/// A table of a form: its root, or one repeat group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name: a SQL identifier.
    pub name: String,
    /// Whether a row is an instance of a repeat group; then `position` says which, from 1.
    pub repeat: bool,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// One code of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The list.
    pub list: String,
    /// The code that is stored.
    pub code: String,
    /// What it means, by language tag.
    pub labels: Vec<(String, String)>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Not answered, or not relevant.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(f64),
    /// Text or a code.
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Yes or no.
    Boolean(bool),
    /// Microseconds since 1970, UTC.
    Time(i64),
}

/// A row of one of the form's tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Index into [`Form::tables`].
    pub table: usize,
    /// Position in its repeat group, from 1; the root has 1.
    pub position: u32,
    /// Position of the instance it lies in, from 1; 1 when that is the root.
    pub parent: u32,
    /// One value for each column of the table.
    pub cells: Vec<Cell>,
}

/// A compiled form.
pub trait Form: std::any::Any + Send + Sync {
    /// Its tables, the root first.
    fn tables(&self) -> &[Table];
    /// Its code lists.
    fn codes(&self) -> &[Code];
    /// The rows of one submission's answers.
    fn rows(&self, answers: &[u8]) -> std::result::Result<Vec<Row>, String>;
    /// The rows of one submission's answers to another version of the form.
    fn rows_of(&self, given: &dyn Form, answers: &[u8]) -> std::result::Result<Vec<Row>, String>;
}

/// Reads compiled forms.
pub trait FormReader: Send + Sync {
    /// Reads one from the bytes that were published.
    fn read(&self, compiled: &[u8]) -> std::result::Result<Arc<dyn Form>, String>;
}
