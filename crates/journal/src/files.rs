//! Small files that nodes sharing a journal share besides.

use crate::Result;

/// The shared files of a cell: each is written once, and destroyed at most once.
pub trait SharedFiles: Send + Sync {
    /// Keeps a file unless there is one of this name; returns what is kept then, `None` if it was destroyed.
    ///
    /// # Errors
    /// [`crate::Error::Database`]: it may be kept, or not.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>>;

    /// A file; `None` when there is none, or it was destroyed.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Destroys a file, or keeps it from ever being made. Again does nothing.
    ///
    /// # Errors
    /// [`crate::Error::Database`]: do it again.
    fn destroy(&self, name: &str) -> Result<()>;
}
