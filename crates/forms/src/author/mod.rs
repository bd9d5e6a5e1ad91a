//! Reads a workbook into a [`Definition`], collecting every mistake with its cell.
//!
//! Start at [`read`]; `survey.rs` does the rows, `choices.rs` the lists, `columns.rs` the headers and languages.

mod choices;
mod columns;
mod survey;

use crate::date::Date;
use crate::definition::{Definition, FORMAT, Item, Words};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::{Row, Sheet, Workbook};

pub(crate) use columns::Columns;

/// A definition with the places its parts came from.
pub(crate) struct Draft {
    pub definition: Definition,
    /// For each item: its row number, to name a cell in later diagnostics.
    pub rows: Vec<u32>,
    columns: Columns,
    sheet: Sheet,
}

impl Draft {
    /// The cell of an item's column, for diagnostics about expressions.
    pub fn place(&self, item: usize, column: &str) -> Place {
        let row = self.rows.get(item).copied().unwrap_or(0);
        self.sheet.place(row, self.columns.find(&self.sheet, column))
    }
}

/// Interprets a workbook. The draft holds everything that could be read.
pub(crate) fn read(book: &Workbook) -> (Draft, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let settings = book.settings.rows.first().cloned().unwrap_or_default();
    let setting = |names: &[&str]| settings.cell(book.settings.column_of(names)).to_owned();
    let columns = Columns::new(book, &setting(&["default_language"]), &mut diagnostics);

    let mut definition = Definition { format: FORMAT.into(), ..Definition::default() };
    definition.languages = columns.languages.clone();
    definition.id = or(setting(&["form_id", "id_string"]), "form");
    definition.version = or(setting(&["version"]), "1");
    definition.table = or(setting(&["table"]), "data");
    definition.title = columns.words(&book.settings, &settings, &["form_title", "title"]);
    if definition.title.is_empty() {
        definition.title = Words(vec![definition.id.clone()]);
    }
    let reference = setting(&["reference_date"]);
    if !reference.is_empty() {
        definition.reference_date = Date::parse(&reference);
        if definition.reference_date.is_none() {
            let place = book.settings.place(settings.number, book.settings.column("reference_date"));
            diagnostics.push(Diagnostic::error(
                "form/bad-date",
                place,
                format!("`{reference}` is not a date YYYY-MM-DD"),
            ));
        }
    }
    definition.lists = choices::read(&book.choices, &columns, &mut diagnostics);
    let rows = survey::read(&book.survey, &columns, &mut definition, &mut diagnostics);
    (Draft { definition, rows, columns, sheet: book.survey.clone() }, diagnostics)
}

fn or(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}

/// Whether a cell says yes the way XLSForm accepts it.
fn yes(cell: &str) -> bool {
    matches!(cell.to_lowercase().as_str(), "yes" | "true" | "true()" | "1" | "y")
}

/// A node name as XLSForm allows it: a letter or underscore, then letters, digits, `_`, `-`, `.`.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Finds a label that is in some languages and not in others.
fn check_translations(
    words: &Words,
    what: &str,
    columns: &Columns,
    sheet: &Sheet,
    row: &Row,
    header: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if words.is_empty() {
        return;
    }
    for (i, language) in columns.languages.iter().enumerate() {
        if words.0.get(i).is_none_or(String::is_empty) {
            let place = sheet.place(row.number, columns.find_in(sheet, header, &language.name));
            let message = format!("{what} has no {header} in {}", language.name);
            diagnostics.push(Diagnostic::warning("form/missing-translation", place, message));
        }
    }
}

/// Sets the fields of an item that are texts by language.
fn item_words(item: &mut Item, columns: &Columns, sheet: &Sheet, row: &Row) {
    let words = |names: &[&str]| columns.words(sheet, row, names);
    item.label = words(&["label", "caption"]);
    item.hint = words(&["hint"]);
    item.required_message = words(&["required_message", "requiredmsg"]);
    item.constraint_message = words(&["constraint_message", "constraintmsg"]);
    item.check_soft_message = words(&["check_soft_message"]);
}
