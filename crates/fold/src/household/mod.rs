//! Households.

pub(crate) mod listed;
pub(crate) mod nonresponse_confirmed;
