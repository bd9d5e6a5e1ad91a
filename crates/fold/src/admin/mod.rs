//! What the office sets up: the census, areas, staff, letters, devices, forms, rules.

pub(crate) mod areas_defined;
pub(crate) mod census_defined;
pub(crate) mod device_registered;
pub(crate) mod device_revoked;
pub(crate) mod form_published;
pub(crate) mod form_reread;
pub(crate) mod letter_cancelled;
pub(crate) mod letter_issued;
pub(crate) mod staff_enrolled;
