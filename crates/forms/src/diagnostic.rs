//! What a form's author did wrong, with sheet and cell. Mistakes come all at once, beside the form that could still be
//! read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The form works; somebody should look.
    Warning,
    /// What the cell says is left out of the form.
    Error,
}

/// A cell of the workbook. `column` 0 is A; `row` 1 is the header row, 0 means the sheet as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The sheet's name.
    pub sheet: String,
    /// Row as the spreadsheet counts, from 1.
    pub row: u32,
    /// Column, from 0.
    pub column: u32,
}

impl Place {
    /// The sheet's name in places of an XForm: there `row` is a line from 1, `column` a character from 0.
    pub const XML: &str = "xml";
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sheet == Place::XML {
            return write!(f, "line {}, column {}", self.row, self.column + 1);
        }
        if self.row == 0 {
            return f.write_str(&self.sheet);
        }
        let mut letters = Vec::new();
        let mut rest = self.column + 1;
        while rest > 0 {
            letters.push(b'A' + ((rest - 1) % 26) as u8);
            rest = (rest - 1) / 26;
        }
        letters.reverse();
        write!(f, "{}!{}{}", self.sheet, String::from_utf8_lossy(&letters), self.row)
    }
}

/// One mistake in a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// A permanent code such as `form/unknown-list`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code: code.to_owned(), severity: Severity::Error, place, message: message.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(code: &str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, place, message) }
    }

    /// Adds what to try.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds the closest of `names` as a suggestion, if one is close.
    pub fn did_you_mean<'a>(mut self, wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        if let Some(name) = closest(wrong, names) {
            self.help = Some(format!("did you mean `{name}`?"));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: {}", self.code, self.place, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// The name with the fewest edits from `wrong`, when that is at most a third of its length (and at least one, but not
/// all of it).
pub(crate) fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).max(1).min(length.saturating_sub(1));
    names.into_iter().map(|name| (edits(wrong, name), name)).filter(|(n, _)| *n <= limit).min().map(|(_, name)| name)
}

/// How many characters have to be changed, added or taken out to make one text the other.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let here = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_spreadsheet_writes_it() {
        let place = |row, column| Place { sheet: "survey".into(), row, column }.to_string();
        assert_eq!(
            [place(12, 1), place(1, 25), place(2, 26), place(3, 701)],
            ["survey!B12", "survey!Z1", "survey!AA2", "survey!ZZ3"]
        );
    }

    #[test]
    fn the_closest_name_is_suggested_and_a_far_one_is_not() {
        let names = ["sex_code", "yes_no"];
        assert_eq!(closest("sex_codes", names), Some("sex_code"));
        assert_eq!(closest("province", names), None);
        assert_eq!((closest("a", ["b"]), closest("ab", ["ac"])), (None, Some("ac")));
    }
}
