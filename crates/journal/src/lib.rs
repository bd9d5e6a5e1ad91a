//! Keeps a cell's frames: appended in order, flushed before they are acknowledged, never changed.
//!
//! The journal is the truth; everything else is rebuilt from it. One [`Journal`] writes, any number of [`Reader`]s read
//! beside it and see durable frames only. An error while appending stops the journal: what is on disk is then unknown
//! until it has been opened, and thereby checked, again.
//!
//! Left out: what the events mean (`fold`), when to seal a batch (`node`), bodies' keys (`event::cipher`).
//! Start at [`Journal`] and [`Reader`]; [`memory`] is the short backend, [`disk`] the real one. The format on disk is in
//! `docs/journal-format.md`.

use std::sync::Arc;

use event::frame::{Frame, FrameHeader, Record, Tip};
use types::{Offset, Time};

pub mod disk;
mod error;
mod files;
mod follow;
pub mod memory;
mod os;
#[cfg(feature = "simulated")]
pub mod simulated;
pub mod stop;

pub use disk::DiskJournal;
pub use disk::verify::verify;
pub use error::{Error, Result};
pub use files::SharedFiles;
pub use follow::misfit;
pub use memory::MemoryJournal;

/// The one writer of a cell's journal.
pub trait Journal: Send {
    /// Where the next frame goes.
    fn tip(&self) -> Tip;

    /// Appends a frame; returns once it is durable, and only then may its operations be acknowledged.
    ///
    /// The frame must follow [`Journal::tip`] (offset, previous hash, time, epoch) and be of this cell.
    ///
    /// # Errors
    /// After any error the journal is stopped: the frame may or may not be on disk, and every later append fails with
    /// [`Error::Stopped`] until the journal is opened again. A flush is never retried.
    fn append(&mut self, frame: &Frame) -> Result<()>;

    /// Writes down that everything appended so far was durable. Call it when nothing has been appended for about a
    /// second: from then on, damage to the last frame is never mistaken for a write that a crash cut short.
    ///
    /// # Errors
    /// As [`Journal::append`]: the journal is stopped.
    fn mark(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether the cell was taken over from another node just now: then the first event appended is the record of that,
    /// in a new epoch.
    fn taken_over(&self) -> bool {
        false
    }

    /// Where several nodes share a journal: copies what its owner has appended, and takes the cell over when it may. Call
    /// it every tenth of a second or so until it says [`Standing::Owner`], and from then on only when [`Journal::owns`] says no or
    /// an append failed with an error that [`Error::is_elsewhere`]. A journal of one node is always its own.
    ///
    /// # Errors
    /// One that [`Error::is_elsewhere`]: try again later. Any other: the journal is stopped.
    fn follow(&mut self) -> Result<Standing> {
        Ok(Standing::Owner)
    }

    /// Whether this node still owns the cell, as far as it knows.
    fn owns(&self) -> bool {
        true
    }

    /// A reader, valid beside the writer and after it.
    fn reader(&self) -> Arc<dyn Reader>;
}

/// Who appends to a journal that several nodes share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// This node.
    #[default]
    Owner,
    /// Another one; this node copies what that one appends.
    Follower {
        /// The other node's name.
        owner: String,
    },
}

/// Reads durable frames. What fails its checksum is an [`Error::Damaged`], never an answer.
pub trait Reader: Send + Sync {
    /// The durable end, exclusive: the next offset to be written.
    fn end(&self) -> Offset;

    /// The frame that holds this offset.
    ///
    /// # Errors
    /// [`Error::Beyond`] from [`Reader::end`] on.
    fn frame(&self, offset: Offset) -> Result<Frame>;

    /// Frames in order. The first holds `from`; they take about `bytes_max` bytes or less together, but at least one is
    /// returned if there is any, so an empty answer means `from` is the end.
    ///
    /// # Errors
    /// [`Error::Beyond`] after [`Reader::end`].
    fn frames(&self, from: Offset, bytes_max: usize) -> Result<Vec<Frame>>;

    /// One event and the header of its frame, checksum verified.
    ///
    /// # Errors
    /// [`Error::Beyond`] from [`Reader::end`] on.
    fn record(&self, offset: Offset) -> Result<(FrameHeader, Record)>;

    /// Calls `visit` with (offset, frame's time, head) for every event from `from` to the end as it was when called.
    /// Bodies are not read where the segment is sealed.
    ///
    /// # Errors
    /// [`Error::Beyond`] after [`Reader::end`]; whatever `visit` returns ends the visit ([`Error::visit`] wraps an error
    /// of the caller's own).
    fn heads(&self, from: Offset, visit: &mut Visit<'_>) -> Result<()>;
}

/// What [`Reader::heads`] calls.
pub type Visit<'a> = dyn FnMut(Offset, Time, &[u8]) -> Result<()> + 'a;
