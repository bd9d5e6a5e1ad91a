//! Mends a damaged journal from a replica or a backup: every segment that is damaged or missing is built again from its own
//! intact frames and the other journal's, along the chain of hashes, so a frame that was not there cannot come in.
//!
//! What was damaged is kept beside as `….damaged`. The other journal may be cut into segments in another way.

use super::os::{self as fs, File};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use event::Frame;
use event::frame::Tip;
use types::{CellId, Offset};

use super::Options;
use super::entry::{self, MARK_BYTES, Mark, MarkKind, Prefix};
use super::file::{sync_dir, write_whole};
use super::header::{HEADER_BYTES, Header, segment_name};
use super::recover::{lock, read_all, read_header};
use super::scan::{Checks, Keys, Scan, first_nonzero, scan};
use super::verify::{Report, verify};
use crate::{Error, Result, follow};

/// What a repair did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The journal as it is now, verified in full.
    pub report: Report,
    /// The segments that were built again, in order.
    pub rebuilt: Vec<Rebuilt>,
}

/// A segment that was built again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The file.
    pub path: PathBuf,
    /// Frames kept from the damaged file.
    pub kept: usize,
    /// Frames that came from the other journal.
    pub from_other: usize,
    /// Nothing here says where the journal ended: it now ends where the other one does, or did before the damage.
    pub end_unknown: bool,
}

/// Mends the journal in `dir` by the one in `other`, which is only read. Changes nothing where nothing is damaged.
///
/// With `accept_end`, a journal whose last frames are damaged here and missing there goes on from the last intact one;
/// what was acknowledged after it is lost, unless devices that still hold it send it again.
///
/// # Errors
/// [`Error::Locked`] when the journal is open; [`Error::Unrepairable`] names the first offset that neither journal has,
/// with nothing changed in that segment; [`Error::Io`].
pub fn repair(dir: &Path, other: &Path, keys: &[[u8; 32]], accept_end: bool) -> Result<Repaired> {
    let _lock = lock(dir)?;
    let (segments, others) = (names(dir)?, names(other)?);
    let cell = segments.values().chain(others.values()).find_map(|path| Some(header(path)?.cell));
    let missing = || Error::Missing { path: other.join(segment_name(0)), what: "there are no segments".into() };
    let cell = cell.ok_or_else(missing)?;
    let work = Repair { dir, cell, segments, others, keys: Keys::new(keys), accept_end };
    let mut rebuilt = Vec::new();
    let mut tip = Tip::default();
    loop {
        let next = work.segments.range(tip.next_offset + 1..).next().map(|(first, _)| *first);
        let sound = work.segments.get(&tip.next_offset).map(|path| work.sound(path, &tip, next));
        let found = match sound {
            Some(Ok(found)) => found,
            Some(Err(newer @ Error::Version { .. })) => return Err(newer),
            _ => {
                let (segment, found) = work.rebuild(&tip, next)?;
                rebuilt.push(segment);
                found
            }
        };
        tip = found.tip;
        if next.is_none() && !found.continued {
            break;
        }
    }
    if !rebuilt.is_empty() {
        remove_derived(dir, &rebuilt)?;
    }
    Ok(Repaired { report: verify(dir, keys, &|_| ())?, rebuilt })
}

/// The segments of a folder by what their names say; sidecars are left out.
fn names(dir: &Path) -> Result<BTreeMap<Offset, PathBuf>> {
    let listed = |source| Error::io("list the folder", dir, source);
    let mut segments = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(listed)? {
        let path = entry.map_err(listed)?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.len() == 20);
        if path.extension().is_some_and(|extension| extension == "qseg")
            && let Some(first) = stem.and_then(|stem| stem.parse().ok())
        {
            segments.insert(first, path);
        }
    }
    Ok(segments)
}

/// Removes the sidecars of segments that were built again or are no more; the next start makes them anew.
fn remove_derived(dir: &Path, rebuilt: &[Rebuilt]) -> Result<()> {
    let listed = |source| Error::io("list the folder", dir, source);
    for entry in fs::read_dir(dir).map_err(listed)? {
        let path = entry.map_err(listed)?.path();
        let segment = path.with_extension("qseg");
        let derived = path.extension().is_some_and(|extension| extension == "heads" || extension == "sum");
        if derived && (!segment.exists() || rebuilt.iter().any(|rebuilt| rebuilt.path == segment)) {
            fs::remove_file(&path).map_err(|source| Error::io("remove", &path, source))?;
        }
    }
    sync_dir(dir)
}

/// The header of a segment, if it is intact.
fn header(path: &Path) -> Option<Header> {
    read_header(path, &File::open(path).ok()?, None).ok()
}

/// The intact frames in the bytes of a segment, wherever they stand, and whether only zeros follow the last intact entry:
/// then nothing was written after it.
fn intact(bytes: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames = Vec::new();
    let (mut at, mut end) = (0, bytes.len());
    while at + MARK_BYTES <= bytes.len() {
        let rest = &bytes[at..];
        let prefix = Prefix::read(rest).filter(|prefix| prefix.first_misfit(rest).is_none());
        let entry_bytes = match prefix {
            Some(prefix) => {
                frames.push(prefix.frame(rest));
                Some(prefix.bytes)
            }
            None => Mark::read(rest).map(|_| MARK_BYTES),
        };
        at += match entry_bytes {
            Some(entry_bytes) => {
                end = at + entry_bytes;
                entry_bytes
            }
            // Frames and marks begin with the same letter.
            None => memchr::memchr(entry::FRAME[0], &rest[1..]).map_or(rest.len(), |next| next + 1),
        };
    }
    (frames, end < bytes.len() && first_nonzero(&bytes[end..]).is_none())
}

struct Repair<'a> {
    dir: &'a Path,
    cell: CellId,
    segments: BTreeMap<Offset, PathBuf>,
    others: BTreeMap<Offset, PathBuf>,
    keys: Keys,
    accept_end: bool,
}

impl Repair<'_> {
    fn checks(&self) -> Checks<'_> {
        Checks { roots: true, keys: Some(&self.keys) }
    }

    /// Checks the segment that follows `tip`; `next` is where the one after it starts.
    fn sound(&self, path: &Path, tip: &Tip, next: Option<Offset>) -> Result<Scan> {
        let file = File::open(path).map_err(|source| Error::io("open", path, source))?;
        let header = read_header(path, &file, Some(self.cell))?;
        if header.start != *tip {
            return Err(Error::damaged(path, 16, "the segment does not follow the one before it"));
        }
        let bytes = read_all(path, &file, header.bytes)?;
        let found = scan(path, &bytes, &header, next.is_none(), self.checks())?;
        match next {
            // One that says it goes on is whole: the next one is missing.
            Some(next) if next != found.tip.next_offset && !found.continued => {
                Err(Error::damaged(path, found.used.into(), "the segment ends before the next one begins"))
            }
            _ => Ok(found),
        }
    }

    /// Builds the segment after `tip` again, up to where the next one starts.
    fn rebuild(&self, tip: &Tip, next: Option<Offset>) -> Result<(Rebuilt, Scan)> {
        let path = self.dir.join(segment_name(tip.next_offset));
        let bytes = fs::read(&path).unwrap_or_default();
        let (own, ends_here) = intact(&bytes);
        // As long as it was, or as its neighbours are.
        let known = [&path].into_iter().chain(self.segments.values()).find_map(|path| Some(header(path)?.bytes));
        let length = known.unwrap_or(Options::default().segment_bytes);
        let room = length.saturating_sub((HEADER_BYTES + MARK_BYTES) as u64);
        let mut chain = Chain { cell: self.cell, tip: *tip, until: next, room, full: false, frames: Vec::new() };
        let (mut kept, mut from_other) = (0, 0);
        loop {
            let before = (kept, from_other);
            kept += chain.extend(&own);
            if let Some((_, path)) = self.others.range(..=chain.tip.next_offset).next_back()
                && chain.open()
            {
                let bytes = fs::read(path).map_err(|source| Error::io("read", path, source))?;
                from_other += chain.extend(&intact(&bytes).0);
            }
            if before == (kept, from_other) {
                break;
            }
        }
        let end = chain.tip.next_offset;
        let unrepairable = |what: String| Err(Error::Unrepairable { path: path.clone(), offset: end, what });
        if let Some(next) = next.filter(|next| *next != end && !chain.full) {
            return unrepairable(format!("the next segment starts at {next}"));
        }
        let last = next.is_none() && !chain.full;
        let end_unknown = last && !ends_here;
        let later = own.iter().find(|frame| frame.header.first_offset >= end);
        if let Some(later) = later.filter(|_| last) {
            return unrepairable(format!("an intact one at {} follows", later.header.first_offset));
        }
        if end_unknown && from_other == 0 && !self.accept_end {
            return unrepairable("what stood there may have been acknowledged".to_owned());
        }
        let found = self.write(&path, tip, &chain, length, !last)?;
        Ok((Rebuilt { path, kept, from_other, end_unknown }, found))
    }

    /// Puts the segment of these frames in the place of what is there, and reads it back.
    fn write(&self, path: &Path, start: &Tip, chain: &Chain, length: u64, continued: bool) -> Result<Scan> {
        let needed: u64 = chain.frames.iter().map(entry::frame_bytes).sum();
        let needed = HEADER_BYTES as u64 + needed + MARK_BYTES as u64;
        let length = length.max(needed.next_multiple_of(4096));
        let header = Header { cell: self.cell, bytes: length, start: *start };
        let mut bytes = header.to_bytes().to_vec();
        let mut frame_bytes = Vec::new();
        for frame in &chain.frames {
            entry::write_frame(frame, &mut frame_bytes);
            bytes.extend_from_slice(&frame_bytes);
        }
        if continued {
            bytes.extend_from_slice(&Mark::new(MarkKind::Continued, &chain.tip).to_bytes());
        }
        bytes.resize(length as usize, 0);
        let found = scan(path, &bytes, &header, !continued, self.checks())?;
        if path.exists() {
            let aside = path.with_added_extension("damaged");
            fs::rename(path, &aside).map_err(|source| Error::io("put aside", path, source))?;
            sync_dir(self.dir)?;
        }
        write_whole(path, &bytes)?;
        Ok(found)
    }
}

/// Frames that follow each other.
struct Chain {
    cell: CellId,
    tip: Tip,
    /// Where the next segment starts; it takes whatever comes before.
    until: Option<Offset>,
    /// How many bytes of frames go into the segment, and whether there are more.
    room: u64,
    full: bool,
    frames: Vec<Frame>,
}

impl Chain {
    /// Whether it may go on.
    fn open(&self) -> bool {
        !self.full && self.until.is_none_or(|until| self.tip.next_offset < until)
    }

    /// Goes on with those of `frames` that follow; says how many.
    fn extend(&mut self, frames: &[Frame]) -> usize {
        let before = self.frames.len();
        for frame in frames {
            if !self.open() || follow::mismatch(&frame.header, self.cell, &self.tip).is_some() {
                continue;
            }
            let bytes = entry::frame_bytes(frame);
            self.full = bytes > self.room && !self.frames.is_empty();
            if !self.full {
                self.room = self.room.saturating_sub(bytes);
                self.tip = frame.tip();
                self.frames.push(frame.clone());
            }
        }
        self.frames.len() - before
    }
}
