//! Writes `forms/*.xlsx` from the Markdown beside them, and says what is wrong with a form.
//!
//! `cargo run -p forms --example workbook`

use std::path::Path;

use rust_xlsxwriter::{Format, FormatAlign, Workbook};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms");
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "md") && !path.to_string_lossy().ends_with(".scenarios.md") {
            write(&path)?;
        }
    }
    Ok(())
}

fn write(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (book, mut mistakes) = forms::workbook::from_markdown(&std::fs::read_to_string(path)?);
    let (form, more) = forms::compile(&book);
    mistakes.extend(more);
    for mistake in &mistakes {
        eprintln!("{mistake}");
    }
    let mut out = Workbook::new();
    // A fixed date of creation, so that the same source gives the same file.
    let created = rust_xlsxwriter::ExcelDateTime::from_ymd(2020, 11, 1)?;
    out.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&created));
    let bold = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for sheet in [&book.survey, &book.choices, &book.settings] {
        let page = out.add_worksheet();
        page.set_name(&sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (column, header) in sheet.header.iter().enumerate() {
            page.set_column_width(column as u16, if header.contains("::") { 36 } else { 18 })?;
            page.write_with_format(0, column as u16, header, &bold)?;
        }
        for row in &sheet.rows {
            for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                page.write_with_format(row.number - 1, column as u16, cell, &plain)?;
            }
        }
    }
    let to = path.with_extension("xlsx");
    out.save(&to)?;
    let questions = form.map_or(0, |f| f.definition().items.iter().filter(|i| i.kind.is_question()).count());
    println!("{}: {questions} questions", to.file_name().unwrap_or_default().to_string_lossy());
    Ok(())
}
