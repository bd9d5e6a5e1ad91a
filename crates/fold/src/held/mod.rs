//! Operations that are held or in conflict, and wait for a person.

pub(crate) mod dismissed;
