//! Households.

pub(crate) mod listed;
pub(crate) mod merged;
pub(crate) mod nonresponse_confirmed;
