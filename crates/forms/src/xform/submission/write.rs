//! From slots to XML, as JavaRosa's `XFormSerializingVisitor` writes it.

use super::decode::Meta;
use super::layout::Layout;
use super::tree::Tree;
use super::value;
use crate::definition::{Definition, Kind};
use crate::form::Form;
use crate::program::Val;
use crate::state::{NONE, State};
use crate::xform::marks::{push_attribute, push_text, push_value};

/// Prefixes every converter of XLSForms declares, beside those a form adds.
const PREFIXES: &[(&str, &str)] = &[
    ("ev", "http://www.w3.org/2001/xml-events"),
    ("orx", "http://openrosa.org/xforms"),
    ("odk", "http://www.opendatakit.org/xforms"),
    ("h", "http://www.w3.org/1999/xhtml"),
    ("xsd", "http://www.w3.org/2001/XMLSchema"),
    ("jr", "http://openrosa.org/javarosa"),
];

pub(super) struct Writer<'a> {
    pub form: &'a Form,
    pub tree: &'a Tree,
    pub state: &'a State,
    pub layout: Option<&'a Layout>,
    pub meta: &'a Meta,
}

impl Writer<'_> {
    /// The whole document.
    pub fn document(&self) -> String {
        let mut inner = String::with_capacity(self.layout.map_or(1024, |l| l.source.len() + 64));
        self.children(&mut inner, 0, 0);
        let Some(layout) = self.layout else {
            let mut out = String::with_capacity(inner.len() + 512);
            self.head(&mut out);
            out.extend([&inner, "</", self.tree.root.as_str(), ">"]);
            return out;
        };
        let (head, tail) = (layout.slice((0, layout.body.0)), layout.slice((layout.body.1, layout.source.len())));
        match head.strip_suffix("/>") {
            // The root was empty, and is not any more.
            Some(open) if !inner.is_empty() => {
                let name = open.rsplit_once('<').and_then(|(_, tag)| tag.split_ascii_whitespace().next());
                format!("{open}>{inner}</{}>{tail}", name.unwrap_or(&self.tree.root))
            }
            _ => [head, &inner, tail].concat(),
        }
    }

    fn head(&self, out: &mut String) {
        let definition = &self.form.definition;
        out.extend(["<?xml version='1.0' encoding='UTF-8' ?><", self.tree.root.as_str()]);
        // The author's own come first, as converters write them.
        for (name, text) in &definition.settings {
            if let Some(name) = name.strip_prefix("attribute::") {
                push_attribute(out, name, text);
            }
        }
        push_attribute(out, "id", &definition.id);
        if !definition.version.is_empty() && !definition.unversioned {
            push_attribute(out, "version", &definition.version);
        }
        for (name, setting) in [("odk:prefix", "prefix"), ("odk:delimiter", "delimiter")] {
            if !definition.setting(setting).is_empty() {
                push_attribute(out, name, definition.setting(setting));
            }
        }
        for (prefix, address) in prefixes(definition) {
            push_attribute(out, &format!("xmlns:{prefix}"), &address);
        }
        out.push('>');
    }

    fn children(&self, out: &mut String, node: usize, block: u32) {
        let foreign = self.layout.and_then(|l| Some((l, l.foreign.get(&(block, node))?)));
        let write_foreign = |out: &mut String, behind: u32| {
            for (_, range) in foreign.iter().flat_map(|(_, all)| all.iter()).filter(|(after, _)| *after == behind) {
                out.push_str(foreign.map_or("", |(layout, _)| layout.slice(*range)));
            }
        };
        write_foreign(out, NONE);
        // A submission that was read has its `meta` already, known or not.
        let names_itself = self.layout.is_none() && Some(node) == self.tree.meta;
        let mut named = false;
        for (name, item) in self.tree.children(node) {
            named |= &**name == "instanceID";
            if names_itself && &**name == "instanceName" && !named {
                self.instance_id(out);
                named = true;
            }
            self.node(out, *item, block);
            write_foreign(out, *item);
        }
        if names_itself && !named {
            self.instance_id(out);
        }
        if node == 0 && self.layout.is_none() && self.tree.meta.is_none() {
            out.push_str("<meta>");
            self.instance_id(out);
            out.push_str("</meta>");
        }
    }

    fn instance_id(&self, out: &mut String) {
        for (name, value) in [("deprecatedID", &self.meta.deprecated_id), ("instanceID", &self.meta.instance_id)] {
            if let Some(value) = value {
                out.extend(["<", name, ">"]);
                push_text(out, value);
                out.extend(["</", name, ">"]);
            }
        }
    }

    fn node(&self, out: &mut String, item: u32, block: u32) {
        let node = self.form.compiled.nodes[item as usize];
        let at = self.state.index(block, node.slot);
        if !self.state.relevant[at] {
            return;
        }
        let group = item as usize + 1;
        if let Some(scope) = node.opens {
            let kid = self.form.compiled.scopes[scope as usize].kid;
            let mut here = self.state.kids(block, kid).first;
            while here != NONE {
                self.element(out, item, here, |w, out| w.children(out, group, here));
                here = self.state.blocks[here as usize].next;
            }
            return;
        }
        if self.form.kind(item) == Kind::Group {
            return self.element(out, item, block, |w, out| w.children(out, group, block));
        }
        let value = self.state.values[at];
        self.element(out, item, block, |w, out| w.text(out, item, block, value));
    }

    fn text(&self, out: &mut String, item: u32, block: u32, value: Val) {
        let name = self.form.definition.items[item as usize].name.as_str();
        let in_meta = || self.form.definition.items[item as usize].parent.map(|p| p as usize + 1) == self.tree.meta;
        match (self.layout.and_then(|l| Some((l, l.seen.get(&(block, item))?))), &self.meta.instance_id) {
            (Some((layout, seen)), _) if seen.value == value => out.push_str(layout.slice(seen.inner)),
            (None, Some(id)) if name == "instanceID" && in_meta() => push_text(out, id),
            _ => push_text(out, &value::write(self.form, self.state, item, value)),
        }
    }

    /// One element; what it holds is written by `inner`. `block` is the instance's own for a repeat.
    fn element(&self, out: &mut String, item: u32, block: u32, inner: impl Fn(&Self, &mut String)) {
        let start = out.len();
        let name = self.form.definition.items[item as usize].name.as_str();
        let seen = self.layout.and_then(|l| Some((l, l.seen.get(&(block, item))?)));
        out.push('<');
        match seen {
            Some((layout, seen)) => self.tag(out, item, block, layout, seen.tag),
            None => {
                out.push_str(name);
                self.attributes(out, item, block);
            }
        }
        let behind = out.len();
        out.push('>');
        inner(self, out);
        if out.len() > behind + 1 {
            let tag = seen.map_or(name, |(layout, seen)| layout.slice(seen.tag));
            out.extend(["</", tag.split_ascii_whitespace().next().unwrap_or(name), ">"]);
        } else if seen.is_none() && self.layout.is_some_and(|l| l.blocks.contains(&block)) {
            // It was not there, and there is nothing in it now either.
            out.truncate(start);
        } else {
            let empty = self.layout.map_or(" /", |l| if l.empty.is_empty() { " /" } else { &l.empty });
            out.truncate(behind);
            out.extend([empty, ">"]);
        }
    }

    /// What a node carries beside its text, worked out or not.
    fn attributes(&self, out: &mut String, item: u32, block: u32) {
        let worked_out = self.tree.attributes(item as usize + 1);
        for (key, usual) in &self.form.definition.items[item as usize].attributes {
            let Some(key) = key.strip_prefix("instance::") else { continue };
            match worked_out.iter().find(|(name, _)| **name == *key) {
                Some((_, own)) => {
                    push_attribute(out, key, &value::write(self.form, self.state, *own, self.value(block, *own)))
                }
                None => push_attribute(out, key, usual),
            }
        }
    }

    /// A start tag as it stood, but for attributes that have come to something else.
    fn tag(&self, out: &mut String, item: u32, block: u32, layout: &Layout, tag: (usize, usize)) {
        let mut at = tag.0;
        let mut changed: Vec<_> = self.tree.attributes(item as usize + 1).iter().collect();
        changed.sort_by_key(|(_, own)| layout.seen.get(&(block, *own)).map_or(0, |seen| seen.inner.0));
        for (_, own) in changed {
            let value = self.value(block, *own);
            if let Some(seen) = layout.seen.get(&(block, *own)).filter(|seen| seen.value != value) {
                out.push_str(layout.slice((at, seen.inner.0)));
                let quote = layout.source[..seen.inner.0].chars().next_back().unwrap_or('"');
                push_value(out, &value::write(self.form, self.state, *own, value), quote);
                at = seen.inner.1;
            }
        }
        out.push_str(layout.slice((at, tag.1)));
    }

    fn value(&self, block: u32, item: u32) -> Val {
        self.state.values[self.state.index(block, self.form.compiled.nodes[item as usize].slot)]
    }
}

/// Prefixes and addresses in the order JavaRosa writes them: that of a Java `HashMap`.
fn prefixes(definition: &Definition) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = PREFIXES.iter().map(|(p, a)| ((*p).to_owned(), (*a).to_owned())).collect();
    if !definition.entities.is_empty() {
        all.push(("entities".into(), "http://www.opendatakit.org/xforms/entities".into()));
    }
    // `esri="http://esri.com/xforms" enk="http://enketo.org/xforms"`
    let mut rest = definition.setting("namespaces");
    while let Some((prefix, after)) = rest.split_once('=') {
        let quote = after.trim_start().chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some((address, behind)) = quote.and_then(|q| after.trim_start()[1..].split_once(q)) else { break };
        all.push((prefix.trim().to_owned(), address.to_owned()));
        rest = behind;
    }
    let mut size = 16;
    while all.len() * 4 > size * 3 {
        size *= 2;
    }
    let bucket = |key: &str| {
        let hash = key.encode_utf16().fold(0u32, |h, c| h.wrapping_mul(31).wrapping_add(u32::from(c)));
        ((hash ^ hash >> 16) as usize) & (size - 1)
    };
    all.sort_by_key(|(prefix, _)| bucket(prefix));
    all
}
