//! Texts for people, with `<output>` elements where they mention answers.

use super::Form;
use super::lexer::instance_calls;
use super::names::references;
use super::tree::NodeId;
use super::xml::{Xml, escape};

impl Form<'_> {
    /// An element with a text in it; `from` is the node the text belongs to.
    pub(super) fn said(&self, element: &'static str, text: &str, from: Option<NodeId>) -> Xml {
        let mut xml = Xml::new(element);
        if !text.contains("${") && !text.contains("instance(") {
            xml.text(text);
            return xml;
        }
        let plain = escaped(text, false);
        // References are resolved in the escaped text, expressions on other instances first: what a path depends on
        // is read off the text around it.
        let marked = self.mark_instances(&plain, from);
        let mut out = String::with_capacity(marked.len());
        let mut at = 0;
        for reference in references(&marked) {
            out.push_str(&marked[at..reference.range.start]);
            match self.path(&marked, &reference, from, false, false) {
                Some(path) => out.extend([OPEN, path.as_str(), CLOSE]),
                None => out.push_str(&marked[reference.range.clone()]),
            }
            at = reference.range.end;
        }
        out.push_str(&marked[at..]);
        if out == plain {
            xml.text(text);
            return xml;
        }
        fill(&mut xml, &out);
        xml.spaced()
    }

    fn mark_instances(&self, plain: &str, from: Option<NodeId>) -> String {
        let mut out = String::with_capacity(plain.len());
        let mut at = 0;
        for call in instance_calls(plain) {
            out.push_str(&plain[at..call.start]);
            let expression = self.with_paths(&plain[call.clone()], from);
            out.extend([OPEN, &escaped(&expression, true), CLOSE]);
            at = call.end;
        }
        out.push_str(&plain[at..]);
        out
    }
}

const OPEN: &str = "<output value=\"";
const CLOSE: &str = "\"/>";

fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, attribute, &mut out);
    out
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Puts escaped text with `<output>` elements into an element.
fn fill(xml: &mut Xml, mut marked: &str) {
    while let Some((before, rest)) = marked.split_once(OPEN) {
        if !before.is_empty() {
            xml.text(&unescaped(before));
        }
        let Some((value, after)) = rest.split_once(CLOSE) else { return };
        xml.push(Xml::new("output").with("value", unescaped(value)));
        marked = after;
    }
    if !marked.is_empty() {
        xml.text(&unescaped(marked));
    }
}
