//! Taking a backup: what the storage does not have yet, then the manifest.

use std::fs;
use std::path::Path;

use event::frame::Tip;
use journal::disk::extent::{Extent, extents};

use crate::error::{Error, Result};
use crate::manifest::{Manifest, Part, Segment, VERSION};
use crate::target::Target;

/// What a backup came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What it consists of.
    pub manifest: Manifest,
    /// How much was new and was put there, bytes.
    pub bytes: u64,
    /// Photos among it.
    pub blobs: usize,
}

/// The name of the area pack, in a data folder and in a backup.
pub(crate) const AREA_PACK: &str = "areas.qpack";
/// The name of the file that says which cell a data folder has, there and in a backup.
pub(crate) const CELL: &str = "cell.toml";

/// Backs the data folder up, beside a server at work or without one. What is whole on disk when this begins is in it.
/// `progress` gets (segments done, segments).
///
/// # Errors
/// [`Error::Journal`] when a segment is damaged: damage is named, never backed up. [`Error::OtherJournal`] when the storage
/// holds backups of another journal, with nothing changed there. [`Error::Storage`], [`Error::File`].
pub async fn take(folder: &Path, target: &Target, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Taken> {
    let extents = extents(&folder.join("journal"))?;
    let before = match target.ends().await?.last() {
        Some(end) => Some(target.manifest(*end).await?),
        None => None,
    };
    let (cell, tip) = extents.last().map_or((0, Tip::default()), |last| (last.cell.0, last.tip));
    if let Some(before) = &before {
        same_journal(folder, &extents, before)?;
    }
    let mut taken = Taken {
        manifest: Manifest {
            version: VERSION,
            cell,
            end: tip.next_offset,
            time_us: tip.time.0,
            hash: blake3::Hash::from(tip.hash).to_string(),
            segments: Vec::with_capacity(extents.len()),
            area_pack: false,
            cell_file: false,
        },
        bytes: 0,
        blobs: 0,
    };
    for (at, extent) in extents.iter().enumerate() {
        let known = before.as_ref().and_then(|before| before.segments.iter().find(|known| known.first == extent.first));
        let segment = segment(extent, known, target, &mut taken.bytes).await?;
        taken.manifest.segments.push(segment);
        progress(at + 1, extents.len());
    }
    // After the journal: a photo comes after the event that names it, and one more does no harm.
    blobs(&folder.join("blobs"), target, &mut taken).await?;
    let manifest = &mut taken.manifest;
    for (name, kept) in [(AREA_PACK, &mut manifest.area_pack), (CELL, &mut manifest.cell_file)] {
        if let Ok(bytes) = fs::read(folder.join(name)) {
            target.put(name, bytes).await?;
            *kept = true;
        }
    }
    let json = serde_json::to_vec_pretty(&taken.manifest).expect("a manifest is JSON");
    target.put(&Manifest::name(taken.manifest.end), json).await?;
    Ok(taken)
}

/// Puts what is new of a segment.
async fn segment(extent: &Extent, known: Option<&Segment>, target: &Target, bytes: &mut u64) -> Result<Segment> {
    let mut segment = Segment { first: extent.first, bytes: extent.bytes, parts: Vec::new() };
    segment.parts.extend(known.into_iter().flat_map(|known| known.parts.clone()));
    let from = segment.end();
    if from < extent.used {
        let new = extent.read()?.split_off(from as usize);
        let part = Part { from, to: extent.used, blake3: blake3::hash(&new).to_string() };
        *bytes += new.len() as u64;
        target.put(&segment.part_name(&part), new).await?;
        segment.parts.push(part);
    }
    Ok(segment)
}

/// Checks that the journal goes on from the one that was backed up before: its last part is here, byte for byte, and the
/// chain of hashes in it stands for everything before.
fn same_journal(folder: &Path, extents: &[Extent], before: &Manifest) -> Result<()> {
    let other = |what: String| Err(Error::OtherJournal { folder: folder.to_owned(), what });
    let Some(last) = before.segments.last() else { return Ok(()) };
    let Some(extent) = extents.iter().find(|extent| extent.first == last.first) else {
        return other(format!("the backup has a segment that starts at offset {}", last.first));
    };
    if extent.used < last.end() {
        return other(format!("the backup ends at offset {}, the journal at {}", before.end, extent.tip.next_offset));
    }
    let bytes = extent.read()?;
    match last
        .parts
        .iter()
        .all(|part| blake3::hash(&bytes[part.from as usize..part.to as usize]).to_string() == part.blake3)
    {
        true => Ok(()),
        false => other(format!("they differ in the segment that starts at offset {}", last.first)),
    }
}

async fn blobs(folder: &Path, target: &Target, taken: &mut Taken) -> Result<()> {
    let there = target.list("blobs").await?;
    let Ok(prefixes) = fs::read_dir(folder) else { return Ok(()) };
    for prefix in prefixes {
        let prefix = prefix.map_err(Error::file("list", folder))?.path();
        // Names have 64 hexadecimal digits; what is unfinished has others.
        let Ok(files) = fs::read_dir(&prefix) else { continue };
        for file in files {
            let path = file.map_err(Error::file("list", &prefix))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.len() != 64 || there.contains(&name) {
                continue;
            }
            let bytes = fs::read(&path).map_err(Error::file("read", &path))?;
            if blake3::hash(&bytes).to_string() == name {
                taken.bytes += bytes.len() as u64;
                taken.blobs += 1;
                target.put(&format!("blobs/{name}"), bytes).await?;
            }
        }
    }
    Ok(())
}
