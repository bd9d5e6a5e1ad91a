//! Leases on enumeration areas.

pub(crate) mod ended;
pub(crate) mod granted;
