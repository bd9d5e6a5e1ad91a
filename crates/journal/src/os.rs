//! The system as the journal on disk uses it, in one place, so that a simulated one can stand here (see `simulated`).

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rustix::fs::{Advice, FallocateFlags};

pub(crate) use std::fs::{
    File, OpenOptions, TryLockError, create_dir_all, exists, metadata, read, read_dir, remove_file, rename,
};
pub(crate) use std::os::unix::fs::FileExt;

/// Allocates the space of a file's first `bytes`. A file system that cannot lets the writes allocate.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Drops what memory holds of a file, so that reads give what the disk has. Advice only: where it is not taken, they
/// give what memory has.
pub(crate) fn forget_cached(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, Advice::DontNeed);
}

/// Work done beside the caller, task by task, on a thread of its own. Dropping it waits for the task under way and those
/// sent before.
#[derive(Debug)]
pub(crate) struct Beside<T> {
    tasks: Option<Sender<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Beside<T> {
    /// Starts the thread.
    pub fn start(name: &str, work: impl FnMut(T) + Send + 'static) -> io::Result<Beside<T>> {
        let (tasks, inbox) = channel::<T>();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(|| inbox.into_iter().for_each(work))?;
        Ok(Beside { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Has a task done.
    pub fn send(&self, task: T) {
        // The thread ends only when this is dropped.
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(task);
        }
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add to it here.
            let _ = thread.join();
        }
    }
}
