//! What a row of the survey says about its question.

use super::choices::Lists;
use super::table::Table;
use super::{calendars, is_name, parameters, range, yes};
use crate::compile::is_expression;
use crate::definition::{Item, Kind, Words};
use crate::diagnostic::Diagnostic;
use crate::workbook::Row;
use crate::xlsform;
use crate::xlsform::cell::{straight, truth};

pub(super) struct Context<'a> {
    pub table: &'a Table<'a>,
    pub row: &'a Row,
    pub lists: &'a Lists,
}

/// Columns that go into the XForm as attributes of the question, by the name of the attribute.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("autoplay", "body::autoplay"),
    ("rows", "body::rows"),
    ("intent", "body::intent"),
    ("no_app_error_string", "bind::jr:noAppErrorString"),
    ("compact_tag", "instance::odk:tag"),
    ("sms_field", "sms_field"),
    ("sms_option", "sms_option"),
    ("hxl", "instance::hxl"),
];

/// Where ODK keeps the pictures that come with a form.
const IMAGES: &str = "jr://images/";

/// Fills an item, whose kind and name are known, from its row.
pub(super) fn fill(item: &mut Item, context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Context { table, row, lists } = *context;
    let cell = |key: &str| table.cell(row, key).to_owned();
    let expressed = |key: &str| expression(table.cell(row, key));
    let words = |key: &str| table.words(row, key);
    item.label = words("label");
    let hint = words("hint");
    if !hint.is_empty() {
        item.hint = hint;
    }
    item.guidance = words("guidance_hint");
    item.media = table.media(row);
    item.required_message = words("required_message");
    item.constraint_message = words("constraint_message");
    item.check_soft_message = words("check_soft_message");
    item.appearance = cell("appearance");
    item.relevant = truth(&expressed("relevant")).to_owned();
    item.required = required(expressed("required"));
    let constraint = truth(&expressed("constraint")).to_owned();
    if !constraint.is_empty() {
        item.constraint = constraint;
    }
    item.check_soft = expressed("check_soft");
    item.calculation = expressed("calculation");
    item.trigger = cell("trigger").split(',').map(reference).filter(|name| !name.is_empty()).collect();
    item.choice_filter = expressed("choice_filter");
    item.repeat_count = expressed("repeat_count");
    item.default = straight(table.cell(row, "default"));
    if item.kind == Kind::Image && !item.default.is_empty() && !item.default.contains(IMAGES) {
        item.default.insert_str(0, IMAGES);
    }
    item.read_only = yes(&cell("read_only"));
    item.identifier = yes(&cell("identifier"));
    item.fact = cell("fact");
    item.generate = expressed("generate");
    item.save_to = cell("save_to");
    for (column, attribute) in ATTRIBUTES {
        let text = table.cell(row, column);
        if !text.is_empty() {
            item.attributes.push(((*attribute).to_owned(), text.to_owned()));
        }
    }
    for (name, value) in table.attributes(row) {
        item.attributes.retain(|(n, _)| *n != name);
        item.attributes.push((name, value));
    }
    match xlsform::parameters::parse(table.cell(row, "parameters")) {
        Some(pairs) => item.parameters = pairs,
        None => {
            let place = table.place(row.number, "parameters");
            let error = Diagnostic::error("form/bad-parameters", place, "parameters are pairs of a key and a value");
            diagnostics.push(error.help("write them as `key=value key=value`"));
        }
    }
    let place = table.place(row.number, "parameters");
    parameters::check(item, &lists.lists, &place, diagnostics);
    calendars::read(item, &cell("calendars"), lists, &table.place(row.number, "calendars"), diagnostics);
    if item.type_name == "range" {
        range::check(item, lists, &place, diagnostics);
    }
    check(item, context, diagnostics);
}

fn check(item: &Item, context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Context { table, row, .. } = *context;
    let name = &item.name;
    let seen = !item.label.is_empty() || !item.hint.is_empty() || item.media.is_some();
    let asked = item.kind.is_question() && item.calculation.is_empty() && !item.read_only;
    if !seen && asked && item.appearance != "label" {
        let place = table.place(row.number, "label");
        diagnostics.push(Diagnostic::warning("form/no-label", place, format!("the question `{name}` has no label")));
    }
    let computed = !item.calculation.is_empty() || is_expression(&item.default, item.kind);
    if item.kind == Kind::Calculate && !computed {
        let place = table.place(row.number, "calculation");
        diagnostics.push(Diagnostic::error("form/no-calculation", place, format!("`{name}` has nothing to calculate")));
    }
    if item.type_name == "background-geopoint" {
        if table.cell(row, "trigger").is_empty() {
            let message = format!("nothing says when `{name}` takes the place");
            let error = Diagnostic::error("form/missing-trigger", table.place(row.number, "trigger"), message);
            diagnostics.push(error.help("name the question in the `trigger` column, as in `${start}`"));
        }
        if !item.calculation.is_empty() {
            let place = table.place(row.number, "calculation");
            let message = format!("`{name}` is filled by the device and cannot be calculated");
            diagnostics.push(Diagnostic::error("form/not-calculated", place, message));
        }
    }
    if item.media.as_ref().is_some_and(|m| m.image.is_empty() && !m.big_image.is_empty()) {
        let place = table.place(row.number, "big-image");
        diagnostics.push(Diagnostic::error(
            "form/big-image-alone",
            place,
            format!("`{name}` has a `big-image` and no `image`"),
        ));
    }
    for (key, words) in texts(item) {
        // A hint that comes with the type is in no column.
        if table.column(key).is_some() {
            table.check_translations(words, &format!("`{name}`"), row, key, diagnostics);
        }
    }
}

/// The texts of an item that may stand in several languages, by column.
pub(super) fn texts(item: &Item) -> [(&'static str, &Words); 6] {
    [
        ("label", &item.label),
        ("hint", &item.hint),
        ("guidance_hint", &item.guidance),
        ("required_message", &item.required_message),
        ("constraint_message", &item.constraint_message),
        ("check_soft_message", &item.check_soft_message),
    ]
}

/// An expression as it is compiled: word processors' quotes made plain.
pub(super) fn expression(cell: &str) -> String {
    straight(cell.trim())
}

fn required(text: String) -> String {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" => "true()".into(),
        "no" | "false" | "false()" | "0" => String::new(),
        _ => text,
    }
}

/// `search('file', …)` in an appearance takes the choices from a file: the list then names the file's columns.
pub(super) fn search_lists(
    table: &Table<'_>,
    items: &[Item],
    rows: &[u32],
    lists: &mut Lists,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let searched: Vec<(usize, u16, String)> = items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| Some((i, item.kind.list()?, search_file(&item.appearance)?)))
        .collect();
    for (at, list, file) in &searched {
        let place = || table.place(rows[*at], "appearance");
        let name = &items[*at].name;
        let choices = &mut lists.lists[*list as usize];
        if choices.is_open() && choices.source != format!("{file}.csv") {
            let message = format!("`{name}` takes its choices from a file, so it cannot use `search()` as well");
            diagnostics.push(Diagnostic::error("form/search-from-file", place(), message));
            continue;
        }
        let plain = |i: &Item| i.kind.list() == Some(*list) && search_file(&i.appearance).is_none();
        if let Some(other) = items.iter().find(|i| plain(i)) {
            let message = format!("`{name}` searches for its choices, and `{}` uses the same list without", other.name);
            let error = Diagnostic::error("form/search-shares-list", place(), message);
            diagnostics.push(error.help("give the question with `search()` a list of its own"));
        }
        // Another question has named the columns already.
        if choices.is_open() {
            continue;
        }
        let column = choices.choices.iter().find(|c| c.name.parse::<i64>().is_err()).cloned().unwrap_or_default();
        choices.source = format!("{file}.csv");
        (choices.value_column, choices.label_column) = (column.name, column.label.get(0).to_owned());
        (choices.columns, choices.choices) = (Vec::new(), Vec::new());
    }
}

/// The first argument of `search()`.
fn search_file(appearance: &str) -> Option<String> {
    let (_, rest) = appearance.split_once("search(")?;
    let rest = straight(rest.trim_start());
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (file, _) = rest[1..].split_once(quote)?;
    Some(file.strip_suffix(".csv").unwrap_or(file).to_owned())
}

/// Whether a text is one `${name}` and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).is_some_and(is_name)
}

/// The name in `${name}`.
fn reference(text: &str) -> String {
    text.trim().trim_start_matches("${").trim_end_matches('}').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_search_is_found_beside_other_appearances() {
        let found = |text| search_file(text).unwrap_or_default();
        assert_eq!(found("minimal search('fruits', 'contains', 'name', ${x})"), "fruits");
        assert_eq!(found("search( \u{201c}fruits.csv\u{201d})"), "fruits");
        assert_eq!((found("minimal"), found("search(${x})")), (String::new(), String::new()));
    }
}
