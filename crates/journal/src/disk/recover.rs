//! Opening a folder: what is there is checked, the last write finished or cut, anything else refused by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::frame::Tip;
use parking_lot::RwLock;
use types::{CellId, Offset};

use super::append::{Active, DiskJournal};
use super::entry::{MARK_BYTES, MarkKind};
use super::file::{UNFINISHED, sync_dir};
use super::header::{HEADER_BYTES, Header, segment_name};
use super::heads::Blocks;
use super::index::{Index, Segment};
use super::keeper::Keeper;
use super::os::{self as fs, File, FileExt, OpenOptions};
use super::read::Segments;
use super::scan::{Checks, Keys, Scan, scan};
use super::sum::{self, Summary};
use super::{LOCK, NEXT, Options, SEGMENT_BYTES, heads};
use crate::{Error, Result};

/// What opening found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where the journal ends.
    pub tip: Tip,
    /// How many segments there are.
    pub segments: usize,
    /// How many frames there are.
    pub frames: u64,
    /// The write that a crash cut short and that has been removed.
    pub cut: Option<Cut>,
    /// Sidecars that were missing or damaged. They are being made again from their segments.
    pub sidecars: Vec<PathBuf>,
}

/// A last write that a crash cut short. It was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub path: PathBuf,
    /// Where it began, bytes from the start of the file.
    pub at_bytes: u64,
    /// How much of it there was, bytes.
    pub bytes: u64,
}

/// The segments of a folder by first offset.
pub(super) fn list(dir: &Path) -> Result<Vec<(Offset, PathBuf)>> {
    let mut segments = BTreeSet::new();
    let mut sidecars = Vec::new();
    let listed = |source| Error::io("list the folder", dir, source);
    for entry in fs::read_dir(dir).map_err(listed)? {
        let path = entry.map_err(listed)?.path();
        let first = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.len() == 20);
        let Some(first) = first.and_then(|stem| stem.parse::<Offset>().ok()) else { continue };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("qseg") => drop(segments.insert((first, path))),
            Some("heads" | "sum") => sidecars.push((first, path)),
            _ => {}
        }
    }
    for (first, sidecar) in sidecars {
        let path = dir.join(segment_name(first));
        if !segments.contains(&(first, path.clone())) {
            let name = sidecar.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(Error::Missing { path, what: format!("its sidecar `{name}` is there") });
        }
    }
    Ok(segments.into_iter().collect())
}

/// Checks that the segment at `path`, named by `first`, follows `tip`, the end of the one before it.
pub(super) fn check_link(dir: &Path, path: &Path, first: Offset, header: &Header, tip: &Tip) -> Result<()> {
    if header.start.next_offset != first {
        let what = format!("the segment starts at offset {}, not where its name says", header.start.next_offset);
        return Err(Error::damaged(path, 16, what));
    }
    if first > tip.next_offset {
        let what = format!("the journal before it ends at {} and the next segment starts at {first}", tip.next_offset);
        return Err(Error::Missing { path: dir.join(segment_name(tip.next_offset)), what });
    }
    if header.start != *tip {
        return Err(Error::damaged(
            path,
            16,
            "the segment does not follow the one before it: it is of another journal",
        ));
    }
    Ok(())
}

/// The error for a journal that ends although its last segment says that there is another.
pub(super) fn missing_next(dir: &Path, tip: &Tip) -> Error {
    let what = "the segment before it says that it exists".to_owned();
    Error::Missing { path: dir.join(segment_name(tip.next_offset)), what }
}

/// The error for a segment that is not the last one but does not say so.
pub(super) fn unmarked(path: &Path, found: &Scan) -> Error {
    Error::damaged(path, u64::from(found.used), "the mark at the end of the segment is gone")
}

/// Reads the header of a segment: (header, length of the file).
pub(super) fn read_header(path: &Path, file: &File, cell: Option<CellId>) -> Result<Header> {
    let read = |source| Error::io("read", path, source);
    let bytes = file.metadata().map_err(read)?.len();
    let mut header = [0; HEADER_BYTES];
    let held = bytes.min(HEADER_BYTES as u64) as usize;
    file.read_exact_at(&mut header[..held], 0).map_err(read)?;
    Header::read(path, &header[..held], bytes, cell)
}

/// Reads a whole segment.
pub(super) fn read_all(path: &Path, file: &File, bytes: u64) -> Result<Vec<u8>> {
    let mut buffer = vec![0; bytes as usize];
    file.read_exact_at(&mut buffer, 0).map_err(|source| Error::io("read", path, source))?;
    Ok(buffer)
}

pub(super) fn open(dir: &Path, cell: CellId, mut options: Options) -> Result<(DiskJournal, Recovered)> {
    options.segment_bytes = options.segment_bytes.clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end());
    fs::create_dir_all(dir).map_err(|source| Error::io("create the folder", dir, source))?;
    let lock = lock(dir)?;
    remove_unfinished(dir)?;
    let mut recovery =
        Recovery { dir, cell, keys: Keys::new(&options.keys), tip: Tip::default(), sidecars: Vec::new() };
    let listed = list(dir)?;
    let mut keeper = Keeper::start().map_err(|source| Error::io("start a thread for", dir, source))?;
    let mut segments = Vec::new();
    let mut cut = None;
    let active = match listed.split_last() {
        None => {
            if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_dir(parent)?;
            }
            Active::new(dir, cell, &Tip::default(), options.segment_bytes, None)?
        }
        Some(((first, path), sealed)) => {
            // The newest come under the budget first.
            let mut left = options.check_bytes;
            let lengths = sealed.iter().rev().map(|(_, path)| fs::metadata(path).map_or(0, |metadata| metadata.len()));
            let within = lengths.take_while(|bytes| left.checked_sub(*bytes).map(|rest| left = rest).is_some()).count();
            for (at, (first, path)) in sealed.iter().enumerate() {
                let in_full = at + within >= sealed.len();
                let (segment, sealed_well) = recovery.sealed(path, *first, in_full, at + 1 == sealed.len())?;
                let segment = Arc::new(segment);
                if !sealed_well {
                    keeper.seal(segment.clone(), cell);
                }
                segments.push(segment);
            }
            let (active, found) = recovery.last(path, *first)?;
            cut = found;
            active
        }
    };
    segments.push(active.segment.clone());
    let recovered = Recovered {
        tip: recovery.tip,
        segments: segments.len(),
        frames: segments.iter().map(|segment| segment.index.read().frames.len() as u64).sum(),
        cut,
        sidecars: recovery.sidecars,
    };
    #[cfg(feature = "plant")]
    let recovered = match types::planted("forget-the-chain") {
        true => Recovered { tip: Tip { hash: [0; 32], ..recovered.tip }, ..recovered },
        false => recovered,
    };
    keeper.prepare(dir.join(NEXT), options.segment_bytes);
    let journal = DiskJournal {
        dir: dir.to_owned(),
        cell,
        options,
        tip: recovered.tip,
        stopped: false,
        marked: false,
        segments: Arc::new(Segments::new(cell, segments)),
        active,
        buffer: Vec::new(),
        keeper,
        _lock: lock,
    };
    Ok((journal, recovered))
}

/// Locks the folder: nobody else opens the journal meanwhile.
pub(super) fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| Error::io("open", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Locked { path: dir.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(Error::io("lock", &path, source)),
    }
}

fn remove_unfinished(dir: &Path) -> Result<()> {
    let listed = |source| Error::io("list the folder", dir, source);
    for entry in fs::read_dir(dir).map_err(listed)? {
        let path = entry.map_err(listed)?.path();
        if path.extension().is_some_and(|extension| extension == UNFINISHED) {
            fs::remove_file(&path).map_err(|source| Error::io("remove", &path, source))?;
        }
    }
    Ok(())
}

struct Recovery<'a> {
    dir: &'a Path,
    cell: CellId,
    keys: Keys,
    /// The end of what has been checked.
    tip: Tip,
    sidecars: Vec<PathBuf>,
}

impl Recovery<'_> {
    /// Takes in a segment that others follow; also says whether its sidecars are well.
    fn sealed(&mut self, path: &Path, first: Offset, in_full: bool, newest: bool) -> Result<(Segment, bool)> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(|source| Error::io("open", path, source))?;
        let header = read_header(path, &file, Some(self.cell))?;
        check_link(self.dir, path, first, &header, &self.tip)?;
        let summary = Summary::read(path, &header);
        let (index, tip, summary_fits) = match summary {
            Ok(summary) if !in_full => (summary.index, summary.tip, true),
            summary => {
                let bytes = read_all(path, &file, header.bytes)?;
                let checks = Checks { roots: false, keys: None };
                let mut found = scan(path, &bytes, &header, newest, checks)?;
                if found.torn_bytes > MARK_BYTES {
                    // Only the mark may have been cut short: what is before it was durable when the next was made.
                    found = scan(path, &bytes, &header, false, checks)?;
                }
                if !found.continued {
                    // A crash may come between making the next segment and saying so here, but only this once.
                    if !newest {
                        return Err(unmarked(path, &found));
                    }
                    let index = RwLock::new(index_of(&found));
                    let segment = Arc::new(Segment { path: path.to_owned(), header: header.clone(), index });
                    let mut active = Active { segment, file, position: u64::from(found.used) };
                    // Written over what there is of it, if there is: both are of the same bytes.
                    active.put_mark(MarkKind::Continued, &found.tip)?;
                    found.used = active.position as u32;
                }
                let index = index_of(&found);
                let fits = summary.is_ok_and(|summary| summary.index == index && summary.tip == found.tip);
                (index, found.tip, fits)
            }
        };
        self.tip = tip;
        let segment = Segment { path: path.to_owned(), header, index: RwLock::new(index) };
        if !summary_fits {
            self.sidecars.push(sum::path(path));
        }
        let heads_fit = !in_full || heads_fit(&segment, self.cell);
        if !heads_fit {
            self.sidecars.push(heads::path(&segment));
        }
        Ok((segment, summary_fits && heads_fit))
    }

    /// Takes in the last segment, cutting a torn write.
    fn last(&mut self, path: &Path, first: Offset) -> Result<(Active, Option<Cut>)> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(|source| Error::io("open", path, source))?;
        let header = read_header(path, &file, Some(self.cell))?;
        check_link(self.dir, path, first, &header, &self.tip)?;
        // What a killed process wrote may still be in memory only, and must be durable before it is served. Then memory
        // is dropped, so that what is checked is what the disk has.
        file.sync_data().map_err(|source| Error::io("flush", path, source))?;
        fs::forget_cached(&file);
        let bytes = read_all(path, &file, header.bytes)?;
        let found = scan(path, &bytes, &header, true, Checks { roots: true, keys: Some(&self.keys) })?;
        if found.continued {
            return Err(missing_next(self.dir, &found.tip));
        }
        self.tip = found.tip;
        let position = u64::from(found.used);
        let cut = match found.torn_bytes {
            0 => None,
            #[cfg(feature = "plant")]
            _ if types::planted("leave-a-torn-tail") => None,
            torn => {
                let zero = file.write_all_at(&vec![0; torn], position).and_then(|()| file.sync_data());
                zero.map_err(|source| Error::io("cut the torn end of", path, source))?;
                Some(Cut { path: path.to_owned(), at_bytes: position, bytes: torn as u64 })
            }
        };
        let index = RwLock::new(index_of(&found));
        let segment = Arc::new(Segment { path: path.to_owned(), header, index });
        Ok((Active { segment, file, position }, cut))
    }
}

fn index_of(found: &Scan) -> Index {
    Index { frames: found.frames.clone(), used: found.used, end: found.tip.next_offset }
}

/// Whether a segment's heads are there and whole.
pub(super) fn heads_fit(segment: &Segment, cell: CellId) -> bool {
    let read = || -> std::io::Result<()> {
        let mut blocks = Blocks::open(segment, cell)?;
        while blocks.next()?.is_some() {}
        Ok(())
    };
    read().is_ok()
}
