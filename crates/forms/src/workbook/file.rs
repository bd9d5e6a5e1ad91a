//! Files of any kind an XLSForm comes in, told apart by what is in them.

use super::{Sheet, Workbook, archive, assemble, csv, from_markdown, xls, xlsx};
use crate::diagnostic::{Diagnostic, Place};

const FILE_BYTES_MAX: usize = 64 << 20;

/// Reads a workbook: `.xlsx`, `.xls`, Markdown tables, CSV in one file, or a zip of one CSV file a sheet. Which it is is
/// told by its content. What cannot be read is a diagnostic, beside the sheets that can.
pub fn read(bytes: &[u8]) -> (Workbook, Vec<Diagnostic>) {
    let refuse = |message: String| {
        let place = Place { sheet: "workbook".into(), row: 0, column: 0 };
        (Workbook::default(), vec![Diagnostic::error("form/not-a-workbook", place, message)])
    };
    if bytes.len() > FILE_BYTES_MAX {
        return refuse(format!("the file is larger than {} MB", FILE_BYTES_MAX >> 20));
    }
    let mut diagnostics = Vec::new();
    let sheets = match bytes {
        [b'P', b'K', ..] => zipped(bytes, &mut diagnostics),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            xls::sheets(bytes).map_err(|e| format!("the .xls workbook cannot be read: {e}"))
        }
        bytes => match decode(bytes) {
            Some(text) if is_markdown(&text) => return from_markdown(&text),
            Some(text) if text.contains([',', ';', '\t']) && !text.contains('\0') => Ok(named(csv::sheets(&text))),
            Some(_) => Err("the file holds no tables; .xlsx, .xls, Markdown and CSV are read".into()),
            None => Err("the text is not in UTF-8; save it as `CSV UTF-8`".into()),
        },
    };
    match sheets {
        Ok((sheets, names)) => {
            let (workbook, more) = assemble(sheets, &names);
            diagnostics.extend(more);
            (workbook, diagnostics)
        }
        Err(message) => refuse(message),
    }
}

/// Reads a workbook and keeps the name of its file, which stands in for a `form_id` that is missing.
pub fn read_named(bytes: &[u8], file_name: &str) -> (Workbook, Vec<Diagnostic>) {
    let (mut workbook, diagnostics) = read(bytes);
    let file = file_name.rsplit(['/', '\\']).next().unwrap_or("");
    workbook.name = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned();
    (workbook, diagnostics)
}

fn named(sheets: Vec<Sheet>) -> (Vec<Sheet>, Vec<String>) {
    let names = sheets.iter().map(|s| s.name.clone()).collect();
    (sheets, names)
}

fn zipped(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Result<(Vec<Sheet>, Vec<String>), String> {
    let mut archive = archive::open(bytes).map_err(|e| format!("the file is not an .xlsx workbook: {e}"))?;
    let office = |name: &str| name.ends_with("workbook.xml") || name.ends_with("[Content_Types].xml");
    if archive.file_names().flatten().any(|name| office(&name)) {
        drop(archive);
        return xlsx::sheets(bytes, diagnostics).map_err(|e| format!("the file is not an .xlsx workbook: {e}"));
    }
    let mut sheets = Vec::new();
    for (name, content) in archive::files(&mut archive, ".csv")? {
        match decode(&content) {
            Some(text) => sheets.push(csv::sheet(&name, &text)),
            None => diagnostics.push(
                Diagnostic::error(
                    "form/unreadable-sheet",
                    Place { sheet: name, row: 0, column: 0 },
                    "it is not in UTF-8",
                )
                .help("save it as `CSV UTF-8`"),
            ),
        }
    }
    if sheets.is_empty() {
        return Err("the zip holds neither an .xlsx workbook nor .csv sheets".into());
    }
    Ok(named(sheets))
}

/// UTF-8, or UTF-16 with its mark.
fn decode(bytes: &[u8]) -> Option<String> {
    let wide = |pair: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|c| pair([c[0], c[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        bytes => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// Whether a text has lines of a Markdown table: a bar at their start and another one. Lines inside a quoted cell of CSV are
/// none.
fn is_markdown(text: &str) -> bool {
    let mut quoted = false;
    let rows = text.lines().map(str::trim).filter(|line| {
        let row = !quoted && line.starts_with('|') && line[1..].contains('|');
        quoted ^= !row && line.matches('"').count() % 2 == 1;
        row
    });
    rows.take(2).count() == 2
}
