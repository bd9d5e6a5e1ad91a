//! The survey sheet: rows to items, groups opened and closed. `question.rs` fills an item from its row.

use std::collections::HashMap;

use super::choices::Lists;
use super::question::{self, Context};
use super::table::{Table, Tables};
use super::{NAME_HELP, is_name, loops, yes};
use crate::definition::{COUNT, Item, Kind, Pairs, TABLE_LIST, Words};
use crate::diagnostic::{Diagnostic, Place};
use crate::form::{DEPTH_MAX, ITEMS_MAX};
use crate::workbook::Row;
use crate::xlsform::types::{self, Asked, Container};

/// A group, repeat or loop whose end is still to come.
pub(super) struct Open {
    item: u32,
    what: Container,
    row: u32,
    /// The list of a table of selects; empty until the first select.
    pub(super) table_list: Option<String>,
}

/// What the survey sheet is read into.
pub(super) struct Survey<'a> {
    pub(super) tables: &'a Tables<'a>,
    pub(super) table: &'a Table<'a>,
    pub lists: Lists,
    pub(super) external: HashMap<String, usize>,
    pub items: Vec<Item>,
    /// Row number of each item; 0 for those that stand in no row.
    pub rows: Vec<u32>,
    /// Settings written into the survey sheet.
    pub settings: Pairs,
    /// Rows that belong into the form's metadata.
    pub meta: Vec<(Item, u32)>,
    /// Files that rows of their own name.
    pub(super) files: Vec<String>,
    /// Name of the root element, which no repeat may have.
    root: String,
    pub(super) open: Vec<Open>,
    pub(super) siblings: HashMap<(Option<u32>, String), u32>,
    folded: HashMap<(Option<u32>, String), String>,
    repeats: HashMap<String, u32>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Survey<'a> {
    pub fn new(
        tables: &'a Tables<'a>,
        mut lists: Lists,
        external: Lists,
        root: &str,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Survey<'a> {
        let names: Vec<String> = external.lists.iter().map(|l| l.name.clone()).collect();
        let before = lists.append(external);
        Survey {
            tables,
            table: &tables.survey,
            lists,
            external: names.into_iter().enumerate().map(|(i, name)| (name, before + i)).collect(),
            items: Vec::new(),
            rows: Vec::new(),
            settings: Pairs::new(),
            meta: Vec::new(),
            files: Vec::new(),
            root: root.to_owned(),
            open: Vec::new(),
            siblings: HashMap::new(),
            folded: HashMap::new(),
            repeats: HashMap::new(),
            diagnostics,
        }
    }

    pub(super) fn error(&mut self, code: &str, place: Place, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, place, message));
    }

    pub(super) fn warning(&mut self, code: &str, place: Place, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(code, place, message));
    }

    pub(super) fn parent(&self) -> Option<u32> {
        self.open.last().map(|open| open.item)
    }

    /// Reads every row.
    pub fn read(&mut self) {
        let table = self.table;
        if table.sheet.header.is_empty() {
            return;
        }
        for name in ["type", "name"] {
            if table.column(name).is_none() {
                let message = format!("the `survey` sheet has no `{name}` column");
                return self.error("form/missing-column", table.sheet.place(1, None), message);
            }
        }
        if let Some(column) = table.column("disabled") {
            let message = "`disabled` is no longer part of XLSForm";
            let warning = Diagnostic::warning("form/disabled-column", table.sheet.place(1, Some(column)), message);
            self.diagnostics.push(warning.help("use `relevant` instead"));
        }
        let rows = loops::unroll(table, &self.lists, &self.tables.languages, self.diagnostics);
        for row in &rows {
            if yes(table.cell(row, "disabled")) {
                continue;
            }
            if self.items.len() + self.meta.len() >= ITEMS_MAX {
                let place = table.place(row.number, "type");
                self.error("form/too-large", place, "the form has too many rows");
                break;
            }
            if !self.row(row) {
                break;
            }
        }
        for open in std::mem::take(&mut self.open) {
            let name = open.what.name();
            let message = format!("the {name} `{}` is never closed", self.items[open.item as usize].name);
            let error = Diagnostic::error("form/unclosed-group", table.place(open.row, "type"), message);
            self.diagnostics.push(error.help(format!("add a row `end {name}`")));
        }
        self.spaces_in_choices();
        question::search_lists(self.table, &self.items, &self.rows, &mut self.lists, self.diagnostics);
    }

    /// Reads one row; `false` when reading has to stop.
    fn row(&mut self, row: &Row) -> bool {
        let table = self.table;
        let cell = types::words(table.cell(row, "type"));
        let place = || table.place(row.number, "type");
        if cell.is_empty() {
            let named = !table.cell(row, "name").is_empty();
            if named || !table.words(row, "label").is_empty() {
                let what = if named { "name" } else { "label" };
                self.error("form/missing-type", place(), format!("the row has a {what} and no type"));
            } else {
                self.warning("form/row-left-out", place(), "the row has no type, name or label and is left out");
            }
            return true;
        }
        match types::read(&cell) {
            Asked::End(what) => self.end(row, what, &cell),
            Asked::Begin(what, _) => return self.begin(row, what),
            Asked::Setting(name) => {
                self.settings.push((name.to_owned(), table.cell(row, "name").to_owned()));
            }
            Asked::External(extension) => self.external(row, extension),
            Asked::Select(select) => self.select(row, &select, &cell),
            Asked::Range => {
                self.question(row, Item { type_name: "range".into(), ..Item::default() });
            }
            Asked::Osm(list) => {
                let known = self.tables.osm.sheet.rows.iter().any(|r| self.tables.osm.cell(r, "list_name") == list);
                if !list.is_empty() && !known {
                    self.error("form/unknown-list", place(), format!("`{cell}` names no list of the osm sheet"));
                }
                self.question(row, Item { kind: Kind::File, type_name: "osm".into(), ..Item::default() });
            }
            Asked::Plain(plain) => {
                if matches!(plain.name, "subscriberid" | "simserial") {
                    let message = format!("`{}` is no longer available on most devices", plain.name);
                    self.warning("form/deprecated-type", place(), message);
                }
                let mut item = Item { kind: plain.kind, type_name: plain.name.to_owned(), ..Item::default() };
                let month = table.cell(row, "appearance").split_whitespace().any(|a| a == "month-year");
                if plain.kind == Kind::Date && month {
                    item.kind = Kind::YearMonth;
                }
                if let Some((preload, parameter)) = plain.preload {
                    item.attributes.push(("bind::jr:preload".into(), preload.into()));
                    item.attributes.push(("bind::jr:preloadParams".into(), parameter.into()));
                }
                plain.constraint.clone_into(&mut item.constraint);
                if !plain.hint.is_empty() {
                    item.hint = Words(vec![plain.hint.to_owned()]);
                }
                self.question(row, item);
            }
            Asked::MissingList => {
                self.error("form/missing-list", place(), format!("`{cell}` names no choice list"));
                self.question(row, Item::default());
            }
            Asked::TooMuch => {
                let error = Diagnostic::error("form/bad-list", place(), format!("`{cell}` says too much"));
                self.diagnostics
                    .push(error.help("after the type comes the name of one list, and then at most `or_other`"));
                self.question(row, Item::default());
            }
            Asked::Unknown => {
                let first = cell.split(' ').next().unwrap_or("");
                let error = Diagnostic::error("form/unknown-type", place(), format!("`{cell}` is not a question type"));
                self.diagnostics.push(error.did_you_mean(first, types::NAMES.iter().copied()));
                self.question(row, Item::default());
            }
        }
        true
    }

    fn end(&mut self, row: &Row, what: Container, cell: &str) {
        let place = self.table.place(row.number, "type");
        match self.open.pop() {
            None => self.error("form/unopened-group", place, format!("`{cell}` closes nothing")),
            Some(open) if open.what != what => {
                let message = format!("`{cell}` closes the {} opened in row {}", open.what.name(), open.row);
                self.error("form/wrong-end", place, message);
            }
            Some(_) => {}
        }
        if !self.table.cell(row, "save_to").is_empty() {
            let place = self.table.place(row.number, "save_to");
            self.error("form/save-to-group", place, "a group or repeat cannot be saved to an entity");
        }
    }

    fn begin(&mut self, row: &Row, what: Container) -> bool {
        let table = self.table;
        if self.open.len() >= DEPTH_MAX {
            self.error("form/too-large", table.place(row.number, "type"), "groups are nested too deep");
            return false;
        }
        let repeat = what == Container::Repeat;
        let kind = if repeat { Kind::Repeat } else { Kind::Group };
        if repeat {
            self.count(row);
        }
        let Some(at) = self.add(row, Item { kind, ..Item::default() }) else { return true };
        let item = &self.items[at as usize];
        let name = item.name.clone();
        if repeat {
            let place = table.place(row.number, "name");
            if name == self.root {
                let message = format!("a repeat cannot be called `{name}` like the form's root");
                self.error("form/reserved-name", place, message);
            } else if let Some(first) = self.repeats.insert(name.clone(), row.number) {
                let message = format!("the repeat in row {first} is called `{name}` already");
                let error = Diagnostic::error("form/duplicate-name", place, message);
                self.diagnostics.push(error.help("repeats need names of their own in the whole form"));
            }
            let item = &self.items[at as usize];
            if item.label.is_empty() && item.media.is_none() {
                let place = table.place(row.number, "label");
                self.warning("form/no-label", place, format!("the repeat `{name}` has no label"));
            }
        }
        let item = &self.items[at as usize];
        let table_list = item.appearance.split_whitespace().any(|a| a == "table-list");
        let table_list = table_list.then(String::new);
        let has_head = table_list.is_some() && !(item.label.is_empty() && item.hint.is_empty());
        self.open.push(Open { item: at, what, row: row.number, table_list });
        if has_head {
            let name = format!("generated_table_list_label_{}", row.number);
            self.push_added(TABLE_LIST, Item { name, kind: Kind::Note, ..Item::default() }, row);
        }
        true
    }

    /// An expression for how many instances a repeat has gets a node of its own.
    fn count(&mut self, row: &Row) {
        let calculation = question::expression(self.table.cell(row, "repeat_count"));
        let name = self.table.cell(row, "name");
        if calculation.is_empty() || question::is_reference(&calculation) || !is_name(name) {
            return;
        }
        let name = format!("{name}_count");
        if let Some(first) = self.siblings.insert((self.parent(), name.clone()), row.number) {
            let place = self.table.place(row.number, "repeat_count");
            let message = format!("the name `{name}`, which the count would have, is already used in row {first}");
            let error = Diagnostic::error("form/duplicate-name", place, message);
            self.diagnostics.push(error.help("rename the question, or refer to it"));
        }
        let count = Item { name, kind: Kind::Calculate, calculation, read_only: true, ..Item::default() };
        self.push_added(COUNT, count, row);
    }

    /// Adds an item that the row does not speak of.
    pub(super) fn push_added(&mut self, what: &str, item: Item, row: &Row) {
        let parent = self.parent();
        self.push(Item { type_name: what.to_owned(), parent, ..item }, row.number);
    }

    /// Adds a question; gives its index.
    pub(super) fn question(&mut self, row: &Row, item: Item) -> Option<u32> {
        if item.type_name == "audit" {
            self.audit(row, item);
            return None;
        }
        self.add(row, item)
    }

    fn audit(&mut self, row: &Row, mut item: Item) {
        let name = self.table.cell(row, "name");
        if !matches!(name, "" | "audit") {
            let place = self.table.place(row.number, "name");
            let error = Diagnostic::error("form/reserved-name", place, "the audit log is always called `audit`");
            self.diagnostics.push(error.help("leave the name empty"));
        }
        item.name = "audit".into();
        let context = Context { table: self.table, row, lists: &self.lists };
        question::fill(&mut item, &context, self.diagnostics);
        self.meta.push((item, row.number));
    }

    /// Names an item, fills it and adds it; `None` when its name is taken.
    fn add(&mut self, row: &Row, mut item: Item) -> Option<u32> {
        let table = self.table;
        let place = table.place(row.number, "name");
        let name = table.cell(row, "name");
        item.parent = self.parent();
        item.name = match name {
            "" if item.kind == Kind::Note => format!("generated_note_name_{}", row.number),
            "" => {
                let what = types::words(table.cell(row, "type"));
                self.error("form/missing-name", place.clone(), format!("the `{what}` has no name"));
                format!("generated_row_{}", row.number)
            }
            name => name.to_owned(),
        };
        if !is_name(&item.name) {
            let error = Diagnostic::error("form/bad-name", place.clone(), format!("`{}` is not a name", item.name));
            self.diagnostics.push(error.help(NAME_HELP));
        }
        if item.name == "meta" {
            let message = "the name `meta` is kept for the form's metadata";
            self.error("form/reserved-name", place.clone(), message);
        }
        let key = (item.parent, item.name.clone());
        if let Some(first) = self.siblings.get(&key) {
            let message = format!("the name `{}` is already used in row {first}", item.name);
            self.error("form/duplicate-name", place, message);
            if !item.kind.is_group() {
                return None;
            }
        } else {
            self.siblings.insert(key, row.number);
            let folded = (item.parent, item.name.to_lowercase());
            if let Some(other) = self.folded.get(&folded).filter(|other| **other != item.name) {
                let message = format!("`{}` and `{other}` differ only in capital letters", item.name);
                let help = "some programs that read the data cannot tell them apart";
                self.diagnostics.push(Diagnostic::warning("form/similar-name", place, message).help(help));
            }
            self.folded.entry(folded).or_insert_with(|| item.name.clone());
        }
        let context = Context { table, row, lists: &self.lists };
        question::fill(&mut item, &context, self.diagnostics);
        self.push(item, row.number);
        Some(self.items.len() as u32 - 1)
    }

    pub(super) fn push(&mut self, item: Item, row: u32) {
        self.items.push(item);
        self.rows.push(row);
    }
}
