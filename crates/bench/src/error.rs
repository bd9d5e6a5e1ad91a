//! What can go wrong while measuring.

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused.
    #[error("the system refused")]
    Io(#[from] std::io::Error),
    /// The node failed.
    #[error("the node failed")]
    Node(#[from] node::Error),
    /// The server did not start.
    #[error("the server did not start")]
    Server(#[from] api::Error),
    /// Sealing failed or bytes cannot be read.
    #[error("an event cannot be made or read")]
    Event(#[from] event::Error),
    /// The generator's report cannot be read.
    #[error("the generator's report cannot be read")]
    Report(#[from] serde_json::Error),
    /// What was measured is not what was meant: a figure would lie.
    #[error("{0}")]
    Untrue(String),
}

/// The result of measuring.
pub type Result<T> = std::result::Result<T, Error>;

/// Fails unless `got` is `wanted`.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Result<()> {
    if got == wanted { Ok(()) } else { Err(Error::Untrue(format!("{what}: {got:?} instead of {wanted:?}"))) }
}
