//! A sheet's columns by what they mean; some are added.

use crate::workbook::{Row, Sheet};
use crate::xlsform::header::{Head, understand};

/// A sheet's header, understood; columns are added as they are needed.
pub(super) struct Columns {
    sheet: &'static str,
    double: bool,
    heads: Vec<Head>,
}

impl Columns {
    pub fn new(name: &'static str, sheet: &Sheet) -> Columns {
        let double = sheet.header.iter().any(|h| h.contains("::"));
        let heads = sheet.header.iter().map(|h| understand(name, h, double)).collect();
        Columns { sheet: name, double, heads }
    }

    pub fn column(&self, key: &str, language: &str) -> Option<usize> {
        let own = |h: &Head| h.known && h.key == key && h.attribute.is_empty() && h.language == language;
        self.heads.iter().position(own)
    }

    pub fn cell<'r>(&self, row: &'r Row, key: &str) -> &'r str {
        row.cell(self.column(key, ""))
    }

    /// Languages that labels are in.
    pub fn languages(&self) -> Vec<String> {
        self.heads.iter().filter(|h| h.known && h.key == "label").map(|h| h.language.clone()).collect()
    }

    /// The column of a key in a language; the header of a new one is to be appended.
    pub fn column_or_new(&mut self, key: &str, language: &str) -> (usize, Option<String>) {
        if let Some(column) = self.column(key, language) {
            return (column, None);
        }
        let header = if language.is_empty() { key.to_owned() } else { format!("{key}::{language}") };
        self.heads.push(understand(self.sheet, &header, self.double));
        (self.heads.len() - 1, Some(header))
    }
}
