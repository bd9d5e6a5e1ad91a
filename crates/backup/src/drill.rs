//! The drill: a backup that was never restored is a hope.

use std::path::Path;

use event::Digest;
use journal::Journal;
use journal::disk::extent::extents;
use journal::disk::{DiskJournal, Options};
use store::Store;
use types::{CellId, Offset};

use crate::error::{Error, Result};
use crate::restore::{Restored, Until, restore};
use crate::target::Target;

/// What a drill compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drilled {
    /// What was brought back.
    pub restored: Restored,
    /// The digest of the store that the restored journal gives.
    pub digest: Digest,
    /// Where the checkpoint ended from which the running server's digest was worked out; `None` when it has none that the
    /// backup reaches: then only the journals were compared.
    pub checkpoint: Option<Offset>,
}

/// Restores the newest backup into `scratch` (new or empty), verifies it in full, replays it, and compares with the data
/// folder it was taken from, beside a server at work: the bytes of the journal, and the store as the server's own newest
/// checkpoint has it, brought up to the same offset.
///
/// # Errors
/// [`Error::Differs`]; as [`restore`].
pub async fn drill(
    target: &Target,
    folder: &Path,
    scratch: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Drilled> {
    let restored = restore(target, scratch, Until::End, progress).await?;
    let end = restored.report.tip.next_offset;
    compare_journals(&folder.join("journal"), &scratch.join("journal"), end)?;
    let cell: CellId = restored.report.cell;
    let (journal, _) = DiskJournal::open(&scratch.join("journal"), cell, Options::default())?;
    let reader = journal.reader();
    let mut replayed = Store::new();
    replayed.replay(&*reader, &mut |_, _| ())?;
    let digest = replayed.digest();
    let running = Store::restore(&folder.join("store"))?.filter(|store| store.next_offset() <= end);
    let checkpoint = running.as_ref().map(Store::next_offset);
    if let Some(mut running) = running {
        running.replay(&*reader, &mut |_, _| ())?;
        if running.digest() != digest {
            return Err(Error::Differs { offset: end, what: "the stores" });
        }
    }
    Ok(Drilled { restored, digest, checkpoint })
}

fn compare_journals(running: &Path, restored: &Path, end: Offset) -> Result<()> {
    let running = extents(running)?;
    for copy in extents(restored)? {
        let bytes = copy.read()?;
        let same = running.iter().find(|extent| extent.first == copy.first && extent.used >= copy.used);
        let original = same.map(|same| same.read()).transpose()?;
        if original.is_none_or(|original| original[..bytes.len()] != bytes[..]) {
            return Err(Error::Differs { offset: end, what: "the journals" });
        }
    }
    Ok(())
}
