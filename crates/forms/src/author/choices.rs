//! The choices sheet.

use super::{Columns, check_translations};
use crate::author::columns::aliases;
use crate::definition::{Choice, ChoiceList};
use crate::diagnostic::Diagnostic;
use crate::form::ITEMS_MAX;
use crate::workbook::Sheet;

/// Reads the lists in the order they first appear.
pub(super) fn read(sheet: &Sheet, columns: &Columns, diagnostics: &mut Vec<Diagnostic>) -> Vec<ChoiceList> {
    let list_column = sheet.column_of(aliases("list_name"));
    let name_column = sheet.column_of(aliases("name"));
    let weight_column = sheet.column("weight");
    if sheet.header.is_empty() {
        return Vec::new();
    }
    for (column, name) in [(list_column, "list_name"), (name_column, "name")] {
        if column.is_none() {
            let message = format!("the `{}` sheet has no `{name}` column", sheet.name);
            diagnostics.push(Diagnostic::error("form/missing-column", sheet.place(1, None), message));
            return Vec::new();
        }
    }
    let extras: Vec<(usize, String)> = sheet
        .header
        .iter()
        .enumerate()
        .filter(|(i, h)| {
            let plain =
                !h.is_empty() && !h.contains(':') && !matches!(h.as_str(), "label" | "image" | "audio" | "video");
            plain && Some(*i) != list_column && Some(*i) != name_column && Some(*i) != weight_column
        })
        .map(|(i, h)| (i, h.clone()))
        .collect();
    let mut lists: Vec<ChoiceList> = Vec::new();
    let mut by_name = std::collections::HashMap::new();
    let mut seen = std::collections::HashSet::new();
    for row in &sheet.rows {
        let list_name = row.cell(list_column);
        let name = row.cell(name_column);
        if list_name.is_empty() || name.is_empty() {
            let (what, column) = if name.is_empty() { ("name", name_column) } else { ("list_name", list_column) };
            let message = format!("the choice has no {what}");
            diagnostics.push(Diagnostic::error("form/bad-choice", sheet.place(row.number, column), message));
            continue;
        }
        let place = sheet.place(row.number, name_column);
        if name.contains(char::is_whitespace) {
            let message = format!("the choice name `{name}` has a space in it");
            diagnostics.push(Diagnostic::error("form/bad-name", place, message).help("use `_` instead"));
            continue;
        }
        if lists.len() >= ITEMS_MAX && !by_name.contains_key(list_name) {
            diagnostics.push(Diagnostic::error("form/too-large", place, "there are too many choice lists"));
            break;
        }
        let at = *by_name.entry(list_name.to_owned()).or_insert_with(|| {
            let columns = extras.iter().map(|(_, name)| name.clone()).collect();
            lists.push(ChoiceList { name: list_name.to_owned(), columns, choices: Vec::new() });
            lists.len() - 1
        });
        if !seen.insert((at, name.to_owned())) {
            let message = format!("the list `{list_name}` has the choice `{name}` twice");
            diagnostics.push(Diagnostic::error("form/duplicate-choice", place, message));
            continue;
        }
        let label = columns.words(sheet, row, &["label"]);
        if label.is_empty() {
            let message = format!("the choice `{name}` of `{list_name}` has no label");
            let place = sheet.place(row.number, columns.find(sheet, "label"));
            diagnostics.push(Diagnostic::warning("form/choice-without-label", place, message));
        }
        check_translations(&label, &format!("the choice `{name}`"), columns, sheet, row, "label", diagnostics);
        let extra = extras.iter().map(|(i, _)| row.cell(Some(*i)).to_owned()).collect();
        let weight = row.cell(weight_column).parse().ok();
        lists[at].choices.push(Choice { name: name.to_owned(), label, extra, weight });
    }
    for list in &mut lists {
        drop_unused_columns(list);
    }
    lists
}

fn drop_unused_columns(list: &mut ChoiceList) {
    let used: Vec<bool> =
        (0..list.columns.len()).map(|i| list.choices.iter().any(|c| !c.extra[i].is_empty())).collect();
    let keep = |i: usize| used.get(i).copied().unwrap_or(false);
    for choice in &mut list.choices {
        choice.extra = std::mem::take(&mut choice.extra)
            .into_iter()
            .enumerate()
            .filter(|(i, _)| keep(*i))
            .map(|(_, e)| e)
            .collect();
    }
    list.columns =
        std::mem::take(&mut list.columns).into_iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, c)| c).collect();
}
