//! What goes on beside the appends, on a thread of its own: the next segment is zeroed ahead of need, and a full one gets
//! its sidecars. So rotation does not stall.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use types::CellId;

use super::file::Blank;
use super::index::Segment;
use super::os::Beside;
use super::seal::seal;
use crate::Result;

#[derive(Debug)]
enum Task {
    Prepare { path: PathBuf, bytes: u64 },
    Seal { segment: Arc<Segment>, cell: CellId },
}

/// The work beside and the ways to and from it. Dropping it stops the work and waits for its end.
#[derive(Debug)]
pub(super) struct Keeper {
    tasks: Beside<Task>,
    blanks: Receiver<Result<Option<Blank>>>,
    preparing: bool,
    stop: Arc<AtomicBool>,
}

impl Keeper {
    /// Starts it.
    pub fn start() -> std::io::Result<Keeper> {
        let (outbox, blanks) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = move |task| match task {
            _ if stopped.load(Ordering::Relaxed) => {}
            // Nobody waits for it any more once the keeper is dropped.
            Task::Prepare { path, bytes } => drop(outbox.send(Blank::new(path, bytes, &stopped))),
            // What is derived can be derived again: at the next start, or by the reader that misses it. Damage found on
            // the way is named to whoever reads it.
            Task::Seal { segment, cell } => drop(seal(&segment, cell)),
        };
        Ok(Keeper { tasks: Beside::start("journal-keeper", work)?, blanks, preparing: false, stop })
    }

    /// Begins to make a blank segment.
    pub fn prepare(&mut self, path: PathBuf, bytes: u64) {
        self.preparing = true;
        self.tasks.send(Task::Prepare { path, bytes });
    }

    /// The blank begun last, waiting for it if need be; `None` when there is none or making it failed.
    pub fn prepared(&mut self) -> Option<Blank> {
        // A failure is not passed on: the writer tries again itself, and says why if that fails too.
        std::mem::take(&mut self.preparing).then(|| self.blanks.recv().ok()?.ok()?).flatten()
    }

    /// Has the sidecars of a full segment made.
    pub fn seal(&self, segment: Arc<Segment>, cell: CellId) {
        self.tasks.send(Task::Seal { segment, cell });
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // What is under way ends early; its end is waited for when the tasks are dropped, after this.
        self.stop.store(true, Ordering::Relaxed);
    }
}
