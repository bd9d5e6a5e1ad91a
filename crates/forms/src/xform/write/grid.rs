//! Sheets as rows of [`Fields`]: headers brought to their canonical names and split, texts cleaned.

use super::fields::Fields;
use crate::diagnostic::Diagnostic;
use crate::workbook::Sheet;
use crate::xlsform::cell::straight;
use crate::xlsform::header::{PLACES, known, own_name, parts};

/// A sheet whose headers are understood.
#[derive(Default)]
pub(super) struct Grid {
    /// Row number and cells of every row with text in it.
    pub rows: Vec<(u32, Fields)>,
}

/// Columns only an XForm knows as attributes.
const MORE_PLACES: &[(&str, &str, &str)] =
    &[("autoplay", "body", "autoplay"), ("rows", "body", "rows"), ("compact_tag", "instance", "odk:tag")];

/// A header as a path of keys: `constraint_message::French` is `bind`, `jr:constraintMsg`, `French`.
fn path(sheet: &str, header: &str, double_colon: bool) -> Vec<String> {
    let mut parts = parts(header, double_colon);
    let name = own_name(sheet, &parts[0]);
    if known(sheet).contains(&name.as_str()) {
        match PLACES.iter().chain(MORE_PLACES).find(|(column, ..)| *column == name) {
            Some((_, group, attribute)) => {
                parts.splice(0..1, [*group, *attribute].map(str::to_owned));
            }
            None => parts[0] = name,
        }
    }
    parts
}

/// Reads a sheet; `name` says which of XLSForm's it is. A bare column beside translated ones is the translation of
/// `language`. With `squeeze`, runs of spaces become one.
pub(super) fn read(
    name: &str,
    sheet: &Sheet,
    language: &str,
    squeeze: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Grid {
    let double_colon = sheet.header.iter().any(|header| header.contains("::"));
    let mut paths: Vec<Option<Vec<String>>> = Vec::new();
    for (column, header) in sheet.header.iter().enumerate() {
        if header.is_empty() {
            paths.push(None);
            continue;
        }
        let path = path(name, header, double_colon);
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
            let text = clean(cell, squeeze);
            match path.as_slice() {
                [key] => fields.set_text(key, text),
                path => fields.merge(path, text, language),
            }
        }
        (row.number, fields)
    });
    Grid { rows: rows.collect() }
}

/// A text with its quotes straight and, with `squeeze`, its spaces single.
fn clean(text: &str, squeeze: bool) -> String {
    let mut text = straight(text);
    while squeeze && text.contains("  ") {
        text = text.replace("  ", " ");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_place_under_all_its_names() {
        let shown = |sheet, header| path(sheet, header, false).join("|");
        for header in ["relevant", "Relevance", "skip logic", "bind:relevant"] {
            assert_eq!(shown("survey", header), "bind|relevant");
        }
        assert_eq!(shown("survey", "constraint message:French"), "bind|jr:constraintMsg|French");
        assert_eq!(shown("survey", "control:jr:count"), "body|jr:count");
        assert_eq!(
            (shown("choices", "image:French"), shown("choices", "Relevant")),
            ("media|image|French".into(), "Relevant".into())
        );
    }
}
