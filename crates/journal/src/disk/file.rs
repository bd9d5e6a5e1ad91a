//! Files that survive a crash: whole or not there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::os::{self as fs, File, FileExt, OpenOptions};
use crate::{Error, Result};

/// Ends the name of a file that is not finished. Whatever bears it is removed at the next start.
pub(super) const UNFINISHED: &str = "tmp";

/// Makes renames and new files in `dir` durable.
pub(super) fn sync_dir(dir: &Path) -> Result<()> {
    #[cfg(feature = "plant")]
    if types::planted("skip-a-folders-flush") {
        return Ok(());
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| Error::io("flush the folder", dir, source))
}

/// Writes a file in one go: after a crash it is there whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    // Two threads may derive the same sidecar; each writes its own file, and either is right.
    static UNIQUE: AtomicU64 = AtomicU64::new(0);
    let unfinished = path.with_added_extension(format!("{}.{UNFINISHED}", UNIQUE.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().map_err(|source| {
        // Its space is given back; if even that fails, the next start removes it.
        let _ = fs::remove_file(&unfinished);
        Error::io("write", path, source)
    })?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// A file of zeros on disk, ready to become a segment.
#[derive(Debug)]
pub(super) struct Blank {
    pub path: PathBuf,
    pub file: File,
    pub bytes: u64,
}

impl Blank {
    /// Makes a file of `bytes` zeros that are really written, so that writing into it later changes nothing but data
    /// and its flush is one disk write. Ends early with `None` once `stop` is set.
    pub fn new(path: PathBuf, bytes: u64, stop: &AtomicBool) -> Result<Option<Blank>> {
        const CHUNK_BYTES: usize = 1 << 20;
        let fill = || {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
            fs::allocate(&file, bytes)?;
            let zeros = vec![0; CHUNK_BYTES];
            let mut at = 0;
            while at < bytes {
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let chunk = (bytes - at).min(CHUNK_BYTES as u64);
                file.write_all_at(&zeros[..chunk as usize], at)?;
                at += chunk;
                // Flushed bit by bit: one large flush would hold up the appends beside it.
                if at.is_multiple_of(8 * CHUNK_BYTES as u64) {
                    file.sync_data()?;
                }
            }
            file.sync_all()?;
            Ok(Some(file))
        };
        let filled = fill();
        if !matches!(filled, Ok(Some(_))) {
            // Its space is given back; if even that fails, the next start removes it.
            let _ = fs::remove_file(&path);
        }
        let file = filled.map_err(|source| Error::io("prepare", &path, source))?;
        Ok(file.map(|file| Blank { path, file, bytes }))
    }
}
