//! Workbooks as Markdown tables: one table a sheet, each under a heading or a first cell with the sheet's name.
//!
//! A table under no heading is the `survey` sheet, so a test can be one table. `\|` stands for a bar inside a cell.

use super::{Row, Sheet, Workbook, assemble};
use crate::diagnostic::Diagnostic;

/// Reads Markdown tables as a workbook. Lines outside tables are prose and are left out.
///
/// Row numbers are those the sheet would have in a spreadsheet (the header is row 1), not lines of the text.
pub fn from_markdown(text: &str) -> (Workbook, Vec<Diagnostic>) {
    let mut sheets: Vec<(String, Vec<Row>)> = Vec::new();
    let mut name = String::from("survey");
    let mut open = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(heading) = line.strip_prefix('#') {
            name = heading.trim_start_matches('#').trim().to_owned();
            open = false;
        } else if line.starts_with('|') {
            let mut cells = split(line);
            // The form pyxform uses in its tests: `| survey |` alone opens a sheet, its rows start with an empty cell.
            if let [only] = cells.as_slice()
                && super::SHEETS.contains(&only.as_str())
            {
                name = only.clone();
                sheets.push((name.clone(), Vec::new()));
                open = true;
                continue;
            }
            if !open {
                sheets.push((name.clone(), Vec::new()));
                open = true;
            }
            if cells.iter().all(|c| !c.is_empty() && c.bytes().all(|b| matches!(b, b'-' | b':'))) {
                continue;
            }
            if let Some((_, rows)) = sheets.last_mut() {
                while cells.last().is_some_and(String::is_empty) {
                    cells.pop();
                }
                rows.push(Row { number: rows.len() as u32 + 1, cells });
            }
        } else {
            open = false;
        }
    }
    assemble(sheets.into_iter().map(|(name, rows)| Sheet::from_rows(&name, rows)).collect())
}

fn split(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = line.strip_prefix('|').unwrap_or(line).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => cell.extend(chars.next()),
            '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            c => cell.push(c),
        }
    }
    if !cell.trim().is_empty() {
        cells.push(cell.trim().to_owned());
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_a_heading_is_the_survey() {
        let (book, diagnostics) = from_markdown("| type | name |\n|---|---|\n| text | a |\n");
        assert!(diagnostics.is_empty());
        assert_eq!(book.survey.rows, vec![Row { number: 2, cells: vec!["text".into(), "a".into()] }]);
    }

    #[test]
    fn an_escaped_bar_stays_in_its_cell() {
        assert_eq!(split(r"| a \| b | c |"), ["a | b", "c"]);
    }

    #[test]
    fn a_text_without_a_survey_is_named_as_such() {
        let (_, diagnostics) = from_markdown("# choices\n| list_name | name |\n");
        assert_eq!(diagnostics[0].code, "form/no-survey");
    }
}
