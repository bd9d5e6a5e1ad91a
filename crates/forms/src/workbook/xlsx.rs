//! Reads `.xlsx` workbooks, cell by cell: a sheet with one cell in each of two corners takes no more room than two cells.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Cell, DataRef, Reader, Xlsx};

use super::{Row, SHEETS, Sheet, text};
use crate::diagnostic::{Diagnostic, Place};

/// Cells are kept in rows up to their last filled column; more than this in all is refused.
const CELLS_MAX: usize = 6_000_000;
/// Columns from here on are not part of any form.
const COLUMNS_MAX: u32 = 1024;

/// Reads the sheets that mean something; all names come back too. What cannot be read is a diagnostic.
pub(super) fn sheets(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Result<(Vec<Sheet>, Vec<String>), String> {
    let mut file: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| {
        let error: calamine::XlsxError = error;
        error.to_string()
    })?;
    let names = file.sheet_names();
    let mut sheets = Vec::new();
    let mut cells_left = CELLS_MAX;
    for name in &names {
        if names.len() > 1 && !SHEETS.contains(&name.trim().to_lowercase().as_str()) {
            continue;
        }
        let place = || Place { sheet: name.clone(), row: 0, column: 0 };
        match rows(&mut file, name, &mut cells_left) {
            Ok(Some(rows)) => sheets.push(Sheet::from_rows(name, rows)),
            Ok(None) => diagnostics.push(Diagnostic::error("form/sheet-too-large", place(), "too many cells")),
            Err(error) => {
                let message = format!("the sheet cannot be read: {error}");
                diagnostics.push(Diagnostic::error("form/unreadable-sheet", place(), message));
            }
        }
    }
    Ok((sheets, names))
}

/// The rows of a sheet; `None` when it has more cells than are left.
fn rows(
    file: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    cells_left: &mut usize,
) -> Result<Option<Vec<Row>>, calamine::XlsxError> {
    let mut reader = file.worksheet_cells_reader(name)?;
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let shown = shown(&cell);
        if shown.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        let cells = rows.entry(row).or_default();
        let more = (column as usize + 1).saturating_sub(cells.len());
        if more > *cells_left {
            return Ok(None);
        }
        *cells_left -= more;
        cells.resize(cells.len() + more, String::new());
        cells[column as usize] = shown;
    }
    Ok(Some(rows.into_iter().map(|(row, cells)| Row { number: row.saturating_add(1), cells }).collect()))
}

fn shown(cell: &Cell<DataRef<'_>>) -> String {
    match cell.get_value() {
        DataRef::String(s) | DataRef::DateTimeIso(s) | DataRef::DurationIso(s) => text::clean(s),
        DataRef::SharedString(s) => text::clean(s),
        DataRef::Int(i) => i.to_string(),
        DataRef::Float(f) => text::number(*f),
        DataRef::Bool(b) => text::truth(*b),
        DataRef::DateTime(d) => text::moment(d.as_f64()),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
