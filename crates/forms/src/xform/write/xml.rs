//! A small tree of XML, and its text.

use std::borrow::Cow;

/// An element: attributes in the order they were set, children in document order.
#[derive(Clone, Debug)]
pub(super) struct Xml {
    name: Cow<'static, str>,
    attributes: Vec<(Cow<'static, str>, String)>,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Child {
    Element(Xml),
    Text(String),
}

impl Xml {
    pub fn new(name: impl Into<Cow<'static, str>>) -> Xml {
        Xml { name: name.into(), attributes: Vec::new(), children: Vec::new() }
    }

    /// An element that holds one text.
    pub fn of(name: impl Into<Cow<'static, str>>, text: &str) -> Xml {
        let mut xml = Xml::new(name);
        xml.text(text);
        xml
    }

    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Xml {
        self.set(name, value);
        self
    }

    /// Sets an attribute; the last value counts.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name, value)),
        }
    }

    pub fn push(&mut self, child: Xml) {
        self.children.push(Child::Element(child));
    }

    pub fn text(&mut self, text: &str) {
        self.children.push(Child::Text(text.to_owned()));
    }

    /// Text among elements starts and ends with a space, as pyxform writes it.
    pub fn spaced(mut self) -> Xml {
        if self.children.len() > 1 && self.children.iter().any(|c| matches!(c, Child::Text(_))) {
            if let Child::Text(text) = &mut self.children[0] {
                text.insert(0, ' ');
            }
            self.children.push(Child::Text(" ".into()));
        }
        self
    }

    /// The element as text, indented by two spaces a level. An element with text in it stays on one line, because
    /// there white space counts.
    pub fn write(&self, out: &mut String, depth: usize) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let inline = self.children.iter().any(|c| matches!(c, Child::Text(_)));
        for child in &self.children {
            match child {
                Child::Text(text) => escape(text, false, out),
                Child::Element(child) => {
                    if !inline {
                        new_line(out, depth + 1);
                    }
                    child.write(out, depth + 1);
                }
            }
        }
        if !inline {
            new_line(out, depth);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Writes text so that it reads back the same; characters XML has no way to say are left out.
pub(super) fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_say_is_left_out_and_the_rest_escaped() {
        let mut out = String::new();
        Xml::of("a", "x < \u{1}\"y\"").with("b", "\"1\" & 2").write(&mut out, 0);
        assert_eq!(out, "<a b=\"&quot;1&quot; &amp; 2\">x &lt; \"y\"</a>");
    }
}
