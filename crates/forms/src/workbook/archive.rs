//! Zip files, opened only when what they unfold to is bounded: the sizes in a zip's directory may lie, so every entry is
//! unpacked and counted first.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// What all entries together may unfold to.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;
const ENTRIES_MAX: usize = 10_000;

pub(super) type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Opens a zip after counting what is in it.
pub(super) fn open(bytes: &[u8]) -> Result<Archive<'_>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    if archive.len() > ENTRIES_MAX {
        return Err(format!("it holds more than {ENTRIES_MAX} files"));
    }
    let mut left = UNPACKED_BYTES_MAX;
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|e| e.to_string())?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(|e| e.to_string())?;
        if unpacked > left {
            return Err(format!("it unfolds to more than {} MB", UNPACKED_BYTES_MAX >> 20));
        }
        left -= unpacked;
    }
    Ok(archive)
}

/// The files of a zip whose name ends as given, by their name without folders and ending.
pub(super) fn files(archive: &mut Archive<'_>, ending: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut out = Vec::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|e| e.to_string())?;
        let path = entry.name().map_err(|e| e.to_string())?.replace('\\', "/");
        let file = path.rsplit('/').next().unwrap_or("");
        // macOS puts a shadow of every file beside it.
        if let Some(stem) = file.strip_suffix(ending).filter(|_| !path.starts_with("__MACOSX/")) {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|e| e.to_string())?;
            out.push((stem.to_owned(), content));
        }
    }
    Ok(out)
}
