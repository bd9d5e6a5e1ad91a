//! What running scenarios gave.

use std::fmt;

/// A line that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Line of the file, from 1.
    pub line: u32,
    /// What the line says should be; empty when it could not be tried.
    pub expected: String,
    /// What is, or why the line could not be tried.
    pub found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.expected.is_empty() {
            f.write_str(&self.found)
        } else {
            write!(f, "{} | {}", self.expected, self.found)
        }
    }
}

/// One scenario, played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its heading.
    pub name: String,
    /// Line of the heading, from 1.
    pub line: u32,
    /// How many expectations were tried; one behind `when` counts once for each combination of answers.
    pub tried: u32,
    /// Lines that did not hold, in order.
    pub failures: Vec<Failure>,
}

/// All scenarios, played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of the file.
    pub scenarios: Vec<Told>,
}

impl Report {
    /// How many scenarios held in every line.
    pub fn passed(&self) -> usize {
        self.scenarios.iter().filter(|s| s.failures.is_empty()).count()
    }

    /// How many did not.
    pub fn failed(&self) -> usize {
        self.scenarios.len() - self.passed()
    }

    /// How many expectations were tried in all.
    pub fn tried(&self) -> u32 {
        self.scenarios.iter().map(|s| s.tried).sum()
    }
}
