//! Headers: which languages a workbook has, and which columns it means.

use crate::definition::{Language, Words};
use crate::diagnostic::Diagnostic;
use crate::workbook::{Row, Sheet, Workbook};

/// Every survey column that means something here or in ODK, so that a misspelt one is noticed.
const SURVEY: &[&str] = &[
    "type",
    "name",
    "label",
    "hint",
    "appearance",
    "relevant",
    "relevance",
    "required",
    "required_message",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "read_only",
    "readonly",
    "parameters",
    "trigger",
    "guidance_hint",
    "note",
    "image",
    "audio",
    "video",
    "media",
    "disabled",
    "save_to",
    "identifier",
    "check_soft",
    "check_soft_message",
    "fact",
    "generate",
    "caption",
    "skip_logic",
    "constraintmsg",
    "requiredmsg",
    "calculate",
    "count",
    "bind",
    "body",
    "instance",
    "autoplay",
    "compact_tag",
    "rows",
    "query",
];

/// The workbook's languages and the texts in them.
pub(crate) struct Columns {
    pub languages: Vec<Language>,
}

impl Columns {
    pub fn new(book: &Workbook, default: &str, diagnostics: &mut Vec<Diagnostic>) -> Columns {
        let mut names: Vec<String> = Vec::new();
        for sheet in [&book.survey, &book.choices] {
            for header in &sheet.header {
                if let Some((_, language)) = translated(header)
                    && !names.iter().any(|n| n == language)
                {
                    names.push(language.to_owned());
                }
            }
        }
        if let Some(at) = names.iter().position(|n| n == default || code(n) == default) {
            let name = names.remove(at);
            names.insert(0, name);
        }
        if names.is_empty() {
            names.push(if default.is_empty() { "default".into() } else { default.into() });
        }
        for (i, header) in book.survey.header.iter().enumerate() {
            let base = translated(header).map_or(header.as_str(), |(base, _)| base).split(':').next().unwrap_or("");
            let base = base.trim().to_lowercase().replace(' ', "_");
            if !base.is_empty() && !SURVEY.contains(&base.as_str()) {
                let place = book.survey.place(1, Some(i));
                let message = format!("the column `{header}` means nothing to XLSForm and is left out");
                let warning = Diagnostic::warning("form/unknown-column", place, message);
                diagnostics.push(warning.did_you_mean(&base, SURVEY.iter().copied()));
            }
        }
        Columns { languages: names.into_iter().map(|name| Language { code: code(&name).to_owned(), name }).collect() }
    }

    /// A text in every language: `label::English (en)`, `label:English`, or a plain `label` for the default one.
    pub fn words(&self, sheet: &Sheet, row: &Row, names: &[&str]) -> Words {
        let texts = self.languages.iter().enumerate().map(|(i, language)| {
            let own = names.iter().find_map(|n| self.find_in(sheet, n, &language.name));
            let column = own.or_else(|| if i == 0 { sheet.column_of(names) } else { None });
            row.cell(column).to_owned()
        });
        let mut texts: Vec<String> = texts.collect();
        while texts.last().is_some_and(String::is_empty) {
            texts.pop();
        }
        Words(texts)
    }

    /// The column of a name in one language.
    pub fn find_in(&self, sheet: &Sheet, name: &str, language: &str) -> Option<usize> {
        sheet.header.iter().position(|h| {
            translated(h)
                .is_some_and(|(base, of)| base.trim().to_lowercase().replace(' ', "_") == name && of == language)
        })
    }

    /// The column of a name in any language.
    pub fn find(&self, sheet: &Sheet, name: &str) -> Option<usize> {
        let any = || self.languages.iter().find_map(|l| self.find_in(sheet, name, &l.name));
        sheet.column_of(aliases(name)).or_else(|| sheet.column(name)).or_else(any)
    }
}

/// Other headers a column goes by, its own first.
pub(crate) fn aliases(name: &str) -> &'static [&'static str] {
    match name {
        "relevant" => &["relevant", "relevance", "skip_logic", "bind::relevant"],
        "required" => &["required", "bind::required"],
        "constraint" => &["constraint", "bind::constraint"],
        "calculation" => &["calculation", "calculate", "bind::calculate"],
        "read_only" => &["read_only", "readonly", "bind::readonly"],
        "repeat_count" => &["repeat_count", "count"],
        "appearance" => &["appearance", "control::appearance", "body::appearance"],
        "choice_filter" => &["choice_filter"],
        "type" => &["type"],
        "name" => &["name", "value"],
        "default" => &["default"],
        "identifier" => &["identifier"],
        "fact" => &["fact"],
        "check_soft" => &["check_soft"],
        "generate" => &["generate"],
        "list_name" => &["list_name", "list name", "list"],
        _ => &[],
    }
}

/// Splits `label::English (en)` into the column and the language. `bind::…` and the like are not translations.
fn translated(header: &str) -> Option<(&str, &str)> {
    let (base, rest) = header.split_once("::").or_else(|| header.split_once(':'))?;
    let (base, rest) = (base.trim(), rest.trim());
    let plain = matches!(base, "bind" | "body" | "control" | "instance" | "media");
    (!plain && !base.is_empty() && !rest.is_empty()).then_some((base, rest))
}

fn code(name: &str) -> &str {
    match (name.rfind('('), name.rfind(')')) {
        (Some(open), Some(close)) if open < close => name[open + 1..close].trim(),
        _ => name,
    }
}
