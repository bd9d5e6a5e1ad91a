//! What can go wrong with checkpoints and replays.

use std::io;
use std::path::PathBuf;

use types::Offset;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A checkpoint could not be written. The store in memory is as it was; the journal loses nothing.
    #[error("cannot write checkpoint `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the disk says.
        source: io::Error,
    },
    /// Fold panicked within an event: the store holds half of it and is never written down.
    #[error("the event at offset {offset} was applied by half; no checkpoint is written")]
    Halfway {
        /// Where.
        offset: Offset,
    },
    /// A checkpoint could not be read.
    #[error("cannot read checkpoint `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the disk says.
        source: io::Error,
    },
    /// A checkpoint fails its checksum or does not make sense; it is ignored and rebuilt from the journal.
    #[error("checkpoint `{path}` is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
    /// The journal could not be read.
    #[error("cannot replay the journal")]
    Replay {
        /// What the journal says.
        #[from]
        source: journal::Error,
    },
    /// A head in the journal cannot be read.
    #[error("event at offset {offset} cannot be read")]
    Head {
        /// Where.
        offset: Offset,
        /// What the decoder says.
        source: event::Error,
    },
    /// An event only a newer program can decide about.
    #[error("event at offset {offset} cannot be decided")]
    Unknown {
        /// Where.
        offset: Offset,
        /// Why.
        source: fold::Unknown,
    },
}

/// The result of reading or writing outside memory.
pub type Result<T> = std::result::Result<T, Error>;
