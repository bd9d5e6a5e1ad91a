//! Cutting a line into its parts, with quoted text left alone.

const QUOTES: &[(char, char)] = &[('"', '"'), ('“', '”'), ('「', '」')];

/// Brackets hold the label behind a code, which may have commas in it.
const BRACKETS: &[(char, char)] = &[('(', ')'), ('（', '）')];

/// Splits at any of the separators, outside quotes. Parts are trimmed; empty ones between separators are kept out.
pub(super) fn split<'a>(text: &'a str, separators: &[&str]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, width)) = find(rest, separators) {
        parts.push(rest[..at].trim());
        rest = &rest[at + width..];
    }
    parts.push(rest.trim());
    parts.retain(|p| !p.is_empty());
    parts
}

/// Splits in two at the first separator outside quotes.
pub(super) fn cut<'a>(text: &'a str, separators: &[&str]) -> Option<(&'a str, &'a str)> {
    let (at, width) = find(text, separators)?;
    Some((text[..at].trim(), text[at + width..].trim()))
}

fn find(text: &str, separators: &[&str]) -> Option<(usize, usize)> {
    let mut until = None;
    for (at, c) in text.char_indices() {
        match until {
            Some(close) if c == close => until = None,
            Some(_) => {}
            None => {
                if let Some((_, close)) = QUOTES.iter().chain(BRACKETS).find(|(open, _)| *open == c)
                    && text[at + c.len_utf8()..].contains(*close)
                {
                    until = Some(*close);
                } else if let Some(found) = separators.iter().find(|s| text[at..].starts_with(**s)) {
                    return Some((at, found.len()));
                }
            }
        }
    }
    None
}

/// Takes quoted texts off the end of a line, in order.
pub(super) fn quotes(text: &str) -> (&str, Vec<String>) {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while let Some(last) = rest.chars().next_back()
        && let Some((open, _)) = QUOTES.iter().find(|(_, close)| *close == last)
    {
        let inside = &rest[..rest.len() - last.len_utf8()];
        let Some(at) = inside.rfind(*open) else { break };
        found.insert(0, inside[at + open.len_utf8()..].to_owned());
        rest = inside[..at].trim_end();
    }
    (rest, found)
}

/// A value without the quotes around it.
pub(super) fn unquote(text: &str) -> &str {
    let text = text.trim();
    let inner = QUOTES.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inner.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_inside_quotes_are_text() {
        assert_eq!(split(r#"1, "a, b" or 3"#, &[",", " or "]), ["1", r#""a, b""#, "3"]);
        assert_eq!(cut(r#"x "a when b" when c"#, &[" when "]), Some((r#"x "a when b""#, "c")));
        // A lone quotation mark, as in inches, opens nothing.
        assert_eq!(split(r#"5" x, 6"#, &[","]), [r#"5" x"#, "6"]);
    }

    #[test]
    fn quoted_texts_come_off_the_end() {
        assert_eq!(quotes(r#"rooms "Too many." “太多。”"#), ("rooms", vec!["Too many.".into(), "太多。".into()]));
        assert_eq!(quotes("rooms"), ("rooms", vec![]));
    }
}
