//! From any ODK XForm to a form: its XML to a [`Definition`], that to the compiled form.
//!
//! Start at [`read`]. `itext.rs` reads the texts, `lists.rs` the secondary instances and choices, `body.rs` the controls,
//! `items.rs` puts nodes, binds and controls together; `actions.rs` and `entities.rs` add what the model says beside.

mod actions;
mod body;
mod entities;
mod items;
mod itext;
mod lists;
mod nodeset;
mod words;

use std::collections::HashMap;

use super::dom::Dom;
use super::fault::Bad;
use crate::compile::link;
use crate::definition::{Definition, FORMAT, Item, Kind, Words};
use crate::diagnostic::{Diagnostic, Place};
use crate::form::Form;

use body::Body;
use items::{Items, Origin};
use itext::Itext;
use lists::Lists;

/// A form longer than this is refused.
pub const BYTES_MAX: usize = 64 << 20;
/// Diagnostics beyond this many are not listed.
const DIAGNOSTICS_MAX: usize = 500;
const XFORMS: &[&str] = &["html", "head", "title", "body", "model"];

/// The text being read and what was found wrong with it.
pub(super) struct Source<'a> {
    dom: Dom<'a>,
    /// Bytes at which lines start.
    lines: Vec<usize>,
    text: &'a str,
    /// How many nodes of the primary instance have a name.
    names: HashMap<String, usize>,
    diagnostics: Vec<Diagnostic>,
}

impl Source<'_> {
    fn place(&self, element: usize) -> Place {
        let at = self.dom.elements.get(element).map_or(0, |e| e.at);
        place(self.text, &self.lines, at)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    fn error(&mut self, code: &str, element: usize, message: String) {
        let place = self.place(element);
        self.push(Diagnostic::error(code, place, message));
    }

    fn warning(&mut self, code: &str, element: usize, message: String) {
        let place = self.place(element);
        self.push(Diagnostic::warning(code, place, message));
    }
}

fn place(text: &str, lines: &[usize], at: usize) -> Place {
    let line = lines.partition_point(|start| *start <= at).max(1);
    let start = lines.get(line - 1).copied().unwrap_or(0);
    let column = text.get(start..at).map_or(0, |before| before.chars().count());
    Place { sheet: Place::XML.into(), row: line as u32, column: column as u32 }
}

/// Reads an XForm. Everything that is wrong or not supported comes back at once, with line and column as its place; the
/// form holds all that could be read, and is `None` only when there is not a single node.
///
/// ```
/// let xml = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
///   <h:head><h:title>Ages</h:title><model>
///     <instance><data id="ages" version="1"><age/></data></instance>
///     <bind nodeset="/data/age" type="int" constraint=". &lt; 150"/>
///   </model></h:head>
///   <h:body><input ref="/data/age"><label>Age?</label></input></h:body></h:html>"#;
/// let (form, mistakes) = forms::xform::read(xml.as_bytes());
/// assert!(mistakes.is_empty());
/// let mut instance = forms::Instance::new(std::sync::Arc::new(form.unwrap()), &forms::Inputs::default());
/// instance.set("age", &200.into()).unwrap();
/// assert_eq!(instance.findings().len(), 1);
/// ```
pub fn read(bytes: &[u8]) -> (Option<Form>, Vec<Diagnostic>) {
    let refuse = |bad: Bad, text: &str| {
        let place = place(text, &lines(text), bad.at);
        (None, vec![Diagnostic::error(bad.code, place, bad.message)])
    };
    if bytes.len() > BYTES_MAX {
        return refuse(Bad::new("form/too-large", 0, format!("the form is longer than {BYTES_MAX} bytes")), "");
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.valid_up_to();
            let before = std::str::from_utf8(&bytes[..valid]).unwrap_or("");
            return refuse(Bad::new("xml/not-utf8", valid, "the bytes are not UTF-8"), before);
        }
    };
    let dom = match Dom::parse(text) {
        Ok(dom) => dom,
        Err(bad) => return refuse(bad, text),
    };
    let mut source = Source { dom, lines: lines(text), text, names: HashMap::new(), diagnostics: Vec::new() };
    let Some((definition, origins)) = definition(&mut source) else { return (None, source.diagnostics) };
    let (compiled, more) = link(&definition, &|item, column| source.place(origin(&origins, item, column)));
    more.into_iter().for_each(|d| source.push(d));
    let mut diagnostics = source.diagnostics;
    diagnostics.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
    let form = (!definition.items.is_empty()).then(|| Form::new(definition, compiled));
    (form, diagnostics)
}

fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)).collect()
}

/// The element a column of an item came from.
fn origin(origins: &[Origin], item: usize, column: &str) -> usize {
    let Some(origin) = origins.get(item) else { return 0 };
    let control = origin.controls.last().copied();
    let found = match column {
        "choice_filter" | "repeat_count" => control,
        "default" => Some(origin.node),
        _ => origin.bind,
    };
    found.or(origin.bind).or(control).unwrap_or(origin.node)
}

fn definition(source: &mut Source<'_>) -> Option<(Definition, Vec<Origin>)> {
    let dom = &source.dom;
    let head = dom.child(0, "head");
    let model = head.and_then(|h| dom.child(h, "model")).or_else(|| dom.child(0, "model"));
    let Some(model) = model.filter(|_| XFORMS.contains(&dom.name(0))) else {
        let message = "this is not an XForm: an `h:html` with a `model` in its `h:head` is expected";
        source.error("xform/no-model", 0, message.to_owned());
        return None;
    };
    let instances: Vec<usize> = dom.children(model).filter(|c| dom.name(*c) == "instance").collect();
    let root = instances.first().and_then(|i| dom.children(*i).next());
    let Some(root) = root else {
        source.error("xform/no-instance", model, "the model has no instance with the form's nodes".to_owned());
        return None;
    };
    let mut definition = Definition { format: FORMAT.into(), table: "data".into(), ..Definition::default() };
    let body = dom.child(0, "body");
    let title = head.and_then(|h| dom.child(h, "title")).map(|t| dom.text(t).trim().to_owned()).unwrap_or_default();
    settings(source, model, root, body, &mut definition);
    definition.title = Words(vec![if title.is_empty() { definition.id.clone() } else { title }]);

    let mut below = vec![root];
    while let Some(element) = below.pop() {
        *source.names.entry(source.dom.name(element).to_owned()).or_default() += 1;
        below.extend(source.dom.children(element));
    }
    let itext = Itext::read(source, model);
    definition.languages = itext.languages.clone();
    let lists = Lists::new(source, &instances[1..]);
    let root_path = format!("/{}", source.dom.name(root));
    let (binds, ids, model_actions) = binds(source, model, &root_path);
    let mut read = match body {
        Some(body) => Body::read(source, body, &root_path, &ids),
        None => {
            source.warning("xform/no-body", 0, "the form has no body, so nothing is asked".to_owned());
            Body::default()
        }
    };
    for element in model_actions {
        read.action(source, element, &root_path, None);
    }
    let mut items = Items {
        source,
        binds: &binds,
        body: &read,
        itext: &itext,
        lists,
        items: Vec::new(),
        origins: Vec::new(),
        paths: HashMap::new(),
        entities: Vec::new(),
    };
    items.read(root, None, &root_path, 0);
    items.actions(&read.actions);
    definition.entities = items.entities();
    items.lists.rest(items.source, &itext);
    let Items { source, lists, items, mut origins, paths, .. } = items;
    (definition.items, definition.lists) = (items, lists.lists);
    for (path, element) in binds.iter().map(|(p, e)| (p, *e)) {
        if !paths.contains_key(path) && !path.contains("/entity/") && *path != root_path {
            source.warning("xform/unknown-node", element, format!("there is no node `{path}`"));
        }
    }
    for (path, asked) in &read.asked {
        if !paths.contains_key(path) {
            source.error("xform/unknown-node", asked.elements[0], format!("there is no node `{path}`"));
        }
    }
    metadata(&mut definition, &mut origins);
    last_saved(&mut definition, &mut origins);
    Some((definition, origins))
}

/// Binds by path, paths of binds by id, and actions of the model.
fn binds(
    source: &mut Source<'_>,
    model: usize,
    root: &str,
) -> (HashMap<String, usize>, HashMap<String, String>, Vec<usize>) {
    let (mut binds, mut ids, mut actions) = (HashMap::new(), HashMap::new(), Vec::new());
    for child in source.dom.children(model).collect::<Vec<_>>() {
        match source.dom.name(child) {
            "bind" => {
                let written = match source.dom.attribute(child, "nodeset") {
                    "" => source.dom.attribute(child, "ref"),
                    nodeset => nodeset,
                };
                let Some(path) = nodeset::absolute(written, root) else {
                    let message = format!("`{written}` is not the path of a node");
                    source.error("xform/bad-reference", child, message);
                    continue;
                };
                let id = source.dom.attribute(child, "id");
                if !id.is_empty() {
                    ids.insert(id.to_owned(), path.clone());
                }
                if binds.insert(path.clone(), child).is_some() {
                    source.warning(
                        "xform/second-bind",
                        child,
                        format!("a second bind for `{path}` replaces the first"),
                    );
                }
            }
            "setvalue" | "setgeopoint" | "recordaudio" => actions.push(child),
            "instance" | "itext" | "submission" => {}
            other => {
                let message = format!("`{other}` in the model is left out");
                source.warning("xform/unsupported-element", child, message);
            }
        }
    }
    (binds, ids, actions)
}

/// What an XLSForm keeps in its settings.
fn settings(source: &mut Source<'_>, model: usize, root: usize, body: Option<usize>, definition: &mut Definition) {
    let dom = &source.dom;
    let name = dom.name(root);
    definition.id = dom.attribute(root, "id").to_owned();
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            definition.settings.push((name.to_owned(), value.to_owned()));
        }
    };
    if name != "data" {
        set("name", name);
    }
    if let Some(body) = body {
        set("style", dom.attribute(body, "class"));
    }
    if let Some(submission) = dom.child(model, "submission") {
        set("submission_url", dom.attribute(submission, "action"));
        set("public_key", dom.attribute(submission, "base64RsaPublicKey"));
        set("auto_send", dom.attribute(submission, "auto-send"));
        set("auto_delete", dom.attribute(submission, "auto-delete"));
    }
    let mut version = String::new();
    for (key, value) in &dom.elements[root].attributes {
        match *key {
            "id" => {}
            "version" => version = value.clone().into_owned(),
            "odk:prefix" => set("prefix", value),
            "odk:delimiter" => set("delimiter", value),
            key if key == "xmlns" || key.starts_with("xmlns:") => {}
            key => set(&format!("attribute::{key}"), value),
        }
    }
    let usual = ["ev", "orx", "odk", "h", "xsd", "jr", "entities", "xforms"];
    let declared = dom.elements[0].attributes.iter().filter_map(|(key, value)| {
        let prefix = key.strip_prefix("xmlns:").filter(|p| !usual.contains(p))?;
        Some(format!("{prefix}=\"{value}\""))
    });
    set("namespaces", &declared.collect::<Vec<_>>().join(" "));
    definition.version = version;
    if definition.id.is_empty() {
        let name = name.to_owned();
        source.warning("xform/no-id", root, format!("the form has no id; `{name}` is taken"));
        definition.id = name;
    }
}

/// Drops the identity from `meta` unless something reads it, as in a form from a workbook: it is no answer. A `meta`
/// that is then empty goes too.
fn metadata(definition: &mut Definition, origins: &mut Vec<Origin>) {
    let Some(meta) = definition.items.iter().position(|i| i.parent.is_none() && i.name == "meta") else { return };
    let inside = |item: &Item| item.parent == Some(meta as u32);
    if let Some(name) = definition.items.iter().find(|i| inside(i) && i.name == "instanceName") {
        let calculation = name.calculation.clone();
        if !calculation.is_empty() {
            definition.settings.push(("instance_name".into(), calculation));
        }
    }
    let is_read = definition.items.iter().any(|i| i.expressions().iter().any(|(_, e)| e.contains("instanceID")))
        || definition.entities.iter().any(|e| [&e.id, &e.label].iter().any(|t| t.contains("instanceID")));
    let identity = |item: &Item| inside(item) && matches!(item.name.as_str(), "instanceID" | "deprecatedID");
    let mut gone: Vec<bool> = definition.items.iter().map(|i| !is_read && identity(i)).collect();
    gone[meta] = definition.items.iter().zip(&gone).all(|(i, gone)| !inside(i) || *gone);
    if definition.items.iter().zip(&gone).any(|(i, _)| i.parent.is_some_and(|p| gone[p as usize] && !identity(i))) {
        return;
    }
    let mut place = Vec::with_capacity(gone.len());
    let mut kept = 0u32;
    for gone in &gone {
        place.push(kept);
        kept += u32::from(!gone);
    }
    let mut at = 0;
    definition.items.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
    at = 0;
    origins.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
    definition.items.iter_mut().for_each(|i| i.parent = i.parent.map(|p| place[p as usize]));
    definition.entities.iter_mut().for_each(|e| e.parent = e.parent.map(|p| place[p as usize]));
}

/// Answers of the form that was finished last come in from outside, like any hidden value.
fn last_saved(definition: &mut Definition, origins: &mut Vec<Origin>) {
    let mut names: Vec<String> = Vec::new();
    for (_, text) in definition.items.iter().flat_map(Item::expressions) {
        for name in words::names(text) {
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
    }
    for name in names {
        let item = Item {
            name: format!("last-saved#{name}"),
            kind: Kind::Hidden,
            type_name: "last-saved".into(),
            ..Item::default()
        };
        definition.items.push(item);
        origins.push(Origin::default());
    }
}
