//! ODK's XML: forms and the submissions to them (ODK XForms specification 1.0.0).
//!
//! [`read()`] makes a form of any XForm; [`write()`] makes the XForm of a workbook; [`submission`] reads and writes what
//! clients send. Document types and entities of one's own are refused everywhere, and so is what is nested deeper than
//! forms are.

mod dom;
mod fault;
mod marks;
mod read;
pub mod submission;
mod write;
mod xml;

pub use fault::Fault;
pub use read::{BYTES_MAX, read};
pub use write::write;
