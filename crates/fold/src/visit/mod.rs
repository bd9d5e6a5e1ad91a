//! Visits.

pub(crate) mod recorded;
