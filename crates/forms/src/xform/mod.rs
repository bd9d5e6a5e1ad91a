//! ODK's XML: forms and the submissions to them (ODK XForms specification 1.0.0).
//!
//! [`submission`] reads and writes what clients send. Document types and entities of one's own are refused everywhere.

mod fault;
pub mod submission;
mod xml;

pub use fault::Fault;
