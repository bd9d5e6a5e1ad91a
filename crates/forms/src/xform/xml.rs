//! A pull parser for the XML that forms and submissions are, without document types.
//!
//! It borrows everything from the text and keeps no tree. What XML 1.0 allows and nobody should send is refused: document
//! types, entities of one's own, nesting beyond [`DEPTH_MAX`].

use std::borrow::Cow;

use super::fault::Bad;
pub(crate) use super::marks::resolve;

/// Elements inside each other, at most.
pub(crate) const DEPTH_MAX: usize = 96;

type Result<T> = std::result::Result<T, Bad>;

/// What comes next in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event<'a> {
    Start(Tag<'a>),
    /// Of an element, an empty one too; the byte it starts at.
    End(usize),
    /// As it stands there: marks are still to be resolved.
    Text(&'a str),
    /// To be taken literally.
    Literal(&'a str),
    Eof,
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tag<'a> {
    pub name: &'a str,
    /// Everything between the name and the end of the tag.
    pub attributes: &'a str,
    /// Whether it ends with `/>`.
    pub empty: bool,
    /// Byte of its `<`.
    pub at: usize,
}

impl<'a> Tag<'a> {
    /// The name without a prefix.
    pub fn local(&self) -> &'a str {
        local(self.name)
    }

    /// Names and values of the attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes, at: self.at + 1 + self.name.len(), value: (0, 0) }
    }
}

/// A name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    pub at: usize,
    /// Names of the elements that are open.
    open: Vec<&'a str>,
    /// The last tag was an empty one, so its end comes next.
    ends: bool,
    seen_root: bool,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Parser<'a> {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Parser { text, at, open: Vec::with_capacity(8), ends: false, seen_root: false }
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    #[inline]
    pub fn next(&mut self) -> Result<Event<'a>> {
        if self.ends {
            self.ends = false;
            self.open.pop();
            return Ok(Event::End(self.at));
        }
        let bytes = self.text.as_bytes();
        loop {
            let from = self.at;
            match bytes.get(from) {
                None if self.open.is_empty() && self.seen_root => return Ok(Event::Eof),
                None => {
                    let message = match self.open.last() {
                        Some(name) => format!("`{name}` is never closed"),
                        None => "there is no element".to_owned(),
                    };
                    return Err(Bad::new("xml/not-well-formed", from, message));
                }
                Some(b'<') => match bytes.get(from + 1) {
                    Some(b'/') => return self.end(),
                    Some(b'!') => {
                        if let Some(event) = self.declaration()? {
                            return Ok(event);
                        }
                    }
                    Some(b'?') => self.skip_past("?>", from + 2)?,
                    _ => return self.start(),
                },
                Some(_) => {
                    let len = bytes[from..].iter().position(|b| *b == b'<').unwrap_or(bytes.len() - from);
                    self.at = from + len;
                    let text = &self.text[from..self.at];
                    if !self.open.is_empty() {
                        return Ok(Event::Text(text));
                    }
                    if let Some(stray) = text.find(|c: char| !c.is_ascii_whitespace()) {
                        let message = "there is text outside of the root element";
                        return Err(Bad::new("xml/not-well-formed", from + stray, message));
                    }
                }
            }
        }
    }

    /// Right behind a start tag: the text of an element that holds nothing else, and its end with it. `None` leaves
    /// everything as it is.
    #[inline]
    pub fn plain_text(&mut self) -> Option<&'a str> {
        if self.ends {
            self.ends = false;
            self.open.pop();
            return Some("");
        }
        let bytes = &self.text.as_bytes()[self.at..];
        let len = bytes.iter().position(|b| matches!(b, b'<' | b'&' | b'\r'))?;
        let name = self.open.last()?;
        let close = bytes[len..].strip_prefix(b"</")?.strip_prefix(name.as_bytes())?;
        if close.first() != Some(&b'>') {
            return None;
        }
        let text = &self.text[self.at..self.at + len];
        self.at += len + name.len() + 3;
        self.open.pop();
        Some(text)
    }

    /// Right behind a start tag: passes over the rest of the element. Returns how many elements were in it.
    pub fn skip(&mut self) -> Result<usize> {
        let depth = self.open.len();
        let mut count = 0;
        loop {
            match self.next()? {
                Event::Start(_) => count += 1,
                Event::End(_) if self.open.len() < depth => return Ok(count),
                _ => {}
            }
        }
    }

    #[inline]
    fn start(&mut self) -> Result<Event<'a>> {
        let at = self.at;
        let bytes = self.text.as_bytes();
        let bad = |at, message: &str| Err(Bad::new("xml/not-well-formed", at, message));
        let name_at = at + 1;
        let len = bytes[name_at..].iter().position(|b| matches!(b, b'>' | b'/' | b' ' | b'\n' | b'\t' | b'\r'));
        let Some(len) = len else { return bad(at, "the tag has no end") };
        let name = &self.text[name_at..name_at + len];
        if !is_name(name) {
            return bad(at, "a tag starts with a name");
        }
        if self.open.is_empty() && self.seen_root {
            return bad(at, "there is a second root element");
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(Bad::new("xml/too-deep", at, format!("more than {DEPTH_MAX} elements are inside each other")));
        }
        let mut end = name_at + len;
        while bytes.get(end).is_some_and(|b| *b != b'>') {
            match bytes[end] {
                quote @ (b'"' | b'\'') => {
                    let Some(close) = bytes[end + 1..].iter().position(|b| *b == quote || *b == b'<') else {
                        return bad(end, "the attribute's value has no end");
                    };
                    end += close + 1;
                    if bytes[end] == b'<' {
                        return bad(end, "`<` stands in an attribute's value");
                    }
                }
                b'<' => return bad(end, "`<` stands in a tag"),
                b'/' if bytes.get(end + 1) != Some(&b'>') => return bad(end, "`/` stands in a tag"),
                _ => {}
            }
            end += 1;
        }
        if end >= bytes.len() {
            return bad(at, "the tag has no end");
        }
        let empty = bytes[end - 1] == b'/' && end > name_at + len;
        let attributes = &self.text[name_at + len..if empty { end - 1 } else { end }];
        self.at = end + 1;
        self.open.push(name);
        self.seen_root = true;
        self.ends = empty;
        Ok(Event::Start(Tag { name, attributes, empty, at }))
    }

    #[inline]
    fn end(&mut self) -> Result<Event<'a>> {
        let at = self.at;
        let bytes = self.text.as_bytes();
        let Some(name) = self.open.pop() else {
            return Err(Bad::new("xml/not-well-formed", at, "an element is closed that is not open"));
        };
        let mut end = at + 2 + name.len();
        let same = bytes.get(at + 2..end) == Some(name.as_bytes());
        while same && bytes.get(end).is_some_and(u8::is_ascii_whitespace) {
            end += 1;
        }
        if !same || bytes.get(end) != Some(&b'>') {
            return Err(Bad::new("xml/not-well-formed", at, format!("`</{name}>` is expected here")));
        }
        self.at = end + 1;
        Ok(Event::End(at))
    }

    fn declaration(&mut self) -> Result<Option<Event<'a>>> {
        let at = self.at;
        let rest = &self.text.as_bytes()[at..];
        if rest.starts_with(b"<!--") {
            self.skip_past("-->", at + 4)?;
            return Ok(None);
        }
        if rest.starts_with(b"<![CDATA[") && !self.open.is_empty() {
            self.skip_past("]]>", at + 9)?;
            return Ok(Some(Event::Literal(&self.text[at + 9..self.at - 3])));
        }
        if rest.get(2..9).is_some_and(|word| word.eq_ignore_ascii_case(b"DOCTYPE")) {
            let message = "document types are refused: forms and submissions have none";
            return Err(Bad::new("xml/doctype", at, message));
        }
        Err(Bad::new("xml/not-well-formed", at, "`<!` begins nothing that is known"))
    }

    fn skip_past(&mut self, end: &str, from: usize) -> Result<()> {
        match self.text.as_bytes()[from.min(self.text.len())..].windows(end.len()).position(|w| w == end.as_bytes()) {
            Some(found) => {
                self.at = from + found + end.len();
                Ok(())
            }
            None => Err(Bad::new("xml/not-well-formed", self.at, format!("`{end}` is missing"))),
        }
    }
}

fn is_name(name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b >= 128)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':') || b >= 128)
}

/// The attributes of a tag.
pub(crate) struct Attributes<'a> {
    rest: &'a str,
    at: usize,
    /// The bytes of the last value, as it stands there.
    pub value: (usize, usize),
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<(&'a str, Cow<'a, str>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let trimmed = self.rest.trim_ascii_start();
        self.at += self.rest.len() - trimmed.len();
        self.rest = trimmed;
        if trimmed.is_empty() {
            return None;
        }
        let at = self.at;
        let found = (|| {
            let (name, rest) = trimmed.split_once('=')?;
            let value = rest.trim_ascii_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, rest) = value[1..].split_once(quote)?;
            let name = name.trim_ascii_end();
            is_name(name).then_some((name, value, rest))
        })();
        let Some((name, value, rest)) = found else {
            self.rest = "";
            return Some(Err(Bad::new("xml/not-well-formed", at, "an attribute is a name, `=` and a value in quotes")));
        };
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
        self.value = (self.at - 1 - value.len(), self.at - 1);
        Some(resolve(value, at).map(|value| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(text: &str) -> std::result::Result<String, &'static str> {
        let mut parser = Parser::new(text);
        let mut out = String::new();
        loop {
            match parser.next().map_err(|b| b.code)? {
                Event::Start(tag) => {
                    out += &format!("<{}", tag.name);
                    for pair in tag.attributes() {
                        let (name, value) = pair.map_err(|b| b.code)?;
                        out += &format!(" {name}={value}");
                    }
                    out += ">";
                }
                Event::End(_) => out += "</>",
                Event::Text(text) => out += &resolve(text, 0).map_err(|b| b.code)?,
                Event::Literal(text) => out += text,
                Event::Eof => return Ok(out),
            }
        }
    }

    #[test]
    fn what_submissions_are_made_of_is_read() {
        let text = "\u{feff}<?xml version='1.0' ?><!-- x --><a b='1' c = \"&lt;'\">t&amp;&#64;&#x4E2D;\r\n<d /><![CDATA[<&]]></a >\n";
        assert_eq!(walk(text), Ok("<a b=1 c=<'>t&@中\n<d></><&</>".to_owned()));
    }

    #[test]
    fn what_is_not_xml_or_should_not_be_is_refused() {
        for (text, code) in [
            ("", "xml/not-well-formed"),
            ("<a>", "xml/not-well-formed"),
            ("<a></b>", "xml/not-well-formed"),
            ("<a/><b/>", "xml/not-well-formed"),
            ("<a/>x", "xml/not-well-formed"),
            ("<a b></a>", "xml/not-well-formed"),
            ("<a b='<'/>", "xml/not-well-formed"),
            ("<a/b>c</a>", "xml/not-well-formed"),
            ("<a", "xml/not-well-formed"),
            ("<1/>", "xml/not-well-formed"),
            ("<!-- x", "xml/not-well-formed"),
            ("<a>&nbsp;</a>", "xml/unknown-entity"),
            ("<a>&#0;</a>", "xml/unknown-entity"),
            ("<a>& b</a>", "xml/unknown-entity"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml/doctype"),
            ("<!doctype a><a/>", "xml/doctype"),
        ] {
            assert_eq!(walk(text), Err(code), "{text}");
        }
        assert_eq!(walk(&"<a>".repeat(100_000)), Err("xml/too-deep"));
    }
}
