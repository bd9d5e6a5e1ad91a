//! What a journal's folder holds, read without its lock: for backups beside a server at work. What is reported is whole,
//! checked and durable; a frame half written is left out.

use super::os::{self as fs, File};
use std::path::{Path, PathBuf};

use event::frame::{FrameHeader, Tip};
use types::{CellId, Offset};

use super::entry::Prefix;
use super::header::Header;
use super::recover::{check_link, list, read_all, read_header};
use super::scan::{Checks, scan};
use super::sum::Summary;
use crate::{Error, Result};

/// How far a segment is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The file.
    pub path: PathBuf,
    /// Whose journal.
    pub cell: CellId,
    /// Its first offset.
    pub first: Offset,
    /// The length of the file, bytes.
    pub bytes: u64,
    /// The end of its last whole entry, bytes from the start of the file; zeros follow.
    pub used: u64,
    /// The journal's tip after it.
    pub tip: Tip,
}

/// The segments of a folder, in order. Sealed ones are known by their summaries; the last one is read and flushed.
///
/// # Errors
/// As opening the journal: damage is named by file and byte.
pub fn extents(dir: &Path) -> Result<Vec<Extent>> {
    let listed = list(dir)?;
    let count = listed.len();
    let mut tip = Tip::default();
    let mut extents = Vec::with_capacity(count);
    for (at, (first, path)) in listed.into_iter().enumerate() {
        let last = at + 1 == count;
        let file = File::open(&path).map_err(|source| Error::io("open", &path, source))?;
        let header = read_header(&path, &file, None)?;
        check_link(dir, &path, first, &header, &tip)?;
        let summary = if last { None } else { Summary::read(&path, &header).ok() };
        let (used, after) = match summary {
            Some(summary) => (u64::from(summary.index.used), summary.tip),
            None => {
                let bytes = read_all(&path, &file, header.bytes)?;
                // What has just been read is on disk afterwards: a power cut takes none of it back.
                file.sync_data().map_err(|source| Error::io("flush", &path, source))?;
                let found = scan(&path, &bytes, &header, last, Checks { roots: false, keys: None })?;
                (u64::from(found.used), found.tip)
            }
        };
        tip = after;
        extents.push(Extent { path, cell: header.cell, first, bytes: header.bytes, used, tip });
    }
    Ok(extents)
}

impl Extent {
    /// The bytes up to `used`, checked.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the byte; [`Error::Io`].
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = fs::read(&self.path).map_err(|source| Error::io("read", &self.path, source))?;
        bytes.truncate(self.used as usize);
        let found = check(&self.path, &bytes, self.bytes)?;
        match found.tip == self.tip {
            true => Ok(bytes),
            false => Err(Error::damaged(&self.path, self.used, "the segment ends elsewhere than its summary says")),
        }
    }
}

fn check(path: &Path, bytes: &[u8], file_bytes: u64) -> Result<super::scan::Scan> {
    let header = Header::read(path, bytes, file_bytes, None)?;
    scan(path, bytes, &header, false, Checks { roots: true, keys: None })
}

/// Ends a segment, given up to its last whole entry, after the frames that `keep` says yes to: what follows the first
/// other one is cut, and so are marks. The last segment of a restored journal is made so. Returns the tip.
///
/// # Errors
/// [`Error::Damaged`] as for the file `path`.
pub fn end_after(
    path: &Path,
    bytes: &mut Vec<u8>,
    file_bytes: u64,
    keep: &dyn Fn(&FrameHeader) -> bool,
) -> Result<Tip> {
    let found = check(path, bytes, file_bytes)?;
    let mut end = super::header::HEADER_BYTES;
    for frame in &found.frames {
        let at = frame.position as usize;
        match Prefix::read(&bytes[at..]) {
            Some(prefix) if keep(&prefix.header) => end = at + prefix.bytes,
            _ => break,
        }
    }
    bytes.truncate(end);
    Ok(check(path, bytes, file_bytes)?.tip)
}
