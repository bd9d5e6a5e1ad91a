//! As much of `std::fs` as the journal uses, over a [`Disk`](super::Disk).

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::machine::{Disk, File as Inode};

/// A file or a folder.
#[derive(Debug)]
pub(crate) struct File {
    disk: Disk,
    what: What,
    /// Where reading and writing in order go on.
    position: u64,
}

#[derive(Clone, Debug)]
enum What {
    File(Inode),
    Folder(PathBuf),
}

/// Reading and writing by position, as on Unix.
pub(crate) trait FileExt {
    fn write_all_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;
    fn read_exact_at(&self, into: &mut [u8], position: u64) -> io::Result<()>;
}

/// What a file is like.
pub(crate) struct Metadata(u64);

impl Metadata {
    pub fn len(&self) -> u64 {
        self.0
    }
}

impl File {
    fn open_with(path: &Path, create: bool, truncate: bool) -> io::Result<File> {
        let disk = Disk::of(path)?;
        let what = match disk.find(path) {
            None if !create && disk.is_folder(path) => What::Folder(path.to_owned()),
            None if !create => return Err(io::ErrorKind::NotFound.into()),
            Some(file) if !truncate => What::File(file),
            _ => What::File(disk.create(path)?),
        };
        Ok(File { disk, what, position: 0 })
    }

    pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
        File::open_with(path.as_ref(), false, false)
    }

    pub fn create(path: impl AsRef<Path>) -> io::Result<File> {
        File::open_with(path.as_ref(), true, true)
    }

    fn inode(&self) -> io::Result<Inode> {
        match self.what {
            What::File(file) => Ok(file),
            What::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    pub fn sync_all(&self) -> io::Result<()> {
        match &self.what {
            What::File(file) => self.disk.flush(*file),
            What::Folder(path) => self.disk.flush_folder(path),
        }
    }

    pub fn sync_data(&self) -> io::Result<()> {
        self.sync_all()
    }

    pub fn metadata(&self) -> io::Result<Metadata> {
        Ok(Metadata(self.disk.length(self.inode()?)))
    }

    /// There is one process.
    pub fn try_lock(&self) -> Result<(), TryLockError> {
        Ok(())
    }
}

impl FileExt for File {
    fn write_all_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.disk.write(self.inode()?, bytes, position as usize)
    }

    fn read_exact_at(&self, into: &mut [u8], position: u64) -> io::Result<()> {
        match self.disk.read(self.inode()?, into, position as usize) {
            read if read == into.len() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.disk.read(self.inode()?, into, self.position as usize);
        self.position += read as u64;
        Ok(read)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all_at(bytes, self.position)?;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As [`std::fs::TryLockError`].
#[derive(Debug)]
#[expect(dead_code, reason = "nobody else locks a simulated folder")]
pub(crate) enum TryLockError {
    WouldBlock,
    Error(io::Error),
}

/// As [`std::fs::OpenOptions`]; every file may be read and written.
pub(crate) struct OpenOptions {
    create: bool,
    truncate: bool,
}

impl OpenOptions {
    pub fn new() -> OpenOptions {
        OpenOptions { create: false, truncate: false }
    }

    pub fn read(&mut self, _: bool) -> &mut OpenOptions {
        self
    }

    pub fn write(&mut self, _: bool) -> &mut OpenOptions {
        self
    }

    pub fn create(&mut self, create: bool) -> &mut OpenOptions {
        self.create = create;
        self
    }

    pub fn truncate(&mut self, truncate: bool) -> &mut OpenOptions {
        self.truncate = truncate;
        self
    }

    pub fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        File::open_with(path.as_ref(), self.create, self.truncate)
    }
}

/// A name in a folder.
pub(crate) struct DirEntry(PathBuf);

impl DirEntry {
    pub fn path(&self) -> PathBuf {
        self.0.clone()
    }
}

pub(crate) fn read_dir(path: impl AsRef<Path>) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    let names = Disk::of(path.as_ref())?.names(path.as_ref());
    Ok(names.into_iter().map(|path| Ok(DirEntry(path))))
}

/// Folders are there from the start.
pub(crate) fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    Disk::of(path.as_ref()).map(|_| ())
}

pub(crate) fn exists(path: impl AsRef<Path>) -> io::Result<bool> {
    Ok(Disk::of(path.as_ref())?.find(path.as_ref()).is_some())
}

pub(crate) fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    File::open(path)?.metadata()
}

pub(crate) fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    Disk::of(path.as_ref())?.remove(path.as_ref())
}

pub(crate) fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    Disk::of(from.as_ref())?.rename(from.as_ref(), to.as_ref())
}

pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    file.disk.allocate(file.inode()?, bytes as usize)
}

pub(crate) fn forget_cached(file: &File) {
    if let Ok(inode) = file.inode() {
        file.disk.forget_cached(inode);
    }
}

/// Work beside the caller, done at once: there is one thread.
pub(crate) struct Beside<T>(Mutex<Box<dyn FnMut(T) + Send>>);

impl<T> Beside<T> {
    #[expect(clippy::unnecessary_wraps, reason = "a thread may fail to start")]
    pub fn start(_: &str, work: impl FnMut(T) + Send + 'static) -> io::Result<Beside<T>> {
        Ok(Beside(Mutex::new(Box::new(work))))
    }

    pub fn send(&self, task: T) {
        (self.0.lock())(task);
    }
}

impl<T> std::fmt::Debug for Beside<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beside")
    }
}
