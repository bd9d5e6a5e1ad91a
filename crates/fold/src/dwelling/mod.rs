//! Dwellings.

pub(crate) mod listed;
