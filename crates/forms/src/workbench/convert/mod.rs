//! Workbooks written again: as Markdown, as CSV, and made from a compiled form.
//!
//! Reading is [`crate::workbook::read`]'s, which tells Markdown, CSV and spreadsheets apart. What is written here is read
//! back cell by cell. Spreadsheets (`.xlsx`) are written by the command line, from the same sheets: see [`sheets`].

mod csv;
mod definition;
mod markdown;

use crate::workbook::{Sheet, Workbook};

pub use csv::{csv, csv_sheet, from_csv_sheets};
pub use definition::from_definition;
pub use markdown::markdown;

/// The sheets that hold anything, in the order of XLSForm. `settings` comes last, as people are used to it.
pub fn sheets(book: &Workbook) -> Vec<&Sheet> {
    let all = [&book.survey, &book.choices, &book.external_choices, &book.osm, &book.entities, &book.settings];
    all.into_iter().filter(|s| !s.header.is_empty() || !s.rows.is_empty()).collect()
}
