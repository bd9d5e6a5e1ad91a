//! The `itext` element: texts and media by language.

use std::collections::HashMap;

use super::Form;
use super::fields::{Cell, Fields};
use super::kinds::Class;
use super::names::has_reference;
use super::tree::{Node, NodeId};
use super::xml::Xml;

/// Values by key, in the order the keys came.
struct Ordered<V> {
    index: HashMap<String, usize>,
    items: Vec<(String, V)>,
}

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Ordered { index: HashMap::new(), items: Vec::new() }
    }
}

impl<V: Default> Ordered<V> {
    fn entry(&mut self, key: &str) -> &mut V {
        let at = match self.index.get(key) {
            Some(at) => *at,
            None => {
                self.index.insert(key.to_owned(), self.items.len());
                self.items.push((key.to_owned(), V::default()));
                self.items.len() - 1
            }
        };
        &mut self.items[at].1
    }
}

/// One form of a text (`long`, `guidance`, `image`…), and the node whose references it resolves.
#[derive(Clone, Debug, Default)]
struct Said {
    text: String,
    from: Option<NodeId>,
}

/// Language, then text, then form.
type Texts = Ordered<Ordered<Ordered<Said>>>;

/// What stands in for a missing translation.
const MISSING: &str = "-";

impl Form<'_> {
    /// The `itext` element; `None` when every text can stand where it is used.
    pub(super) fn itext(&self) -> Option<Xml> {
        let mut texts = Texts::default();
        self.choice_texts(&mut texts);
        for id in self.tree.ids() {
            let node = &self.tree.nodes[id];
            if node.class.is_question() || matches!(node.class, Class::Survey | Class::Group | Class::Repeat) {
                self.node_texts(id, &mut texts);
            }
        }
        for id in self.tree.ids() {
            self.media_texts(id, &mut texts);
        }
        if texts.items.is_empty() {
            return None;
        }
        fill_missing(&mut texts);
        let mut itext = Xml::new("itext");
        for (language, entries) in &texts.items {
            let mut translation = Xml::new("translation").with("lang", language.as_str());
            if *language == self.settings.default_language {
                translation.set("default", "true()");
            }
            for (id, forms) in &entries.items {
                let mut text = Xml::new("text").with("id", id.as_str());
                for (form, said) in &forms.items {
                    if let Some(value) = self.value(id, form, said) {
                        text.push(value);
                    }
                }
                translation.push(text);
            }
            itext.push(translation);
        }
        Some(itext)
    }

    fn value(&self, id: &str, form: &str, said: &Said) -> Option<Xml> {
        let hint = id.split_once(':').is_some_and(|(_, kind)| kind == "hint");
        if form == "long" || (hint && form != "guidance") {
            return Some(self.said("value", &said.text, said.from));
        }
        if hint {
            return Some(self.said("value", &said.text, said.from).with("form", form));
        }
        if said.text == MISSING {
            return None;
        }
        let folder = if form == "big-image" || form == "image" { "images" } else { form };
        Some(self.said("value", &format!("jr://{folder}/{}", said.text), said.from).with("form", form))
    }

    fn choice_texts(&self, texts: &mut Texts) {
        for list in self.lists.all.iter().filter(|list| list.itext) {
            for (index, choice) in list.choices.iter().enumerate() {
                let id = format!("{}-{index}", list.name);
                self.add(texts, choice.label.as_ref(), &id, "long", None);
                for (kind, cell) in choice.media.iter().flat_map(Fields::iter) {
                    self.add(texts, Some(cell), &id, kind, None);
                }
            }
        }
    }

    /// Adds a cell's text in every language it has; a bare text is in the default language.
    fn add(&self, texts: &mut Texts, cell: Option<&Cell>, id: &str, form: &str, from: Option<NodeId>) {
        let mut put = |language: &str, text: &str| {
            *texts.entry(language).entry(id).entry(form) = Said { text: text.to_owned(), from };
        };
        match cell {
            Some(Cell::Text(text)) => put(&self.settings.default_language, text),
            Some(Cell::Map(map)) => map.texts().for_each(|(language, text)| put(language, text)),
            None => {}
        }
    }

    fn node_texts(&self, id: NodeId, texts: &mut Texts) {
        let node = &self.tree.nodes[id];
        for key in ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"] {
            if let Some(cell) = node.item.bind.as_ref().and_then(|bind| bind.get(key))
                && is_looked_up(key, cell)
            {
                self.add(texts, Some(cell), &format!("{}:{key}", node.path), "long", Some(id));
            }
        }
        let map = |cell: &Option<Cell>| cell.as_ref().is_some_and(|cell| cell.map().is_some());
        if map(&node.item.label) || has_media(node) {
            self.add(texts, node.item.label.as_ref(), &format!("{}:label", node.path), "long", Some(id));
        }
        if node.class.is_question() {
            let hint = format!("{}:hint", node.path);
            if map(&node.item.hint) || node.item.guidance.is_some() {
                self.add(texts, node.item.hint.as_ref(), &hint, "long", Some(id));
            }
            self.add(texts, node.item.guidance.as_ref(), &hint, "guidance", Some(id));
        } else if map(&node.item.hint) {
            self.add(texts, node.item.hint.as_ref(), &format!("{}:hint", node.path), "long", Some(id));
        }
    }

    fn media_texts(&self, id: NodeId, texts: &mut Texts) {
        let node = &self.tree.nodes[id];
        let Some(mut media) = node.item.media.as_ref() else { return };
        if let Some(inner) = media.map("default") {
            media = inner;
        }
        for (kind, cell) in media.iter() {
            if !matches!(kind, "image" | "big-image" | "audio" | "video") {
                self.refuse(Some(id), "form/unknown-column", format!("`{kind}` is no kind of media"));
                continue;
            }
            self.add(texts, Some(cell), &format!("{}:label", node.path), kind, None);
        }
    }
}

/// Whether a message of a bind is looked up in `itext`.
pub(super) fn is_looked_up(key: &str, cell: &Cell) -> bool {
    match cell {
        Cell::Map(_) => true,
        Cell::Text(text) => key != "jr:noAppErrorString" && has_reference(text),
    }
}

/// Whether a node has pictures or sounds, which only `itext` can hold.
pub(super) fn has_media(node: &Node) -> bool {
    node.item.media.as_ref().is_some_and(|media| !media.is_empty())
}

/// Gives every text the same forms in all languages, so that no client falls back by rules of its own.
fn fill_missing(texts: &mut Texts) {
    let mut forms: Ordered<Ordered<()>> = Ordered::default();
    for (_, entries) in &texts.items {
        for (id, own) in &entries.items {
            let forms = forms.entry(id);
            for (form, _) in &own.items {
                forms.entry(form);
            }
        }
    }
    for (_, entries) in &mut texts.items {
        for (id, wanted) in &forms.items {
            let own = entries.entry(id);
            for (form, ()) in &wanted.items {
                if !own.index.contains_key(form) {
                    own.entry(form).text = MISSING.to_owned();
                }
            }
        }
    }
}
