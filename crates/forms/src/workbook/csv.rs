//! Comma-separated values: workbooks in one file with the sheet's name in the first column, or a sheet a file; and
//! files of choices beside a form.

#[cfg(feature = "workbook")]
use super::{Row, SHEETS, Sheet};

/// Splits a text into records (RFC 4180). The separator is a comma, or a semicolon or tab where the text holds no comma
/// in its first line with any of them, as spreadsheets write it in some countries.
pub(crate) fn records(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separators = [',', ';', '\t'];
    let telling = text.lines().take(100).find(|line| line.contains(separators)).unwrap_or("");
    let separator = separators.into_iter().find(|s| telling.contains(*s)).unwrap_or(',');
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted => quoted = false,
            c if quoted => cell.push(c),
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator => record.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records
}

/// The rows of a sheet in a file of its own.
#[cfg(feature = "workbook")]
pub(crate) fn sheet(name: &str, text: &str) -> Sheet {
    let rows = records(text).into_iter().enumerate().map(|(i, cells)| row(i as u32 + 1, cells)).collect();
    Sheet::from_rows(name, rows)
}

/// A whole workbook in one file: `survey` alone in the first column opens the sheet, its rows leave that column empty.
/// Columns keep their letters; rows count from the sheet's own header.
#[cfg(feature = "workbook")]
pub(super) fn sheets(text: &str) -> Vec<Sheet> {
    let records = records(text);
    let named = |record: &[String]| record.first().map_or("", |c| c.trim()).to_lowercase();
    if !records.iter().any(|r| SHEETS.contains(&named(r).as_str())) {
        return vec![sheet("survey", text)];
    }
    let mut sheets: Vec<(String, Vec<Row>)> = Vec::new();
    for mut cells in records {
        let name = named(&cells);
        if let Some(first) = cells.first_mut() {
            first.clear();
        }
        if !name.is_empty() {
            sheets.push((name, Vec::new()));
        }
        let Some((_, rows)) = sheets.last_mut() else { continue };
        let number = rows.len() as u32 + 1;
        let row = row(number, cells);
        // The row with the name may hold the header as well.
        if number > 1 || !row.cells.is_empty() {
            rows.push(row);
        }
    }
    sheets.into_iter().map(|(name, rows)| Sheet::from_rows(&name, rows)).collect()
}

#[cfg(feature = "workbook")]
fn row(number: u32, cells: Vec<String>) -> Row {
    let mut cells: Vec<String> = cells.into_iter().map(|c| c.trim().to_owned()).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    Row { number, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        assert_eq!(records(text), expected, "{text}");
    }

    #[test]
    fn quotes_keep_separators_and_lines_together() {
        check("a,\"b, c\",d\r\n\"e\"\"f\",\"g\nh\",\n", &[&["a", "b, c", "d"], &["e\"f", "g\nh", ""]]);
        check("a;b\n1,5;2", &[&["a", "b"], &["1,5", "2"]]);
        check("\u{feff}a\tb\rc", &[&["a", "b"], &["c"]]);
        check("survey\n,type,name\n", &[&["survey"], &["", "type", "name"]]);
        check("", &[]);
    }

    #[cfg(feature = "workbook")]
    #[test]
    fn one_file_holds_all_sheets() {
        let sheets = sheets("\"survey\"\n,type,name\n,text,a\n\n,text,b\n\"Choices\",list_name,name\n,l,1\n");
        let shown: Vec<(String, Vec<String>, Vec<u32>)> =
            sheets.into_iter().map(|s| (s.name, s.header, s.rows.iter().map(|r| r.number).collect())).collect();
        let header = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(shown[0], ("survey".into(), header(["", "type", "name"]), vec![2, 4]));
        assert_eq!(shown[1], ("choices".into(), header(["", "list_name", "name"]), vec![2]));
    }
}
