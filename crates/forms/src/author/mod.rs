//! Reads a workbook into a [`Definition`], collecting every mistake with its cell. The rules are those of XLSForm as
//! pyxform 4.5.0 has them, with the extensions named in [`crate::definition`].
//!
//! Start at [`read`]. `table.rs` knows a sheet's columns and languages, `survey.rs` walks the rows and `question.rs` fills
//! a question; `choices.rs`, `settings.rs` and `entities.rs` read the other sheets, `references.rs` checks `${name}` in
//! texts, `added.rs` makes the nodes that stand in no row. What columns and types are called is in [`crate::xlsform`].

mod added;
mod calendars;
mod choices;
mod entities;
mod loops;
pub(crate) mod matrix;
mod parameters;
mod question;
mod range;
mod references;
mod select;
mod settings;
mod survey;
mod table;

use std::collections::HashMap;

use crate::attachment;
use crate::definition::{COUNT, ChoiceList, Definition, Entity, FORMAT, Item, Kind};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::{Sheet, Workbook};
use crate::xlsform::cell::yes_no;
use crate::xlsform::header::Head;

use references::{LAST_SAVED, References, from_outside, paths_in_attributes};
use survey::Survey;
use table::Tables;

const NAME_HELP: &str = "start with a letter or `_`; then letters, digits, `_`, `-` and `.`";

/// A definition with the places its parts came from.
pub(crate) struct Draft {
    pub definition: Definition,
    /// For each item: its row number, to name a cell in later diagnostics.
    pub rows: Vec<u32>,
    heads: Vec<Head>,
    sheet: Sheet,
    /// Cells the expressions of items come from that stand in no row of the survey.
    elsewhere: HashMap<usize, Place>,
}

impl Draft {
    /// The cell of an item's column, for diagnostics about expressions.
    pub fn place(&self, item: usize, column: &str) -> Place {
        if let Some(place) = self.elsewhere.get(&item) {
            return place.clone();
        }
        let row = self.rows.get(item).copied().unwrap_or(0);
        let counts = self.definition.items.get(item).is_some_and(|i| i.type_name == COUNT);
        let column = if counts { "repeat_count" } else { column };
        let column = self.heads.iter().position(|h| h.known && h.key == column && h.attribute.is_empty());
        self.sheet.place(row, column)
    }
}

impl Draft {
    /// Gives lists the rows of their files.
    pub fn attach(&mut self, files: &[(&str, &[u8])], diagnostics: &mut Vec<Diagnostic>) {
        for at in 0..self.definition.lists.len() {
            let source = self.definition.lists[at].source.clone();
            if source.is_empty() || source.starts_with("${") {
                continue;
            }
            let user = self.definition.items.iter().position(|i| i.kind.list() == Some(at as u16));
            let place = match user {
                Some(item) => self.place(item, "type"),
                None => Place { sheet: self.sheet.name.clone(), row: 0, column: 0 },
            };
            let list = &mut self.definition.lists[at];
            match files.iter().find(|(name, _)| attachment::is_source(list, name)) {
                Some((_, bytes)) => {
                    if let Err(why) = attachment::fill(list, bytes, user.is_some()) {
                        let message = format!("the file `{source}` cannot be used: {why}");
                        diagnostics.push(Diagnostic::error("form/bad-file", place, message));
                    }
                }
                None => {
                    let message = format!("the file `{source}` is not here, so nothing is checked against it");
                    diagnostics.push(Diagnostic::warning("form/missing-file", place, message));
                }
            }
        }
    }
}

/// Interprets a workbook. The draft holds everything that could be read.
pub(crate) fn read(book: &Workbook) -> (Draft, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let book = &*matrix::written_out(book, &mut diagnostics);
    let spaced;
    let mut tables = Tables::new(book, &mut diagnostics);
    let settings = tables.settings.sheet.rows.first();
    let keeps_spaces =
        settings.is_some_and(|row| yes_no(tables.settings.cell(row, "clean_text_values")) == Some(false));
    if !keeps_spaces && let Some(sheet) = with_single_spaces(&book.survey) {
        spaced = sheet;
        tables.survey.sheet = &spaced;
    }
    let mut definition = Definition { format: FORMAT.into(), ..Definition::default() };
    definition.languages = tables.languages.clone();
    let options = settings::read(&tables.settings, &book.name, &mut definition, &mut diagnostics);
    let lists = choices::read(&tables.choices, options.duplicate_choices, &mut diagnostics);
    let external = choices::read(&tables.external_choices, true, &mut diagnostics);

    let mut survey = Survey::new(&tables, lists, external, &options.root, &mut diagnostics);
    survey.read();
    if options.none_choice {
        none_choices(&mut survey);
    }
    let from_survey = std::mem::take(&mut survey.settings);
    settings::overrule(&mut definition, from_survey);
    let (mut items, mut rows) = (std::mem::take(&mut survey.items), std::mem::take(&mut survey.rows));
    let (meta, lists) = (std::mem::take(&mut survey.meta), std::mem::take(&mut survey.lists));
    drop(survey);
    let entities = entities::read(&tables, &mut items, &rows, &mut diagnostics);
    (definition.items, definition.lists) = (items, lists.lists);
    definition.entities = entities.iter().map(|(entity, _)| entity.clone()).collect();
    let elsewhere = added::nodes(&mut definition, &mut rows, meta, &entities, &tables);
    files_of_lookups(&mut definition);
    last_saved(&mut definition, &mut rows);
    let mut found = Vec::new();
    let mut references = References::new(&definition.items, &mut found);
    references.definition(&definition, &rows, &lists.rows, &tables);
    for (entity, row) in &entities {
        let Entity { id, create_if, update_if, label, .. } = entity;
        for (key, text) in [("entity_id", id), ("create_if", create_if), ("update_if", update_if), ("label", label)] {
            references.text(text, || tables.entities.place(*row, key));
        }
    }
    diagnostics.extend(found);
    paths_in_attributes(&mut definition);
    language_question(&definition, &tables, &mut diagnostics);
    let heads = tables.survey.heads.clone();
    (Draft { definition, rows, heads, sheet: book.survey.clone(), elsewhere }, diagnostics)
}

/// The survey sheet with runs of spaces made one, as XLSForm has it unless the setting `clean_text_values` says no;
/// `None` when there are none.
fn with_single_spaces(sheet: &Sheet) -> Option<Sheet> {
    let mut cells = sheet.rows.iter().flat_map(|row| &row.cells);
    cells.any(|cell| cell.contains("  ")).then(|| {
        let mut sheet = sheet.clone();
        for cell in sheet.rows.iter_mut().flat_map(|row| &mut row.cells) {
            while cell.contains("  ") {
                *cell = cell.replace("  ", " ");
            }
        }
        sheet
    })
}

/// The setting `language_question`: a question of the household whose choices are the form's languages.
fn language_question(definition: &Definition, tables: &Tables<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let name = definition.setting("language_question");
    if name.is_empty() {
        return;
    }
    let is_language = |choice: &str| definition.languages.iter().any(|l| l.code == choice || l.name == choice);
    let message = match definition.items.iter().find(|i| i.name == name).map(|i| i.kind) {
        Some(Kind::SelectOne(list)) => {
            let choices = &definition.lists[list as usize].choices;
            match choices.iter().find(|c| !is_language(&c.name)) {
                Some(other) => format!("`{}`, a choice of `{name}`, is no language of the form", other.name),
                None => return,
            }
        }
        Some(_) => format!("`{name}` is not a `select_one`"),
        None => format!("`{name}` is not a question of this form"),
    };
    let row = tables.settings.sheet.rows.first().map_or(0, |r| r.number);
    let help = "its choices are codes of the form's languages: `zh` for `label::中文 (zh)`";
    let place = tables.settings.place(row, "language_question");
    diagnostics.push(Diagnostic::error("form/bad-language-question", place, message).help(help));
}

/// The setting `add_none_option`: every question with several choices can be answered `none`, alone.
fn none_choices(survey: &mut Survey<'_>) {
    for item in survey.items.iter_mut() {
        let Kind::SelectMultiple(list) = item.kind else { continue };
        if survey.lists.lists[list as usize].is_open() {
            continue;
        }
        survey.lists.add_choice(list as usize, "none", "None", 1);
        let alone = "(.='none' or not(selected(., 'none')))";
        item.constraint = match item.constraint.is_empty() {
            true => alone.to_owned(),
            false => format!("{} and {alone}", item.constraint),
        };
    }
}

/// `pulldata('villages', …)` looks things up in `villages.csv`, whether or not a row of the survey names the file.
fn files_of_lookups(definition: &mut Definition) {
    let mut files: Vec<String> = Vec::new();
    for item in &definition.items {
        for text in [&item.calculation, &item.constraint, &item.relevant, &item.required, &item.default] {
            for call in text.split("pulldata(").skip(1) {
                let quote = call.trim_start().chars().next().filter(|c| matches!(c, '\'' | '"'));
                let inner = quote.and_then(|q| call.trim_start()[1..].split_once(q));
                if let Some((file, _)) = inner {
                    files.push(file.strip_suffix(".csv").unwrap_or(file).to_owned());
                }
            }
        }
    }
    for name in files {
        if definition.lists.iter().all(|l| l.name != name) {
            let source = format!("{name}.csv");
            definition.lists.push(ChoiceList { name, source, ..ChoiceList::default() });
        }
    }
}

/// Answers of the form that was finished last come in from outside, like any hidden value.
fn last_saved(definition: &mut Definition, rows: &mut Vec<u32>) {
    for name in from_outside(definition).0 {
        let Some(of) = definition.items.iter().find(|i| i.name == name) else { continue };
        let item = Item {
            name: format!("{LAST_SAVED}{name}"),
            kind: Kind::Hidden,
            type_name: "last-saved".into(),
            identifier: of.identifier,
            ..Item::default()
        };
        definition.items.push(item);
        rows.push(0);
    }
}

/// Whether a cell says yes the way XLSForm accepts it.
fn yes(cell: &str) -> bool {
    matches!(cell.to_lowercase().as_str(), "yes" | "true" | "true()" | "1" | "y")
}

/// A node name as XLSForm allows it: a letter or underscore, then letters, digits, `_`, `-`, `.`.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
