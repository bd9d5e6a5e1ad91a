//! Reads `.xlsx` workbooks.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::{Row, Sheet, Workbook, assemble};
use crate::diagnostic::{Diagnostic, Place};

/// A sheet with more cells than this is refused, so that a small file cannot fill the memory.
const CELLS_MAX: usize = 20_000_000;
const BYTES_MAX: usize = 64 << 20;

/// Reads an `.xlsx` file. What cannot be read is a diagnostic, beside the sheets that can.
pub fn read(bytes: &[u8]) -> (Workbook, Vec<Diagnostic>) {
    let whole = || Place { sheet: "workbook".into(), row: 0, column: 0 };
    let refuse =
        |message: String| (Workbook::default(), vec![Diagnostic::error("form/not-a-workbook", whole(), message)]);
    if bytes.len() > BYTES_MAX {
        return refuse(format!("the file is larger than {} MB", BYTES_MAX >> 20));
    }
    let mut file: Xlsx<_> = match calamine::open_workbook_from_rs(Cursor::new(bytes)) {
        Ok(file) => file,
        Err(error) => {
            let error: calamine::XlsxError = error;
            return refuse(format!("the file is not an .xlsx workbook: {error}"));
        }
    };
    let mut sheets = Vec::new();
    let mut diagnostics = Vec::new();
    for name in file.sheet_names() {
        if !super::SHEETS.contains(&name.trim().to_lowercase().as_str()) {
            continue;
        }
        match file.worksheet_range(&name) {
            Ok(range) if range.get_size().0.saturating_mul(range.get_size().1) > CELLS_MAX => diagnostics.push(
                Diagnostic::error("form/sheet-too-large", Place { sheet: name, row: 0, column: 0 }, "too many cells"),
            ),
            Ok(range) => {
                let (first_row, first_column) = range.start().unwrap_or((0, 0));
                let mut rows = Vec::new();
                for (i, cells) in range.rows().enumerate() {
                    let mut texts = vec![String::new(); first_column as usize];
                    texts.extend(cells.iter().map(text));
                    while texts.last().is_some_and(String::is_empty) {
                        texts.pop();
                    }
                    rows.push(Row { number: first_row + i as u32 + 1, cells: texts });
                }
                sheets.push(Sheet::from_rows(&name, rows));
            }
            Err(error) => diagnostics.push(Diagnostic::error(
                "form/unreadable-sheet",
                Place { sheet: name, row: 0, column: 0 },
                format!("the sheet cannot be read: {error}"),
            )),
        }
    }
    let (workbook, more) = assemble(sheets);
    diagnostics.extend(more);
    (workbook, diagnostics)
}

/// A cell as the author sees it; whole numbers without a decimal point.
fn text(cell: &Data) -> String {
    match cell {
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s.trim().to_owned(),
        Data::Int(i) => i.to_string(),
        Data::Float(f) => f.to_string(),
        Data::Bool(b) => if *b { "true" } else { "false" }.to_owned(),
        Data::DateTime(d) => crate::date::Date(d.as_f64() as i32 - 25_569).to_string(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
