//! From XML straight to slots, in one pass and without a tree.

use std::borrow::Cow;

use super::tree::Tree;
use super::value;
use crate::definition::Kind;
use crate::form::Form;
use crate::program::Val;
use crate::state::{NONE, State};
use crate::xform::fault::{Bad, Fault};
use crate::xform::xml::{Event, Parser, Tag, local, resolve};

/// A submission that unfolds to more slots than this is refused.
const SLOTS_MAX: usize = 4_000_000;
/// Faults beyond this many are not listed.
const FAULTS_MAX: usize = 100;

/// Learns where everything stands, for whoever wants to write the submission again.
pub(super) trait Sink {
    /// A node of the form; `inner` is the text of a leaf as it stands there.
    fn seen(&mut self, block: u32, item: u32, tag: Tag<'_>, inner: Option<(usize, usize)>);
    /// An element the form does not know, in a group (item + 1, the root 0), behind the known item `after`.
    fn foreign(&mut self, block: u32, group: usize, after: u32, range: (usize, usize));
}

/// Where nobody wants to know.
pub(super) struct Forget;

impl Sink for Forget {
    fn seen(&mut self, _: u32, _: u32, _: Tag<'_>, _: Option<(usize, usize)>) {}
    fn foreign(&mut self, _: u32, _: usize, _: u32, _: (usize, usize)) {}
}

/// What ODK keeps beside the answers (ODK XForms specification, Metadata).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// `instanceID`, the identity of the submission.
    pub instance_id: Option<String>,
    /// `deprecatedID`, the submission this one replaces.
    pub deprecated_id: Option<String>,
    /// `instanceName`, for people.
    pub instance_name: Option<String>,
}

pub(super) struct Decoded {
    pub meta: Meta,
    pub faults: Vec<Fault>,
    /// The root's start tag and the byte behind it.
    pub body: usize,
    /// The byte behind the root.
    pub end: usize,
}

#[derive(Clone, Copy)]
struct Frame {
    /// Item + 1; 0 for the root.
    node: usize,
    /// Where the next child is expected.
    cursor: usize,
    /// The last child the form knows.
    last: u32,
    block: u32,
}

struct Decoder<'a, 's, S> {
    form: &'a Form,
    tree: &'a Tree,
    text: &'a str,
    parser: Parser<'a>,
    state: &'s mut State,
    sink: &'s mut S,
    frames: Vec<Frame>,
    meta: Meta,
    faults: Vec<Fault>,
}

/// Reads a submission into a state. An error names the path it happened at.
pub(super) fn decode<S: Sink>(
    form: &Form,
    tree: &Tree,
    text: &str,
    state: &mut State,
    sink: &mut S,
) -> Result<Decoded, Fault> {
    state.reset(&form.compiled);
    state.reference = form.definition.reference_date.map_or(0, |d| d.0);
    let (meta, faults) = (Meta::default(), Vec::new());
    let frames = Vec::with_capacity(8);
    let mut decoder = Decoder { form, tree, text, parser: Parser::new(text), state, sink, frames, meta, faults };
    match decoder.run() {
        Ok((body, end)) => Ok(Decoded { meta: decoder.meta, faults: decoder.faults, body, end }),
        Err(bad) => Err(bad.place(text.as_bytes(), decoder.path(None))),
    }
}

impl<'a, S: Sink> Decoder<'a, '_, S> {
    fn run(&mut self) -> Result<(usize, usize), Bad> {
        let Event::Start(root) = self.parser.next()? else {
            return Err(Bad::new("xml/not-well-formed", self.parser.at, "there is no element"));
        };
        self.head(&root)?;
        let body = self.parser.at;
        self.frames.push(Frame { node: 0, cursor: 0, last: NONE, block: 0 });
        while let Some(frame) = self.frames.last().copied() {
            match self.parser.next()? {
                Event::Start(tag) => self.child(frame, tag)?,
                Event::End(_) => {
                    self.frames.pop();
                }
                Event::Text(text) | Event::Literal(text) => {
                    if let Some(stray) = text.find(|c: char| !c.is_ascii_whitespace()) {
                        let at = self.parser.at - text.len() + stray;
                        let message = "there is text between the questions";
                        self.fault("submission/stray-text", at, None, message.to_owned());
                    }
                }
                Event::Eof => break,
            }
        }
        let end = self.parser.at;
        while self.parser.next()? != Event::Eof {}
        Ok((body, end))
    }

    fn head(&mut self, root: &Tag<'a>) -> Result<(), Bad> {
        for pair in root.attributes() {
            let (name, value) = pair?;
            let (code, own, what) = match name {
                "id" => ("submission/other-form", &self.form.definition.id, "form"),
                "version" => ("submission/other-version", &self.form.definition.version, "version"),
                _ => continue,
            };
            if value != own.as_str() {
                return Err(Bad::new(code, root.at, format!("it answers the {what} `{value}`, not `{own}`")));
            }
        }
        Ok(())
    }

    #[inline]
    fn child(&mut self, frame: Frame, tag: Tag<'a>) -> Result<(), Bad> {
        let tree = self.tree;
        let found = tree.find(frame.node, tag.name, frame.cursor);
        let found = match found {
            None if tag.name.contains(':') => tree.find(frame.node, tag.local(), frame.cursor),
            found => found,
        };
        let Some(index) = found else { return self.foreign(frame, &tag) };
        let item = tree.children(frame.node)[index].1;
        if let Some(top) = self.frames.last_mut() {
            (top.cursor, top.last) = (index, item);
        }
        let node = self.form.compiled.nodes[item as usize];
        match (self.form.definition.items[item as usize].kind, node.opens) {
            (_, Some(scope)) => {
                if tag.attributes.contains("template") && self.is_template(&tag)? {
                    return self.parser.skip().map(drop);
                }
                if self.state.values.len() > SLOTS_MAX {
                    return Err(Bad::new("submission/too-large", tag.at, "there are too many answers"));
                }
                let block = self.state.open(&self.form.compiled, scope, frame.block);
                self.sink.seen(block, item, tag, None);
                self.frames.push(Frame { node: item as usize + 1, cursor: 0, last: NONE, block });
            }
            (Kind::Group, _) => {
                self.sink.seen(frame.block, item, tag, None);
                if !tag.attributes.is_empty() {
                    self.attributes(frame.block, item, &tag)?;
                }
                self.frames.push(Frame { node: item as usize + 1, cursor: 0, last: NONE, block: frame.block });
            }
            _ => {
                let start = self.parser.at;
                match self.parser.plain_text() {
                    Some(text) => self.leaf(frame, item, tag, text, (start, start + text.len()))?,
                    None => self.mixed(frame, item, tag)?,
                }
                if let Some(top) = self.frames.last_mut() {
                    top.cursor += 1;
                }
            }
        }
        Ok(())
    }

    /// Reads the attributes of a node that are worked out: those of an entity.
    #[cold]
    fn attributes(&mut self, block: u32, node: u32, tag: &Tag<'a>) -> Result<(), Bad> {
        let tree = self.tree;
        let known = tree.attributes(node as usize + 1);
        let mut pairs = tag.attributes();
        while !known.is_empty()
            && let Some(pair) = pairs.next()
        {
            let (name, value) = pair?;
            if let Some((_, item)) = known.iter().find(|(own, _)| **own == *name) {
                self.sink.seen(block, *item, *tag, Some(pairs.value));
                self.answer(block, *item, tag.at, &value, pairs.value.0);
            }
        }
        Ok(())
    }

    #[inline]
    fn leaf(&mut self, frame: Frame, item: u32, tag: Tag<'a>, text: &str, inner: (usize, usize)) -> Result<(), Bad> {
        self.sink.seen(frame.block, item, tag, Some(inner));
        if text.is_empty() {
            return Ok(());
        }
        if Some(frame.node) == self.tree.meta {
            self.keep_meta(tag.local(), text);
        }
        self.answer(frame.block, item, tag.at, text, inner.0);
        Ok(())
    }

    /// Puts the text of a node that starts at `tag_at` into its slot.
    #[inline]
    fn answer(&mut self, block: u32, item: u32, tag_at: usize, text: &str, at: usize) {
        let node = self.form.compiled.nodes[item as usize];
        if self.form.definition.items[item as usize].is_computed() && !node.kept {
            // It is computed again.
            return;
        }
        if text.bytes().all(|b| b.is_ascii_whitespace()) {
            return;
        }
        let slot = self.state.index(block, node.slot);
        if self.state.values[slot] != Val::Empty {
            let message = "it is answered twice; the first answer counts".to_owned();
            return self.fault("submission/duplicate-node", tag_at, Some(item), message);
        }
        match value::read(self.form, self.state, item, text) {
            Some(value) => self.state.values[slot] = value,
            None => {
                let mut shown: String = text.chars().take(40).collect();
                if shown.len() < text.len() {
                    shown.push('…');
                }
                let wanted = crate::value::expected(self.form.kind(item));
                self.fault("submission/wrong-value", at, Some(item), format!("`{shown}` is no answer: {wanted}"));
            }
        }
    }

    /// A leaf with marks, comments or literal parts in its text.
    #[cold]
    fn mixed(&mut self, frame: Frame, item: u32, tag: Tag<'a>) -> Result<(), Bad> {
        let start = self.parser.at;
        let depth = self.parser.depth();
        let mut text = String::new();
        let end = loop {
            let from = self.parser.at;
            match self.parser.next()? {
                Event::Text(raw) => text.push_str(&resolve(raw, from)?),
                Event::Literal(raw) => text.push_str(raw),
                Event::Start(inner) => {
                    let message = format!("there is an element `{}` in a question", inner.name);
                    self.fault("submission/unexpected-node", inner.at, Some(item), message);
                    self.parser.skip()?;
                }
                Event::End(at) if self.parser.depth() < depth => break at,
                Event::End(_) => {}
                Event::Eof => break self.parser.at,
            }
        };
        self.leaf(frame, item, tag, &text, (start, end))
    }

    #[cold]
    fn foreign(&mut self, frame: Frame, tag: &Tag<'a>) -> Result<(), Bad> {
        if frame.node == 0 && tag.local() == "meta" {
            let depth = self.parser.depth();
            loop {
                match self.parser.next()? {
                    Event::Start(inner) if self.parser.depth() == depth + 1 => self.metadatum(&inner)?,
                    Event::End(_) if self.parser.depth() < depth => break,
                    _ => {}
                }
            }
        } else if Some(frame.node) == self.tree.meta {
            self.metadatum(tag)?;
        } else {
            self.parser.skip()?;
        }
        self.sink.foreign(frame.block, frame.node, frame.last, (tag.at, self.parser.at));
        Ok(())
    }

    /// Reads one element of `meta` to its end.
    fn metadatum(&mut self, tag: &Tag<'a>) -> Result<(), Bad> {
        let from = self.parser.at;
        let text = match self.parser.plain_text() {
            Some(text) => Cow::Borrowed(text),
            None => {
                let depth = self.parser.depth();
                self.parser.skip()?;
                let inner = &self.text[from..self.parser.at];
                let inner = inner.rfind("</").map_or("", |end| &inner[..end]);
                if depth > 0 && !inner.contains('<') { resolve(inner, from)? } else { Cow::Borrowed("") }
            }
        };
        self.keep_meta(tag.local(), &text);
        Ok(())
    }

    fn keep_meta(&mut self, name: &str, text: &str) {
        let field = match name {
            "instanceID" => &mut self.meta.instance_id,
            "deprecatedID" => &mut self.meta.deprecated_id,
            "instanceName" => &mut self.meta.instance_name,
            _ => return,
        };
        let text = text.trim();
        if field.is_none() && !text.is_empty() {
            *field = Some(text.to_owned());
        }
    }

    fn is_template(&self, tag: &Tag<'a>) -> Result<bool, Bad> {
        for pair in tag.attributes() {
            let (name, _) = pair?;
            if local(name) == "template" {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[cold]
    fn fault(&mut self, code: &'static str, at: usize, item: Option<u32>, message: String) {
        if self.faults.len() < FAULTS_MAX {
            let path = self.path(item);
            self.faults.push(Bad::new(code, at, message).place(self.text.as_bytes(), path));
        }
    }

    /// Where the decoder is, and a child of that.
    fn path(&self, item: Option<u32>) -> String {
        let mut path = format!("/{}", self.tree.root);
        let name = |item: usize| self.form.definition.items[item].name.as_str();
        for frame in self.frames.iter().skip(1) {
            path += &format!("/{}", name(frame.node - 1));
            if self.form.compiled.nodes[frame.node - 1].opens.is_some() {
                path += &format!("[{}]", self.state.blocks[frame.block as usize].position);
            }
        }
        match item {
            Some(item) => path + "/" + name(item as usize),
            None if self.frames.is_empty() => String::new(),
            None => path,
        }
    }
}
