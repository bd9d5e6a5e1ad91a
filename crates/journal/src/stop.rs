//! Stopping at the first error: what is written is then unknown until the journal has been opened, and checked, again.

use crate::{Error, Result};

/// A journal that stops at its first error.
pub trait Stops {
    /// Whether it has stopped.
    fn stopped(&mut self) -> &mut bool;

    /// Runs `work` unless the journal is stopped; an error stops it.
    ///
    /// # Errors
    /// [`Error::Stopped`], or the error of `work`.
    fn unless_stopped(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if std::mem::replace(self.stopped(), true) {
            return Err(Error::Stopped);
        }
        // Set first: should `work` panic, the journal is stopped too.
        work(self)?;
        *self.stopped() = false;
        Ok(())
    }
}
