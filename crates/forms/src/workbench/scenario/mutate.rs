//! Finds rules that no scenario notices: takes each away, turns it round, or moves its edge, and plays all scenarios.

use std::sync::Arc;

use super::Scenarios;
use super::play::fails;
use crate::compile::link;
use crate::definition::{COUNT, Definition, Item};
use crate::diagnostic::Place;
use crate::form::Form;

/// What was done to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The cell was emptied.
    Removed,
    /// The rule says the opposite.
    Negated,
    /// `<` became `<=` or the other way round (and `>` likewise): is the edge itself tried?
    Moved,
    /// `and` became `or`, or the other way round: is each half tried on its own?
    Joined,
}

/// A form with one rule changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Index of the question.
    pub item: u32,
    /// The workbook's column: `relevant`, `constraint`, `required`, `check_soft`, `choice_filter`,
    /// `repeat_count`, `calculation`.
    pub column: &'static str,
    /// What was done.
    pub mutation: Mutation,
    /// The rule as it was.
    pub was: String,
    /// What it became.
    pub becomes: String,
}

/// What changing every rule showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many changed forms were tried.
    pub tried: usize,
    /// Changes after which every scenario still passed.
    pub unnoticed: Vec<Mutant>,
}

const COLUMNS: [&str; 7] =
    ["relevant", "required", "constraint", "check_soft", "choice_filter", "repeat_count", "calculation"];

fn cell<'a>(item: &'a mut Item, column: &str) -> &'a mut String {
    match column {
        "relevant" => &mut item.relevant,
        "required" => &mut item.required,
        "constraint" => &mut item.constraint,
        "check_soft" => &mut item.check_soft,
        "repeat_count" => &mut item.repeat_count,
        "calculation" => &mut item.calculation,
        _ => &mut item.choice_filter,
    }
}

/// Changes one rule after the other and plays the scenarios, which must all pass on the form as it is. A change that
/// makes no difference to any answer is reported too: such a rule has a part that does nothing.
pub fn mutate(form: &Form, scenarios: &Scenarios) -> Survey {
    let mut survey = Survey::default();
    for at in 0..form.definition().items.len() {
        // The count of a repeat stands in its row; the node that repeats it is not the author's.
        if form.definition().items[at].type_name == COUNT {
            continue;
        }
        for column in COLUMNS {
            let mut definition: Definition = form.definition().clone();
            let was = cell(&mut definition.items[at], column).clone();
            for (mutation, becomes) in variants(&was) {
                // The opposite of a number or a text is no question an author would ask.
                if matches!(column, "calculation" | "repeat_count") && mutation == Mutation::Negated {
                    continue;
                }
                cell(&mut definition.items[at], column).clone_from(&becomes);
                let (compiled, mistakes) = link(&definition, &|_, _| Place::default());
                if !crate::is_sound(&mistakes) {
                    continue;
                }
                let changed = Arc::new(Form::new(definition.clone(), compiled));
                survey.tried += 1;
                if !fails(&changed, scenarios) {
                    let was = was.clone();
                    survey.unnoticed.push(Mutant { item: at as u32, column, mutation, was, becomes });
                }
            }
        }
    }
    survey
}

fn variants(rule: &str) -> Vec<(Mutation, String)> {
    if rule.is_empty() {
        return Vec::new();
    }
    let mut out = vec![(Mutation::Removed, String::new())];
    if rule != "true()" {
        out.push((Mutation::Negated, format!("not({rule})")));
    }
    for (at, old, new) in operators(rule) {
        let mutation = if matches!(old, "and" | "or") { Mutation::Joined } else { Mutation::Moved };
        out.push((mutation, format!("{}{new}{}", &rule[..at], &rule[at + old.len()..])));
    }
    out
}

/// Comparisons and connectives outside of texts and references, with what replaces each.
fn operators(rule: &str) -> Vec<(usize, &'static str, &'static str)> {
    let mut out = Vec::new();
    let mut until = None;
    let bytes = rule.as_bytes();
    let alone = |at: usize, len: usize| {
        let apart = |b: Option<&u8>| b.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b')'));
        at > 0 && apart(bytes.get(at - 1)) && apart(bytes.get(at + len))
    };
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        match until {
            Some(end) if b == end => until = None,
            Some(_) => {}
            None => match b {
                b'\'' | b'"' => until = Some(b),
                b'{' => until = Some(b'}'),
                b'<' | b'>' => {
                    let equal = bytes.get(at + 1) == Some(&b'=');
                    out.push(match (b, equal) {
                        (b'<', true) => (at, "<=", "<"),
                        (b'<', false) => (at, "<", "<="),
                        (_, true) => (at, ">=", ">"),
                        (_, false) => (at, ">", ">="),
                    });
                }
                b'a' if rule[at..].starts_with("and") && alone(at, 3) => out.push((at, "and", "or")),
                b'o' if rule[at..].starts_with("or") && alone(at, 2) => out.push((at, "or", "and")),
                _ => {}
            },
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_inside_texts_and_names_are_left_alone() {
        let changed: Vec<String> = variants("${a<b} >= 1 and . != 'x or y < z'").into_iter().map(|(_, r)| r).collect();
        let expected = [
            "",
            "not(${a<b} >= 1 and . != 'x or y < z')",
            "${a<b} > 1 and . != 'x or y < z'",
            "${a<b} >= 1 or . != 'x or y < z'",
        ];
        assert_eq!(changed, expected);
    }
}
