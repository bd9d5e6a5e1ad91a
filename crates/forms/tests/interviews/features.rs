//! The feature matrix `docs/forms.md`: every type and column of the XLSForm reference and every function of the ODK XForms
//! specification, with what shows it here. It is made from the fixtures, so a feature nothing shows is said to be so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use forms::workbook::{self, Sheet, Workbook};

use crate::fixture::{files, fixtures, stem};

/// Types of the survey sheet (XLSForm reference, "Question types" and "Metadata").
const TYPES: &[&str] = &[
    "text",
    "integer",
    "decimal",
    "range",
    "select_one",
    "select_multiple",
    "select_one_from_file",
    "select_multiple_from_file",
    "rank",
    "note",
    "geopoint",
    "geotrace",
    "geoshape",
    "date",
    "time",
    "dateTime",
    "image",
    "audio",
    "background-audio",
    "video",
    "file",
    "barcode",
    "calculate",
    "acknowledge",
    "hidden",
    "xml-external",
    "csv-external",
    "select_one_external",
    "osm",
    "begin_group",
    "begin_repeat",
    "start",
    "end",
    "today",
    "deviceid",
    "phonenumber",
    "username",
    "email",
    "audit",
    "start-geopoint",
    "background-geopoint",
];

/// Columns of the survey sheet.
const COLUMNS: &[&str] = &[
    "label",
    "hint",
    "guidance_hint",
    "appearance",
    "relevant",
    "required",
    "required_message",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "readonly",
    "parameters",
    "trigger",
    "image",
    "audio",
    "video",
    "big-image",
    "autoplay",
    "save_to",
    "body::",
    "bind::",
    "instance::",
];

/// Columns of the entities sheet.
const ENTITIES: &[&str] = &["list_name", "entity_id", "create_if", "update_if", "label"];

/// Columns of the settings sheet.
const SETTINGS: &[&str] = &[
    "form_title",
    "form_id",
    "version",
    "instance_name",
    "default_language",
    "public_key",
    "submission_url",
    "auto_send",
    "auto_delete",
    "style",
    "name",
    "namespaces",
    "attribute::",
    "allow_choice_duplicates",
    "omit_instanceID",
    "clean_text_values",
    "add_none_option",
];

/// Functions (ODK XForms specification, "XPath Functions").
const FUNCTIONS: &[&str] = &[
    "string",
    "concat",
    "join",
    "substr",
    "substring-before",
    "substring-after",
    "translate",
    "string-length",
    "normalize-space",
    "contains",
    "starts-with",
    "ends-with",
    "uuid",
    "digest",
    "pulldata",
    "base64-decode",
    "extract-signed",
    "regex",
    "round",
    "int",
    "number",
    "max",
    "min",
    "sum",
    "count",
    "count-non-empty",
    "position",
    "indexed-repeat",
    "pow",
    "log",
    "log10",
    "abs",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sqrt",
    "exp",
    "exp10",
    "pi",
    "random",
    "randomize",
    "selected",
    "selected-at",
    "count-selected",
    "jr:choice-name",
    "today",
    "now",
    "date",
    "date-time",
    "format-date",
    "format-date-time",
    "decimal-date-time",
    "decimal-time",
    "if",
    "coalesce",
    "once",
    "true",
    "false",
    "boolean",
    "boolean-from-string",
    "not",
    "checklist",
    "weighted-checklist",
    "area",
    "distance",
    "geofence",
    "version",
    "property",
    "instance",
    "current",
    "last-saved",
];

/// What a fixture is: what its form holds.
struct Shown {
    name: String,
    /// Played by JavaRosa and by us.
    played: bool,
    types: BTreeSet<String>,
    columns: BTreeSet<String>,
    entities: BTreeSet<String>,
    settings: BTreeSet<String>,
    text: String,
}

fn shown(path: &Path, played: bool) -> Shown {
    let text = std::fs::read_to_string(path).unwrap();
    let (book, _) = workbook::from_markdown(&text);
    let (entities, settings) = (columns(&book.entities), columns(&book.settings));
    let (types, columns) = (types(&book), columns(&book.survey));
    Shown { name: stem(path), played, types, columns, entities, settings, text }
}

fn types(book: &Workbook) -> BTreeSet<String> {
    let at = book.survey.column("type");
    let cells = book.survey.rows.iter().map(|row| row.cell(at).to_owned());
    cells.map(|cell| typed(&cell)).collect()
}

/// The type of a cell without its list: `begin repeat` as `begin_repeat`, `select_one x.csv` as from a file.
fn typed(cell: &str) -> String {
    let words: Vec<&str> = cell.split_whitespace().collect();
    match words.as_slice() {
        ["begin", what, ..] => format!("begin_{what}"),
        [first @ ("select_one" | "select_multiple"), list, ..] if list.contains('.') => format!("{first}_from_file"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

fn columns(sheet: &Sheet) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for header in &sheet.header {
        let (base, rest) = header.split_once("::").unwrap_or((header, ""));
        let base = base.trim().to_lowercase().replace(' ', "_");
        match base.as_str() {
            "bind" | "body" | "instance" | "attribute" if !rest.is_empty() => out.insert(format!("{base}::")),
            "media" => out.insert(rest.split("::").next().unwrap_or("").to_owned()),
            "read_only" => out.insert("readonly".into()),
            "dataset" => out.insert("list_name".into()),
            _ => out.insert(base),
        };
    }
    out
}

fn calls(text: &str, function: &str) -> bool {
    let call = format!("{function}(");
    let free = |at: usize| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !"-_:".contains(c));
    text.match_indices(&call).any(|(at, _)| free(at)) || (function == "last-saved" && text.contains("${last-saved#"))
}

fn row(out: &mut String, feature: &str, forms: &[Shown], expressions: bool, has: impl Fn(&Shown) -> bool) -> bool {
    let (played, written): (Vec<_>, Vec<_>) = forms.iter().filter(|form| has(form)).partition(|form| form.played);
    let names = |of: &[&Shown]| of.iter().take(3).map(|form| form.name.as_str()).collect::<Vec<_>>().join(", ");
    let answers = match (expressions, played.is_empty()) {
        (true, true) => "expressions".to_owned(),
        (true, false) => format!("expressions, {}", names(&played)),
        (false, _) => names(&played),
    };
    let there = !answers.is_empty() || !written.is_empty();
    let status = if there { "" } else { "nothing here shows it" };
    writeln!(out, "| `{feature}` | {answers} | {} | {status} |", names(&written)).unwrap();
    there
}

fn page() -> String {
    let mut forms: Vec<Shown> =
        files(&fixtures().join("interviews"), "md").iter().map(|path| shown(path, true)).collect();
    forms.retain(|form| form.name != "README");
    forms.extend(files(&fixtures().join("forms"), "md").iter().map(|path| shown(path, false)));
    let expressions = std::fs::read_to_string(fixtures().join("xpath/expressions.txt")).unwrap();

    let mut out = String::from(
        "# What forms may hold\n\n\
         Made from the fixtures by a test (`UPDATE_EXPECT=1 cargo test -p forms --test interviews` writes it anew). *Answers as\n\
         JavaRosa*: interviews of `fixtures/interviews` that JavaRosa 5.1.0 and our engine conduct alike, or differ in for a\n\
         reason written in `differ.tsv` there, and the expressions of `fixtures/xpath`. *XForm as pyxform*: forms of\n\
         `fixtures/forms` whose XForm we write as pyxform 4.5.0 does. At most three are named.\n",
    );
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let table = |out: &mut String, title: &str| {
        write!(out, "\n## {title}\n\n| | answers as JavaRosa | XForm as pyxform | |\n| --- | --- | --- | --- |\n")
            .unwrap();
    };
    let mut section =
        |out: &mut String, title: &'static str, features: &[&str], of: &dyn Fn(&mut String, &str) -> bool| {
            table(out, title);
            let there = features.iter().filter(|feature| of(out, feature)).count();
            counts.insert(title, (there, features.len()));
        };
    section(&mut out, "Types of questions", TYPES, &|out, name| {
        row(out, name, &forms, false, |form| form.types.contains(name))
    });
    section(&mut out, "Columns", COLUMNS, &|out, name| {
        row(out, name, &forms, false, |form| form.columns.contains(name))
    });
    section(&mut out, "Columns of entities", ENTITIES, &|out, name| {
        row(out, name, &forms, false, |form| form.entities.contains(name))
    });
    section(&mut out, "Settings", SETTINGS, &|out, name| {
        row(out, name, &forms, false, |form| form.settings.contains(&name.to_lowercase()))
    });
    section(&mut out, "Functions", FUNCTIONS, &|out, name| {
        row(out, name, &forms, calls(&expressions, name), |form| calls(&form.text, name))
    });
    out.push_str("\n## Count\n\n| | shown | of |\n| --- | --- | --- |\n");
    for (title, (there, all)) in counts {
        writeln!(out, "| {title} | {there} | {all} |").unwrap();
    }
    out
}

#[test]
fn the_page_of_features_says_what_the_fixtures_show() {
    let path = fixtures().join("../docs/forms.md");
    let made = page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/forms.md is out of date: UPDATE_EXPECT=1 cargo test -p forms --test interviews");
}
