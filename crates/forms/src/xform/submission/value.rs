//! Answers as the texts of a submission: read into slots, and written as JavaRosa writes them.

use std::borrow::Cow;

use crate::date::Date;
use crate::definition::Kind;
use crate::form::Form;
use crate::program::{Ty, Val};
use crate::state::State;
use crate::value::{TEXT_BYTES_MAX, Value, to_slot};
use crate::vm::{number_text, parse_number, text_of};

/// Reads the text of a question; `None` when it cannot be an answer to it.
#[inline]
pub(super) fn read(form: &Form, state: &mut State, item: u32, text: &str) -> Option<Val> {
    let definition = &form.definition.items[item as usize];
    if definition.is_any() && !matches!(definition.kind, Kind::SelectOne(_)) {
        return computed(form, state, item, text);
    }
    let kind = definition.kind;
    match kind {
        Kind::Integer => whole(text).map(Val::Num),
        Kind::Decimal => decimal(text).map(Val::Num),
        Kind::Date => Date::parse(text).map(|d| Val::Date(d.0)),
        Kind::SelectOne(list) => match form.compiled.choice(&form.definition.lists, list, text) {
            Some(index) => Some(Val::Choice(list, index)),
            None => to_slot(form, state, kind, &Value::from(text)),
        },
        Kind::Text | Kind::Hidden | Kind::Acknowledge if text.len() <= TEXT_BYTES_MAX => Some(state.keep_text(text)),
        Kind::Note => Some(Val::Empty),
        kind => to_slot(form, state, kind, &Value::from(text)),
    }
}

fn whole(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Fifteen digits are exact in a double.
    if !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit()) {
        let n = digits.bytes().fold(0i64, |n, b| n * 10 + i64::from(b - b'0')) as f64;
        return Some(if digits.len() == text.len() { n } else { -n });
    }
    decimal(text).filter(|n| n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0)
}

/// A number, with an exponent too: JavaRosa writes `1.2E7`.
fn decimal(text: &str) -> Option<f64> {
    let n = parse_number(text);
    if !n.is_nan() {
        return Some(n);
    }
    let (mantissa, exponent) = text.trim().split_once(['E', 'e'])?;
    let sound = !parse_number(mantissa).is_nan() && exponent.parse::<i16>().is_ok();
    text.trim().parse().ok().filter(|n: &f64| sound && n.is_finite())
}

/// A result as it was computed elsewhere, by what the expression gives.
fn computed(form: &Form, state: &mut State, item: u32, text: &str) -> Option<Val> {
    let typed = match form.compiled.nodes[item as usize].ty {
        Ty::Whole | Ty::Number => Some(parse_number(text)).filter(|n| !n.is_nan()).map(Val::Num),
        Ty::Truth => match text {
            "1" | "true" => Some(Val::Bool(true)),
            "0" | "false" => Some(Val::Bool(false)),
            _ => None,
        },
        Ty::Date => Date::parse(text).map(|d| Val::Date(d.0)),
        Ty::Text | Ty::Moment | Ty::Clock | Ty::Choice(_) => None,
    };
    match typed {
        Some(value) => Some(value),
        None => (text.len() <= TEXT_BYTES_MAX).then(|| state.keep_text(text)),
    }
}

/// The text of a slot as JavaRosa serialises it (`XFormAnswerDataSerializer`): decimals as Java prints them, a truth as
/// `1` or `0`, a day that was computed with its midnight.
pub(super) fn write<'a>(form: &'a Form, state: &'a State, item: u32, value: Val) -> Cow<'a, str> {
    let definition = &form.definition.items[item as usize];
    let calculated = definition.is_any();
    match (value, definition.kind) {
        (Val::Num(n), Kind::Decimal) if !calculated => Cow::Owned(java_double(n)),
        (Val::Num(n), _) => Cow::Owned(number_text(n)),
        (Val::Bool(b), _) => Cow::Borrowed(if b { "1" } else { "0" }),
        (Val::Date(days), kind) if calculated && !matches!(kind, Kind::Date | Kind::YearMonth) => {
            Cow::Owned(format!("{}T00:00:00.000Z", Date(days)))
        }
        (value, kind) => {
            let text = text_of(&form.compiled, &form.definition.lists, state, value);
            match kind {
                Kind::Geopoint if !calculated && !text.is_empty() => Cow::Owned(point(&text)),
                _ => text,
            }
        }
    }
}

/// `latitude longitude altitude accuracy`, all four, each as Java prints it.
fn point(text: &str) -> String {
    let mut numbers: Vec<f64> = text.split_whitespace().map(parse_number).collect();
    numbers.resize(4, 0.0);
    numbers.iter().map(|n| java_double(*n)).collect::<Vec<_>>().join(" ")
}

/// A double as `Double.toString` prints it: always with a point, with an exponent below a thousandth and from ten
/// million.
fn java_double(n: f64) -> String {
    let size = n.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{n:?}");
    }
    let text = format!("{n:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => format!("{mantissa}E{exponent}"),
        Some((mantissa, exponent)) => format!("{mantissa}.0E{exponent}"),
        None => number_text(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_java_prints_them_and_read_again() {
        for (n, text) in
            [(2.0, "2.0"), (85.25, "85.25"), (12345678.5, "1.23456785E7"), (1e8, "1.0E8"), (-0.0002, "-2.0E-4")]
        {
            assert_eq!((java_double(n).as_str(), decimal(text)), (text, Some(n)));
        }
        assert_eq!(
            (whole("007"), whole("-3"), whole("3.0"), whole("3.5"), whole("1e400")),
            (Some(7.0), Some(-3.0), Some(3.0), None, None)
        );
        assert_eq!((decimal("1E99999"), decimal("E5"), decimal("0x10"), decimal("inf")), (None, None, None, None));
    }
}
