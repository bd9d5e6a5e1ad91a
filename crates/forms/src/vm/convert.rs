//! What a value is as a truth, a number or a text, and how two compare: XPath 1.0, with JavaRosa's answers.

use std::borrow::Cow;

use super::Vm;
use crate::definition::ChoiceList;
use crate::program::{Cmp, Compiled, Val};
use crate::state::State;

impl Vm<'_> {
    pub fn compare(&self, cmp: Cmp, left: &Val, right: &Val) -> bool {
        if !matches!(cmp, Cmp::Equal | Cmp::NotEqual) {
            return compare_numbers(cmp, self.number_of(left), self.number_of(right));
        }
        let equal = match (left, right) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Bool(_), _) | (_, Val::Bool(_)) => self.to_bool(*left) == self.to_bool(*right),
            (Val::Num(_), _) | (_, Val::Num(_)) => (self.number_of(left) - self.number_of(right)).abs() < 1e-12,
            (Val::Choice(l, a), Val::Choice(m, b)) if l == m => a == b,
            (Val::Date(a), Val::Date(b)) => a == b,
            (Val::Text(start, len), Val::Const(c)) => {
                let text = self.state.text.as_bytes();
                text.get(*start as usize..(start + len) as usize) == Some(self.form.texts[*c as usize].as_bytes())
            }
            (Val::Sealed, _) => false,
            _ => self.to_text(*left) == self.to_text(*right),
        };
        equal == (cmp == Cmp::Equal)
    }

    #[inline(always)]
    pub(super) fn number_of(&self, value: &Val) -> f64 {
        match value {
            Val::Num(n) => *n,
            Val::Date(days) => f64::from(*days),
            other => self.to_number(*other),
        }
    }

    #[inline]
    pub fn to_number(&self, value: Val) -> f64 {
        match value {
            Val::Num(n) => n,
            Val::Date(days) => f64::from(days),
            Val::Bool(b) => f64::from(u8::from(b)),
            Val::Choice(list, index) => {
                self.form.choice_numbers[list as usize].get(index as usize).copied().unwrap_or(f64::NAN)
            }
            Val::Empty | Val::Sealed => f64::NAN,
            Val::Text(..) | Val::Const(_) => text_number(&self.to_text(value)),
        }
    }

    #[inline]
    pub fn to_bool(&self, value: Val) -> bool {
        match value {
            Val::Bool(b) => b,
            Val::Num(n) => n != 0.0 && !n.is_nan(),
            Val::Empty => false,
            Val::Const(c) => !self.form.texts[c as usize].is_empty(),
            _ => true,
        }
    }

    pub fn to_text(&self, value: Val) -> Cow<'_, str> {
        text_of(self.form, self.lists, self.state, value)
    }

    /// A value that can outlive the program: computed texts go to the heap already, constants stay constants.
    pub fn settle(&self, value: Val) -> Val {
        match value {
            Val::Num(n) if n.is_nan() => Val::Empty,
            Val::Text(_, 0) => Val::Empty,
            Val::Const(c) if self.form.texts[c as usize].is_empty() => Val::Empty,
            other => other,
        }
    }
}

/// A value as XPath turns it into text.
pub(crate) fn text_of<'a>(form: &'a Compiled, lists: &'a [ChoiceList], state: &'a State, value: Val) -> Cow<'a, str> {
    match value {
        Val::Empty | Val::Sealed => Cow::Borrowed(""),
        Val::Text(start, len) => Cow::Borrowed(state.text.get(start as usize..(start + len) as usize).unwrap_or("")),
        Val::Const(c) => Cow::Borrowed(&form.texts[c as usize]),
        Val::Choice(list, index) => {
            Cow::Borrowed(lists[list as usize].choices.get(index as usize).map_or("", |c| &c.name))
        }
        Val::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        Val::Date(days) => Cow::Owned(crate::date::Date(days).to_string()),
        Val::Num(n) => Cow::Owned(number_text(n)),
    }
}

/// A number as XPath writes it: no exponent, no trailing zeros, `NaN`, `Infinity`.
pub(crate) fn number_text(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if n == 0.0 { "0".into() } else { n.to_string() }
}

/// XPath's `number()` of a text: digits with at most one point and a leading minus, else not a number.
pub(crate) fn parse_number(text: &str) -> f64 {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits != "." && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// The number a text stands for in an expression: JavaRosa takes a comma for a point.
pub(crate) fn text_number(text: &str) -> f64 {
    if text.contains(',') { parse_number(&text.replace(',', ".")) } else { parse_number(text) }
}

#[inline]
pub(crate) fn compare_numbers(cmp: Cmp, left: f64, right: f64) -> bool {
    match cmp {
        Cmp::Equal => (left - right).abs() < 1e-12,
        Cmp::NotEqual => (left - right).abs() >= 1e-12 || left.is_nan() || right.is_nan(),
        Cmp::Less => left < right,
        Cmp::LessOrEqual => left <= right,
        Cmp::Greater => left > right,
        Cmp::GreaterOrEqual => left >= right,
    }
}
