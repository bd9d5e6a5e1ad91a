//! What can go wrong with a backup.

use std::io;
use std::path::{Path, PathBuf};

use types::Offset;

/// The result of backup work.
pub type Result<T> = std::result::Result<T, Error>;

/// What we were doing when it failed, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is neither a folder nor `s3://bucket/prefix`, or the settings for it are missing.
    #[error("cannot use `{address}` for backups")]
    Address {
        /// As given.
        address: String,
        /// What does not fit.
        source: Box<object_store::Error>,
    },
    /// The storage failed.
    #[error("cannot {doing} `{name}` in the backup's storage")]
    Storage {
        /// What we were doing.
        doing: &'static str,
        /// To which object.
        name: String,
        /// What it said.
        source: Box<object_store::Error>,
    },
    /// A file of this machine failed.
    #[error("cannot {doing} `{path}`")]
    File {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The journal is damaged or fails.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The object's bytes are not those that were put there.
    #[error("`{name}` in the backup is damaged: {what}; use another backup, or the folder it was taken from")]
    Damaged {
        /// The object.
        name: String,
        /// What does not fit.
        what: String,
    },
    /// The backup is of another journal, or the journal has lost what the backup has.
    #[error("the backup's storage holds another journal than `{folder}`: {what}; give this one a place of its own")]
    OtherJournal {
        /// The data folder.
        folder: PathBuf,
        /// How we know.
        what: String,
    },
    /// There is no backup that reaches so far.
    #[error("there is no backup here that holds {what}")]
    None {
        /// What was asked for.
        what: String,
    },
    /// Something is in the way.
    #[error("`{folder}` is not empty; restore into a new folder")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The drill found a difference.
    #[error("the restored copy differs from the running one at offset {offset}: {what}")]
    Differs {
        /// Up to where they were compared, exclusive.
        offset: Offset,
        /// What differs.
        what: &'static str,
    },
}

impl Error {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::File { doing, path, source }
    }

    pub(crate) fn storage(doing: &'static str, name: impl ToString) -> impl FnOnce(object_store::Error) -> Error {
        let name = name.to_string();
        move |source| Error::Storage { doing, name, source: Box::new(source) }
    }
}
