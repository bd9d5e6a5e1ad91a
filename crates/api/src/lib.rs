//! HTTP: what phones and browsers reach. Sync, enrolment, sessions, photos, forms, health, metrics, the embedded apps.
//!
//! A request that cannot be taken is refused before work is done, with a [`Problem`]: a code, a help text and, where it
//! makes sense, when to try again. Finished field work is not among what is refused: an expired session and a revoked
//! device still deposit, and only reading ends.
//!
//! Left out: what happens to an operation (`node`), its format (`event`), the console's own interface (merged in as
//! [`Config::extra`]). Start at [`Server::start`], then read `router.rs` and `sync.rs`.

pub mod assets;
mod auth;
mod blobs;
pub mod cells;
pub mod console;
pub mod counts;
mod enrol;
mod error;
mod forms;
mod fresh;
mod health;
mod hello;
mod limit;
mod look_up;
mod metrics;
mod phones;
pub mod problem;
mod protobuf;
mod ready;
mod router;
mod server;
mod session;
mod share;
mod state;
mod sync;
pub mod tls;

pub use error::{Error, Result};
pub use health::install_metrics;
pub use phones::{Phone, Phones};
pub use problem::Problem;
pub use ready::Watch;
pub use router::router;
pub use server::{Config, Server};
pub use state::{App, Elsewhere, Remote};
