//! What can go wrong in a vault.

use std::io;
use std::path::PathBuf;

/// Why the vault did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder is not empty: a vault is never written over.
    #[error("`{path}` is not empty; a vault needs a folder of its own and is never written over")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// `vault.json` is not what this program wrote.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Shares and threshold do not fit.
    #[error("{threshold} of {shares} shares cannot be: at least 2 must be needed, and no more than there are")]
    Threshold {
        /// How many shares.
        shares: u8,
        /// How many are needed.
        threshold: u8,
    },
    /// A share has a slip in it.
    #[error("share {at} has a slip in it: compare it with the paper, character by character")]
    Share {
        /// Which of those given, from 1.
        at: usize,
    },
    /// A share of another vault.
    #[error("share {at} belongs to another vault")]
    OtherShare {
        /// Which of those given, from 1.
        at: usize,
    },
    /// Not enough different shares.
    #[error("these are too few different shares")]
    TooFewShares,
    /// A look without a reason.
    #[error("say why the record is opened: the reason is journaled")]
    NoReason,
    /// The envelope does not open.
    #[error("the envelope does not open")]
    Envelope(#[source] event::Error),
}

/// The result of a vault's act.
pub type Result<T, E = Error> = std::result::Result<T, E>;
