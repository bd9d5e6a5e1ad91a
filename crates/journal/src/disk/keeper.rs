//! What goes on beside the appends, on a thread of its own: the next segment is zeroed ahead of need, and a full one gets
//! its sidecars. So rotation does not stall.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use types::CellId;

use super::file::Blank;
use super::index::Segment;
use super::seal::seal;
use crate::Result;

enum Task {
    Prepare { path: PathBuf, bytes: u64 },
    Seal { segment: Arc<Segment>, cell: CellId },
}

/// The thread and the ways to and from it. Dropping it stops the thread and waits for it.
#[derive(Debug)]
pub(super) struct Keeper {
    tasks: Option<Sender<Task>>,
    blanks: Receiver<Result<Option<Blank>>>,
    preparing: bool,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Keeper> {
        let (tasks, inbox) = channel();
        let (outbox, blanks) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = move || {
            for task in inbox {
                match task {
                    _ if stopped.load(Ordering::Relaxed) => return,
                    Task::Prepare { path, bytes } => {
                        if outbox.send(Blank::new(path, bytes, &stopped)).is_err() {
                            return;
                        }
                    }
                    // What is derived can be derived again: at the next start, or by the reader that misses it. Damage
                    // found on the way is named to whoever reads it.
                    Task::Seal { segment, cell } => drop(seal(&segment, cell)),
                }
            }
        };
        let thread = std::thread::Builder::new().name("journal-keeper".to_owned()).spawn(work)?;
        Ok(Keeper { tasks: Some(tasks), blanks, preparing: false, stop, thread: Some(thread) })
    }

    fn send(&self, task: Task) {
        // The thread ends only when this is dropped.
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(task);
        }
    }

    /// Begins to make a blank segment.
    pub fn prepare(&mut self, path: PathBuf, bytes: u64) {
        self.preparing = true;
        self.send(Task::Prepare { path, bytes });
    }

    /// The blank begun last, waiting for it if need be; `None` when there is none or making it failed.
    pub fn prepared(&mut self) -> Option<Blank> {
        // A failure is not passed on: the writer tries again itself, and says why if that fails too.
        std::mem::take(&mut self.preparing).then(|| self.blanks.recv().ok()?.ok()?).flatten()
    }

    /// Has the sidecars of a full segment made.
    pub fn seal(&self, segment: Arc<Segment>, cell: CellId) {
        self.send(Task::Seal { segment, cell });
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add to it here.
            let _ = thread.join();
        }
    }
}
