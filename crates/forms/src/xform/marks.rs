//! The marks of XML: resolved where text is read, written as JavaRosa writes them.

use std::borrow::Cow;

use super::fault::Bad;

type Result<T> = std::result::Result<T, Bad>;

/// A text with its marks (`&lt;`, `&#64;`) and line ends resolved; `at` is where it stands.
pub(crate) fn resolve(raw: &str, at: usize) -> Result<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\r')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(found) = rest.find(['&', '\r']) {
        out.push_str(&rest[..found]);
        let here = at + raw.len() - rest.len() + found;
        if rest.as_bytes()[found] == b'\r' {
            // XML 1.0, 2.11: line ends arrive as one line feed.
            out.push('\n');
            rest = rest[found + 1..].strip_prefix('\n').unwrap_or(&rest[found + 1..]);
            continue;
        }
        let window = &rest.as_bytes()[found + 1..rest.len().min(found + 13)];
        let Some(len) = window.iter().position(|b| *b == b';') else {
            return Err(Bad::new("xml/unknown-entity", here, "`&` begins nothing; write `&amp;`"));
        };
        let name = &rest[found + 1..found + 1 + len];
        let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => n.parse().ok(),
        });
        let c = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32).filter(|c| *c != '\0'),
        };
        match c {
            Some(c) => out.push(c),
            None => return Err(Bad::new("xml/unknown-entity", here, format!("`&{name};` stands for nothing"))),
        }
        rest = &rest[found + len + 2..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Writes text between tags as JavaRosa does: `@` and control characters by their numbers.
pub(crate) fn push_text(out: &mut String, text: &str) {
    let special = |b: u8| matches!(b, b'&' | b'<' | b'>' | b'@') || (b < b' ' && !matches!(b, b'\n' | b'\r' | b'\t'));
    if !text.bytes().any(special) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(c),
            _ => push_char(out, c),
        }
    }
}

/// Writes ` name="value"` as JavaRosa does: in apostrophes when the value holds a quote.
pub(crate) fn push_attribute(out: &mut String, name: &str, value: &str) {
    let quote = if value.contains('"') { '\'' } else { '"' };
    out.extend([" ", name, "="]);
    out.push(quote);
    push_value(out, value, quote);
    out.push(quote);
}

/// Writes the value of an attribute for between two quotes.
pub(crate) fn push_value(out: &mut String, value: &str, quote: char) {
    for c in value.chars() {
        match c {
            '\'' if quote == '\'' => out.push_str("&apos;"),
            '"' if quote == '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push_str(&format!("&#{};", c as u32)),
            _ => push_char(out, c),
        }
    }
}

fn push_char(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '@' => out.push_str("&#64;"),
        c if c < ' ' => out.push_str(&format!("&#{};", c as u32)),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_javarosa_writes_it() {
        let (mut text, mut attribute) = (String::new(), String::new());
        push_text(&mut text, "a <b> & \"q\" 'x' @ 中\n\t");
        push_attribute(&mut attribute, "k", "y\"'<@");
        assert_eq!(text, "a &lt;b&gt; &amp; \"q\" 'x' &#64; 中\n\t");
        assert_eq!(attribute, " k='y\"&apos;&lt;&#64;'");
    }
}
