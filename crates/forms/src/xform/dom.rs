//! The tree of a form's XML. Submissions never need one.

use std::borrow::Cow;

use super::fault::Bad;
use super::xml::{Event, Parser, local, resolve};

/// More elements than this are refused.
const ELEMENTS_MAX: usize = 2_000_000;

/// What an element holds.
#[derive(Debug)]
pub(crate) enum Kid<'a> {
    Element(usize),
    Text(Cow<'a, str>),
}

#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub name: &'a str,
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub kids: Vec<Kid<'a>>,
    /// Byte of its start tag.
    pub at: usize,
}

/// Elements by index; the root's is 0.
#[derive(Debug)]
pub(crate) struct Dom<'a> {
    pub elements: Vec<Element<'a>>,
}

impl<'a> Dom<'a> {
    pub fn parse(text: &'a str) -> Result<Dom<'a>, Bad> {
        let mut parser = Parser::new(text);
        let mut elements: Vec<Element<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let from = parser.at;
            match parser.next()? {
                Event::Start(tag) => {
                    if elements.len() >= ELEMENTS_MAX {
                        return Err(Bad::new("xml/too-large", tag.at, "there are too many elements"));
                    }
                    let attributes = tag.attributes().collect::<Result<Vec<_>, Bad>>()?;
                    let at = elements.len();
                    if let Some(parent) = open.last() {
                        elements[*parent].kids.push(Kid::Element(at));
                    }
                    elements.push(Element { name: tag.name, attributes, kids: Vec::new(), at: tag.at });
                    open.push(at);
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(raw) => {
                    if let Some(parent) = open.last() {
                        elements[*parent].kids.push(Kid::Text(resolve(raw, from)?));
                    }
                }
                Event::Literal(raw) => {
                    if let Some(parent) = open.last() {
                        elements[*parent].kids.push(Kid::Text(Cow::Borrowed(raw)));
                    }
                }
                Event::Eof => return Ok(Dom { elements }),
            }
        }
    }

    pub fn name(&self, element: usize) -> &'a str {
        local(self.elements[element].name)
    }

    /// The elements in an element.
    pub fn children(&self, element: usize) -> impl Iterator<Item = usize> + '_ {
        self.elements[element].kids.iter().filter_map(|kid| match kid {
            Kid::Element(at) => Some(*at),
            Kid::Text(_) => None,
        })
    }

    /// The first child with a name, whatever its prefix.
    pub fn child(&self, element: usize, name: &str) -> Option<usize> {
        self.children(element).find(|c| self.name(*c) == name)
    }

    /// An attribute by its name without a prefix, its spaces taken off; empty when it is not there.
    pub fn attribute(&self, element: usize, name: &str) -> &str {
        let attributes = &self.elements[element].attributes;
        attributes.iter().find(|(n, _)| local(n) == name).map_or("", |(_, value)| value.trim())
    }

    /// The text in an element, without that of elements in it.
    pub fn text(&self, element: usize) -> String {
        let texts = self.elements[element].kids.iter().filter_map(|kid| match kid {
            Kid::Text(text) => Some(&**text),
            Kid::Element(_) => None,
        });
        texts.collect()
    }
}
