//! The `h:body` element: controls in their groups.

use super::Form;
use super::fields::{Cell, Fields};
use super::itext::has_media;
use super::kinds::Class;
use super::lists::List;
use super::names::has_reference;
use super::selects;
use super::tree::{Node, NodeId};
use super::xml::Xml;

impl Form<'_> {
    pub(super) fn body(&self) -> Xml {
        let mut body = Xml::new("h:body");
        if let Some(style) = self.settings.text("style") {
            body.set("class", style);
        }
        self.controls_of(0, &mut body);
        body
    }

    fn controls_of(&self, id: NodeId, parent: &mut Xml) {
        for child in &self.tree.nodes[id].children {
            let node = &self.tree.nodes[*child];
            let control = match node.class {
                Class::Group if node.item.bodyless => None,
                Class::Group => Some(self.group(*child, node)),
                Class::Repeat => Some(self.repeat(*child, node)),
                class if class.is_question() => self.question(*child, node),
                _ => None,
            };
            if let Some(control) = control {
                parent.push(control);
            }
        }
    }

    fn group(&self, id: NodeId, node: &Node) -> Xml {
        let mut group = Xml::new("group");
        self.attributes(&mut group, id, node);
        // An appearance of a group keeps its references as they are.
        if let Some(appearance) = node.item.appearance() {
            group.set("appearance", appearance);
        }
        group.set("ref", node.path.as_str());
        if node.item.label.is_some() {
            group.push(self.label(id, node));
        }
        self.controls_of(id, &mut group);
        group
    }

    fn repeat(&self, id: NodeId, node: &Node) -> Xml {
        let mut repeat = Xml::new("repeat").with("nodeset", node.path.as_str());
        self.attributes(&mut repeat, id, node);
        self.controls_of(id, &mut repeat);
        for below in id + 1..self.tree.nodes.len() {
            let inner = &self.tree.nodes[below];
            if !inner.path.starts_with(&node.path) {
                break;
            }
            if (inner.class.is_question() || inner.class == Class::Attribute) && self.tree.repeat_of(below) == Some(id)
            {
                for action in self.actions(below, true) {
                    repeat.push(action);
                }
            }
        }
        let mut group = Xml::new("group").with("ref", node.path.as_str());
        group.push(self.label(id, node));
        group.push(repeat);
        group
    }

    fn attributes(&self, xml: &mut Xml, id: NodeId, node: &Node) {
        for (key, value) in node.item.control.iter().flat_map(Fields::texts) {
            xml.set(key.to_owned(), self.with_paths(value, Some(id)));
        }
    }

    fn label(&self, id: NodeId, node: &Node) -> Xml {
        match &node.item.label {
            Some(Cell::Map(_)) => self.looked_up("label", node),
            _ if has_media(node) => self.looked_up("label", node),
            Some(Cell::Text(text)) => self.said("label", text, Some(id)),
            None => Xml::new("label"),
        }
    }

    fn looked_up(&self, element: &'static str, node: &Node) -> Xml {
        Xml::new(element).with("ref", format!("jr:itext('{}:{element}')", node.path))
    }

    /// The control of a question; `None` when it is never on screen.
    fn question(&self, id: NodeId, node: &Node) -> Option<Xml> {
        let item = &node.item;
        let computed = item.calculation().is_some() || !item.trigger.is_empty();
        if item.kind == "calculate" || (computed && item.label.is_none() && item.hint.is_none()) {
            if !self.changed_with(id).is_empty() {
                let message = format!("`{}` is never on screen, so nothing can change with it", item.name);
                self.refuse(Some(id), "form/no-label", message);
            }
            return None;
        }
        if node.class == Class::Silent {
            return None;
        }
        let mut control = Xml::new(node.tag);
        let has_label = item.label.is_some() || item.media.is_some();
        let has_hint = item.hint.is_some() || item.guidance.is_some();
        if has_label || has_hint {
            control.push(self.label(id, node));
        }
        if !has_label && item.hint.is_none() {
            self.refuse(Some(id), "form/no-label", format!("`{}` has neither label nor hint", item.name));
        }
        if has_hint {
            control.push(match &item.hint {
                Some(Cell::Text(hint)) if item.guidance.is_none() => self.said("hint", hint, Some(id)),
                _ => self.looked_up("hint", node),
            });
        }
        control.set("ref", node.path.as_str());
        self.attributes(&mut control, id, node);
        match node.class {
            Class::Select => self.choices(&mut control, id, node),
            Class::Geo if !item.itemset.is_empty() => control.push(self.itemset(id, node)),
            Class::Range if !item.itemset.is_empty() => control.push(self.list_itemset(node).xml()),
            Class::Osm => {
                for (key, label) in &item.tags {
                    let mut tag = Xml::new("tag").with("key", key.as_str());
                    tag.push(match label {
                        Some(Cell::Text(label)) => self.said("label", label, None),
                        _ => Xml::new("label"),
                    });
                    control.push(tag);
                }
            }
            _ => {}
        }
        if let Some(list) = &item.query {
            let filter = item.choice_filter.as_deref().map(|filter| self.with_paths_as(filter, Some(id), true, false));
            let filter = filter.map_or(String::new(), |filter| format!("[{filter}]"));
            control.set("query", format!("instance('{list}')/root/item{filter}"));
        }
        for action in self.changed_with(id) {
            control.push(action);
        }
        Some(control)
    }

    fn choices(&self, control: &mut Xml, id: NodeId, node: &Node) {
        if !node.item.appearance().is_some_and(super::is_search) {
            control.push(self.itemset(id, node));
            return;
        }
        let Some(list) = self.lists.get(&node.item.itemset) else { return };
        for (index, choice) in list.choices.iter().enumerate() {
            let mut item = Xml::new("item");
            item.push(match &choice.label {
                _ if list.itext => Xml::new("label").with("ref", format!("jr:itext('{}-{index}')", list.name)),
                Some(Cell::Text(label)) if node.item.label.is_some() => self.said("label", label, None),
                _ => Xml::new("label"),
            });
            item.push(Xml::of("value", &choice.name));
            control.push(item);
        }
    }

    fn itemset(&self, id: NodeId, node: &Node) -> Xml {
        let item = &node.item;
        let from_answers = has_reference(&item.itemset);
        let mut set = if let Some((stem, extension)) = selects::file(&item.itemset) {
            let (value, label) = if extension == "geojson" { ("id", "title") } else { ("name", "label") };
            ItemSet {
                value: item.parameter("value").unwrap_or(value).to_owned(),
                label: item.parameter("label").unwrap_or(label).to_owned(),
                nodeset: format!("instance('{stem}')/root/item"),
                filter: None,
            }
        } else if from_answers {
            self.answers_itemset(id, node)
        } else {
            self.list_itemset(node)
        };
        if let Some(filter) = &item.choice_filter {
            let mut filter = self.with_paths_as(filter, Some(id), true, from_answers);
            if from_answers {
                filter = filter.replace(&format!("current()/{}", set.nodeset), ".").replace(&set.nodeset, ".");
            }
            set.filter = Some(filter);
        }
        if let Some(filter) = &set.filter {
            set.nodeset = format!("{}[{filter}]", set.nodeset);
        }
        if item.parameter("randomize") == Some("true") {
            let seed = item.parameter("seed").map(|seed| self.with_paths(seed, Some(id)));
            let seed = seed.map_or(String::new(), |seed| format!(", {}", seed.trim()));
            set.nodeset = format!("randomize({}{seed})", set.nodeset);
        }
        set.xml()
    }

    fn list_itemset(&self, node: &Node) -> ItemSet {
        let itext = self.lists.get(&node.item.itemset).is_some_and(|list: &List| list.itext);
        ItemSet {
            value: "name".into(),
            label: if itext { "jr:itext(itextId)" } else { "label" }.into(),
            nodeset: format!("instance('{}')/root/item", node.item.itemset),
            filter: None,
        }
    }

    /// Choices that are answers to a question of a repeat: those that are not empty.
    fn answers_itemset(&self, id: NodeId, node: &Node) -> ItemSet {
        let path = self.with_paths_as(&node.item.itemset, Some(id), false, true);
        let path = path.trim();
        if node.class == Class::Geo {
            let geometry = || "geometry".to_owned();
            let filter = Some("./geometry != ''".to_owned());
            return ItemSet { value: geometry(), label: geometry(), nodeset: path.to_owned(), filter };
        }
        let (nodeset, name) = path.rsplit_once('/').unwrap_or(("", path));
        ItemSet {
            value: name.to_owned(),
            label: name.to_owned(),
            nodeset: nodeset.to_owned(),
            filter: Some(format!("./{name} != ''")),
        }
    }
}

/// Where a control's choices come from.
struct ItemSet {
    value: String,
    label: String,
    nodeset: String,
    filter: Option<String>,
}

impl ItemSet {
    fn xml(&self) -> Xml {
        let mut set = Xml::new("itemset").with("nodeset", self.nodeset.as_str());
        set.push(Xml::new("value").with("ref", self.value.as_str()));
        set.push(Xml::new("label").with("ref", self.label.as_str()));
        set
    }
}
