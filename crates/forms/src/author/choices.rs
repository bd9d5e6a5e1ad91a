//! The sheets that hold lists: `choices`, `external_choices` and `osm`.

use std::collections::{HashMap, HashSet};

use super::table::Table;
use crate::definition::{Choice, ChoiceList, Words};
use crate::diagnostic::Diagnostic;
use crate::form::ITEMS_MAX;

/// Lists, with the rows their choices stand in.
#[derive(Default)]
pub(super) struct Lists {
    pub lists: Vec<ChoiceList>,
    /// Row numbers, by list and choice.
    pub rows: Vec<Vec<u32>>,
    by_name: HashMap<String, usize>,
}

impl Lists {
    /// A list of the `choices` sheet.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Adds a list that no name of the `choices` sheet leads to; the same one twice is the first again.
    pub fn add(&mut self, list: ChoiceList) -> usize {
        let same = |l: &ChoiceList| {
            l.is_open()
                && (&l.source, &l.value_column, &l.label_column)
                    == (&list.source, &list.value_column, &list.label_column)
        };
        self.lists.iter().position(same).unwrap_or_else(|| {
            self.lists.push(list);
            self.rows.push(Vec::new());
            self.lists.len() - 1
        })
    }

    /// Adds a choice that is not in the sheet, unless the list has it.
    pub fn add_choice(&mut self, list: usize, name: &str, label: &str, languages: usize) {
        let choices = &mut self.lists[list];
        if choices.position(name).is_some() {
            return;
        }
        let translated = choices.choices.iter().any(|c| c.label.0.len() > 1);
        let label = Words(vec![label.to_owned(); if translated { languages } else { 1 }]);
        let extra = vec![String::new(); choices.columns.len()];
        choices.choices.push(Choice { name: name.to_owned(), label, extra, ..Choice::default() });
        self.rows[list].push(0);
    }

    /// Appends the lists of another sheet; their indexes move up by what is returned.
    pub fn append(&mut self, other: Lists) -> usize {
        let before = self.lists.len();
        self.lists.extend(other.lists);
        self.rows.extend(other.rows);
        before
    }
}

/// Reads the lists in the order they first appear.
pub(super) fn read(table: &Table<'_>, duplicates: bool, diagnostics: &mut Vec<Diagnostic>) -> Lists {
    let sheet = table.sheet;
    let mut lists = Lists::default();
    if sheet.header.is_empty() {
        return lists;
    }
    for name in ["list_name", "name"] {
        if table.column(name).is_none() && !sheet.rows.is_empty() {
            let message = format!("the `{}` sheet has no `{name}` column", sheet.name);
            diagnostics.push(Diagnostic::error("form/missing-column", sheet.place(1, None), message));
            return lists;
        }
    }
    let (list_column, name_column) = (table.column("list_name"), table.column("name"));
    let weight_column = table.column("weight");
    let has_media = table.heads.iter().any(|h| matches!(h.key.as_str(), "image" | "big-image" | "audio" | "video"));
    let extras: Vec<(usize, &str)> = table
        .heads
        .iter()
        .enumerate()
        .filter(|(_, h)| !h.known && !h.key.is_empty() && !h.key.contains([' ', ':']))
        .map(|(i, h)| (i, h.key.as_str()))
        .collect();
    let mut seen: HashSet<(usize, &str)> = HashSet::new();
    for row in &sheet.rows {
        let (list_name, name) = (row.cell(list_column), row.cell(name_column));
        if list_name.is_empty() {
            // A row that belongs to no list is a remark, unless it is meant as a choice.
            if !name.is_empty() {
                let place = sheet.place(row.number, list_column);
                diagnostics.push(Diagnostic::error("form/bad-choice", place, "the choice has no list_name"));
            }
            continue;
        }
        let place = sheet.place(row.number, name_column);
        if name.is_empty() {
            diagnostics.push(Diagnostic::error("form/bad-choice", place, "the choice has no name"));
            continue;
        }
        if lists.lists.len() >= ITEMS_MAX && lists.find(list_name).is_none() {
            diagnostics.push(Diagnostic::error("form/too-large", place, "there are too many choice lists"));
            break;
        }
        let at = *lists.by_name.entry(list_name.to_owned()).or_insert_with(|| {
            let columns = extras.iter().map(|(_, name)| (*name).to_owned()).collect();
            lists.lists.push(ChoiceList { name: list_name.to_owned(), columns, ..ChoiceList::default() });
            lists.rows.push(Vec::new());
            lists.lists.len() - 1
        });
        if !seen.insert((at, name)) && !duplicates {
            let message = format!("the list `{list_name}` has the choice `{name}` twice");
            let help = "if that is meant, say `yes` to `allow_choice_duplicates` in the settings";
            diagnostics.push(Diagnostic::error("form/duplicate-choice", place, message).help(help));
            continue;
        }
        let label = table.words(row, "label");
        let media = if has_media { table.media(row) } else { None };
        if label.is_empty() && media.is_none() && sheet.name.to_lowercase() == "choices" {
            let message = format!("the choice `{name}` of `{list_name}` has no label");
            let place = table.place(row.number, "label");
            diagnostics.push(Diagnostic::warning("form/choice-without-label", place, message));
        }
        table.check_translations(&label, &format!("the choice `{name}`"), row, "label", diagnostics);
        if media.as_ref().is_some_and(|m| m.image.is_empty() && !m.big_image.is_empty()) {
            let message = format!("the choice `{name}` has a `big-image` and no `image`");
            let place = table.place(row.number, "big-image");
            diagnostics.push(Diagnostic::error("form/big-image-alone", place, message));
        }
        let extra = extras.iter().map(|(i, _)| row.cell(Some(*i)).to_owned()).collect();
        let weight = row.cell(weight_column).parse().ok().filter(|weight: &f32| weight.is_finite());
        lists.lists[at].choices.push(Choice { name: name.to_owned(), label, extra, weight, media });
        lists.rows[at].push(row.number);
    }
    lists.lists.iter_mut().for_each(drop_unused_columns);
    lists
}

/// Columns are those of the whole sheet; a list keeps the ones it fills.
fn drop_unused_columns(list: &mut ChoiceList) {
    let used: Vec<bool> =
        (0..list.columns.len()).map(|i| list.choices.iter().any(|c| !c.extra[i].is_empty())).collect();
    if used.iter().all(|used| *used) {
        return;
    }
    let keep = |texts: &mut Vec<String>| {
        let mut at = 0;
        texts.retain(|_| {
            at += 1;
            used[at - 1]
        });
    };
    list.choices.iter_mut().for_each(|c| keep(&mut c.extra));
    keep(&mut list.columns);
}
