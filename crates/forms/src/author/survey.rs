//! The survey sheet: rows to items, groups opened and closed.

use std::collections::HashMap;

use super::columns::aliases;
use super::{Columns, check_translations, is_name, item_words, yes};
use crate::definition::{ChoiceList, Definition, Item, Kind};
use crate::diagnostic::Diagnostic;
use crate::form::{DEPTH_MAX, ITEMS_MAX};
use crate::workbook::{Row, Sheet};

/// Types that are kept as text, or filled by the client.
const TEXT: &[&str] = &[
    "text", "string", "barcode", "geotrace", "geoshape", "time", "datetime", "audio", "video", "file", "range", "rank",
];
const HIDDEN: &[&str] =
    &["hidden", "start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "start-geopoint"];
const NAMES: &[&str] = &[
    "text",
    "integer",
    "decimal",
    "date",
    "select_one",
    "select_multiple",
    "geopoint",
    "image",
    "photo",
    "note",
    "calculate",
    "hidden",
    "acknowledge",
    "begin group",
    "end group",
    "begin repeat",
    "end repeat",
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "time",
    "dateTime",
    "barcode",
    "audio",
    "video",
    "file",
    "range",
    "rank",
];

/// Adds the rows to `definition.items`; returns the row number of each item.
pub(super) fn read(
    sheet: &Sheet,
    columns: &Columns,
    definition: &mut Definition,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<u32> {
    let mut rows = Vec::new();
    let type_column = sheet.column_of(aliases("type"));
    let name_column = sheet.column_of(aliases("name"));
    if !sheet.header.is_empty() {
        for (column, name) in [(type_column, "type"), (name_column, "name")] {
            if column.is_none() {
                let message = format!("the `survey` sheet has no `{name}` column");
                diagnostics.push(Diagnostic::error("form/missing-column", sheet.place(1, None), message));
                return rows;
            }
        }
    }
    let mut open: Vec<(u32, bool, u32)> = Vec::new();
    let mut siblings: HashMap<(Option<u32>, String), u32> = HashMap::new();
    for row in &sheet.rows {
        let kind_text = row.cell(type_column);
        let place = || sheet.place(row.number, type_column);
        if kind_text.is_empty() {
            if !row.cell(name_column).is_empty() {
                diagnostics.push(Diagnostic::error("form/missing-type", place(), "the row has a name and no type"));
            }
            continue;
        }
        if yes(row.cell(sheet.column("disabled"))) {
            continue;
        }
        let words: Vec<&str> = kind_text.split_whitespace().collect();
        let head = words.join(" ").to_lowercase().replace("begin_", "begin ").replace("end_", "end ");
        if let Some(what) = head.strip_prefix("end ") {
            let repeat = what == "repeat";
            match open.pop() {
                None => {
                    diagnostics.push(Diagnostic::error(
                        "form/unopened-group",
                        place(),
                        format!("`{kind_text}` closes nothing"),
                    ));
                }
                Some((_, was_repeat, at)) if was_repeat != repeat => {
                    let message = format!("`{kind_text}` closes the {} opened in row {at}", noun(was_repeat));
                    diagnostics.push(Diagnostic::error("form/wrong-end", place(), message));
                }
                Some(_) => {}
            }
            continue;
        }
        let kind = kind_of(&words, &head, row, sheet, &definition.lists, diagnostics);
        let mut item = Item { kind, parent: open.last().map(|(at, ..)| *at), ..Item::default() };
        let name = row.cell(name_column);
        let named = if name.is_empty() {
            let place = sheet.place(row.number, name_column);
            if kind != Kind::Note && kind != Kind::Group {
                diagnostics.push(Diagnostic::error(
                    "form/missing-name",
                    place,
                    format!("the `{kind_text}` has no name"),
                ));
            }
            format!("{}_row_{}", if kind == Kind::Group { "group" } else { "generated" }, row.number)
        } else {
            name.to_owned()
        };
        if !is_name(&named) {
            let place = sheet.place(row.number, name_column);
            let message = format!("`{named}` is not a name");
            let help = "start with a letter or `_`; then letters, digits, `_`, `-` and `.`";
            diagnostics.push(Diagnostic::error("form/bad-name", place, message).help(help));
        }
        if let Some(first) = siblings.insert((item.parent, named.clone()), row.number) {
            let place = sheet.place(row.number, name_column);
            let message = format!("the name `{named}` is already used in row {first}");
            diagnostics.push(Diagnostic::error("form/duplicate-name", place, message));
            siblings.insert((item.parent, named.clone()), first);
            if !kind.is_group() {
                continue;
            }
        }
        item.name = named;
        fill(&mut item, columns, sheet, row, diagnostics);
        let too_many = definition.items.len() >= ITEMS_MAX;
        if too_many || (kind.is_group() && open.len() >= DEPTH_MAX) {
            let message = if too_many { "the form has too many rows" } else { "groups are nested too deep" };
            diagnostics.push(Diagnostic::error("form/too-large", place(), message));
            break;
        }
        if kind.is_group() {
            open.push((definition.items.len() as u32, kind == Kind::Repeat, row.number));
        }
        rows.push(row.number);
        definition.items.push(item);
    }
    for (at, repeat, row) in open {
        let message = format!("the {} `{}` is never closed", noun(repeat), definition.items[at as usize].name);
        let help = format!("add a row `end {}`", noun(repeat));
        diagnostics.push(Diagnostic::error("form/unclosed-group", sheet.place(row, type_column), message).help(help));
    }
    rows
}

fn noun(repeat: bool) -> &'static str {
    if repeat { "repeat" } else { "group" }
}

fn kind_of(
    words: &[&str],
    head: &str,
    row: &Row,
    sheet: &Sheet,
    lists: &[ChoiceList],
    diagnostics: &mut Vec<Diagnostic>,
) -> Kind {
    let place = || sheet.place(row.number, sheet.column_of(aliases("type")));
    let appearance = row.cell(sheet.column_of(aliases("appearance")));
    let first = words[0].to_lowercase();
    match (first.as_str(), head) {
        (_, "begin group") => return Kind::Group,
        (_, "begin repeat") => return Kind::Repeat,
        (_, "select one" | "select multiple") => {}
        ("integer" | "int", _) => return Kind::Integer,
        ("decimal", _) => return Kind::Decimal,
        ("date", _) if appearance.split_whitespace().any(|a| a == "month-year") => return Kind::YearMonth,
        ("date", _) => return Kind::Date,
        ("geopoint", _) => return Kind::Geopoint,
        ("image" | "photo", _) => return Kind::Image,
        ("note", _) => return Kind::Note,
        ("calculate", _) => return Kind::Calculate,
        ("acknowledge" | "trigger", _) => return Kind::Acknowledge,
        (t, _) if TEXT.contains(&t) => return Kind::Text,
        (t, _) if HIDDEN.contains(&t) => return Kind::Hidden,
        _ => {}
    }
    let (multiple, list) = match words {
        ["select_one", list, ..] => (false, *list),
        ["select_multiple", list, ..] => (true, *list),
        ["select", "one", "from", list, ..] | ["select", "one", list, ..] => (false, *list),
        ["select", "multiple", "from", list, ..] | ["select", "multiple", list, ..] => (true, *list),
        ["select_one" | "select_multiple"] => {
            let message = format!("`{}` names no choice list", words[0]);
            diagnostics.push(Diagnostic::error("form/missing-list", place(), message));
            return Kind::Text;
        }
        _ => {
            let message = format!("`{}` is not a question type", words.join(" "));
            diagnostics.push(
                Diagnostic::error("form/unknown-type", place(), message).did_you_mean(words[0], NAMES.iter().copied()),
            );
            return Kind::Text;
        }
    };
    match lists.iter().position(|l| l.name == list) {
        Some(at) if multiple => Kind::SelectMultiple(at as u16),
        Some(at) => Kind::SelectOne(at as u16),
        None => {
            let message = format!("`{}` names no choice list", words.join(" "));
            let names = lists.iter().map(|l| l.name.as_str());
            diagnostics.push(Diagnostic::error("form/unknown-list", place(), message).did_you_mean(list, names));
            Kind::Text
        }
    }
}

fn fill(item: &mut Item, columns: &Columns, sheet: &Sheet, row: &Row, diagnostics: &mut Vec<Diagnostic>) {
    let cell = |name: &str| row.cell(sheet.column_of(aliases(name))).to_owned();
    item_words(item, columns, sheet, row);
    item.appearance = cell("appearance");
    item.relevant = cell("relevant");
    item.required = cell("required");
    item.constraint = cell("constraint");
    item.check_soft = cell("check_soft");
    item.calculation = cell("calculation");
    item.choice_filter = cell("choice_filter");
    item.repeat_count = cell("repeat_count");
    item.default = cell("default");
    item.read_only = yes(&cell("read_only"));
    item.identifier = yes(&cell("identifier"));
    item.fact = cell("fact");
    item.generate = cell("generate");
    item.required = match item.required.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" => "true()".into(),
        "no" | "false" | "false()" | "0" => String::new(),
        _ => std::mem::take(&mut item.required),
    };
    let name = &item.name;
    if item.label.is_empty() && item.kind.is_question() && item.calculation.is_empty() && !item.read_only {
        let place = sheet.place(row.number, columns.find(sheet, "label"));
        diagnostics.push(Diagnostic::warning("form/no-label", place, format!("the question `{name}` has no label")));
    }
    if item.kind == Kind::Calculate && item.calculation.is_empty() && item.default.is_empty() {
        let place = sheet.place(row.number, columns.find(sheet, "calculation"));
        diagnostics.push(Diagnostic::error("form/no-calculation", place, format!("`{name}` has nothing to calculate")));
    }
    let texts = [
        ("label", &item.label),
        ("hint", &item.hint),
        ("constraint_message", &item.constraint_message),
        ("check_soft_message", &item.check_soft_message),
    ];
    for (header, words) in texts {
        check_translations(words, &format!("`{name}`"), columns, sheet, row, header, diagnostics);
    }
}
