//! Runs a cell: validates what arrives, puts it in order, appends it to the journal, folds it, and only then answers.
//!
//! This crate owns the clock and the threads. Preparing an operation (decoding, checking its answers, encrypting its
//! body) takes no lock and happens on the caller's thread. One thread per cell then drops repeats, seals a batch, has it
//! flushed, folds it and completes every request of the batch.
//!
//! Left out: who may send (`api`), what events mean (`fold`), how bytes are kept (`journal`). Start at [`Node`], then
//! read `intake.rs`, `prepare.rs` and `cell.rs`.

mod bodies;
mod bulletin;
mod cell;
mod changes;
mod clock;
mod error;
mod feed;
mod files;
mod follow;
mod intake;
mod job;
mod keys;
mod link;
mod node;
pub mod office;
mod prepare;
mod reference;
mod scope;
mod shared;

pub use bodies::key_area;
pub use changes::Changes;
pub use clock::{Clock, SystemClock};
pub use error::{Error, Result};
pub use feed::FeedEvent;
pub use intake::retry_after_ms;
pub use job::{Ack, Answers};
pub use journal::Standing;
pub use keys::Keys;
pub use node::{Node, Options, Status, Stepper};
pub use reference::ROOT;
pub use scope::Scope;
pub use shared::{Cause, Stands, Stop};
