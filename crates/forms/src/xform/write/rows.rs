//! The survey sheet, row by row, as a tree of [`Item`]s.

use super::entities::{Container, Declarations};
use super::fields::{Cell, Fields};
use super::grid::Grid;
use super::item::{Action, FIRST_LOAD, Item, NEW_REPEAT};
use super::kinds::canonical;
use super::lists::Lists;
use super::names::{is_name, is_reference, references};
use super::settings::Settings;
use super::{lexer, questions};
use crate::diagnostic::Diagnostic;
use crate::workbook::{Sheet, Workbook};
use crate::xlsform::cell::yes_no;
use crate::xlsform::parameters;
use crate::xlsform::types::{self, Asked};

/// A group or repeat that is open.
struct Frame {
    item: Item,
    path: Vec<Container>,
}

/// Where in a `table-list` group the rows are.
#[derive(Default, PartialEq)]
pub(super) enum TableList {
    #[default]
    Outside,
    /// The first select is still to come; it says which list the table is about.
    Begun,
    Of(String),
}

/// Everything rows are read with.
pub(super) struct Rows<'a> {
    pub book: &'a Workbook,
    pub settings: Settings,
    pub lists: Lists,
    /// Lists of the external_choices sheet.
    pub external: Lists,
    /// Lists of the osm sheet.
    pub tags: Lists,
    pub entities: Declarations,
    pub table_list: TableList,
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// Lists whose first `select_multiple` got the constraint of `add_none_option`.
    pub with_none: Vec<String>,
    stack: Vec<Frame>,
    meta: Vec<Item>,
}

impl<'a> Rows<'a> {
    pub fn new(
        book: &'a Workbook,
        settings: Settings,
        (lists, external, tags): (Lists, Lists, Lists),
        entities: Declarations,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Rows<'a> {
        let root = Item::new(settings.root.clone(), "survey");
        let stack = vec![Frame { item: root, path: Vec::new() }];
        let (table_list, with_none, meta) = (TableList::Outside, Vec::new(), Vec::new());
        Rows { book, settings, lists, external, tags, entities, table_list, diagnostics, with_none, stack, meta }
    }

    /// Reads all rows. The result is the form's root.
    pub fn read(mut self, grid: Grid) -> (Item, Settings, Lists, Option<&'static str>) {
        for (number, fields) in grid.rows {
            self.row(number, fields);
        }
        while let [_, .., open] = self.stack.as_slice() {
            let message = format!("`{}` is begun here and never ended", open.item.name);
            self.refuse(open.item.row, "form/unclosed-group", message);
            self.close();
        }
        let Frame { item: mut root, .. } = self.stack.remove(0);
        root.instance = self.settings.map("instance").cloned();
        let mut meta = self.meta;
        if !self.settings.flag("omit_instanceid", false) {
            let preload = self.settings.text("instance_id").unwrap_or("uid");
            meta.push(Item::calculated("instanceID", &[("readonly", "true()"), ("jr:preload", preload)]));
        }
        if let Some(name) = self.settings.text("instance_name") {
            meta.push(Item::calculated("instanceName", &[("calculate", name)]));
        }
        let version = self.entities.place(&mut root, self.book, self.diagnostics);
        if !meta.is_empty() {
            match root.children.iter_mut().find(|child| child.name == "meta" && child.kind == "group") {
                Some(group) => group.children.extend(meta),
                None => root.children.push(Item::meta(meta)),
            }
        }
        (root, self.settings, self.lists, version)
    }

    pub(super) fn refuse(&mut self, row: u32, code: &str, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, self.sheet().place(row, None), message));
    }

    pub(super) fn sheet(&self) -> &'a Sheet {
        &self.book.survey
    }

    /// Adds an item to the open group.
    pub(super) fn push(&mut self, item: Item) {
        if let Some(frame) = self.stack.last_mut() {
            frame.item.children.push(item);
        }
    }

    fn in_repeat(&self) -> bool {
        self.stack.iter().any(|frame| frame.item.kind == "repeat")
    }

    fn close(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.push(frame.item);
        }
    }

    fn row(&mut self, number: u32, mut fields: Fields) {
        if let Some(Cell::Text(disabled)) = fields.remove("disabled")
            && yes_no(&disabled) == Some(true)
        {
            return;
        }
        let Some(kind) = fields.text("type").map(|kind| canonical(kind).to_owned()) else {
            if fields.get("name").is_some() || fields.get("label").is_some() {
                self.refuse(number, "form/missing-type", "the row has no type");
            }
            return;
        };
        fields.set_text("type", kind.as_str());
        let cell = types::words(&kind);
        let asked = types::read(&cell);
        if let Asked::Setting(setting) = asked {
            let value = fields.text("name").unwrap_or("None").to_owned();
            self.settings.set(setting, &value);
            return;
        }
        let trigger = fields.remove("trigger");
        let raw = fields.remove("parameters");
        let intent = fields.remove("intent");
        let mut item = Item::from_row(number, fields);
        if let Some(default) = &item.default
            && lexer::is_dynamic(default, &kind)
        {
            item.actions.push(Action::set_value(FIRST_LOAD, None));
            if self.in_repeat() {
                item.actions.push(Action::set_value(NEW_REPEAT, None));
            }
        }
        if let Some(Cell::Text(trigger)) = trigger {
            item.trigger = trigger.split(',').filter_map(|t| references(t).next()).map(|r| r.name.to_owned()).collect();
            if item.trigger.is_empty() {
                self.refuse(number, "form/bad-reference", format!("`{trigger}` is no `${{question}}`"));
            }
        }
        if let Some(Cell::Text(raw)) = raw {
            match parameters::parse(&raw) {
                Some(mut parameters) => {
                    // `label` and `value` name columns of a file.
                    let words = parameters.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "label" | "value"));
                    words.for_each(|(_, value)| *value = value.to_lowercase());
                    item.parameters = parameters;
                }
                None => self.refuse(number, "form/bad-parameters", format!("`{raw}` is not `name=value name=value`")),
            }
        }
        if kind == "audit" {
            let (audit, wrong) = questions::audit(item);
            for message in wrong {
                self.refuse(number, "form/bad-parameters", message);
            }
            self.meta.push(audit);
            return;
        }
        if let Asked::End(what) = asked {
            self.end(number, what.name());
            return;
        }
        if item.name.is_empty() && item.kind == "note" {
            item.name = format!("generated_note_name_{number}");
        }
        if !is_name(&item.name) {
            let message = if item.name.is_empty() {
                format!("this `{kind}` has no name")
            } else {
                format!("`{}` cannot be a name: letters, digits, `_`, `-` and `.`, a letter first", item.name)
            };
            self.refuse(number, "form/bad-name", message);
            return;
        }
        let siblings = self.stack.last().map(|frame| frame.item.children.as_slice()).unwrap_or_default();
        if siblings.iter().any(|sibling| sibling.name == item.name) || item.name == "meta" {
            self.refuse(number, "form/duplicate-name", format!("`{}` is taken in this group", item.name));
            return;
        }
        let path = self.stack.last().map(|frame| frame.path.clone()).unwrap_or_default();
        if let Err(message) = self.entities.note(&mut item, path.as_slice(), number) {
            self.refuse(number, "form/bad-save-to", message);
        }
        match asked {
            Asked::Begin(what, list) => self.begin(item, what.name(), list, intent),
            Asked::Select(select) => self.select(item, &select),
            Asked::Osm(list) => self.osm(item, list),
            _ => self.question(item),
        }
    }

    fn end(&mut self, number: u32, kind: &'static str) {
        self.table_list = TableList::Outside;
        match self.stack.as_slice() {
            [_, .., open] => {
                if open.item.kind != kind {
                    let message = format!("this ends a {kind}, but `{}` is a {}", open.item.name, open.item.kind);
                    self.refuse(number, "form/wrong-end", message);
                }
                self.close();
            }
            _ => self.refuse(number, "form/unopened-group", format!("no {kind} is open here")),
        }
    }

    fn begin(&mut self, mut item: Item, kind: &str, list: &str, intent: Option<Cell>) {
        item.kind = kind.to_owned();
        if kind == "loop" {
            match self.lists.get(list) {
                Some(_) => item.columns = list.to_owned(),
                None => {
                    self.refuse(item.row, "form/unknown-list", "a loop needs a choice list: `begin loop over list`")
                }
            }
        }
        if let Some(count) = item.control.as_ref().and_then(|control| control.text("jr:count")).map(str::to_owned)
            && !is_reference(&count)
        {
            // An expression needs a node that holds its value.
            let name = format!("{}_count", item.name);
            let mut node = Item::calculated(&name, &[("readonly", "true()"), ("calculate", &count)]);
            node.row = item.row;
            self.push(node);
            item.control_mut().set_text("jr:count", format!("${{{name}}}"));
        }
        if let Some(appearance) = item.appearance().map(str::to_owned)
            && appearance.split_whitespace().any(|word| word == "table-list")
        {
            self.table_list = TableList::Begun;
            let others = appearance.split_whitespace().filter(|word| *word != "table-list");
            let words: Vec<&str> = std::iter::once("field-list").chain(others).collect();
            item.control_mut().set_text("appearance", words.join(" "));
            // The columns' heads stand where the label would: the label becomes a note of its own.
            if item.label.is_some() || item.hint.is_some() {
                let mut note = Item::new(format!("generated_table_list_label_{}", item.row), "note");
                (note.row, note.label, note.hint) = (item.row, item.label.take(), item.hint.take());
                item.children.push(note);
            }
        }
        if let Some(intent) = intent {
            item.control_mut().set("intent", intent);
        }
        let mut path = self.stack.last().map(|frame| frame.path.clone()).unwrap_or_default();
        path.push(Container { name: item.name.clone(), repeat: item.kind == "repeat", group: item.kind == "group" });
        self.stack.push(Frame { item, path });
    }
}
