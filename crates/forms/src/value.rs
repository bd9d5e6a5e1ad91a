//! A value as clients see it.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::definition::Kind;
use crate::form::Form;
use crate::program::Val;
use crate::state::State;
use crate::vm::{number_text, parse_number, text_of};
use crate::{clock, shape};

/// Whole numbers beyond this lose digits in XPath, so they are refused.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 10;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// No answer.
    #[default]
    Empty,
    /// Text; also places and attachments, in ODK's notation.
    Text(String),
    /// A whole number or a decimal.
    Number(f64),
    /// A truth value of a calculation.
    Truth(bool),
    /// A day; a month is its first day.
    Date(Date),
    /// The code of a choice.
    Choice(String),
    /// The codes of any choices.
    Choices(Vec<String>),
    /// An identifier that was answered and is sealed.
    Sealed,
}

impl Value {
    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Empty => true,
            Value::Text(text) | Value::Choice(text) => text.is_empty(),
            Value::Choices(codes) => codes.is_empty(),
            _ => false,
        }
    }

    /// The value as ODK writes it: ISO dates, codes separated by spaces.
    pub fn text(&self) -> String {
        match self {
            Value::Empty | Value::Sealed => String::new(),
            Value::Text(text) | Value::Choice(text) => text.clone(),
            Value::Number(n) => number_text(*n),
            Value::Truth(b) => b.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Choices(codes) => codes.join(" "),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        if text.is_empty() { Value::Empty } else { Value::Text(text.to_owned()) }
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Value {
        Value::Number(f64::from(n))
    }
}

/// A client's value as a slot of this kind holds it; `None` when it cannot. Texts are read as the kind writes them, so
/// a client may send everything as text.
pub(crate) fn to_slot(form: &Form, state: &mut State, kind: Kind, value: &Value) -> Option<Val> {
    if value.is_empty() {
        return Some(Val::Empty);
    }
    match (kind, value) {
        (_, Value::Sealed) => Some(Val::Sealed),
        (Kind::Integer | Kind::Decimal, value) => {
            let n = match value {
                Value::Number(n) => *n,
                other => parse_number(&other.text()),
            };
            let whole = kind == Kind::Decimal || (n.fract() == 0.0 && n.abs() < WHOLE_MAX);
            (n.is_finite() && whole).then_some(Val::Num(n))
        }
        (Kind::Date, value) => date(value).map(|d| Val::Date(d.0)),
        (Kind::YearMonth, value) => Date::from_months(date(value)?.months()).map(|d| Val::Date(d.0)),
        (Kind::SelectOne(list), value) => one_choice(form, state, list, value.text().trim()),
        (Kind::SelectMultiple(list) | Kind::Rank(list), value) => {
            let text = value.text();
            let choices = &form.definition.lists[list as usize];
            let mut codes: Vec<&str> = Vec::new();
            for code in text.split_whitespace() {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            let is_choice = |code: &&str| form.compiled.choice(&form.definition.lists, list, code).is_some();
            let known = choices.takes_any() || codes.iter().all(is_choice);
            (known && text.len() <= TEXT_BYTES_MAX).then(|| state.keep_text(&codes.join(" ")))
        }
        (Kind::Geopoint | Kind::Geotrace | Kind::Geoshape | Kind::Time | Kind::DateTime, value) => {
            let text = value.text();
            let text = text.trim();
            let sound = match kind {
                Kind::Geopoint => shape::is_point(text),
                Kind::Geotrace => shape::is_line(text),
                Kind::Geoshape => shape::is_area(text),
                Kind::Time => clock::is_time(text),
                _ => clock::is_date_time(text),
            };
            (sound && text.len() <= TEXT_BYTES_MAX).then(|| state.keep_text(text))
        }
        (Kind::Group | Kind::Repeat | Kind::Note, _) => None,
        (
            Kind::Text
            | Kind::Image
            | Kind::Audio
            | Kind::Video
            | Kind::File
            | Kind::Hidden
            | Kind::Acknowledge
            | Kind::Calculate,
            value,
        ) => {
            let text = value.text();
            (text.len() <= TEXT_BYTES_MAX).then(|| state.keep_text(&text))
        }
    }
}

/// A choice by its name; a name as it is, where the list takes any.
pub(crate) fn one_choice(form: &Form, state: &mut State, list: u16, name: &str) -> Option<Val> {
    let choices = &form.definition.lists[list as usize];
    match form.compiled.choice(&form.definition.lists, list, name) {
        Some(index) => Some(Val::Choice(list, index)),
        None if choices.takes_any() && name.len() <= TEXT_BYTES_MAX => Some(state.keep_text(name)),
        None => None,
    }
}

/// What an answer of a kind looks like, for whoever wrote another.
pub(crate) fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "a whole number is expected",
        Kind::Decimal => "a number is expected",
        Kind::Date => "a day is written YYYY-MM-DD",
        Kind::YearMonth => "a month is written YYYY-MM",
        Kind::Time => "a time is written HH:MM, with seconds and a zone if need be",
        Kind::DateTime => "a moment is written YYYY-MM-DDTHH:MM:SS and a zone",
        Kind::SelectOne(_) => "it is none of the choices",
        Kind::SelectMultiple(_) | Kind::Rank(_) => "one of them is none of the choices",
        Kind::Geopoint => "a place is written `latitude longitude altitude accuracy`",
        Kind::Geotrace => "a line has two points or more, separated by `;`",
        Kind::Geoshape => "an area has three points or more, separated by `;`, and then the first again",
        Kind::Group | Kind::Repeat | Kind::Note => "it takes no answer",
        _ => "it is too long",
    }
}

fn date(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        other => Date::parse(&other.text()),
    }
}

/// A slot as a client sees it.
pub(crate) fn from_slot(form: &Form, state: &State, kind: Kind, value: Val) -> Value {
    let text = || text_of(&form.compiled, &form.definition.lists, state, value).into_owned();
    match value {
        Val::Empty => Value::Empty,
        Val::Num(n) => Value::Number(n),
        Val::Bool(b) => Value::Truth(b),
        Val::Date(days) => Value::Date(Date(days)),
        Val::Choice(..) => Value::Choice(text()),
        Val::Sealed => Value::Sealed,
        Val::Text(..) | Val::Const(_) => match kind {
            Kind::SelectOne(_) => Value::Choice(text()),
            Kind::SelectMultiple(_) | Kind::Rank(_) => {
                Value::Choices(text().split_whitespace().map(str::to_owned).collect())
            }
            _ => Value::Text(text()),
        },
    }
}
