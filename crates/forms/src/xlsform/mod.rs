//! The words of XLSForm: what columns and types are called, and how cells are split. The author's reading of a workbook
//! and the writer of XForms both go by it.

pub(crate) mod cell;
pub(crate) mod header;
pub(crate) mod parameters;
pub(crate) mod types;
