//! Just enough of a lexer to say whether a default is an expression, and where a text calls `instance()`.
//!
//! Both are heuristics of pyxform; tokens are tried in its order, which is why a date is no subtraction.

use std::ops::Range;

use super::names::{name_len, qualified_len, references};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Dates, times and numbers.
    Number,
    Maths,
    Union,
    Close,
    PathSeparator,
    Literal,
    Reference,
    /// A name and the opening bracket.
    Call,
    /// A name and `[`.
    Predicate,
    PredicateEnd,
    Space,
    Other,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// Bytes that match a pattern where `d` stands for a digit.
fn pattern(text: &[u8], pattern: &str) -> Option<usize> {
    let fits = text.len() >= pattern.len()
        && pattern.bytes().zip(text).all(|(p, b)| if p == b'd' { b.is_ascii_digit() } else { p == *b });
    fits.then_some(pattern.len())
}

fn date(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    pattern(&text[sign..], "dddd-dd-dd").map(|len| len + sign)
}

fn time(text: &[u8]) -> Option<usize> {
    let mut len = pattern(text, "dd:dd:dd")?;
    match text.get(len) {
        Some(b'Z') => len += 1,
        Some(b'+' | b'-') => len += pattern(&text[len + 1..], "dd:dd").map_or(0, |zone| zone + 1),
        _ => {}
    }
    Some(len)
}

fn number(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits(&text[sign..]);
    let rest = &text[sign + whole..];
    if rest.first() == Some(&b'.') {
        let fraction = digits(&rest[1..]);
        if whole > 0 || fraction > 0 {
            return Some(sign + whole + 1 + fraction);
        }
    }
    (whole > 0).then_some(sign + whole)
}

fn token(text: &str) -> (Kind, usize) {
    let bytes = text.as_bytes();
    if let Some(len) = date(bytes) {
        let moment = (bytes.get(len) == Some(&b'T')).then(|| time(&bytes[len + 1..])).flatten();
        return (Kind::Number, moment.map_or(len, |time| len + 1 + time));
    }
    if let Some(len) = time(bytes).or_else(|| number(bytes)) {
        return (Kind::Number, len);
    }
    for (word, kind) in [(" mod ", Kind::Maths), (" div ", Kind::Maths), (" and ", Kind::Other), (" or ", Kind::Other)]
    {
        if text.starts_with(word) {
            return (kind, word.len());
        }
    }
    match bytes[0] {
        b'*' | b'+' | b'-' => return (Kind::Maths, 1),
        b'=' | b'<' | b'>' | b'(' | b'[' | b'{' | b'}' | b',' => return (Kind::Other, 1),
        b'!' if bytes.get(1) == Some(&b'=') => return (Kind::Other, 2),
        b'|' => return (Kind::Union, 1),
        b')' => return (Kind::Close, 1),
        b'.' => return (Kind::Other, if bytes.get(1) == Some(&b'.') { 2 } else { 1 }),
        b'/' => return (Kind::PathSeparator, 1),
        quote @ (b'"' | b'\'') => {
            if let Some(end) = text[1..].find(quote as char) {
                return (Kind::Literal, end + 2);
            }
        }
        b'$' => {
            if let Some(found) = references(text).next().filter(|r| r.range.start == 0) {
                return (Kind::Reference, found.range.end);
            }
        }
        _ => {}
    }
    if let Some(len) = text.find(|c: char| !c.is_whitespace()).or(Some(text.len())).filter(|len| *len > 0) {
        return (Kind::Space, len);
    }
    let qualified = qualified_len(text);
    if qualified > 0 {
        // The prefix alone may be what the bracket follows.
        return match bytes.get(qualified) {
            Some(b'(') => (Kind::Call, qualified + 1),
            Some(b'[') => (Kind::Predicate, qualified + 1),
            _ => {
                let plain = name_len(text);
                let scheme = text[plain..].starts_with("://");
                (Kind::Other, if scheme { plain + 3 } else { qualified })
            }
        };
    }
    if bytes[0] == b']' {
        return (Kind::PredicateEnd, 1);
    }
    (Kind::Other, text.chars().next().map_or(1, char::len_utf8))
}

fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let (kind, len) = token(&text[at..]);
        let range = at..at + len;
        at += len;
        Some(Token { kind, range })
    })
}

/// Whether a default is worked out when the form opens, rather than written into it.
pub(super) fn is_dynamic(default: &str, question_type: &str) -> bool {
    // In these a hyphen is more often part of the value than a subtraction.
    let hyphens = matches!(question_type, "date" | "dateTime" | "geopoint" | "geotrace" | "geoshape");
    for token in tokens(default) {
        if hyphens && token.kind == Kind::Maths && &default[token.range.clone()] == "-" {
            return false;
        }
        // A predicate alone is none of these: so it is in pyxform.
        if matches!(token.kind, Kind::Maths | Kind::Union | Kind::Reference | Kind::Call) {
            return true;
        }
    }
    false
}

/// The expressions in a text that begin with `instance(` and run on along their path, predicates included.
///
/// Outside a predicate, white space ends a path; inside, anything goes until the closing bracket.
pub(super) fn instance_calls(text: &str) -> Vec<Range<usize>> {
    let mut calls: Vec<Range<usize>> = Vec::new();
    let (mut open, mut in_path, mut in_predicate) = (false, false, false);
    let mut last: Option<Token> = None;
    let is_call = |t: &Token| t.kind == Kind::Call && &text[t.range.clone()] == "instance(";
    for token in tokens(text) {
        let before = last.as_ref().map(|t| t.kind);
        let belongs = match token.kind {
            _ if !open => {
                open = is_call(&token);
                if open {
                    calls.push(token.range.clone());
                }
                open
            }
            Kind::Literal if last.as_ref().is_some_and(is_call) => true,
            Kind::Close if before == Some(Kind::Literal) => true,
            Kind::PathSeparator if matches!(before, Some(Kind::Close | Kind::PredicateEnd)) => {
                in_path = true;
                true
            }
            Kind::Space if in_path => {
                in_path = false;
                false
            }
            Kind::Predicate if in_path => {
                (in_path, in_predicate) = (false, true);
                true
            }
            _ if in_path => true,
            Kind::PredicateEnd if in_predicate => {
                in_predicate = false;
                true
            }
            _ => in_predicate,
        };
        if belongs {
            if let Some(call) = calls.last_mut() {
                call.end = token.range.end;
            }
            last = Some(token);
        } else {
            open = false;
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_dynamic_when_it_computes() {
        for text in ["${a}", "today()", "1 + 2", "a - b", "a | b", "4 div 2", "2+2"] {
            assert!(is_dynamic(text, "text"), "{text}");
        }
        for text in
            ["", "semi-detached", "2026-11-01", "12:30:00", "-3", "(a)", "jr://images/a-b.png", "it's", "a/b", "x[1]"]
        {
            assert!(!is_dynamic(text, "text"), "{text}");
        }
        assert!(!is_dynamic("1 - 2", "date") && is_dynamic("1 - 2", "text"));
    }

    #[test]
    fn an_instance_expression_ends_with_its_path() {
        let path = "instance('a')/root/item[name = 1 and b = 2]/label";
        let found = |text: &str| instance_calls(text).into_iter().map(|r| text[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(found(&format!("of {path} here")), [path]);
        assert_eq!(found(&format!("{path} then {path}")), [path, path]);
        // ` and ` is an operator wherever it stands, so the sentence goes on in the expression.
        assert_eq!(found(&format!("{path} and more text")), [format!("{path} and more")]);
    }
}
