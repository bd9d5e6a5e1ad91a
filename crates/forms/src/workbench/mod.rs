//! The form workbench: what an author does with a questionnaire before it goes to the field. Pure computation, like the
//! rest: files and terminal are the caller's.
//!
//! - [`scenario`] runs an author's scenarios against a form, and tells which rules no scenario notices.
//! - [`dialogue`] is an interview in lines of text.
//! - [`changes`] compares two versions of a form and says what it means for the data.
//! - [`codebook`] writes a form down for people who read data, in Chinese and English.
//! - [`convert`] writes workbooks as Markdown, CSV sheets and rows of cells, from a compiled form too.

pub mod changes;
pub mod codebook;
pub mod convert;
pub mod dialogue;
mod locate;
pub mod scenario;
mod speech;

pub use speech::Speech;

use crate::date::Date;
use crate::diagnostic::Place;
use crate::workbook::Workbook;

/// The cell of a question's column, by the index of the question in the form made of the workbook.
pub fn place_of(book: &Workbook, item: u32, column: &str) -> Place {
    crate::author::read(book).0.place(item as usize, column)
}

/// Milliseconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`, as far as days go.
fn moment_text(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let day = i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or_default();
    let seconds = ms.rem_euclid(DAY_MS) / 1000;
    format!("{}T{:02}:{:02}:{:02}Z", Date(day), seconds / 3600, seconds / 60 % 60, seconds % 60)
}
