//! The rule engine: questionnaires as XLSForm workbooks, compiled, filled, checked and turned into typed rows.
//!
//! The same code runs on the phone (as WebAssembly), at the server's door, in the generator of test data and in the
//! query database. So there is no clock, disk, network or thread here: the reference moment, case facts and seeds are
//! [`Inputs`]. Where ODK clients differ, JavaRosa is followed.
//!
//! Start at [`workbook`] and [`compile`], then [`Instance`] for filling, [`Form::check`] for the server's door, and
//! [`Form::extract`] for tables. ODK's XML, forms and submissions, is in `xform`.
//!
//! ```
//! let (book, _) = forms::workbook::from_markdown("| type | name |\n| integer | age |");
//! let (form, mistakes) = forms::compile(&book);
//! let form = std::sync::Arc::new(form.unwrap());
//! let mut instance = forms::Instance::new(form.clone(), &forms::Inputs::default());
//! instance.set("age", &30.into()).unwrap();
//! assert!(form.check(&instance.to_answers()).unwrap().findings.is_empty());
//! ```

mod action;
mod answers;
mod attachment;
mod author;
mod base64;
pub mod calendar;
mod call;
mod check;
pub mod citizen_id;
mod clock;
mod compile;
mod date;
pub mod definition;
mod diagnostic;
mod digest;
mod engine;
mod error;
mod form;
mod functions;
#[cfg(feature = "generator")]
pub mod generator;
mod instance;
pub mod interview;
mod listing;
mod moment;
mod nodes;
mod places;
mod program;
mod random;
mod reread;
mod shape;
mod signed;
mod split;
mod state;
mod tables;
mod value;
mod vm;
#[cfg(feature = "workbook")]
pub mod workbench;
pub mod workbook;
#[cfg(feature = "xml")]
pub mod xform;
mod xlsform;
mod xpath;

pub use check::{Checked, Finding};
pub use compile::{compile, compile_with, is_sound};
pub use date::Date;
pub use diagnostic::{Diagnostic, Place, Severity};
pub use error::{Error, Result};
pub use form::Form;
pub use instance::{Inputs, Instance};
pub use program::RuleKind;
pub use reread::{CellChange, LeftOut, Reread, reread};
pub use split::{Split, identifiers_decode};
pub use tables::{Cell, Code, ColumnSchema, ColumnType, Row, TableRows, TableSchema};
pub use types::Outcome;
pub use value::Value;
