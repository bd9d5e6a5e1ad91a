//! Phases, opened and closed by subtree.

pub(crate) mod closed;
pub(crate) mod opened;
