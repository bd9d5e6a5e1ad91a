//! Selects of the survey sheet: where their choices come from, `or_other`, and tables of selects.

use super::survey::Survey;
use crate::definition::{ChoiceList, Item, Kind, TABLE_LIST, Words};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::Row;
use crate::xlsform::parameters;
use crate::xlsform::types::{Choosing, Select};

impl Survey<'_> {
    /// A file that expressions look things up in.
    pub(super) fn external(&mut self, row: &Row, extension: &str) {
        let name = self.table.cell(row, "name");
        let place = self.table.place(row.number, "name");
        if name.is_empty() {
            return self.error("form/missing-name", place, format!("the `{extension}-external` has no name"));
        }
        if let Some(first) = self.siblings.insert((self.parent(), name.to_owned()), row.number) {
            let message = format!("the name `{name}` is already used in row {first}");
            return self.error("form/duplicate-name", place, message);
        }
        let stem = name.strip_suffix(&format!(".{extension}")).unwrap_or(name).to_owned();
        let source = format!("{stem}.{extension}");
        if self.files.contains(&source) || stem == "__last-saved" {
            let message = format!("the file `{source}` goes by a name that is taken already");
            return self.error("form/duplicate-file", place, message);
        }
        self.files.push(source.clone());
        self.add_file(&stem, &source, "", "", place);
    }

    /// A list whose rows are in a file; two files cannot go by one name.
    fn add_file(&mut self, stem: &str, source: &str, value: &str, label: &str, place: Place) -> usize {
        let other = self.lists.lists.iter().find(|l| l.name == stem && l.is_open() && l.source != source);
        let clash =
            other.map(|l| l.source.clone()).or_else(|| self.lists.find(stem).map(|_| format!("the list `{stem}`")));
        if let Some(other) = clash {
            let message = format!("`{source}` and {other} are both called `{stem}` in expressions");
            self.diagnostics.push(Diagnostic::error("form/duplicate-file", place, message).help("rename one of them"));
        }
        self.lists.add(ChoiceList {
            name: stem.to_owned(),
            source: source.to_owned(),
            value_column: value.to_owned(),
            label_column: label.to_owned(),
            ..ChoiceList::default()
        })
    }

    /// The list a select takes its choices from.
    fn list_of(&mut self, row: &Row, select: &Select<'_>, cell: &str) -> Option<usize> {
        let place = self.table.place(row.number, "type");
        let (stem, extension) = select.list.rsplit_once('.').unwrap_or((select.list, ""));
        let is_file = matches!(extension, "csv" | "xml" | "geojson");
        if select.from_file && (!is_file || stem.contains('.')) {
            let error =
                Diagnostic::error("form/bad-file-name", place, format!("`{}` is no file of choices", select.list));
            self.diagnostics.push(error.help("it ends in .csv, .xml or .geojson"));
            return None;
        }
        if select.choosing == Choosing::External {
            if self.table.cell(row, "choice_filter").is_empty() {
                let message = "`select_one_external` is meant for choices that are filtered";
                self.warning("form/no-choice-filter", place.clone(), message);
            }
            let found = self.external.get(select.list).copied();
            if found.is_none() {
                let message = match self.tables.external_choices.sheet.header.is_empty() {
                    true => "there is no `external_choices` sheet to take choices from".to_owned(),
                    false => format!("`{cell}` names no list of the external_choices sheet"),
                };
                let error = Diagnostic::error("form/unknown-list", place, message);
                self.diagnostics.push(error.did_you_mean(select.list, self.external.keys().map(String::as_str)));
            }
            return found;
        }
        if select.list.contains("${") {
            let source = select.list.to_owned();
            return Some(self.lists.add(ChoiceList { name: source.clone(), source, ..ChoiceList::default() }));
        }
        if let Some(at) = self.lists.find(select.list) {
            return Some(at);
        }
        if is_file && select.choosing != Choosing::Ranked {
            let parameters = parameters::parse(self.table.cell(row, "parameters")).unwrap_or_default();
            let named =
                |key: &str| parameters.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str()).to_owned();
            return Some(self.add_file(stem, select.list, &named("value"), &named("label"), place));
        }
        let message = match self.tables.choices.sheet.header.is_empty() {
            true => format!("`{cell}` needs a `choices` sheet, and there is none"),
            false => format!("`{cell}` names no choice list"),
        };
        let error = Diagnostic::error("form/unknown-list", place, message);
        self.diagnostics.push(error.did_you_mean(select.list, self.lists.names()));
        None
    }

    pub(super) fn select(&mut self, row: &Row, select: &Select<'_>, cell: &str) {
        let Some(list) = self.list_of(row, select, cell) else {
            // A filter of a list that is not there has nothing to say.
            if let Some(at) = self.question(row, Item::default()) {
                self.items[at as usize].choice_filter.clear();
            }
            return;
        };
        let first_of_table = self.table_list(row, select);
        let kind = match select.choosing {
            Choosing::One | Choosing::External => Kind::SelectOne(list as u16),
            Choosing::Any => Kind::SelectMultiple(list as u16),
            Choosing::Ranked => Kind::Rank(list as u16),
        };
        if first_of_table {
            let name = format!("reserved_name_for_field_list_labels_{}", row.number);
            self.push_added(TABLE_LIST, Item { name, kind, appearance: "label".into(), ..Item::default() }, row);
        }
        let external = if select.choosing == Choosing::External { "select_one_external" } else { "" };
        if select.or_other {
            self.or_other(row, list);
        }
        let Some(at) = self.question(row, Item { kind, type_name: external.to_owned(), ..Item::default() }) else {
            return;
        };
        if select.or_other {
            let name = self.items[at as usize].name.clone();
            let item = Item {
                name: format!("{name}_other"),
                parent: self.parent(),
                label: Words(vec!["Specify other.".to_owned()]),
                relevant: format!("selected(../{name}, 'other')"),
                ..Item::default()
            };
            self.siblings.insert((item.parent, item.name.clone()), row.number);
            self.push(item, row.number);
        }
    }

    fn or_other(&mut self, row: &Row, list: usize) {
        let place = self.table.place(row.number, "type");
        if !self.table.cell(row, "choice_filter").is_empty() {
            let place = self.table.place(row.number, "choice_filter");
            self.error("form/or-other-with-filter", place, "`or_other` does not go with a choice_filter");
        }
        if self.lists.lists[list].is_open() {
            self.error("form/or-other-without-choices", place, "`or_other` needs a list of the choices sheet");
            return;
        }
        if self.tables.languages.len() > 1 {
            let message = "`or_other` adds a choice and a question in English, in every language of the form";
            let help = "add the choice `other` and a text question yourself";
            self.diagnostics.push(Diagnostic::warning("form/or-other-untranslated", place, message).help(help));
        }
        self.lists.add_choice(list, "other", "Other", self.tables.languages.len());
    }

    /// Selects of a table share one list. Whether this is the first of them: the heads stand before it.
    fn table_list(&mut self, row: &Row, select: &Select<'_>) -> bool {
        let table = self.open.iter_mut().rev().find_map(|open| open.table_list.as_mut());
        let Some(seen) = table else { return false };
        let place = self.table.place(row.number, "type");
        if seen.is_empty() {
            select.list.clone_into(seen);
            let filter = self.table.place(row.number, "choice_filter");
            if !self.table.cell(row, "choice_filter").is_empty() {
                self.error("form/table-list", filter, "a choice_filter does not go with the appearance `table-list`");
            }
            return true;
        } else if seen != select.list {
            let message = format!("a `table-list` has one choice list, `{seen}`, not also `{}`", select.list);
            self.error("form/table-list", place, message);
        }
        false
    }

    /// Codes of several choices are separated by spaces, so they cannot hold any.
    pub(super) fn spaces_in_choices(&mut self) {
        let mut several: Vec<u16> = Vec::new();
        for item in &self.items {
            if let Kind::SelectMultiple(list) | Kind::Rank(list) = item.kind
                && !several.contains(&list)
            {
                several.push(list);
            }
        }
        let choices = &self.tables.choices;
        for list in several.into_iter().map(usize::from) {
            for (choice, row) in self.lists.lists[list].choices.iter().zip(&self.lists.rows[list]) {
                if choice.name.contains(char::is_whitespace) {
                    let message = format!("the choice name `{}` has a space in it", choice.name);
                    let error = Diagnostic::error("form/bad-name", choices.place(*row, "name"), message);
                    self.diagnostics.push(error.help("use `_` instead, since several can be chosen"));
                }
            }
        }
    }
}
