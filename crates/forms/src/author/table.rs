//! A sheet with its headers understood, and the languages of the workbook.

use crate::definition::{Language, Media, Pairs, Words};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::{Row, Sheet, Workbook};
use crate::xlsform::header::{Head, TRANSLATED, known, understand};

/// A sheet, its columns by name.
#[derive(Clone)]
pub(crate) struct Table<'a> {
    pub sheet: &'a Sheet,
    pub heads: Vec<Head>,
    languages: Vec<Language>,
}

impl<'a> Table<'a> {
    /// The text of a column; empty when there is none.
    pub fn cell<'r>(&self, row: &'r Row, key: &str) -> &'r str {
        row.cell(self.column(key))
    }

    /// The column of a name, in no language before any.
    pub fn column(&self, key: &str) -> Option<usize> {
        let mut own = self.heads.iter().enumerate().filter(|(_, h)| h.known && h.key == key && h.attribute.is_empty());
        own.clone().find(|(_, h)| h.language.is_empty()).or_else(|| own.next()).map(|(i, _)| i)
    }

    /// The place of a cell.
    pub fn place(&self, row: u32, key: &str) -> Place {
        self.sheet.place(row, self.column(key))
    }

    /// A text in every language: `label::English (en)`, `label:English`, or a plain `label` for the default one.
    pub fn words(&self, row: &Row, key: &str) -> Words {
        let texts = self.languages.iter().enumerate().map(|(i, language)| {
            let own = self.column_in(key, &language.name);
            let plain = || self.column_in(key, "").filter(|_| i == 0);
            row.cell(own.filter(|c| !row.cell(Some(*c)).is_empty()).or_else(plain)).to_owned()
        });
        let mut texts: Vec<String> = texts.collect();
        while texts.last().is_some_and(String::is_empty) {
            texts.pop();
        }
        Words(texts)
    }

    fn column_in(&self, key: &str, language: &str) -> Option<usize> {
        self.heads.iter().position(|h| h.known && h.key == key && h.language == language)
    }

    /// What is shown or played with the label.
    pub fn media(&self, row: &Row) -> Option<Box<Media>> {
        let words = |key| self.words(row, key);
        let media = Media {
            image: words("image"),
            big_image: words("big-image"),
            audio: words("audio"),
            video: words("video"),
        };
        (!media.is_empty()).then(|| Box::new(media))
    }

    /// `bind::…`, `instance::…` and `body::…`, in order of the columns.
    pub fn attributes(&self, row: &Row) -> Pairs {
        let columns = self.heads.iter().enumerate().filter(|(_, h)| !h.attribute.is_empty());
        let filled = columns.map(|(i, h)| (h, row.cell(Some(i)))).filter(|(_, text)| !text.is_empty());
        filled.map(|(h, text)| (format!("{}::{}", h.key, h.attribute), text.to_owned())).collect()
    }

    /// Finds a text that is in some languages and not in others.
    pub fn check_translations(
        &self,
        words: &Words,
        what: &str,
        row: &Row,
        key: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if words.is_empty() {
            return;
        }
        for (i, language) in self.languages.iter().enumerate() {
            if words.0.get(i).is_none_or(String::is_empty) {
                let column = self.column_in(key, &language.name).or_else(|| self.column(key));
                let message = format!("{what} has no {key} in {}", language.name);
                let place = self.sheet.place(row.number, column);
                diagnostics.push(Diagnostic::warning("form/missing-translation", place, message));
            }
        }
    }
}

/// All sheets of a workbook.
pub(crate) struct Tables<'a> {
    pub survey: Table<'a>,
    pub choices: Table<'a>,
    pub settings: Table<'a>,
    pub entities: Table<'a>,
    pub external_choices: Table<'a>,
    pub osm: Table<'a>,
    pub languages: Vec<Language>,
}

impl<'a> Tables<'a> {
    pub fn new(book: &'a Workbook, diagnostics: &mut Vec<Diagnostic>) -> Tables<'a> {
        let mut heads = |sheet: &'a Sheet, name: &str| {
            let double = sheet.header.iter().any(|h| h.contains("::"));
            let heads: Vec<Head> = sheet.header.iter().map(|h| understand(name, h, double)).collect();
            check(sheet, name, &heads, diagnostics);
            Table { sheet, heads, languages: Vec::new() }
        };
        let mut tables = Tables {
            survey: heads(&book.survey, "survey"),
            choices: heads(&book.choices, "choices"),
            settings: heads(&book.settings, "settings"),
            entities: heads(&book.entities, "entities"),
            external_choices: heads(&book.external_choices, "external_choices"),
            osm: heads(&book.osm, "osm"),
            languages: Vec::new(),
        };
        let languages = tables.find_languages(diagnostics);
        let all = [
            &mut tables.survey,
            &mut tables.choices,
            &mut tables.settings,
            &mut tables.external_choices,
            &mut tables.osm,
            &mut tables.entities,
        ];
        all.into_iter().for_each(|t| t.languages = languages.clone());
        tables.languages = languages;
        tables
    }

    /// Languages in the order they appear, the default one first.
    fn find_languages(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Language> {
        let mut names: Vec<&str> = Vec::new();
        // A column that stands in a language and also in none is in the default language there.
        let mut unnamed = false;
        for table in [&self.survey, &self.choices] {
            for head in table.heads.iter().filter(|h| h.known && TRANSLATED.contains(&h.key.as_str())) {
                if !head.language.is_empty() && !names.contains(&head.language.as_str()) {
                    names.push(&head.language);
                }
                let both = |h: &Head| h.known && h.key == head.key && !h.language.is_empty();
                unnamed |= head.language.is_empty() && table.heads.iter().any(both);
            }
        }
        let row = self.settings.sheet.rows.first();
        let default = row.map_or("", |row| self.settings.cell(row, "default_language"));
        let place = || self.settings.place(row.map_or(0, |r| r.number), "default_language");
        match names.iter().position(|n| *n == default || code(n) == default) {
            Some(at) => {
                let name = names.remove(at);
                names.insert(0, name);
            }
            None if unnamed || names.is_empty() => {
                names.insert(0, if default.is_empty() { "default" } else { default })
            }
            None if !default.is_empty() => {
                let message = format!("no text is in the default language `{default}`");
                let warning = Diagnostic::warning("form/unknown-language", place(), message);
                diagnostics.push(warning.did_you_mean(default, names.iter().copied()));
            }
            None => {}
        }
        for name in names.iter().filter(|n| **n != "default" && !is_code(code(n))) {
            let used =
                |t: &Table<'_>| t.heads.iter().position(|h| h.language == **name).map(|c| t.sheet.place(1, Some(c)));
            let place = used(&self.survey).or_else(|| used(&self.choices)).unwrap_or_else(place);
            let message = format!("the language `{name}` has no code, so a phone cannot choose it by its own language");
            let help = format!("write the code behind it, as in `{name} (en)`");
            diagnostics.push(Diagnostic::warning("form/language-without-code", place, message).help(help));
        }
        names.into_iter().map(|name| Language { code: code(name).to_owned(), name: name.to_owned() }).collect()
    }
}

fn check(sheet: &Sheet, name: &str, heads: &[Head], diagnostics: &mut Vec<Diagnostic>) {
    for (i, head) in heads.iter().enumerate().filter(|(i, _)| !sheet.header[*i].is_empty()) {
        let header = &sheet.header[i];
        let place = || sheet.place(1, Some(i));
        let earlier = heads[..i].iter().position(|h| h == head);
        if let Some(first) = earlier {
            let message = format!("`{}` and `{header}` are one and the same column", sheet.header[first]);
            let help = "rename or remove one of them";
            let ids = name == "settings" && head.key == "form_id";
            let severity = if ids { Diagnostic::warning } else { Diagnostic::error };
            diagnostics.push(severity("form/duplicate-column", place(), message).help(help));
        } else if !head.known {
            let list = matches!(name, "choices" | "external_choices" | "osm");
            if list && header.contains(' ') {
                let message = format!("the column `{header}` has a space in its name and is left out");
                diagnostics.push(Diagnostic::warning("form/bad-column", place(), message).help("use `_` instead"));
            } else if !list {
                let base = header.split(':').next().unwrap_or("").trim().to_lowercase().replace(' ', "_");
                let message = format!("the column `{header}` means nothing to XLSForm and is left out");
                // Remarks have columns of their own on the survey sheet; elsewhere something else was meant.
                let meant = name == "entities" || base == "media";
                let severity = if meant { Diagnostic::error } else { Diagnostic::warning };
                let found = severity("form/unknown-column", place(), message);
                diagnostics.push(found.did_you_mean(&base, known(name).iter().copied()));
            }
        }
    }
}

/// What is in the brackets of a language's name, or the name.
fn code(name: &str) -> &str {
    match (name.rfind('('), name.rfind(')')) {
        (Some(open), Some(close)) if open < close => name[open + 1..close].trim(),
        _ => name,
    }
}

/// Whether a text has the shape of a language code (BCP 47): `en`, `zh-Hant`, `pt_BR`.
fn is_code(code: &str) -> bool {
    let mut parts = code.split(['-', '_']);
    let first = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
    first && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}
