//! From the nodes of the primary instance, with their binds and controls, to items.

use std::collections::HashMap;

use super::body::{Asked, Body, Control};
use super::itext::Itext;
use super::lists::Lists;
use super::{Source, words};
use crate::definition::{Item, Kind, Media, Words};
use crate::form::{DEPTH_MAX, ITEMS_MAX};

/// Where an item came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub node: usize,
    pub bind: Option<usize>,
    pub controls: Vec<usize>,
}

pub(super) struct Items<'a, 's> {
    pub source: &'s mut Source<'a>,
    pub binds: &'s HashMap<String, usize>,
    pub body: &'s Body,
    pub itext: &'s Itext,
    pub lists: Lists,
    pub items: Vec<Item>,
    pub origins: Vec<Origin>,
    /// Items by path.
    pub paths: HashMap<String, usize>,
    /// Elements `entity` with the group they belong to and their path.
    pub entities: Vec<(usize, Option<u32>, String)>,
}

impl Items<'_, '_> {
    /// Reads the nodes below one.
    pub fn read(&mut self, element: usize, parent: Option<u32>, path: &str, depth: usize) {
        for node in self.source.dom.children(element).collect::<Vec<_>>() {
            let name = self.source.dom.name(node).to_owned();
            let path = format!("{path}/{name}");
            if self.items.len() >= ITEMS_MAX || depth > DEPTH_MAX {
                let message = "the form has too many nodes, or they are nested too deep".to_owned();
                return self.source.error("form/too-large", node, message);
            }
            if let Some(known) = self.paths.get(&path).copied() {
                // The template of a repeat and its first instances are one.
                if self.items[known].kind != Kind::Repeat {
                    let message = format!("there are two nodes `{path}`");
                    self.source.error("form/duplicate-name", node, message);
                }
                self.node_attributes(known, node);
                continue;
            }
            self.node(node, &name, parent, &path, depth);
        }
    }

    fn node(&mut self, node: usize, name: &str, parent: Option<u32>, path: &str, depth: usize) {
        let asked = self.body.asked.get(path).cloned();
        let bind = self.binds.get(path).copied();
        let mut item = Item { name: name.to_owned(), parent, ..Item::default() };
        let control = asked.as_ref().map(|a| a.control);
        let inner = self.source.dom.children(node).next().is_some();
        if let Some(bind) = bind {
            self.bind(&mut item, bind);
        }
        let elements = asked.as_ref().map(|a| a.elements.clone()).unwrap_or_default();
        for element in &elements {
            self.texts(&mut item, *element, path);
        }
        item.kind = match control {
            Some(Control::Repeat) => Kind::Repeat,
            Some(Control::Group) => Kind::Group,
            _ if inner || path.ends_with("/meta/entity") => Kind::Group,
            _ => self.kind(&mut item, asked.as_ref(), bind, path),
        };
        if item.kind.is_group() {
            item.calculation.clear();
        } else {
            let text = self.source.dom.text(node);
            item.default = literal(text.trim());
        }
        if item.kind == Kind::Note && !item.default.is_empty() {
            item.kind = Kind::Text;
        }
        let kind = item.kind;
        let at = self.items.len();
        self.paths.insert(path.to_owned(), at);
        self.items.push(item);
        self.origins.push(Origin { node, bind, controls: elements });
        self.node_attributes(at, node);
        if kind.is_group() {
            self.computed_attributes(at, path);
            self.read(node, Some(at as u32), path, depth + 1);
            if let Some(meta) = parent.filter(|_| name == "entity" && path.ends_with("/meta/entity")) {
                self.entity(at, meta as usize, path);
            }
        }
    }

    /// What a node carries beside its text.
    fn node_attributes(&mut self, at: usize, node: usize) {
        for (key, value) in self.source.dom.elements[node].attributes.clone() {
            let name = format!("instance::{key}");
            let taken = self.items[at].attributes.iter().any(|(n, _)| *n == name);
            let own = crate::xform::xml::local(key) == "template" || key == "xmlns" || key.starts_with("xmlns:");
            if !taken && !own {
                self.items[at].attributes.push((name, value.into_owned()));
            }
        }
    }

    /// Attributes with a bind are worked out: an item each, in the order they stand.
    fn computed_attributes(&mut self, at: usize, path: &str) {
        let names: Vec<String> = self.items[at].attributes.iter().map(|(name, _)| name.clone()).collect();
        for name in names.iter().filter_map(|name| name.strip_prefix("instance::")) {
            let path = format!("{path}/@{}", crate::xform::xml::local(name));
            let Some(bind) = self.binds.get(&path).copied() else { continue };
            let mut item = Item { name: format!("@{name}"), parent: Some(at as u32), ..Item::default() };
            self.bind(&mut item, bind);
            item.kind = if item.calculation.is_empty() { Kind::Hidden } else { Kind::Calculate };
            self.paths.insert(path, self.items.len());
            self.items.push(item);
            self.origins.push(Origin { node: self.origins[at].node, bind: Some(bind), controls: Vec::new() });
        }
    }

    fn bind(&mut self, item: &mut Item, bind: usize) {
        for (key, value) in self.source.dom.elements[bind].attributes.clone() {
            let text = value.trim();
            match crate::xform::xml::local(key) {
                "nodeset" | "id" | "type" => {}
                "relevant" => item.relevant = words::rewrite(text),
                "constraint" => item.constraint = words::rewrite(text),
                "calculate" => item.calculation = words::rewrite(text),
                "required" => {
                    item.required = match text {
                        "false()" => String::new(),
                        other => words::rewrite(other),
                    }
                }
                "readonly" => match text {
                    "true()" | "true" => item.read_only = true,
                    "false()" | "false" | "" => {}
                    other => {
                        let message = format!("`{other}` decides whether it can be edited; here it always can");
                        self.source.warning("xform/readonly-expression", bind, message);
                    }
                },
                "constraintMsg" => item.constraint_message = self.message(text),
                "requiredMsg" => item.required_message = self.message(text),
                "saveto" => item.save_to = text.to_owned(),
                "max-pixels" | "quality" | "allow-mock-accuracy" => {
                    item.parameters.push((crate::xform::xml::local(key).to_owned(), text.to_owned()));
                }
                _ => item.attributes.push((format!("bind::{key}"), text.to_owned())),
            }
        }
    }

    fn message(&mut self, text: &str) -> Words {
        self.itext.message(text)
    }

    fn texts(&mut self, item: &mut Item, element: usize, path: &str) {
        if let Some(label) = self.source.dom.child(element, "label") {
            let texts = self.itext.label(self.source, label, path);
            if item.label.is_empty() {
                item.label = texts.plain;
            }
            if texts.media != Media::default() && item.media.is_none() {
                item.media = Some(Box::new(texts.media));
            }
        }
        if let Some(hint) = self.source.dom.child(element, "hint") {
            let texts = self.itext.label(self.source, hint, path);
            (item.hint, item.guidance) = (texts.plain, texts.guidance);
        }
        for (key, value) in self.source.dom.elements[element].attributes.clone() {
            match (crate::xform::xml::local(key), key) {
                (_, "ref" | "nodeset" | "bind" | "mediatype" | "query" | "start" | "end" | "step") => {}
                (_, "appearance") if item.appearance.is_empty() => item.appearance = value.trim().to_owned(),
                (_, "appearance") => {}
                ("count", _) => item.repeat_count = words::rewrite(&value),
                ("tick-interval", _) => item.parameters.push(("tick_interval".into(), value.into_owned())),
                ("placeholder", _) => item.parameters.push(("placeholder".into(), value.into_owned())),
                ("accuracyThreshold", _) => item.parameters.push(("capture-accuracy".into(), value.into_owned())),
                ("unacceptableAccuracyThreshold", _) => {
                    item.parameters.push(("warning-accuracy".into(), value.into_owned()));
                }
                _ => item.attributes.push((format!("body::{key}"), value.into_owned())),
            }
        }
    }

    fn kind(&mut self, item: &mut Item, asked: Option<&Asked>, bind: Option<usize>, path: &str) -> Kind {
        let ty = bind.map_or("", |b| crate::xform::xml::local(self.source.dom.attribute(b, "type"))).to_owned();
        let Some(asked) = asked else { return self.unasked(item, &ty) };
        let element = asked.elements[0];
        match asked.control {
            Control::SelectOne | Control::SelectMultiple | Control::Rank => {
                let list = self.lists.of_select(self.source, self.itext, element, path, item);
                match (list, asked.control) {
                    (Some(list), Control::SelectOne) => Kind::SelectOne(list),
                    (Some(list), Control::SelectMultiple) => Kind::SelectMultiple(list),
                    (Some(list), _) => Kind::Rank(list),
                    (None, _) => Kind::Text,
                }
            }
            Control::Range => self.range(item, element, &ty),
            Control::Trigger => Kind::Acknowledge,
            Control::Upload => {
                let media = self.source.dom.attribute(element, "mediatype");
                match media.split('/').next() {
                    Some("image") => Kind::Image,
                    Some("audio") => Kind::Audio,
                    Some("video") => Kind::Video,
                    Some("osm") => {
                        item.type_name = "osm".into();
                        Kind::File
                    }
                    _ => Kind::File,
                }
            }
            _ => {
                if !self.source.dom.attribute(element, "query").is_empty()
                    && let Some(list) = self.lists.of_query(self.source, element, item)
                {
                    item.type_name = "select_one_external".into();
                    return Kind::SelectOne(list);
                }
                let note = matches!(ty.as_str(), "" | "string") && item.read_only && item.calculation.is_empty();
                if note { Kind::Note } else { self.plain(item, &ty, bind) }
            }
        }
    }

    fn plain(&mut self, item: &mut Item, ty: &str, bind: Option<usize>) -> Kind {
        match ty {
            "" | "string" => Kind::Text,
            "int" | "integer" | "long" | "short" => Kind::Integer,
            "decimal" | "double" | "float" => Kind::Decimal,
            "date" if item.appearance.split_whitespace().any(|a| a == "month-year") => Kind::YearMonth,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "dateTime" => Kind::DateTime,
            "geopoint" => Kind::Geopoint,
            "geotrace" => Kind::Geotrace,
            "geoshape" => Kind::Geoshape,
            "barcode" => {
                item.type_name = "barcode".into();
                Kind::Text
            }
            other => {
                if let Some(bind) = bind {
                    let message = format!("answers of the type `{other}` are kept as text");
                    self.source.warning("xform/unsupported-type", bind, message);
                }
                Kind::Text
            }
        }
    }

    /// A node nobody is asked: computed, or filled from outside.
    fn unasked(&mut self, item: &mut Item, ty: &str) -> Kind {
        let preload = item.attributes.iter().find(|(n, _)| n.ends_with(":preload")).map(|(_, v)| v.clone());
        let parameter = item.attributes.iter().find(|(n, _)| n.ends_with(":preloadParams")).map(|(_, v)| v.clone());
        item.type_name = match (preload.as_deref(), parameter.as_deref()) {
            (Some("timestamp"), Some(which @ ("start" | "end"))) => which.to_owned(),
            (Some("date"), Some("today")) => "today".to_owned(),
            (Some("property"), Some(which)) => which.trim_start_matches("uri:").to_owned(),
            _ => String::new(),
        };
        if item.calculation.is_empty() {
            return Kind::Hidden;
        }
        if !matches!(ty, "" | "string") {
            item.attributes.push(("bind::type".into(), ty.to_owned()));
        }
        Kind::Calculate
    }

    fn range(&mut self, item: &mut Item, element: usize, ty: &str) -> Kind {
        item.type_name = "range".into();
        let dom = &self.source.dom;
        let mut number = |key: &str, usual: f64| {
            let text = dom.attribute(element, key);
            if !text.is_empty() {
                item.parameters.push((key.to_owned(), text.to_owned()));
            }
            text.parse::<f64>().ok().filter(|n| n.is_finite()).unwrap_or(usual)
        };
        let (start, end, step) = (number("start", 1.0), number("end", 10.0), number("step", 1.0));
        if let Some(itemset) = dom.child(element, "itemset")
            && let Some(found) = super::nodeset::nodeset(dom.attribute(itemset, "nodeset"))
        {
            item.parameters.push(("tick_labelset".into(), found.instance.unwrap_or_default()));
        }
        let kind = if ty == "decimal" { Kind::Decimal } else { Kind::Integer };
        if step > 0.0 {
            let (low, high) = (start.min(end), start.max(end));
            let bounds = format!(". >= {low} and . <= {high}");
            let steps = format!("(. - {low}) div {step}");
            let rule = match kind == Kind::Integer && step == 1.0 {
                true => bounds,
                false => format!("{bounds} and abs({steps} - round({steps})) < 0.000001"),
            };
            item.constraint = match item.constraint.is_empty() {
                true => rule,
                false => format!("({}) and {rule}", item.constraint),
            };
        }
        kind
    }
}

/// A text that is not to be taken for an expression.
pub(super) fn literal(text: &str) -> String {
    let like_an_expression = text.contains("${") || (text.contains('(') && text.ends_with(')'));
    if !like_an_expression {
        return text.to_owned();
    }
    if !text.contains('\'') {
        return format!("string('{text}')");
    }
    // XPath 1.0 has no way to write a quote in its own quotes.
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}
