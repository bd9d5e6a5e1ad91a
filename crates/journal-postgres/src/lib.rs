//! The journal in PostgreSQL 15 or later, or what speaks its protocol: several nodes, one of which owns a cell.
//!
//! A batch is one row, keyed by cell and offset. The owner holds a lease; each insert checks in the same transaction that
//! its term is still the last one, so a stale owner writes nothing. A commit whose reply was lost, or that came with a
//! warning, is unknown until it has been read back and a later commit is confirmed. Every node copies the rows into
//! segments of its own ([`journal::disk`]), which alone serve store and feed. Why it is so: `docs/decisions`.
//!
//! Left out: replication and failover of the database itself (Patroni, or the service that runs it). Start at [`PostgresJournal`],
//! then read [`Follower`].

mod address;
mod files;
mod follow;
mod lease;
mod own;
mod session;
mod tls;
mod trouble;
mod verify;

use std::time::Duration;

pub use address::Address;
pub use files::Files;
pub use follow::{Follower, Owning};
pub use own::PostgresJournal;
pub use verify::{Report, verify};

/// How to reach the database, and who asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the database is; several hosts with `target_session_attrs=read-write` follow a failover.
    pub address: Address,
    /// The name of this node, its own among all.
    pub node: String,
    /// How long a lease lasts without a sign of life. Another node takes over so long after the last one at most, and half
    /// a second.
    pub lease: Duration,
    /// The local copy.
    pub disk: journal::disk::Options,
}

impl Options {
    /// The defaults: a lease of six seconds.
    pub fn new(address: Address, node: &str) -> Options {
        Options {
            address,
            node: node.to_owned(),
            lease: Duration::from_secs(6),
            disk: journal::disk::Options::default(),
        }
    }

    /// Connects once, refuses a server that is too old, and makes the tables where they are missing.
    ///
    /// # Errors
    /// [`journal::Error::Database`], with what can be done about it.
    pub fn check(&self) -> journal::Result<()> {
        session::Session::connect(&self.address)?.prepare()
    }
}
