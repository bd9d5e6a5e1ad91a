//! Names as XLSForm allows them, and `${name}` references in a text.

use std::ops::Range;

/// Whether a character may begin a name. Latin letters with accents up to `Ö` may not: pyxform refuses them.
fn is_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z'
        | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn is_inner(c: char) -> bool {
    is_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Bytes of the name `text` begins with; 0 when it begins with none.
pub(super) fn name_len(text: &str) -> usize {
    if !text.starts_with(is_start) {
        return 0;
    }
    text.find(|c| !is_inner(c)).unwrap_or(text.len())
}

/// As [`name_len`], with an optional prefix before a colon.
pub(super) fn qualified_len(text: &str) -> usize {
    let first = name_len(text);
    if first > 0 && text[first..].starts_with(':') {
        let second = name_len(&text[first + 1..]);
        if second > 0 {
            return first + 1 + second;
        }
    }
    first
}

/// Whether a text is a name an XML element may have.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && qualified_len(text) == text.len()
}

/// A `${name}` or `${last-saved#name}` in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Bytes from `$` to the closing brace.
    pub range: Range<usize>,
    pub name: &'a str,
    pub last_saved: bool,
}

/// All well-formed references of a text, in order.
pub(super) fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(at) = text[from..].find("${").map(|at| at + from) {
            from = at + 2;
            let inner = &text[from..];
            for (last_saved, rest) in [(true, inner.strip_prefix("last-saved#")), (false, Some(inner))] {
                let Some(rest) = rest else { continue };
                let len = name_len(rest);
                if len > 0 && rest[len..].starts_with('}') {
                    let end = text.len() - rest.len() + len + 1;
                    from = end;
                    return Some(Reference { range: at..end, name: &rest[..len], last_saved });
                }
            }
        }
        None
    })
}

/// Whether a text is one reference and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    references(text).next().is_some_and(|r| r.range == (0..text.len()))
}

/// Whether a text has a reference. As in pyxform, a malformed first one hides those after it.
pub(super) fn has_reference(text: &str) -> bool {
    let Some(at) = text.find("${") else { return false };
    references(text).next().is_some_and(|r| r.range.start == at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_with_their_places() {
        let found: Vec<_> = references("a ${x} ${ y} ${last-saved#z-1.2} ${人}").collect();
        let names: Vec<_> = found.iter().map(|r| (r.range.start, r.name, r.last_saved)).collect();
        assert_eq!(names, [(2, "x", false), (13, "z-1.2", true), (33, "人", false)]);
        assert!(is_reference("${a}") && !is_reference("${a} ") && !is_reference("${a}${b}"));
    }

    #[test]
    fn a_name_may_have_one_prefix() {
        assert!(is_name("a") && is_name("jr:count") && is_name("年龄") && !is_name("1a") && !is_name("a:b:c"));
        assert!(!is_name("a b") && !is_name(""));
    }
}
