//! What can go wrong with a journal.

use std::io;
use std::path::{Path, PathBuf};

use types::{CellId, Offset};

/// The result of journal work.
pub type Result<T> = std::result::Result<T, Error>;

/// What we were doing when it failed, and for damage also what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An earlier error stopped the journal. Open it again.
    #[error("the journal was stopped by an earlier error; nothing is acknowledged until it is opened again")]
    Stopped,
    /// The frame does not follow the last one. A fault of the caller; the journal is stopped.
    #[error("the frame at offset {offset} does not follow the journal: `{field}` does not fit")]
    NotNext {
        /// The frame's first offset.
        offset: Offset,
        /// Which field of its header.
        field: &'static str,
    },
    /// The frame is larger than any segment may be. A fault of the caller; the journal is stopped.
    #[error("a frame of {bytes} bytes is larger than {bytes_max} bytes")]
    TooLarge {
        /// Its encoded size.
        bytes: u64,
        /// The most there may be.
        bytes_max: u64,
    },
    /// Nothing is there yet.
    #[error("offset {offset} is beyond the end of the journal, {end}")]
    Beyond {
        /// What was asked for.
        offset: Offset,
        /// The durable end, exclusive.
        end: Offset,
    },
    /// The disk is full, or a limit on file sizes was reached. Nothing acknowledged is lost: free space, open again.
    #[error("no space to {doing} `{path}`; free some space and start again, nothing acknowledged is lost")]
    Full {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk or file system failed.
    #[error("cannot {doing} `{path}`")]
    Io {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has this journal open.
    #[error("the journal `{path}` is in use by another process; stop that one first")]
    Locked {
        /// The journal's folder.
        path: PathBuf,
    },
    /// Bytes on disk are not what was written. They are never served.
    #[error("journal file `{path}` is damaged at byte {at_bytes}: {what}; {}", REMEDY)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first byte of what fails its check.
        at_bytes: u64,
        /// What is wrong there.
        what: String,
    },
    /// A segment is not where the chain needs it.
    #[error("journal segment `{path}` is missing: {what}; {}", REMEDY)]
    Missing {
        /// The file that should be there.
        path: PathBuf,
        /// How we know.
        what: String,
    },
    /// A damaged segment cannot be mended: neither journal has what comes next.
    #[error(
        "`{path}` cannot be mended: neither journal has an intact frame at offset {offset}, and {what}; try another \
         replica or a newer backup"
    )]
    Unrepairable {
        /// The segment.
        path: PathBuf,
        /// The first offset that is missing.
        offset: Offset,
        /// How we know that there was more.
        what: String,
    },
    /// The folder holds another cell's journal.
    #[error("journal file `{path}` is of cell {found}, not of cell {expected}; point to the folder of cell {expected}")]
    WrongCell {
        /// The file.
        path: PathBuf,
        /// The cell it says.
        found: CellId,
        /// The cell that was opened.
        expected: CellId,
    },
    /// Written by a newer program.
    #[error("journal file `{path}` has format version {found}; this program reads up to {known}: use a newer one")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u16,
        /// The newest this program reads.
        known: u16,
    },
    /// The database that keeps the journal cannot be used.
    #[error("cannot {doing} the journal's database")]
    Database {
        /// What we were doing.
        doing: &'static str,
        /// What it, or the way to it, said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another node owns the cell. Nothing more is written here; what was asked for may have been written, or not.
    #[error("another node owns cell {cell}: {what}; this one follows it")]
    NotOwner {
        /// The cell.
        cell: CellId,
        /// How we know.
        what: &'static str,
    },
    /// A row of the database's journal is not what was written.
    #[error(
        "the journal's database is damaged at offset {offset} of cell {cell}: {what}; restore it from a backup, or from \
         the copy of a node that verifies"
    )]
    Row {
        /// The cell.
        cell: CellId,
        /// The first offset of the row.
        offset: Offset,
        /// What is wrong there.
        what: String,
    },
    /// The database's journal and the local copy are not the same.
    #[error(
        "the local copy in `{path}` and the journal's database differ at offset {offset}; if the database is right, \
         remove the copy and start again: it is made anew"
    )]
    Differs {
        /// The folder of the copy.
        path: PathBuf,
        /// Where.
        offset: Offset,
    },
    /// What a visitor of heads failed with.
    #[error(transparent)]
    Visit(Box<dyn std::error::Error + Send + Sync>),
}

/// What to do about damage.
const REMEDY: &str =
    "nothing has been changed; restore it from a replica or a backup: `quipu journal repair --from THAT_FOLDER`";

impl Error {
    /// Wraps an error of a visitor's own, to come out of [`crate::Reader::heads`].
    pub fn visit(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Visit(error.into())
    }

    /// Whether what failed is not on this node, which then goes on by following ([`crate::Journal::follow`]).
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Error::Database { .. } | Error::NotOwner { .. })
    }

    /// An error of the system while `doing` something to `path`.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Error {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
                Error::Full { doing, path, source }
            }
            _ => Error::Io { doing, path, source },
        }
    }

    pub(crate) fn damaged(path: &Path, at_bytes: u64, what: impl Into<String>) -> Error {
        Error::Damaged { path: path.to_owned(), at_bytes, what: what.into() }
    }
}
