//! What can go wrong with a cell.

use std::io;
use std::path::PathBuf;

/// The result of work on a cell.
pub type Result<T> = std::result::Result<T, Error>;

/// What we were doing when it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key file cannot be read or written.
    #[error("cannot use key file `{path}`")]
    Key {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key of a body has been destroyed: the body is erased.
    #[error("the key of area {area}, wave {wave} is destroyed; this body is erased")]
    Erased {
        /// The key's area.
        area: u32,
        /// The key's wave.
        wave: u32,
    },
    /// A body does not decrypt or decompress.
    #[error("the body of event {offset} cannot be read")]
    Body {
        /// Where it is in the journal.
        offset: types::Offset,
    },
    /// The journal failed or is damaged.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The blob folder failed.
    #[error(transparent)]
    Blob(#[from] blob::Error),
    /// An event cannot be read.
    #[error(transparent)]
    Event(#[from] event::Error),
    /// Too much is waiting. Nothing was done; try again.
    #[error("the cell is busy; try again in {retry_after_ms} ms")]
    Busy {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// One operation could not be kept, for a reason of its own: a key or a part of the journal that cannot be read.
    /// Nothing of it was kept; the sender keeps it and tries again, once somebody has seen to the machine.
    #[error("an operation could not be kept: {why}")]
    NotTaken {
        /// Why, with every cause.
        why: String,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// Another node owns the cell, as far as is known. Nothing was done; send it there.
    #[error("{owner} owns the cell, and this node follows it: ask that one, or stop it first")]
    NotOwner {
        /// The other node's name.
        owner: String,
    },
    /// Another key than the nodes of this cell share.
    #[error("`{path}` is not the key of this cell's nodes: copy that file from a node that works")]
    OtherNodeKey {
        /// The key's file.
        path: PathBuf,
    },
    /// The cell has stopped after an error, or is stopping. Nothing was acknowledged.
    #[error("the cell has stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
    /// The store's checkpoint has seen events that the journal does not hold: acknowledged work is missing from it.
    #[error(
        "the store has seen {store} events and the journal holds {journal}: acknowledged work is missing from the \
         journal; restore it from a replica or a backup (or, to go on without that work, rebuild the store)"
    )]
    JournalBehind {
        /// The next offset of the store.
        store: types::Offset,
        /// The end of the journal.
        journal: types::Offset,
    },
    /// Another cell of the census decides about it. Nothing was done; do it there.
    #[error("{what}")]
    OtherCell {
        /// Whose it is.
        what: String,
    },
    /// What the office asked for does not fit the census.
    #[error("{what}")]
    Refused {
        /// Why, and what to do.
        what: String,
    },
}

impl Error {
    /// Whether what failed is not on this node, which then goes on by following.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Error::Journal(error) if error.is_elsewhere())
    }

    /// What happened and every cause of it, in one line.
    pub fn whole(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        text
    }
}
