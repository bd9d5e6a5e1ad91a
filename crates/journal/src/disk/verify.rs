//! Reads a whole journal and checks everything there is to check: checksums, chain, Merkle roots, signatures, content
//! hashes and sidecars; and whether what somebody holds a receipt for is there. Changes nothing, and needs no lock: beside
//! a running writer it sees the journal as it was.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use event::HeldReceipt;
use event::frame::Tip;
use parking_lot::{Mutex, RwLock};
use types::{CellId, Offset};

use super::entry::{MARK_BYTES, Prefix};
use super::header::{Header, segment_name};
use super::heads;
use super::index::{Index, Segment};
use super::os::{self as fs, File};
use super::receipts::{Finding, Search};
use super::recover::{Cut, check_link, heads_fit, list, missing_next, read_all, read_header, unmarked};
use super::scan::{Checks, Keys, Scan, scan};
use super::sum::{self, Summary};
use crate::{Error, Result};

/// What a sound journal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose it is.
    pub cell: CellId,
    /// Where it ends.
    pub tip: Tip,
    /// How many segments it has.
    pub segments: usize,
    /// How many frames it has.
    pub frames: u64,
    /// How many events it has.
    pub records: u64,
    /// How much was read, bytes.
    pub bytes: u64,
    /// Whether signatures were checked: keys were given.
    pub signatures: bool,
    /// A last write that was not finished: of a crash, cut at the next start, or of a writer at work.
    pub unfinished: Option<Cut>,
    /// Sidecars that are missing or damaged; they are made again at the next start.
    pub sidecars: Vec<PathBuf>,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Segments checked.
    pub segments: usize,
    /// Segments there are.
    pub segments_total: usize,
    /// Bytes read.
    pub bytes: u64,
    /// Events checked.
    pub records: u64,
}

struct Checked {
    path: PathBuf,
    first: Offset,
    header: Header,
    found: Scan,
    sidecars: Vec<PathBuf>,
}

/// Verifies the journal in `dir`, with signatures by these public keys (none are checked without keys), on all cores.
/// `progress` is called after every segment.
///
/// # Errors
/// The first damage in order of offset, by file and byte: [`Error::Damaged`], [`Error::Missing`], [`Error::Version`],
/// [`Error::WrongCell`]; [`Error::Io`] when a file cannot be read.
pub fn verify(dir: &Path, keys: &[[u8; 32]], progress: &(dyn Fn(Progress) + Sync)) -> Result<Report> {
    Ok(verify_receipts(dir, keys, &[], progress)?.0)
}

/// As [`verify`], and looks for the operation of every receipt: one finding each, in order.
///
/// # Errors
/// As [`verify`]. A receipt that finds nothing is a finding, not an error.
pub fn verify_receipts(
    dir: &Path,
    keys: &[[u8; 32]],
    held: &[HeldReceipt],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Report, Vec<Finding>)> {
    let search = Search::new(held);
    let listed = list(dir)?;
    let keys = Keys::new(keys);
    let total = listed.len();
    let next = AtomicUsize::new(0);
    let state = Mutex::new(Progress { segments_total: total, ..Progress::default() });
    let results: Vec<Mutex<Option<Result<Checked>>>> = listed.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((at, (first, path))) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, listed.get(at)?)))
        {
            let checked = check(path, *first, (at + 1 == total, at + 2 == total), &keys, &search);
            if let Ok(checked) = &checked {
                let mut state = state.lock();
                state.segments += 1;
                state.bytes += checked.header.bytes;
                state.records += checked.found.tip.next_offset - checked.header.start.next_offset;
                progress(*state);
            }
            *results[at].lock() = Some(checked);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get()).min(total);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let missing = Error::Missing { path: dir.join(segment_name(0)), what: "there are no segments".into() };
    let mut report: Option<Report> = None;
    let mut tip = Tip::default();
    for (at, result) in results.into_iter().enumerate() {
        let Some(checked) = result.into_inner() else { break };
        let checked = checked?;
        check_link(dir, &checked.path, checked.first, &checked.header, &tip)?;
        tip = checked.found.tip;
        let report = report.get_or_insert(Report {
            cell: checked.header.cell,
            tip,
            segments: 0,
            frames: 0,
            records: 0,
            bytes: 0,
            signatures: !keys.is_empty(),
            unfinished: None,
            sidecars: Vec::new(),
        });
        if checked.header.cell != report.cell {
            return Err(Error::WrongCell { path: checked.path, found: checked.header.cell, expected: report.cell });
        }
        // A writer at work may have made the next one since the folder was listed.
        let next = dir.join(segment_name(tip.next_offset));
        if at + 1 == total && checked.found.continued && !fs::exists(&next).unwrap_or(false) {
            return Err(missing_next(dir, &tip));
        }
        // The newest before the last may lack its mark: a crash came between making the next one and saying so.
        if at + 2 < total && !checked.found.continued {
            return Err(unmarked(&checked.path, &checked.found));
        }
        report.tip = tip;
        report.segments += 1;
        report.frames += checked.found.frames.len() as u64;
        report.records = tip.next_offset;
        report.bytes += checked.header.bytes;
        report.sidecars.extend(checked.sidecars);
        if checked.found.torn_bytes > 0 {
            let at_bytes = u64::from(checked.found.used);
            report.unfinished = Some(Cut { path: checked.path, at_bytes, bytes: checked.found.torn_bytes as u64 });
        }
    }
    Ok((report.ok_or(missing)?, search.findings(&keys)))
}

/// Checks a segment: the last one, the newest before it, or another.
fn check(
    path: &Path,
    first: Offset,
    (last, newest): (bool, bool),
    keys: &Keys,
    search: &Search<'_>,
) -> Result<Checked> {
    let file = File::open(path).map_err(|source| Error::io("open", path, source))?;
    let header = read_header(path, &file, None)?;
    let bytes = read_all(path, &file, header.bytes)?;
    let checks = Checks { roots: true, keys: Some(keys) };
    let mut found = scan(path, &bytes, &header, last || newest, checks)?;
    if newest && found.torn_bytes > MARK_BYTES {
        // A crash may have cut its mark short, and nothing else.
        found = scan(path, &bytes, &header, false, checks)?;
    }
    if !search.is_empty() {
        for frame in &found.frames {
            let entry = &bytes[frame.position as usize..];
            Prefix::read(entry).into_iter().for_each(|prefix| search.look(&prefix.frame(entry)));
        }
    }
    let mut sidecars = Vec::new();
    if !last {
        let index = Index { frames: found.frames.clone(), used: found.used, end: found.tip.next_offset };
        match Summary::read(path, &header) {
            Ok(summary) if summary.content != *blake3::hash(&bytes).as_bytes() => {
                return Err(Error::damaged(path, 0, "the segment is not the one whose content hash was kept"));
            }
            Ok(summary) if summary.index == index && summary.tip == found.tip => {}
            _ => sidecars.push(sum::path(path)),
        }
        let segment = Segment { path: path.to_owned(), header: header.clone(), index: RwLock::new(index) };
        if !heads_fit(&segment, header.cell) {
            sidecars.push(heads::path(&segment));
        }
    }
    Ok(Checked { path: path.to_owned(), first, header, found, sidecars })
}
