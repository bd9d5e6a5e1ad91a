//! Which defaults are computed. XLSForm does not say in its columns; what pyxform takes for an expression is one.

use crate::definition::Kind;
use crate::xpath::{self, Expr, Start};

/// Whether a `default` is an expression rather than a plain value: it refers to a question, calls a function or
/// calculates. `2020-11-01`, `-3`, `A-12` and `N/A` are plain.
pub(crate) fn is_expression(default: &str, kind: Kind) -> bool {
    default.contains("${") || (calculates(default, kind) && xpath::parse(default).is_ok())
}

/// Whether an expression reckons with bare names, as `one - two` does: they are no questions, so JavaRosa finds nothing.
pub(super) fn names_nothing(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.start == Start::Bare,
        Expr::Binary(_, left, right) => names_nothing(left) || names_nothing(right),
        Expr::Negate(inner) => names_nothing(inner),
        _ => false,
    }
}

fn calculates(default: &str, kind: Kind) -> bool {
    // Days and places have hyphens in them.
    let hyphens = matches!(kind, Kind::Date | Kind::YearMonth | Kind::DateTime | Kind::Geopoint | Kind::Geotrace)
        || kind == Kind::Geoshape;
    let mut rest = default;
    while let Some(c) = rest.chars().next() {
        let next = rest[c.len_utf8()..].chars().next();
        let taken = match c {
            '-' if !next.is_some_and(|d| d.is_ascii_digit() || d == '.') => return !hyphens,
            '-' => 1 + number(&rest[1..]),
            '*' | '+' | '|' => return true,
            ' ' if rest.starts_with(" div ") || rest.starts_with(" mod ") => return true,
            '\'' | '"' => rest[1..].find(c).map_or(1, |end| end + 2),
            c if c.is_ascii_digit() => date(rest).unwrap_or_else(|| number(rest)),
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')));
                let end = end.unwrap_or(rest.len());
                if rest[end..].starts_with('(') {
                    return true;
                }
                end
            }
            c => c.len_utf8(),
        };
        rest = &rest[taken.max(1)..];
    }
    false
}

/// The length of a number.
fn number(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len())
}

/// The length of `YYYY-MM-DD`.
fn date(text: &str) -> Option<usize> {
    let day = text.get(..10)?;
    let shape = day.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    shape.then_some(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calculates_is_told_from_what_only_looks_like_it() {
        for plain in
            ["2020-11-01", "-3", "5-3", "A-12", "N/A", "'a + b'", "two words", "(none)", "a: b", "", "1.5", "+86 -"]
        {
            assert!(!is_expression(plain, Kind::Text), "{plain}");
        }
        for computed in ["1+1", "5 - 3", "today()", "${a}", "concat('a', 'b')", "2 * 3", "7 mod 2", "once(today()) - 1"]
        {
            assert!(is_expression(computed, Kind::Text), "{computed}");
        }
        assert!(!is_expression("2020 - 11", Kind::Date) && is_expression("today() + 1", Kind::Date));
    }
}
