//! Bringing a backup back, up to an offset or a time.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use event::frame::{FrameHeader, Tip};
use journal::disk::extent::end_after;
use journal::disk::segment_name;
use journal::disk::verify::{Report, verify};
use types::{Offset, Time};

use crate::error::{Error, Result};
use crate::manifest::{Manifest, Segment};
use crate::take::{AREA_PACK, CELL};
use crate::target::Target;

/// Up to where to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All of the newest backup.
    End,
    /// Events before this offset. A batch is signed as one, so the end is that of the last batch that fits.
    Offset(Offset),
    /// Batches up to and at this time.
    Time(Time),
}

/// What was brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The journal as verified after the restore.
    pub report: Report,
    /// Photos.
    pub blobs: usize,
    /// The end of the backup it came from; the journal may have been cut before.
    pub backup_end: Offset,
}

/// Reads a time such as `2020-11-07T18:00:00Z`; `None` when it is none.
pub fn time(text: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| Time(time.timestamp_micros()))
}

impl Until {
    fn keeps(self, frame: &FrameHeader) -> bool {
        match self {
            Until::End => true,
            Until::Offset(end) => frame.first_offset + u64::from(frame.count) <= end,
            Until::Time(time) => frame.time <= time,
        }
    }
}

/// Restores into `folder`, which must be empty or not exist. Keys come from where they are kept ([`crate::keys`]).
///
/// # Errors
/// [`Error::NotEmpty`]; [`Error::None`] when no backup reaches so far; [`Error::Damaged`] names the object;
/// [`Error::Journal`] when what was put together is not whole.
pub async fn restore(
    target: &Target,
    folder: &Path,
    until: Until,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Restored> {
    let journal = folder.join("journal");
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::NotEmpty { folder: folder.to_owned() });
    }
    let manifest = choose(target, until).await?;
    fs::create_dir_all(&journal).map_err(Error::file("make the folder", &journal))?;
    let count = manifest.segments.len();
    for (at, segment) in manifest.segments.iter().enumerate() {
        let next = manifest.segments.get(at + 1);
        let more = put_segment(target, &journal, segment, next, until).await?;
        progress(at + 1, count);
        if !more {
            break;
        }
    }
    sync(&journal)?;
    let report = verify(&journal, &[], &|_| ())?;
    let mut blobs = 0;
    for name in target.list("blobs").await? {
        let bytes = target.get(&format!("blobs/{name}")).await?;
        if blake3::hash(&bytes).to_string() != name {
            return Err(Error::Damaged { name, what: "its bytes have another digest".into() });
        }
        let place = folder.join("blobs").join(&name[..2]);
        fs::create_dir_all(&place).map_err(Error::file("make the folder", &place))?;
        write(&place.join(&name), &bytes, bytes.len() as u64)?;
        blobs += 1;
    }
    for (name, kept) in [(AREA_PACK, manifest.area_pack), (CELL, manifest.cell_file)] {
        if kept {
            let bytes = target.get(name).await?;
            write(&folder.join(name), &bytes, bytes.len() as u64)?;
        }
    }
    sync(folder)?;
    Ok(Restored { report, blobs, backup_end: manifest.end })
}

/// The first backup that holds everything asked for, or the newest.
async fn choose(target: &Target, until: Until) -> Result<Manifest> {
    let none = |what: String| Error::None { what };
    let ends = target.ends().await?;
    let newest = *ends.last().ok_or_else(|| none("anything".into()))?;
    match until {
        Until::End => target.manifest(newest).await,
        Until::Offset(end) => {
            let first = ends.iter().find(|reaches| **reaches >= end);
            target.manifest(*first.ok_or_else(|| none(format!("offset {end}; the newest ends at {newest}")))?).await
        }
        Until::Time(time) => {
            let manifest = target.manifest(newest).await?;
            match manifest.time_us >= time.0 {
                true => Ok(manifest),
                false => Err(none(format!("{time}; the newest ends at {}", Time(manifest.time_us)))),
            }
        }
    }
}

/// Puts a segment together; says whether the next one is wanted too.
async fn put_segment(
    target: &Target,
    journal: &Path,
    segment: &Segment,
    next: Option<&Segment>,
    until: Until,
) -> Result<bool> {
    let path = journal.join(segment_name(segment.first));
    let mut bytes = Vec::new();
    for part in &segment.parts {
        let name = segment.part_name(part);
        let got = target.get(&name).await?;
        if part.from != bytes.len() as u64 || blake3::hash(&got).to_string() != part.blake3 {
            return Err(Error::Damaged { name, what: "its bytes have another digest".into() });
        }
        bytes.extend(got);
    }
    let mut cut = bytes.clone();
    let tip: Tip = end_after(&path, &mut cut, segment.bytes, &|frame| until.keeps(frame))?;
    // The next one is wanted if this one is kept to its end, and it begins before the end that is asked for.
    let wanted = match until {
        Until::Offset(end) => end > tip.next_offset,
        Until::End | Until::Time(_) => true,
    };
    let more = next.is_some_and(|next| next.first == tip.next_offset) && wanted;
    write(&path, if more { &bytes } else { &cut }, segment.bytes)?;
    Ok(more)
}

/// Writes a file of this length, flushed.
fn write(path: &Path, bytes: &[u8], file_bytes: u64) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        // Really zeros, not a hole: see `docs/journal-format.md`.
        file.write_all(&vec![0; (file_bytes as usize).saturating_sub(bytes.len())])?;
        file.sync_all()
    };
    write().map_err(Error::file("write", path))
}

fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("flush the folder", folder))
}
