//! Writes the XForm of a workbook: the same document, after canonicalisation, that pyxform 4.5.0 writes.
//!
//! It works from the sheets and not from the compiled form, which has interpreted away what an XForm says: paths,
//! languages as written, appearances, attributes of other namespaces. Columns beyond XLSForm are left out.
//!
//! Rows become [`item::Item`]s ([`rows`]), these a flat [`tree::Tree`] with paths; from it the parts of the document
//! are written: [`itext`], [`instances`], [`model`] and [`body`]. Which path a `${name}` becomes is in [`paths`].

mod body;
mod entities;
mod fields;
mod grid;
mod instances;
mod item;
mod itext;
mod kinds;
mod lexer;
mod lists;
mod loops;
mod model;
mod names;
mod paths;
mod questions;
mod rows;
mod selects;
mod settings;
mod text;
mod tree;
mod xml;

use std::cell::RefCell;
use std::collections::HashMap;

use item::Item;
use kinds::Class;
use lists::Lists;
use settings::Settings;
use tree::{NodeId, Tree};
use xml::Xml;

use crate::author::matrix;
use crate::diagnostic::Diagnostic;
use crate::workbook::{Sheet, Workbook};
use crate::xlsform::types;

/// Writes a workbook as ODK XForm XML. `name` is the form's id, when the settings sheet has none.
///
/// What an XForm cannot say is a diagnostic with its cell, and left out; the rest is written all the same.
pub fn write(book: &Workbook, name: &str) -> (String, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let book = &*matrix::written_out(book, &mut diagnostics);
    let fields = grid::read("settings", &book.settings, "default", false, &mut diagnostics).rows;
    let settings = Settings::new(fields.into_iter().next().unwrap_or_default().1, name);
    let language = settings.default_language.clone();
    let mut lists = |sheet: &Sheet, language: &str, duplicates| {
        let grid = grid::read("choices", sheet, language, false, &mut diagnostics);
        Lists::read(grid, sheet, duplicates, &mut diagnostics)
    };
    let duplicates = settings.flag("allow_choice_duplicates", false);
    let choices = lists(&book.choices, &language, duplicates);
    let others = (lists(&book.external_choices, &language, true), lists(&book.osm, "default", true));
    let entities = grid::read("entities", &book.entities, &language, false, &mut diagnostics);
    let entities = entities::Declarations::read(entities, &book.entities, &mut diagnostics);
    let squeeze = settings.flag("clean_text_values", true);
    let survey = grid::read("survey", &book.survey, &language, squeeze, &mut diagnostics);
    let rows = rows::Rows::new(book, settings, (choices, others.0, others.1), entities, &mut diagnostics);
    let (root, settings, lists, entities_version) = rows.read(survey);
    let form = Form::new(book, root, settings, lists, entities_version, diagnostics);
    let mut out = String::from("<?xml version=\"1.0\"?>\n");
    form.document().write(&mut out, 0);
    out.push('\n');
    (out, form.diagnostics.into_inner())
}

/// A form about to be written.
struct Form<'a> {
    book: &'a Workbook,
    settings: Settings,
    lists: Lists,
    tree: Tree,
    entities_version: Option<&'static str>,
    /// For each question, the nodes that change with it.
    changes: HashMap<String, Vec<NodeId>>,
    /// Several texts of a form may repeat a mistake; it is noted once a place.
    diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'a> Form<'a> {
    fn new(
        book: &'a Workbook,
        root: Item,
        settings: Settings,
        mut lists: Lists,
        entities_version: Option<&'static str>,
        mut diagnostics: Vec<Diagnostic>,
    ) -> Form<'a> {
        let root = loops::unroll(root, &lists);
        let tree = Tree::new(root, &mut |item| {
            let class = classify(item);
            if class.is_none() {
                let place = book.survey.place(item.row, book.survey.column("type"));
                let message = format!("`{}` is no question type", item.kind);
                diagnostics.push(Diagnostic::error("form/unknown-type", place, message));
            }
            class
        });
        let mut changes: HashMap<String, Vec<NodeId>> = HashMap::new();
        for (id, node) in tree.nodes.iter().enumerate() {
            for trigger in &node.item.trigger {
                changes.entry(trigger.clone()).or_default().push(id);
            }
            if node.class == Class::Select
                && node.item.appearance().is_some_and(is_search)
                && let Some(list) = lists.get_mut(&node.item.itemset)
            {
                list.searched = true;
            }
        }
        let diagnostics = RefCell::new(diagnostics);
        Form { book, settings, lists, tree, entities_version, changes, diagnostics }
    }

    fn refuse(&self, at: Option<NodeId>, code: &str, message: String) {
        let row = at.map_or(0, |id| self.tree.nodes[id].item.row);
        self.note(Diagnostic::error(code, self.book.survey.place(row, None), message));
    }

    fn unknown_name(&self, at: Option<NodeId>, name: &str) {
        let row = at.map_or(0, |id| self.tree.nodes[id].item.row);
        let place = self.book.survey.place(row, None);
        let diagnostic = Diagnostic::error("form/unknown-reference", place, format!("`${{{name}}}` names no question"));
        self.note(diagnostic.did_you_mean(name, self.tree.names()));
    }

    fn note(&self, diagnostic: Diagnostic) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        if !diagnostics.contains(&diagnostic) {
            diagnostics.push(diagnostic);
        }
    }

    /// The whole document.
    fn document(&self) -> Xml {
        let mut html = Xml::new("h:html");
        for (prefix, uri) in NAMESPACES {
            html.set(prefix, uri);
        }
        for (prefix, uri) in self.settings.namespaces() {
            let prefix = format!("xmlns:{prefix}");
            if !NAMESPACES.iter().any(|(own, _)| *own == prefix) {
                html.set(prefix, uri);
            }
        }
        if self.entities_version.is_some() {
            html.set("xmlns:entities", "http://www.opendatakit.org/xforms/entities");
        }
        let mut head = Xml::new("h:head");
        head.push(Xml::of("h:title", &self.settings.title));
        head.push(self.model());
        html.push(head);
        html.push(self.body());
        html
    }
}

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];

/// Whether an appearance searches a file for its choices.
fn is_search(appearance: &str) -> bool {
    appearance.find("search(").is_some_and(|at| appearance[at..].contains(')'))
}

/// What an item is in the document; fills in what its type sets.
fn classify(item: &mut Item) -> Option<(Class, &'static str)> {
    let class = match item.kind.as_str() {
        "survey" => Class::Survey,
        "group" | "loop" => Class::Group,
        "repeat" => Class::Repeat,
        "entity" => Class::Entity,
        "attribute" => Class::Attribute,
        "label" => Class::EntityLabel,
        other => {
            let kind = kinds::kind(other)?;
            let mut bind = kind.bind.to_vec();
            if let Some(plain) = types::plain(other) {
                if let Some((what, which)) = plain.preload {
                    bind.extend([("jr:preload", what), ("jr:preloadParams", which)]);
                }
                if !plain.constraint.is_empty() {
                    bind.push(("constraint", plain.constraint));
                }
                if item.hint.is_none() && !plain.hint.is_empty() {
                    item.hint = Some(fields::Cell::Text(plain.hint.to_owned()));
                }
            }
            for (key, value) in bind {
                let bind = item.bind_mut();
                if bind.get(key).is_none() {
                    bind.set_text(key, value);
                }
            }
            if let Some(media) = kind.media_type {
                let control = item.control_mut();
                if control.get("mediatype").is_none() {
                    control.set_text("mediatype", media);
                }
            }
            return Some((kind.class, kind.tag)).inspect(|_| blank_label(item));
        }
    };
    blank_label(item);
    Some((class, ""))
}

/// The row of labels over a table has a label itself, if a blank one.
fn blank_label(item: &mut Item) {
    if item.label.is_none() && item.appearance() == Some("label") {
        item.label = Some(fields::Cell::Text(" ".into()));
    }
}
