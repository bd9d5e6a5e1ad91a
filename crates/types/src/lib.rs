//! The words several crates share: identifiers, times, verdicts and diagnostics.
//!
//! There is no behaviour here beyond printing and parsing. What belongs to one crate only (a form's nodes, a journal's
//! frames) lives in that crate. Start at [`id`].

pub mod id;
pub mod json;
pub mod message;
#[cfg(feature = "plant")]
pub mod plant;
pub mod role;
pub mod time;
pub mod verdict;

pub use id::{AreaId, CaseKey, CellId, DeviceId, FormId, HouseholdKey, Offset, OperationId, Origin, PhaseId, StaffId};
pub use message::Message;
#[cfg(feature = "plant")]
pub use plant::{plant, planted};
pub use role::Role;
pub use time::{Sent, Time};
pub use verdict::{Held, Occupancy, Outcome, Response, Source, Verdict};
