//! `${name}` in labels, hints, messages and settings, and `${last-saved#name}` anywhere.

use std::collections::{HashMap, HashSet};

use super::is_name;
use super::question::texts;
use super::table::Tables;
use crate::definition::{COUNT, Definition, ENTITY, Item, Kind, Words};
use crate::diagnostic::{Diagnostic, Place};

/// What stands before the name of an answer in the form this device finished last.
pub(super) const LAST_SAVED: &str = "last-saved#";

/// The inner texts of `${…}`; `Err` holds what is not closed.
pub(super) fn references(text: &str) -> impl Iterator<Item = Result<&str, &str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once("${")?;
        match from.split_once('}') {
            Some((inner, after)) => {
                rest = after;
                Some(Ok(inner))
            }
            None => {
                rest = "";
                Some(Err(from))
            }
        }
    })
}

/// Checks every reference outside expressions; those in expressions are the compiler's.
pub(super) struct References<'a> {
    counts: HashMap<&'a str, usize>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> References<'a> {
    pub fn new(items: &'a [Item], diagnostics: &'a mut Vec<Diagnostic>) -> References<'a> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for item in items.iter().filter(|i| !i.is_added()) {
            *counts.entry(item.name.as_str()).or_default() += 1;
        }
        counts.entry("instanceID").or_insert(1);
        References { counts, diagnostics }
    }

    /// Checks a text; `place` is its cell.
    pub fn text(&mut self, text: &str, place: impl Fn() -> Place) {
        for reference in references(text) {
            let name = match reference {
                Ok(inner) => inner.trim().strip_prefix(LAST_SAVED).unwrap_or(inner.trim()),
                Err(_) => "",
            };
            if !is_name(name) {
                let shown = reference.map_or_else(|open| format!("${{{open}"), |inner| format!("${{{inner}}}"));
                let error = Diagnostic::error("form/bad-reference", place(), format!("`{shown}` refers to nothing"));
                self.diagnostics.push(error.help("a reference is the name of a question in `${` and `}`"));
                continue;
            }
            match self.counts.get(name) {
                None => {
                    let message = format!("`${{{name}}}` is not a question of this form");
                    let error = Diagnostic::error("form/unknown-reference", place(), message);
                    self.diagnostics.push(error.did_you_mean(name, self.counts.keys().copied()));
                }
                Some(1) => {}
                Some(_) => self.ambiguous(name, place()),
            }
        }
    }

    /// A name two questions have is taken to be the nearest; ODK's converter refuses it.
    pub fn ambiguous(&mut self, name: &str, place: Place) {
        let message = format!("`${{{name}}}` is the name of several questions; the nearest is taken");
        let warning = Diagnostic::warning("form/ambiguous-reference", place, message);
        self.diagnostics.push(warning.help("give each question a name of its own"));
    }

    fn words(&mut self, words: &Words, place: impl Fn() -> Place) {
        words.0.iter().for_each(|text| self.text(text, &place));
    }

    /// Checks the texts of the form's items, lists and settings.
    pub fn definition(&mut self, definition: &Definition, rows: &[u32], lists: &[Vec<u32>], tables: &Tables<'_>) {
        for (item, row) in definition.items.iter().zip(rows) {
            let place = |key| tables.survey.place(*row, key);
            for (key, words) in texts(item) {
                self.words(words, || place(key));
            }
            for media in item.media.iter() {
                for (key, words) in [
                    ("image", &media.image),
                    ("big-image", &media.big_image),
                    ("audio", &media.audio),
                    ("video", &media.video),
                ] {
                    self.words(words, || place(key));
                }
            }
            if let Some(list) = item.kind.list() {
                let source = &definition.lists[list as usize].source;
                if source.starts_with("${") {
                    self.text(source, || place("type"));
                }
            }
            self.text(item.parameter("seed"), || place("parameters"));
            self.geometry(item, definition, || place("parameters"));
            for (name, value) in item.attributes.iter().filter(|(_, value)| value.contains("${")) {
                let key = name.split("::").next().unwrap_or("");
                let column = tables.survey.heads.iter().position(|h| h.key == key && name.ends_with(&h.attribute));
                self.text(value, || tables.survey.sheet.place(*row, column));
            }
            match item.type_name.as_str() {
                // The sheet's own columns are checked by themselves.
                ENTITY => {}
                COUNT => self.several(item, &|_| place("repeat_count")),
                _ if item.name == "instanceName" => {}
                _ => self.several(item, &place),
            }
        }
        for (list, rows) in definition.lists.iter().zip(lists) {
            for (choice, row) in
                list.choices.iter().zip(rows).filter(|(c, _)| c.label.0.iter().any(|t| t.contains("${")))
            {
                self.words(&choice.label, || tables.choices.place(*row, "label"));
            }
        }
        // The instance's name is an expression, and checked as one.
        for (name, value) in definition.settings.iter().filter(|(name, _)| name != "instance_name") {
            let row = tables.settings.sheet.rows.first().map_or(0, |r| r.number);
            self.text(value, || tables.settings.place(row, name));
        }
    }

    /// Names in expressions that several questions have.
    fn several(&mut self, item: &Item, place: &impl Fn(&'static str) -> Place) {
        for (key, text) in item.expressions() {
            for name in references(text).flatten().map(str::trim) {
                if self.counts.get(name).is_some_and(|n| *n > 1) {
                    self.ambiguous(name, place(key));
                }
            }
        }
    }

    /// `reference-geometry` names a list, an entity list, a file or a repeat.
    fn geometry(&mut self, item: &Item, definition: &Definition, place: impl Fn() -> Place) {
        let target = item.parameter("reference-geometry");
        if target.is_empty() {
            return;
        }
        let inner = target.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
        let known = match inner {
            Some(repeat) => definition.items.iter().any(|i| i.kind == Kind::Repeat && i.name == repeat),
            None => {
                let list = |l: &crate::definition::ChoiceList| l.name == target;
                definition.lists.iter().any(list) || definition.entities.iter().any(|e| e.list == target)
            }
        };
        if !known {
            let message = format!("`{target}` is no list, file or repeat to show on the map");
            self.diagnostics.push(Diagnostic::error("form/unknown-geometry", place(), message));
        }
    }
}

/// `${name}` in attributes of nodes stands for a path, as pyxform writes it: relative where both are in one repeat.
pub(super) fn paths_in_attributes(definition: &mut Definition) {
    let root = Some(definition.setting("name")).filter(|name| !name.is_empty()).unwrap_or("data").to_owned();
    for from in 0..definition.items.len() {
        for at in 0..definition.items[from].attributes.len() {
            let (name, text) = definition.items[from].attributes[at].clone();
            if name.starts_with("instance::") && text.contains("${") {
                definition.items[from].attributes[at].1 = with_paths(&definition.items, &root, from, &text);
            }
        }
    }
}

/// An item and the groups around it, the outermost first.
fn line(items: &[Item], item: usize) -> Vec<usize> {
    let mut line = vec![item];
    while let Some(parent) = items[line[line.len() - 1]].parent {
        line.push(parent as usize);
    }
    line.reverse();
    line
}

fn with_paths(items: &[Item], root: &str, from: usize, text: &str) -> String {
    let mut out = text.to_owned();
    for name in references(text).flatten() {
        let Some(to) = items.iter().position(|i| i.name == name) else { continue };
        let (own, other) = (line(items, from), line(items, to));
        // The node itself is not among what is above it.
        let shared = own[..own.len() - 1].iter().zip(&other).take_while(|(a, b)| a == b).count();
        let repeat = own[..shared].iter().any(|i| items[*i].kind == Kind::Repeat);
        let (start, way) = if repeat {
            (vec![".."; own.len() - shared].join("/"), &other[shared..])
        } else {
            (format!("/{root}"), other.as_slice())
        };
        let steps: String = way.iter().map(|i| format!("/{}", items[*i].name)).collect();
        out = out.replace(&format!("${{{name}}}"), &format!(" {start}{steps} "));
    }
    out
}

/// All names behind `${last-saved#`, each once, in order; and whether the form refers to its own instanceID.
pub(super) fn from_outside(definition: &Definition) -> (Vec<String>, bool) {
    let mut names: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut id = false;
    let mut look = |text: &str| {
        for inner in references(text).flatten().map(str::trim) {
            id |= inner == "instanceID";
            if let Some(name) = inner.strip_prefix(LAST_SAVED)
                && seen.insert(name.to_owned())
            {
                names.push(name.to_owned());
            }
        }
    };
    for item in &definition.items {
        item.expressions().into_iter().for_each(|(_, text)| look(text));
        texts(item).iter().flat_map(|(_, words)| &words.0).for_each(|text| look(text));
    }
    for entity in &definition.entities {
        [&entity.id, &entity.create_if, &entity.update_if, &entity.label].into_iter().for_each(|text| look(text));
    }
    definition.settings.iter().for_each(|(_, text)| look(text));
    (names, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_an_open_one_is_told() {
        let all: Vec<_> = references("a ${b} c ${last-saved#d}${e").collect();
        assert_eq!(all, [Ok("b"), Ok("last-saved#d"), Err("e")]);
    }

    #[test]
    fn guidance_may_tell_an_answer_of_the_last_form() {
        let book = "| type | name | label | guidance_hint |\n| text | a | A | It was ${last-saved#a}. |";
        let (form, mistakes) = crate::compile(&crate::workbook::from_markdown(book).0);
        assert_eq!((form.unwrap().definition().items[1].name.as_str(), mistakes.len()), ("last-saved#a", 0));
    }
}
