//! Sheets as rows of [`Fields`]: headers brought to their canonical names and split, texts cleaned.
//!
//! Source: the column names of the XLSForm reference, with the older names pyxform still reads.

use std::borrow::Cow;

use super::fields::Fields;
use crate::diagnostic::Diagnostic;
use crate::workbook::Sheet;

/// A sheet whose headers are understood.
#[derive(Default)]
pub(super) struct Grid {
    /// Row number and cells of every row with text in it.
    pub rows: Vec<(u32, Fields)>,
}

/// How to read a sheet's headers.
pub(super) struct Headers {
    /// Older or shorter names, with the path they stand for.
    pub aliases: &'static [(&'static str, &'static [&'static str])],
    /// Names that stand for themselves, in any case and with spaces for underscores.
    pub known: &'static [&'static str],
}

impl Headers {
    fn alias(&self, header: &str) -> Option<&'static [&'static str]> {
        self.aliases.iter().find(|(name, _)| *name == header).map(|(_, path)| *path)
    }

    fn knows(&self, header: &str) -> bool {
        self.known.contains(&header) && self.alias(header).is_none()
    }

    /// A header as a path of keys: `constraint_message::French` is `bind`, `jr:constraintMsg`, `French`.
    fn path(&self, header: &str, double_colon: bool) -> Vec<String> {
        let snake = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
        if self.knows(header) {
            return vec![header.to_owned()];
        }
        if self.knows(&snake(header)) {
            return vec![snake(header)];
        }
        let mut parts: Vec<String> = if double_colon {
            header.split("::").map(|part| part.trim().to_owned()).collect()
        } else {
            header.split(':').map(|part| part.trim().to_owned()).collect()
        };
        // A single colon may also belong to a name such as `jr:count`.
        if !double_colon
            && let Some(at) = parts.iter().position(|part| part == "jr")
            && at + 1 < parts.len()
        {
            let local = parts.remove(at + 1);
            parts[at] = format!("jr:{local}");
        }
        let first = snake(&parts[0]);
        if let Some(path) = self.alias(&first) {
            parts.splice(0..1, path.iter().map(|part| (*part).to_owned()));
        } else if self.known.contains(&first.as_str()) {
            parts[0] = first;
        }
        parts
    }

    /// Reads a sheet. A bare column beside translated ones is the translation of `language`. With `squeeze`, runs of
    /// spaces become one.
    pub fn read(&self, sheet: &Sheet, language: &str, squeeze: bool, diagnostics: &mut Vec<Diagnostic>) -> Grid {
        let double_colon = sheet.header.iter().any(|header| header.contains("::"));
        let mut paths: Vec<Option<Vec<String>>> = Vec::new();
        for (column, header) in sheet.header.iter().enumerate() {
            if header.is_empty() {
                paths.push(None);
                continue;
            }
            let path = self.path(header, double_colon);
            let twin = paths.iter().position(|other| other.as_ref() == Some(&path));
            if let Some(twin) = twin {
                diagnostics.push(Diagnostic::error(
                    "form/duplicate-column",
                    sheet.place(1, Some(column)),
                    format!("`{header}` means the same as `{}`; this column is left out", sheet.header[twin]),
                ));
            }
            paths.push(twin.is_none().then_some(path));
        }
        let rows = sheet.rows.iter().map(|row| {
            let mut fields = Fields::default();
            for (cell, path) in row.cells.iter().zip(&paths) {
                let Some(path) = path else { continue };
                if cell.is_empty() {
                    continue;
                }
                let text = clean(cell, squeeze).into_owned();
                match path.as_slice() {
                    [key] => fields.set_text(key, text),
                    path => fields.merge(path, text, language),
                }
            }
            (row.number, fields)
        });
        Grid { rows: rows.collect() }
    }
}

/// Straight quotes for curly ones, which word processors put in and rules cannot read.
fn clean(text: &str, squeeze: bool) -> Cow<'_, str> {
    let curly = |c| matches!(c, '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}');
    let spaced = squeeze && text.contains("  ");
    if !spaced && !text.contains(curly) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' if squeeze && out.ends_with(' ') => {}
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The survey sheet.
pub(super) const SURVEY: Headers = Headers {
    aliases: &[
        ("compact_tag", &["instance", "odk:tag"]),
        ("read_only", &["bind", "readonly"]),
        ("readonly", &["bind", "readonly"]),
        ("relevant", &["bind", "relevant"]),
        ("caption", &["label"]),
        ("appearance", &["control", "appearance"]),
        ("relevance", &["bind", "relevant"]),
        ("required", &["bind", "required"]),
        ("constraint", &["bind", "constraint"]),
        ("constraining_message", &["bind", "jr:constraintMsg"]),
        ("constraint_message", &["bind", "jr:constraintMsg"]),
        ("calculation", &["bind", "calculate"]),
        ("calculate", &["bind", "calculate"]),
        ("command", &["type"]),
        ("tag", &["name"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
        ("count", &["control", "jr:count"]),
        ("repeat_count", &["control", "jr:count"]),
        ("jr:count", &["control", "jr:count"]),
        ("autoplay", &["control", "autoplay"]),
        ("rows", &["control", "rows"]),
        ("noapperrorstring", &["bind", "jr:noAppErrorString"]),
        ("no_app_error_string", &["bind", "jr:noAppErrorString"]),
        ("requiredmsg", &["bind", "jr:requiredMsg"]),
        ("required_message", &["bind", "jr:requiredMsg"]),
        ("body", &["control"]),
        ("save_to", &["bind", "entities:saveto"]),
    ],
    known: &[
        "name",
        "label",
        "actions",
        "default",
        "guidance_hint",
        "instance",
        "query",
        "sms_field",
        "trigger",
        "bind",
        "choice_filter",
        "control",
        "hint",
        "media",
        "parameters",
        "type",
        "choices",
        "itemset",
        "list_name",
    ],
};

/// The choices, external_choices and osm sheets.
pub(super) const CHOICES: Headers = Headers {
    aliases: &[
        ("caption", &["label"]),
        ("list_name", &["list name"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
    ],
    known: &["name", "label", "media", "sms_option"],
};

/// The settings sheet.
pub(super) const SETTINGS: Headers = Headers {
    aliases: &[
        ("form_title", &["title"]),
        ("set_form_title", &["title"]),
        ("form_id", &["id_string"]),
        ("set_form_id", &["id_string"]),
        ("prefix", &["prefix"]),
    ],
    known: &[
        "name",
        "label",
        "bind",
        "control",
        "hint",
        "media",
        "type",
        "instance",
        "flat",
        "sms_field",
        "add_none_option",
        "clean_text_values",
        "attribute",
        "auto_delete",
        "auto_send",
        "choices",
        "default_language",
        "file_name",
        "id_string",
        "instance_name",
        "instance_xmlns",
        "namespaces",
        "omit_instanceID",
        "public_key",
        "sms_allow_media",
        "sms_date_format",
        "sms_datetime_format",
        "sms_keyword",
        "sms_response",
        "sms_separator",
        "style",
        "submission_url",
        "title",
        "version",
        "allow_choice_duplicates",
        "client_editable",
        "delimiter",
    ],
};

/// The entities sheet.
pub(super) const ENTITIES: Headers = Headers {
    aliases: &[("list_name", &["dataset"])],
    known: &["dataset", "entity_id", "create_if", "update_if", "repeat", "label"],
};
