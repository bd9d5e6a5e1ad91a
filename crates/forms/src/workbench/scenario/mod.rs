//! Scenarios: what a form must ask, refuse and record, written by its author in Markdown beside the workbook.
//!
//! A heading opens a scenario, a list item is a line of it, a table fills a roster; everything else is prose.
//!
//! ```text
//! ## A flat is measured, a dormitory is not
//!
//! - h5_dwelling = 1 (An ordinary dwelling)
//! - asks: h6_floor_area, h7_rooms
//! - does not ask: h6_floor_area, h7_rooms when h5_dwelling = 2, 3, 4 or 5
//! - refuses: h7_rooms = 0 or 101 "Give a number from 1 to 100."
//! ```
//!
//! Lines run in order, as an interview does; an expectation holds at its place, and answers behind `when` are taken
//! back after it. `docs/form-scenarios.md` is the language in full. Start at [`read`], then [`run`]; [`mutate`] finds
//! rules that no scenario notices.

mod expect;
mod lines;
mod mutate;
mod outcome;
mod play;
mod read;
mod recorded;
mod words;

pub use mutate::{Mutant, Mutation, Survey, mutate};
pub use outcome::{Failure, Report, Told};
pub use play::run;
pub use read::{Mistake, read};

use super::locate::Located;

/// A file of scenarios.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenarios {
    pub(crate) list: Vec<Scenario>,
}

impl Scenarios {
    /// Names and first lines (from 1), in order.
    pub fn names(&self) -> impl Iterator<Item = (&str, u32)> {
        self.list.iter().map(|s| (s.name.as_str(), s.line))
    }
}

/// One scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scenario {
    pub name: String,
    /// Of its heading, from 1.
    pub line: u32,
    pub steps: Vec<Step>,
}

/// A line of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// From 1.
    pub line: u32,
    pub act: Act,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// What is known before the interview: `today`, `reference date`, or a prefilled question.
    Given(Vec<(String, String)>),
    /// Everything another scenario answers.
    AsIn(String),
    /// Answers, given together.
    Answer(Vec<(Located, String)>),
    Add(Located),
    Remove(Located),
    /// Why a warning is right all the same.
    Confirm(Located, String),
    Expect(Expect, Vec<When>),
}

/// An answer to try: a place, and the values one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct When {
    pub place: Located,
    pub values: Vec<String>,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expect {
    Asks(Vec<Located>),
    DoesNotAsk(Vec<Located>),
    AsksInOrder(Vec<Located>),
    Offers(Located, Vec<String>),
    OffersOnly(Located, Vec<String>),
    DoesNotOffer(Located, Vec<String>),
    Requires(Vec<Located>),
    DoesNotRequire(Vec<Located>),
    /// With the messages, each in any language of the form.
    Refuses(Vec<Located>, Vec<String>),
    DoesNotRefuse(Vec<Located>),
    Warns(Vec<Located>, Vec<String>),
    DoesNotWarn(Vec<Located>),
    Accepts(Vec<Located>),
    CannotTake(Located, Vec<String>),
    Recorded(Vec<(Located, String)>),
    /// How many rows a table has.
    Rows(u32, String),
    Sealed(Vec<(Located, Option<String>)>),
    Finishes(types::Outcome),
}
