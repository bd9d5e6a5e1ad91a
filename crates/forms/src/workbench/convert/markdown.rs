//! A workbook as Markdown tables that are read back cell by cell.

use super::sheets;
use crate::workbook::{Sheet, Workbook};

/// Columns are padded to the widest cell, but not beyond this.
const WIDTH_MAX: usize = 60;
/// Empty rows between rows are kept up to this many, so that row numbers stay.
const GAP_MAX: u32 = 100;

/// One table a sheet, each under a heading with its name. A bar inside a cell is `\|`, a line break `&#10;`.
pub fn markdown(book: &Workbook) -> String {
    sheets(book)
        .into_iter()
        .map(|sheet| format!("## {}\n\n{}", sheet.name, table(sheet)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn table(sheet: &Sheet) -> String {
    let columns = sheet.rows.iter().map(|r| r.cells.len()).max().unwrap_or(0).max(sheet.header.len());
    let mut rows: Vec<Vec<String>> = vec![sheet.header.iter().map(|c| escape(c)).collect()];
    let mut number = 1;
    for row in &sheet.rows {
        for _ in 0..row.number.saturating_sub(number + 1).min(GAP_MAX) {
            rows.push(Vec::new());
        }
        number = row.number.max(number + 1);
        rows.push(row.cells.iter().map(|c| escape(c)).collect());
    }
    // A last empty column keeps a row of dashes from being a rule, and a lone `survey` from opening a sheet.
    let ambiguous = rows.iter().any(|r| {
        let filled = r.iter().filter(|c| !c.is_empty()).count();
        r.iter().all(|c| c.bytes().all(|b| matches!(b, b'-' | b':'))) && filled == columns && columns > 0
    });
    let columns = columns + usize::from(ambiguous);
    let width = |at: usize| {
        let all = rows.iter().filter_map(|r| r.get(at)).map(|c| width(c));
        all.max().unwrap_or(0).clamp(3, WIDTH_MAX)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (column, to) in widths.iter().enumerate() {
            let cell = row.get(column).map_or("", String::as_str);
            out.push_str(&format!("| {cell}{} ", " ".repeat(to.saturating_sub(self::width(cell)))));
        }
        out.push_str("|\n");
        if at == 0 {
            widths.iter().for_each(|to| out.push_str(&format!("|{}", "-".repeat(to + 2))));
            out.push_str("|\n");
        }
    }
    out
}

fn escape(cell: &str) -> String {
    let cell = cell.replace("&#10;", "&amp;#10;").replace("\r\n", "\n").replace(['\n', '\r'], "&#10;");
    cell.replace('|', "\\|")
}

/// How wide a text stands in a fixed-width typeface; a Chinese character takes two.
fn width(text: &str) -> usize {
    crate::workbench::dialogue::width(text)
}
