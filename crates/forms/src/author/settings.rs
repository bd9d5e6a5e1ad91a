//! The settings sheet: one row.

use super::table::Table;
use super::{NAME_HELP, is_name, yes};
use crate::date::Date;
use crate::definition::{Definition, Pairs, Words};
use crate::diagnostic::Diagnostic;

/// Settings that steer how the other sheets are read.
pub(super) struct Options {
    pub duplicate_choices: bool,
    pub none_choice: bool,
    /// Name of the root element.
    pub root: String,
}

/// Settings with a field of their own in the definition.
const OWN: &[&str] = &["form_title", "form_id", "version", "default_language", "table", "reference_date"];

/// Reads the sheet. `file` is the name of the workbook's file without its ending; it stands in for a missing form_id.
pub(super) fn read(
    table: &Table<'_>,
    file: &str,
    definition: &mut Definition,
    diagnostics: &mut Vec<Diagnostic>,
) -> Options {
    let row = table.sheet.rows.first().cloned().unwrap_or_default();
    let setting = |key: &str| table.cell(&row, key).to_owned();
    let place = |key: &str| table.place(row.number, key);
    if let Some(second) = table.sheet.rows.get(1) {
        let message = "only the first row of settings counts";
        diagnostics.push(Diagnostic::warning("form/row-left-out", table.sheet.place(second.number, None), message));
    }
    let without_id = if file.is_empty() { "form" } else { file };
    definition.id = or(setting("form_id"), without_id);
    definition.version = or(setting("version"), "1");
    definition.unversioned = setting("version").is_empty();
    definition.table = or(setting("table"), "data");
    definition.title = table.words(&row, "form_title");
    if definition.title.is_empty() {
        definition.title = Words(vec![definition.id.clone()]);
    }
    let reference = setting("reference_date");
    if !reference.is_empty() {
        definition.reference_date = Date::parse(&reference);
        if definition.reference_date.is_none() {
            let message = format!("`{reference}` is not a date YYYY-MM-DD");
            diagnostics.push(Diagnostic::error("form/bad-date", place("reference_date"), message));
        }
    }
    for (i, head) in table.heads.iter().enumerate().filter(|(_, h)| h.known && !OWN.contains(&h.key.as_str())) {
        let text = row.cell(Some(i));
        if !text.is_empty() {
            let name = match head.key.as_str() {
                "omit_instanceid" => "omit_instanceID".to_owned(),
                "attribute" => format!("attribute::{}", head.attribute),
                key => key.to_owned(),
            };
            definition.settings.push((name, text.to_owned()));
        }
    }
    let root = or(setting("name"), "data");
    if !is_name(&root) {
        let message = format!("`{root}` cannot be the name of the form's root");
        diagnostics.push(Diagnostic::error("form/bad-name", place("name"), message).help(NAME_HELP));
    }
    if yes(&setting("omit_instanceid")) && !setting("public_key").is_empty() {
        let message = "a form that is encrypted needs the instanceID that `omit_instanceID` leaves out";
        diagnostics.push(Diagnostic::error("form/instance-id-needed", place("omit_instanceid"), message));
    }
    Options {
        duplicate_choices: yes(&setting("allow_choice_duplicates")),
        none_choice: yes(&setting("add_none_option")),
        root,
    }
}

/// Settings from rows of the survey sheet replace those of the settings sheet.
pub(super) fn overrule(definition: &mut Definition, settings: Pairs) {
    for (name, value) in settings.into_iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "form_id" => definition.id = value,
            "form_title" => definition.title = Words(vec![value]),
            _ => {
                definition.settings.retain(|(n, _)| *n != name);
                definition.settings.push((name, value));
            }
        }
    }
}

fn or(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}
