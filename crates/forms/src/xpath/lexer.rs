//! Text to tokens. Whether `*`, `div` or `and` is an operator depends on what stands before it, as XPath 1.0 says.

use super::Mistake;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// `${name}`
    Reference(String),
    Name(String),
    /// `child::`
    Axis(String),
    /// Punctuation, and the word operators `and or div mod`.
    Sign(&'static str),
    End,
}

const SIGNS: &[&str] =
    &["!=", "<=", ">=", "..", "//", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", "/", "|", ".", "@"];

/// Splits a source into tokens with their byte offsets; the last is `End`.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Mistake> {
    let mut out: Vec<(Token, usize)> = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let start = at;
        let token = if let Some(inner) = rest.strip_prefix("${") {
            let end = inner.find('}').ok_or_else(|| Mistake::new(at, "`${` is not closed by `}`"))?;
            at += 3 + end;
            Token::Reference(inner[..end].trim().to_owned())
        } else if let Some(quote) = ['\'', '"', '‘', '’', '“', '”'].into_iter().find(|q| *q == c) {
            if !quote.is_ascii() {
                return Err(Mistake::new(at, format!("`{quote}` is a typographic quote; use ' or \"")));
            }
            let end = rest[1..].find(quote).ok_or_else(|| Mistake::new(at, "the text is not closed by a quote"))?;
            at += end + 2;
            Token::Text(rest[1..=end].to_owned())
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|d: char| d.is_ascii_digit())) {
            let mut end = rest.find(|d: char| !d.is_ascii_digit()).unwrap_or(rest.len());
            if rest[end..].starts_with('.') {
                end += 1 + rest[end + 1..].find(|d: char| !d.is_ascii_digit()).unwrap_or(rest.len() - end - 1);
            }
            at += end;
            Token::Number(rest[..end].parse().map_err(|_| Mistake::new(start, "not a number"))?)
        } else if c.is_alphabetic() || c == '_' {
            let mut end =
                rest.find(|d: char| !(d.is_alphanumeric() || matches!(d, '_' | '-' | '.' | ':'))).unwrap_or(rest.len());
            end = rest[..end].find("::").unwrap_or(end);
            while rest[..end].ends_with(['.', ':']) {
                end -= 1;
            }
            at += end;
            if rest[end..].starts_with("::") {
                at += 2;
                out.push((Token::Axis(rest[..end].to_owned()), start));
                continue;
            }
            match (&rest[..end], operand_before(&out)) {
                ("and", true) => Token::Sign("and"),
                ("or", true) => Token::Sign("or"),
                ("div", true) => Token::Sign("div"),
                ("mod", true) => Token::Sign("mod"),
                (name, _) => Token::Name(name.to_owned()),
            }
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            at += sign.len();
            Token::Sign(sign)
        } else {
            return Err(Mistake::new(at, format!("`{c}` has no meaning here")));
        };
        out.push((token, start));
    }
    out.push((Token::End, source.len()));
    Ok(out)
}

/// Whether the last token ends a value, so that an operator comes next (XPath 1.0, 3.7).
fn operand_before(out: &[(Token, usize)]) -> bool {
    match out.last() {
        None => false,
        // A `*` is a name where a name is expected, and else multiplies.
        Some((Token::Sign("*"), _)) => !operand_before(&out[..out.len() - 1]),
        Some((Token::Sign(sign), _)) => matches!(*sign, ")" | "]" | "." | ".."),
        Some((Token::Axis(_), _)) => false,
        Some(_) => true,
    }
}
