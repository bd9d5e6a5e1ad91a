//! A workbook as the author wrote it: sheets of text cells, each knowing its place. Nothing is interpreted here.

#[cfg(feature = "workbook")]
mod archive;
#[cfg(feature = "workbook")]
mod container;
pub(crate) mod csv;
#[cfg(feature = "workbook")]
mod file;
mod markdown;
#[cfg(feature = "workbook")]
mod text;
#[cfg(feature = "workbook")]
mod xls;
#[cfg(feature = "workbook")]
mod xlsx;

use crate::diagnostic::{Diagnostic, Place, edits};

#[cfg(feature = "workbook")]
pub use file::{read, read_named};
pub use markdown::from_markdown;
#[cfg(feature = "workbook")]
pub(crate) use markdown::split as cells_of;

/// The sheets of an XLSForm. A sheet that is missing is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workbook {
    /// Name of the file it came in, without the ending; empty when that is not known.
    pub name: String,
    /// Questions, in order.
    pub survey: Sheet,
    /// Choice lists.
    pub choices: Sheet,
    /// One row of settings.
    pub settings: Sheet,
    /// Entities the form makes or changes.
    pub entities: Sheet,
    /// Choices of `select_one_external`, looked up outside the form.
    pub external_choices: Sheet,
    /// Tags of `osm` questions.
    pub osm: Sheet,
}

/// The sheets that mean something, by name.
const SHEETS: [&str; 6] = ["survey", "choices", "settings", "entities", "external_choices", "osm"];

impl Workbook {
    fn sheet_mut(&mut self, name: &str) -> Option<&mut Sheet> {
        Some(match name {
            "survey" => &mut self.survey,
            "choices" => &mut self.choices,
            "settings" => &mut self.settings,
            "entities" => &mut self.entities,
            "external_choices" => &mut self.external_choices,
            "osm" => &mut self.osm,
            _ => return None,
        })
    }
}

/// A sheet with a header row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The sheet's name as written.
    pub name: String,
    /// Header cells, trimmed, by column.
    pub header: Vec<String>,
    /// Rows below the header that have any text.
    pub rows: Vec<Row>,
}

/// A row with any text in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The row's number in the spreadsheet, from 1.
    pub number: u32,
    /// Trimmed cells by column; shorter than the header when the rest is empty.
    pub cells: Vec<String>,
}

impl Sheet {
    /// The column with this header, compared as XLSForm does: case and spaces do not matter.
    pub fn column(&self, header: &str) -> Option<usize> {
        self.header.iter().position(|h| normal(h) == normal(header))
    }

    /// The first column that carries any of these headers.
    pub fn column_of(&self, headers: &[&str]) -> Option<usize> {
        headers.iter().find_map(|h| self.column(h))
    }

    /// The place of a cell.
    pub fn place(&self, row: u32, column: Option<usize>) -> Place {
        Place { sheet: self.name.clone(), row, column: column.unwrap_or(0) as u32 }
    }

    fn from_rows(name: &str, mut rows: Vec<Row>) -> Sheet {
        rows.retain(|row| row.cells.iter().any(|c| !c.is_empty()));
        if rows.is_empty() {
            return Sheet { name: name.to_owned(), ..Sheet::default() };
        }
        let header = rows.remove(0).cells;
        Sheet { name: name.to_owned(), header, rows }
    }
}

impl Row {
    /// The text of a column; empty when there is none.
    pub fn cell(&self, column: Option<usize>) -> &str {
        column.and_then(|c| self.cells.get(c)).map_or("", String::as_str)
    }
}

/// Headers are compared in lower case, with runs of spaces as one underscore.
fn normal(header: &str) -> String {
    header.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase().replace(":_", ":").replace("_:", ":")
}

/// Puts sheets where they belong. `names` are all sheets of the workbook, with those that are none of XLSForm's.
pub(crate) fn assemble(mut sheets: Vec<Sheet>, names: &[String]) -> (Workbook, Vec<Diagnostic>) {
    let mut workbook = Workbook::default();
    let mut diagnostics = Vec::new();
    let own = |name: &str| name.trim().to_lowercase();
    // A workbook of one sheet is the survey, whatever it is called.
    if let [only] = sheets.as_mut_slice()
        && names.len() <= 1
        && !SHEETS.contains(&own(&only.name).as_str())
    {
        "survey".clone_into(&mut only.name);
    }
    let found: Vec<String> = sheets.iter().map(|s| own(&s.name)).collect();
    for name in SHEETS {
        if let Some(sheet) = workbook.sheet_mut(name) {
            sheet.name = name.to_owned();
        }
        let near = |n: &&String| {
            !SHEETS.contains(&own(n).as_str()) && !n.starts_with('_') && edits(&own(n), name) <= 2 && !n.is_empty()
        };
        // `osm` is near to too many names.
        if name != "osm"
            && !found.iter().any(|f| f == name)
            && let Some(near) = names.iter().find(near)
        {
            let place = Place { sheet: near.clone(), row: 0, column: 0 };
            let message = format!("the sheet `{near}` is left out; is it meant as `{name}`?");
            let help = format!("call it `{name}`, or `_{near}` when it is not part of the form");
            diagnostics.push(Diagnostic::warning("form/misspelt-sheet", place, message).help(help));
        }
    }
    for sheet in sheets {
        if let Some(own) = workbook.sheet_mut(&own(&sheet.name)) {
            *own = sheet;
        }
    }
    if workbook.survey.header.is_empty() {
        let place = Place { sheet: "survey".into(), row: 0, column: 0 };
        let found = if names.is_empty() { "none".into() } else { names.join(", ") };
        diagnostics.push(
            Diagnostic::error("form/no-survey", place, "the workbook has no `survey` sheet with a header row")
                .help(format!("sheets found: {found}")),
        );
    }
    (workbook, diagnostics)
}
