//! Workbooks as Markdown tables: one table a sheet, each under a heading or a first cell with the sheet's name.
//!
//! A table under no heading is the `survey` sheet, so a test can be one table. `\|` stands for a bar inside a cell, `&#10;` for a
//! line break.

use super::{Row, Sheet, Workbook, assemble};
use crate::diagnostic::Diagnostic;

/// Reads Markdown tables as a workbook. Lines outside tables are prose and are left out.
///
/// Row numbers are those the sheet would have in a spreadsheet (the header is row 1), not lines of the text.
pub fn from_markdown(text: &str) -> (Workbook, Vec<Diagnostic>) {
    let mut sheets: Vec<(String, Vec<Row>)> = Vec::new();
    let mut name = String::from("survey");
    let (mut open, mut styled) = (false, false);
    for line in text.lines() {
        let line = line.trim();
        if let Some(heading) = line.strip_prefix('#') {
            name = heading.trim_start_matches('#').trim().to_owned();
            open = false;
            continue;
        }
        if !line.starts_with('|') {
            open = false;
            continue;
        }
        let mut cells = split(line);
        if cells.iter().all(|c| !c.is_empty() && c.bytes().all(|b| matches!(b, b'-' | b':'))) && open {
            continue;
        }
        // The form pyxform uses in its tests: a sheet's name in the first cell opens the sheet, alone or before its
        // header, and the sheet's rows start with an empty cell.
        let first = cells.first().map_or("", String::as_str).to_owned();
        let alone = !first.is_empty() && cells[1..].iter().all(String::is_empty);
        let known = super::SHEETS.contains(&first.to_lowercase().as_str());
        let opens = known && (alone || styled || !open) || alone && styled && open;
        styled = opens || (styled && open);
        if opens {
            sheets.push((first, Vec::new()));
            cells[0].clear();
        } else if !open {
            sheets.push((name.clone(), Vec::new()));
        }
        open = true;
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if let Some((_, rows)) = sheets.last_mut()
            && !(opens && cells.is_empty())
        {
            rows.push(Row { number: rows.len() as u32 + 1, cells });
        }
    }
    let names: Vec<String> = sheets.iter().map(|(name, _)| name.clone()).collect();
    assemble(sheets.into_iter().map(|(name, rows)| Sheet::from_rows(&name, rows)).collect(), &names)
}

pub(crate) fn split(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = line.strip_prefix('|').unwrap_or(line).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => cell.extend(chars.next()),
            '|' => cells.push(text(&std::mem::take(&mut cell))),
            c => cell.push(c),
        }
    }
    if !cell.trim().is_empty() {
        cells.push(text(&cell));
    }
    cells
}

/// A cell's text: `&#10;` stands for a line break, `&amp;#10;` for itself.
fn text(cell: &str) -> String {
    cell.trim().replace("&#10;", "\n").replace("&amp;#10;", "&#10;")
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
    fn sheets_open_with_their_name_in_the_first_cell() {
        let alone =
            "| survey |\n| | type | name |\n| | text | a |\n| choices |\n| | list_name | name |\n| | settings | 1 |";
        let together = "| survey | type | name |\n| | text | a |\n| choices | list_name | name |\n| | settings | 1 |";
        for text in [alone, together] {
            let (book, diagnostics) = from_markdown(text);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            assert_eq!(book.survey.rows, vec![Row { number: 2, cells: vec!["".into(), "text".into(), "a".into()] }]);
            assert_eq!(book.choices.header, ["", "list_name", "name"]);
            assert_eq!(book.choices.rows.len(), 1);
        }
        // A list may be called like a sheet.
        let (book, _) =
            from_markdown("| type | name |\n| text | a |\n\n# choices\n| list_name | name |\n| settings | 1 |");
        assert_eq!((book.choices.rows.len(), book.settings.rows.len()), (1, 0));
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
