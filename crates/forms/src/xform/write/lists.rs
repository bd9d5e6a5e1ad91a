//! Choice lists.

use std::collections::HashMap;

use super::fields::{Cell, Fields};
use super::grid::Grid;
use super::names::has_reference;
use crate::diagnostic::Diagnostic;
use crate::workbook::Sheet;

pub(super) struct Choice {
    pub name: String,
    pub label: Option<Cell>,
    pub media: Option<Fields>,
    pub sms_option: Option<String>,
    /// Further columns, for filters.
    pub extra: Vec<(String, String)>,
}

pub(super) struct List {
    pub name: String,
    pub choices: Vec<Choice>,
    /// Whether its labels are looked up by language: translated, with media, or with references.
    pub itext: bool,
    /// Whether the phone looks its choices up in a file by `search()`, so that they stand in the control itself.
    pub searched: bool,
}

/// Lists in the order of their first choices.
#[derive(Default)]
pub(super) struct Lists {
    pub all: Vec<List>,
    index: HashMap<String, usize>,
}

impl Lists {
    pub fn read(grid: Grid, sheet: &Sheet, duplicates: bool, diagnostics: &mut Vec<Diagnostic>) -> Lists {
        let mut lists = Lists::default();
        for (number, mut row) in grid.rows {
            let Some(Cell::Text(list)) = row.remove("list_name") else { continue };
            let place = || sheet.place(number, None);
            let Some(Cell::Text(name)) = row.remove("name") else {
                diagnostics.push(Diagnostic::error(
                    "form/bad-choice",
                    place(),
                    format!("a choice of `{list}` has no name"),
                ));
                continue;
            };
            let at = *lists.index.entry(list).or_insert_with_key(|list| {
                let name = list.clone();
                lists.all.push(List { name, choices: Vec::new(), itext: false, searched: false });
                lists.all.len() - 1
            });
            let text = |cell: Option<Cell>| match cell {
                Some(Cell::Text(text)) => Some(text),
                _ => None,
            };
            let choice = Choice {
                name,
                label: row.remove("label"),
                media: match row.remove("media") {
                    Some(Cell::Map(map)) => Some(map),
                    _ => None,
                },
                sms_option: text(row.remove("sms_option")),
                // A header with spaces cannot be an element's name; it is the author's own note.
                extra: row
                    .texts()
                    .filter(|(key, _)| super::names::is_name(key))
                    .map(|(key, text)| (key.to_owned(), text.to_owned()))
                    .collect(),
            };
            lists.all[at].choices.push(choice);
        }
        for list in &mut lists.all {
            list.itext = list.choices.iter().any(|choice| {
                choice.media.is_some()
                    || match &choice.label {
                        Some(Cell::Map(_)) => true,
                        Some(Cell::Text(label)) => has_reference(label),
                        None => false,
                    }
            });
            if !duplicates {
                let mut seen = std::collections::HashSet::new();
                if let Some(twin) = list.choices.iter().find(|choice| !seen.insert(choice.name.as_str())) {
                    diagnostics.push(
                        Diagnostic::error(
                            "form/duplicate-choice",
                            sheet.place(1, None),
                            format!("list `{}` has `{}` twice", list.name, twin.name),
                        )
                        .help("set `allow_choice_duplicates` to yes, if that is meant"),
                    );
                }
            }
        }
        lists
    }

    pub fn get(&self, name: &str) -> Option<&List> {
        self.index.get(name).map(|at| &self.all[*at])
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut List> {
        self.index.get(name).map(|at| &mut self.all[*at])
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|list| list.name.as_str())
    }
}

impl List {
    /// Adds the choice `other`, in every language the list has, unless there is one.
    pub fn add_other(&mut self) {
        if self.choices.iter().any(|choice| choice.name == "other") {
            return;
        }
        let mut languages = Fields::default();
        for choice in &self.choices {
            for (language, _) in choice.label.iter().filter_map(Cell::map).flat_map(Fields::iter) {
                languages.set_text(language, "Other");
            }
        }
        let label = if languages.is_empty() { Cell::Text("Other".into()) } else { Cell::Map(languages) };
        let name = "other".to_owned();
        self.choices.push(Choice { name, label: Some(label), media: None, sms_option: None, extra: Vec::new() });
    }
}
