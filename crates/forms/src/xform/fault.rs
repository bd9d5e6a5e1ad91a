//! What is wrong with XML, and where.

use std::fmt;

/// Something wrong in XML, at a line and a column.
///
/// As an error it means that nothing could be read; in a list it stands beside what could be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}  {line}:{column}{}: {message}", At(path))]
pub struct Fault {
    /// A permanent code such as `submission/wrong-value`.
    pub code: &'static str,
    /// Path of the node, from the root's name on: `/data/person[2]/age`. Empty when there is none yet.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

struct At<'a>(&'a str);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " {}", self.0) }
    }
}

/// A fault at a byte, before anybody asked for its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub code: &'static str,
    pub at: usize,
    pub message: String,
}

impl Bad {
    pub fn new(code: &'static str, at: usize, message: impl Into<String>) -> Bad {
        Bad { code, at, message: message.into() }
    }

    /// With line and column.
    pub fn place(self, text: &[u8], path: String) -> Fault {
        let (line, column) = line_column(text, self.at);
        Fault { code: self.code, path, message: self.message, line, column }
    }
}

/// Line and column of a byte, both from 1.
pub(crate) fn line_column(text: &[u8], at: usize) -> (u32, u32) {
    let before = &text[..at.min(text.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |p| p + 1);
    let column = before[start..].iter().filter(|b| **b & 0xC0 != 0x80).count() + 1;
    (line as u32, column as u32)
}
