//! How a submission was written: what the form does not know, and texts that say the same in other letters.

use std::collections::{HashMap, HashSet};

use super::decode::Sink;
use crate::program::Val;
use crate::xform::xml::Tag;

type Range = (usize, usize);

/// A node as it stood in the XML.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Everything between `<` and the end of the start tag, attributes too.
    pub tag: Range,
    /// The text of a leaf.
    pub inner: Range,
    /// What the slot held after reading. While it holds the same, the text is written as it was.
    pub value: Val,
}

/// The XML a submission came as, taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub source: String,
    /// The bytes between the root's start and end tags.
    pub body: Range,
    /// Nodes by block and item; the start tag of a repeat instance by its own block.
    pub seen: HashMap<(u32, u32), Seen>,
    /// Blocks that came with the XML.
    pub blocks: HashSet<u32>,
    /// Elements the form does not know, by block and group (item + 1), each behind a known item.
    pub foreign: HashMap<(u32, usize), Vec<(u32, Range)>>,
    /// ` /` or `/`.
    pub empty: String,
}

impl Layout {
    pub fn slice(&self, range: Range) -> &str {
        self.source.get(range.0..range.1).unwrap_or("")
    }
}

impl Sink for Layout {
    fn seen(&mut self, block: u32, item: u32, tag: Tag<'_>, inner: Option<Range>) {
        let start = tag.at + 1;
        let attributes = if tag.empty { tag.attributes.trim_ascii_end() } else { tag.attributes };
        let tag_range = (start, start + tag.name.len() + attributes.len());
        if self.empty.is_empty() && tag.empty {
            self.empty = if tag.attributes.ends_with(' ') { " /".into() } else { "/".into() };
        }
        self.blocks.insert(block);
        let seen = Seen { tag: tag_range, inner: inner.unwrap_or_default(), value: Val::Empty };
        self.seen.entry((block, item)).or_insert(seen);
    }

    fn foreign(&mut self, block: u32, group: usize, after: u32, range: Range) {
        self.foreign.entry((block, group)).or_default().push((after, range));
    }
}
