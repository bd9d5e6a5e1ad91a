//! `begin loop over list`: the rows inside are repeated for every choice, each time in a group of the choice's name.

use std::borrow::Cow;

use super::choices::Lists;
use super::table::Table;
use crate::diagnostic::Diagnostic;
use crate::form::ITEMS_MAX;
use crate::workbook::Row;
use crate::xlsform::types::{Asked, Container, read, words};

/// The rows of the survey with every loop written out. Rows keep their numbers.
pub(super) fn unroll<'a>(
    table: &Table<'a>,
    lists: &Lists,
    languages: &[crate::definition::Language],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Cow<'a, Row>> {
    let mut out: Vec<Cow<'a, Row>> = Vec::new();
    // Where the rows of each open loop start in `out`, with its list.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for row in &table.sheet.rows {
        let cell = words(table.cell(row, "type"));
        match read(&cell) {
            Asked::Begin(Container::Loop, list) => {
                let place = table.place(row.number, "type");
                match lists.find(list) {
                    Some(at) => {
                        out.push(Cow::Owned(with(table, row, "type", "begin group")));
                        open.push((out.len(), at));
                    }
                    None if list.is_empty() => {
                        diagnostics.push(Diagnostic::error(
                            "form/missing-list",
                            place,
                            "the loop names no choice list",
                        ));
                        out.push(Cow::Owned(with(table, row, "type", "begin group")));
                        open.push((out.len(), usize::MAX));
                    }
                    None => {
                        let message = format!("`{cell}` names no choice list");
                        let error = Diagnostic::error("form/unknown-list", place, message);
                        diagnostics.push(error.did_you_mean(list, lists.names()));
                        out.push(Cow::Owned(with(table, row, "type", "begin group")));
                        open.push((out.len(), usize::MAX));
                    }
                }
            }
            Asked::End(Container::Loop) if !open.is_empty() => {
                let Some((start, list)) = open.pop() else { continue };
                if let Some(list) = lists.lists.get(list) {
                    let body: Vec<Cow<'a, Row>> = out.drain(start..).collect();
                    for choice in list.choices.iter().filter(|c| c.name != "none") {
                        if out.len() + body.len() > ITEMS_MAX {
                            let message = "the form has too many rows with its loops written out";
                            let place = table.place(row.number, "type");
                            diagnostics.push(Diagnostic::error("form/too-large", place, message));
                            break;
                        }
                        let label = |language: &str| {
                            let at = languages.iter().position(|l| l.name == language).unwrap_or(0);
                            choice.label.get(at)
                        };
                        out.push(Cow::Owned(head(table, row, &choice.name, label)));
                        out.extend(body.iter().map(|r| Cow::Owned(filled(table, r, &choice.name, label))));
                        out.push(Cow::Owned(with(
                            table,
                            &Row { number: row.number, cells: vec![] },
                            "type",
                            "end group",
                        )));
                    }
                }
                out.push(Cow::Owned(with(table, row, "type", "end group")));
            }
            _ => out.push(Cow::Borrowed(row)),
        }
    }
    out
}

fn with(table: &Table<'_>, row: &Row, key: &str, text: &str) -> Row {
    let mut row = row.clone();
    if let Some(column) = table.column(key) {
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut row.cells[column]);
    }
    row
}

/// The row that begins a choice's group.
fn head<'l>(table: &Table<'_>, end: &Row, name: &str, label: impl Fn(&str) -> &'l str) -> Row {
    let empty = Row { number: end.number, cells: vec![String::new(); table.heads.len()] };
    let mut row = with(table, &with(table, &empty, "type", "begin group"), "name", name);
    for (i, head) in table.heads.iter().enumerate().filter(|(_, h)| h.known && h.key == "label") {
        label(&head.language).clone_into(&mut row.cells[i]);
    }
    row
}

/// A row of the loop for one choice: `%(name)s` and `%(label)s` stand for it.
fn filled<'l>(table: &Table<'_>, row: &Row, name: &str, label: impl Fn(&str) -> &'l str) -> Row {
    let mut row = row.clone();
    for (cell, head) in row.cells.iter_mut().zip(&table.heads).filter(|(cell, _)| cell.contains("%(")) {
        *cell = cell.replace("%(name)s", name).replace("%(label)s", label(&head.language));
    }
    row
}
