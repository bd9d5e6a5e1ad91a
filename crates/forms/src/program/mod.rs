//! The compiled form: scopes, slots, bytecode, steps in dependency order and the rules to check.
//!
//! A *scope* is the root or a repeat. An instance of a scope is a *block* of slots, one a node. So a value is one array
//! access away, and a household is one flat array.

mod code;
mod paths;

use regex_lite::Regex;

pub(crate) use self::code::{At, Branch, Cmp, Fold, LABEL, Math, NAME, Op, Program, Val};
pub(crate) use self::paths::{Level, Nodes, Route, Rows, Set, Siblings};
use crate::listing::Listing;
use crate::nodes::Given;

/// The root or a repeat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The repeat's item; `None` for the root.
    pub item: Option<u32>,
    pub parent: Option<u16>,
    /// Index among the parent's repeats.
    pub kid: u16,
    pub kids: Vec<u16>,
    /// Item of each slot.
    pub slots: Vec<u32>,
    /// Slots that are stored in answers, in order.
    pub stored: Vec<Stored>,
}

/// A slot that is stored in answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub slot: u16,
    pub written: Written,
    /// Its text is sealed before answers leave the device.
    pub identifier: bool,
}

/// How a value is written in answers; see [`crate::answers`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Written {
    /// What it is stands before it: computed values.
    Any,
    Whole,
    Number,
    Date,
    YearMonth,
    /// The index of a choice, of so many.
    Choice(u16, u32),
    /// The indexes of several choices.
    Choices(u16),
    /// A choice of a list that does not come with the form: its name.
    ChoiceName(u16),
    Text,
}

/// Where an item lives, and how it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    pub scope: u16,
    pub slot: u16,
    /// The scope a repeat opens.
    pub opens: Option<u16>,
    /// Computed from what the server may not see, or from chance: kept in the answers.
    pub kept: bool,
    pub ty: Ty,
}

/// What a computed value is, as far as the expression tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ty {
    #[default]
    Text,
    Number,
    Whole,
    Truth,
    Date,
    /// A day and a time, as text.
    Moment,
    /// A time of day, as text.
    Clock,
    Choice(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Sets whether a slot is relevant: its group is, and its own expression holds.
    Relevant {
        group: Option<At>,
    },
    Calculate,
    /// Makes the repeat have as many instances as its `repeat_count` says.
    Count,
}

/// A computation, in dependency order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub work: Work,
    pub item: u32,
    pub scope: u16,
    pub slot: u16,
    pub program: Program,
    /// Skipped at the door: the result is kept in the answers.
    pub kept: bool,
}

/// What kind of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A required answer is missing.
    Required,
    /// A hard rule is broken.
    Constraint,
    /// A soft rule is broken.
    Soft,
    /// The choice is not among those offered.
    Choice,
    /// There is an answer to a question that is not asked.
    NotRelevant,
    /// A repeat has another number of instances than its `repeat_count` says.
    Count,
}

impl RuleKind {
    /// What it is called outside, as serde writes it.
    pub fn code(self) -> &'static str {
        match self {
            RuleKind::Required => "required",
            RuleKind::Constraint => "constraint",
            RuleKind::Soft => "soft",
            RuleKind::Choice => "choice",
            RuleKind::NotRelevant => "not_relevant",
            RuleKind::Count => "count",
        }
    }
}

/// A rule of one slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub kind: RuleKind,
    pub item: u32,
    pub slot: u16,
    pub program: Program,
    /// Checked without an answer too (notes and calculations).
    pub always: bool,
    /// Reads an identifier's text, so it cannot be checked at the door.
    pub sealed: bool,
}

/// A step to run again when an item changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dependent {
    pub step: u32,
    /// The scope both live under: all blocks of the step below that ancestor are affected.
    pub under: u16,
}

/// A value that is set when the answer to a question changes (`trigger`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    /// The question.
    pub on: u32,
    /// What is set, in every block of its scope below the ancestor both share.
    pub item: u32,
    pub under: u16,
    pub program: Program,
}

/// Everything the virtual machine needs.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub scopes: Vec<Scope>,
    pub nodes: Vec<Node>,
    pub code: Vec<Op>,
    pub texts: Vec<String>,
    pub regexes: Vec<Regex>,
    pub sets: Vec<Set>,
    pub steps: Vec<Step>,
    /// By item.
    pub dependents: Vec<Vec<Dependent>>,
    /// By item: for repeats, the steps that read the positions of instances, which change when one is taken out.
    pub positioned: Vec<Vec<Dependent>>,
    /// By scope.
    pub rules: Vec<Vec<Rule>>,
    /// By item: which choices are offered.
    pub filters: Vec<Program>,
    /// By item: the answers of the form that are offered, where those are the choices.
    pub given: Vec<Option<Given>>,
    /// By item: a column of a long list that the filter wants to be equal to a value, and that value.
    pub narrows: Vec<Option<(u16, Program)>>,
    /// By list: where rows are found by what they hold.
    pub listings: Vec<Listing>,
    /// By item.
    #[cfg(feature = "generator")]
    pub generators: Vec<Program>,
    /// By item: defaults that are not plain values.
    pub defaults: Vec<Program>,
    /// By item: the seed its choices are shuffled by, absent when each interview draws its own; `None` when they stand
    /// in the order of the list.
    pub seeds: Vec<Option<Program>>,
    /// What new answers set, in document order of what is set.
    pub actions: Vec<Action>,
    /// Name and item, in order.
    pub facts: Vec<(String, u32)>,
    /// By item: the least and the greatest number its rules allow, where they say so plainly.
    #[cfg(feature = "generator")]
    pub bounds: Vec<(f64, f64)>,
    /// Number of every choice, by list.
    pub choice_numbers: Vec<Vec<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_instructions_stay_small() {
        assert_eq!(size_of::<Val>(), 16);
        assert!(size_of::<Op>() <= 24);
    }
}
