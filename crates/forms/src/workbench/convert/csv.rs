//! A workbook as CSV (RFC 4180): one file with the sheets' names in the first column, or a file a sheet.

use super::sheets;
use crate::diagnostic::Diagnostic;
use crate::workbook::{Sheet, Workbook, assemble, csv as reader};

/// Empty rows between rows are kept up to this many, so that row numbers stay.
const GAP_MAX: u32 = 100;

/// The whole workbook in one file: the sheet's name alone in the first column, its rows behind an empty first column.
pub fn csv(book: &Workbook) -> String {
    let mut out = String::new();
    for sheet in sheets(book) {
        out.push_str(&format!("{}\r\n", quoted(&sheet.name)));
        for record in records(sheet) {
            out.push_str(&format!(",{record}\r\n"));
        }
    }
    out
}

/// A sheet in a file of its own.
pub fn csv_sheet(sheet: &Sheet) -> String {
    records(sheet).map(|record| record + "\r\n").collect()
}

/// Reads sheets that lie in a file each, by the names of the files without their ending.
pub fn from_csv_sheets(files: &[(&str, &str)]) -> (Workbook, Vec<Diagnostic>) {
    let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    assemble(files.iter().map(|(name, text)| reader::sheet(name, text)).collect(), &names)
}

/// The header and the rows, with commas for empty rows between them.
fn records(sheet: &Sheet) -> impl Iterator<Item = String> {
    let columns = sheet.rows.iter().map(|r| r.cells.len()).max().unwrap_or(0).max(sheet.header.len());
    let record = move |cells: &[String]| {
        let cells: Vec<String> = (0..columns).map(|at| cells.get(at).map_or(String::new(), |c| quoted(c))).collect();
        cells.join(",")
    };
    let mut out = vec![record(&sheet.header)];
    let mut number = 1;
    for row in &sheet.rows {
        let gap = row.number.saturating_sub(number + 1).min(GAP_MAX);
        (0..gap).for_each(|_| out.push(record(&[])));
        number = row.number.max(number + 1);
        out.push(record(&row.cells));
    }
    out.into_iter()
}

fn quoted(cell: &str) -> String {
    let plain = !cell.contains([',', '"', '\n', '\r', ';', '\t']);
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}
