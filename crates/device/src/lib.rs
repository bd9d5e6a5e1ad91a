//! The phone's core: outbox, drafts, numbering, sealing, receipts and sync as a pure state machine.
//!
//! There is no clock, disk, network or randomness here. Time ([`Now`]) and 32 random bytes come in with each call, and
//! what has to happen outside comes back as a [`Step`]: records to store and a request to send. The phone app runs it in
//! WebAssembly, the demo's fleet and the simulator run it natively.
//!
//! Left out: the questions (`forms`), wrapping of secrets with a PIN (the app), photos.
//!
//! What the caller owes: commit a step's puts and deletes in **one** strictly durable transaction, and only then show
//! success or send the request. If that fails, forget the [`Device`] and [`Device::open`] it again from storage. What
//! survives a crash is then exactly what was shown. Two tabs are kept apart by [`Step::generation`].
//!
//! Start at [`Device`], then read `work.rs` (finishing) and `sync.rs`.

mod change;
mod core;
mod draft;
mod enrol;
mod error;
mod key;
mod look;
mod page;
mod photo;
mod receive;
mod record;
mod sorted;
mod step;
mod sync;
mod work;

pub use crate::core::Device;
pub use draft::Draft;
pub use enrol::EnrolmentView;
pub use error::{Error, Result};
pub use look::{
    Answers, DwellingView, EaTodo, EaView, FormView, HouseholdView, Outbox, PageView, PhaseView, ReceiptView, Todo,
};
pub use photo::{PHOTO_BYTES_MAX, Photo};
pub use step::{Now, Request, Step, generation};
pub use work::{Decision, Finished, Listing, NewHousehold, Sheet, Submission, Visit};
