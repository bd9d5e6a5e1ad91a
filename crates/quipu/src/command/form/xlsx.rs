//! Writes a workbook as `.xlsx`.

use forms::workbench::convert::sheets;
use forms::workbook::Workbook;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, XlsxError};

use crate::error::{Error, Result};

/// The bytes of the file: headers bold and frozen, every cell a text at its own row and column. The same workbook gives
/// the same bytes.
pub fn write(book: &Workbook) -> Result<Vec<u8>> {
    bytes(book).map_err(|error| Error::Refused(format!("the workbook cannot be written as .xlsx: {error}")))
}

fn bytes(book: &Workbook) -> std::result::Result<Vec<u8>, XlsxError> {
    const WIDE: f64 = 36.0;
    const NARROW: f64 = 18.0;
    let mut out = rust_xlsxwriter::Workbook::new();
    // A fixed date of creation, so that the same workbook gives the same file.
    out.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2020, 11, 1)?));
    let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let bold = plain.clone().set_bold();
    for sheet in sheets(book) {
        let page = out.add_worksheet();
        page.set_name(&sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (column, header) in sheet.header.iter().enumerate() {
            let column = column as u16;
            page.set_column_width(column, if header.contains("::") { WIDE } else { NARROW })?;
            page.write_string_with_format(0, column, header, &bold)?;
        }
        for row in &sheet.rows {
            for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                page.write_string_with_format(row.number - 1, column as u16, cell, &plain)?;
            }
        }
    }
    out.save_to_buffer()
}
