//! The primary instance, and the secondary ones: choice lists and files.

use super::Form;
use super::fields::Cell;
use super::kinds::Class;
use super::lexer::is_dynamic;
use super::lists::List;
use super::names::references;
use super::selects;
use super::tree::{Node, NodeId};
use super::xml::Xml;

/// The binds, and the file of the form, in which `pulldata()` and answers saved last are looked for.
const RULES: [&str; 5] = ["calculate", "constraint", "readonly", "required", "relevant"];

impl Form<'_> {
    /// The `instance` element with the form's own data.
    pub(super) fn primary_instance(&self) -> Xml {
        let mut root = self.data(0, false);
        for (key, value) in self.settings.map("attribute").iter().flat_map(|map| map.texts()) {
            root.set(key.to_owned(), value);
        }
        root.set("id", self.settings.id.as_str());
        for (attribute, setting) in [
            ("xmlns", "instance_xmlns"),
            ("version", "version"),
            ("odk:prefix", "prefix"),
            ("odk:delimiter", "delimiter"),
        ] {
            if let Some(value) = self.settings.text(setting) {
                root.set(attribute, value);
            }
        }
        let mut instance = Xml::new("instance");
        instance.push(root);
        instance
    }

    /// The element of a node. A repeat has a template beside it, unless it is inside another's first instance.
    fn data(&self, id: NodeId, in_repeat: bool) -> Xml {
        let node = &self.tree.nodes[id];
        let mut xml = Xml::new(node.item.name.clone());
        for (key, value) in node.item.instance.iter().flat_map(|map| map.texts()) {
            xml.set(key.to_owned(), self.with_paths(value, Some(id)));
        }
        if let Some(default) = &node.item.default
            && node.class.is_question()
            && !is_dynamic(default, &node.item.kind)
        {
            xml.text(default);
        }
        for child in &node.children {
            let class = self.tree.nodes[*child].class;
            match class {
                Class::External => continue,
                Class::Attribute => {
                    let attribute = &self.tree.nodes[*child].item;
                    xml.set(attribute.name.clone(), attribute.value.as_str());
                    continue;
                }
                Class::Repeat if !in_repeat => {
                    xml.push(self.template(*child));
                    xml.push(self.data(*child, true));
                }
                _ => xml.push(self.data(*child, in_repeat)),
            }
        }
        xml
    }

    fn template(&self, id: NodeId) -> Xml {
        let node = &self.tree.nodes[id];
        let mut xml = Xml::new(node.item.name.clone()).with("jr:template", "");
        for child in &node.children {
            match self.tree.nodes[*child].class {
                Class::External => {}
                Class::Repeat => xml.push(self.template(*child)),
                _ => xml.push(self.data(*child, false)),
            }
        }
        xml
    }

    /// The `instance` elements of files, of the answers saved last, and of choice lists, each id once.
    pub(super) fn secondary_instances(&self) -> Vec<Xml> {
        let mut files: Vec<(String, String)> = Vec::new();
        let mut saved = false;
        for id in self.tree.ids() {
            let node = &self.tree.nodes[id];
            for name in pulled(node) {
                let source = format!("jr://file-csv/{name}.csv");
                self.file(&mut files, id, name, source);
            }
            match node.class {
                Class::Select if !node.item.appearance().is_some_and(super::is_search) => {
                    if let Some((name, extension)) = selects::file(&node.item.itemset) {
                        let folder = if extension == "csv" { "file-csv" } else { "file" };
                        self.file(&mut files, id, name.to_owned(), format!("jr://{folder}/{}", node.item.itemset));
                    }
                }
                Class::External => {
                    let (extension, folder) =
                        if node.item.kind == "csv-external" { ("csv", "file-csv") } else { ("xml", "file") };
                    let name = node.item.name.clone();
                    let source = format!("jr://{folder}/{name}.{extension}");
                    self.file(&mut files, id, name, source);
                }
                _ => {}
            }
            saved |= node.class.is_question() && rules(node).any(|rule| references(rule).any(|r| r.last_saved));
        }
        if saved {
            files.push(("__last-saved".into(), "jr://instance/last-saved".into()));
        }
        let mut instances = Vec::new();
        for (name, source) in &files {
            instances.push(Xml::new("instance").with("id", name.as_str()).with("src", source.as_str()));
        }
        for list in self.lists.all.iter().filter(|list| !list.searched) {
            if files.iter().any(|(name, _)| *name == list.name) {
                self.refuse(None, "form/duplicate-file", format!("`{}` is a choice list and a file", list.name));
            } else {
                instances.push(choices(list));
            }
        }
        instances
    }

    fn file(&self, files: &mut Vec<(String, String)>, id: NodeId, name: String, source: String) {
        match files.iter().find(|(other, _)| *other == name) {
            Some((_, other)) if *other != source => {
                self.refuse(Some(id), "form/duplicate-file", format!("`{name}` is `{other}` and `{source}`"));
            }
            Some(_) => {}
            None => files.push((name, source)),
        }
    }
}

/// The texts of a node in which a rule may be.
fn rules(node: &Node) -> impl Iterator<Item = &str> {
    let bind = node.item.bind.as_ref();
    let rules = RULES.iter().filter_map(move |rule| bind.and_then(|bind| bind.get(rule)).and_then(Cell::text));
    rules.chain(node.item.choice_filter.as_deref()).chain(node.item.default.as_deref())
}

/// The files `pulldata()` reads in a node's rules.
fn pulled(node: &Node) -> Vec<String> {
    let mut names = Vec::new();
    for rule in rules(node).filter(|rule| rule.contains("pulldata(")) {
        for (at, call) in rule.match_indices("pulldata") {
            let rest = rule[at + call.len()..].trim_start();
            if let Some((name, _)) = rest.strip_prefix('(').and_then(|arguments| arguments.split_once(',')) {
                names.push(name.replace(['\'', '"'], "").trim().to_owned());
            }
        }
    }
    names
}

/// A choice list as an instance: `root/item` with `name`, `label` or `itextId`, and the columns for filters.
fn choices(list: &List) -> Xml {
    let mut root = Xml::new("root");
    for (index, choice) in list.choices.iter().enumerate() {
        let mut item = Xml::new("item");
        if list.itext {
            item.push(Xml::of("itextId", &format!("{}-{index}", list.name)));
        }
        item.push(Xml::of("name", &choice.name));
        if let Some(Cell::Text(label)) = &choice.label
            && !list.itext
        {
            item.push(Xml::of("label", label));
        }
        for (key, value) in &choice.extra {
            item.push(Xml::of(key.clone(), value));
        }
        if let Some(option) = &choice.sms_option {
            item.push(Xml::of("sms_option", option));
        }
        root.push(item);
    }
    let mut instance = Xml::new("instance").with("id", list.name.as_str());
    instance.push(root);
    instance
}
