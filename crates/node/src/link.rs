//! Which journal the store's files were made from: the hash of its last frame then, in a file beside the checkpoints. The
//! hash covers everything before it, so one look at one frame tells whether the journal is still that one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use event::Digest;
use journal::Reader;
use types::Offset;

const NAME: &str = "journal.link";

/// The hash of the frame that holds the event before `offset`; zeros at 0.
///
/// # Errors
/// As [`Reader::record`].
pub fn link(reader: &dyn Reader, offset: Offset) -> journal::Result<Digest> {
    match offset.checked_sub(1) {
        Some(last) => Ok(reader.record(last)?.0.hash()),
        None => Ok(Digest::default()),
    }
}

/// Whether what is in `folder` was made from this journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// From this one, or nothing says from which.
    Here,
    /// From another.
    Elsewhere,
    /// From one that went on until here.
    Longer(Offset),
}

/// Compares the folder with the journal.
///
/// # Errors
/// What the journal says when its frame cannot be read.
pub fn made(folder: &Path, reader: &dyn Reader) -> journal::Result<Made> {
    let Ok(text) = fs::read_to_string(folder.join(NAME)) else { return Ok(Made::Here) };
    let said = text.trim().split_once(' ').and_then(|(offset, hash)| Some((offset.parse().ok()?, hash)));
    let Some((offset, hash)) = said else { return Ok(Made::Elsewhere) };
    if offset > reader.end() {
        return Ok(Made::Longer(offset));
    }
    Ok(if hex(&link(reader, offset)?) == hash { Made::Here } else { Made::Elsewhere })
}

/// Says that what is in `folder`, up to `offset`, was made from this journal.
pub fn write(folder: &Path, reader: &dyn Reader, offset: Offset) -> io::Result<()> {
    let hash = link(reader, offset).map_err(io::Error::other)?;
    let beside = folder.join(NAME).with_extension("new");
    let mut file = File::create(&beside)?;
    writeln!(file, "{offset} {}", hex(&hash))?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(NAME))
}

fn hex(hash: &Digest) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
