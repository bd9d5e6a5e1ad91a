//! The area pack of a data folder: kept beside the census it was imported into, for its boundaries and map note.

use std::fs;
use std::path::{Path, PathBuf};

use areas::pack::{self, Pack};

use crate::error::{Error, Result};

fn kept(data: &Path) -> PathBuf {
    data.join("areas.qpack")
}

/// Reads a pack. Mistakes are printed, all of them; good rows are kept.
pub fn read(path: &Path) -> Result<(Pack, usize)> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let path = path.display();
        Error::Refused(format!("`{path}` is no area pack, which is text; docs/area-packs.md says how to make one"))
    })?;
    let (pack, problems) = pack::read(&text);
    for problem in &problems {
        eprintln!("{}: {problem}", path.display());
    }
    Ok((pack, problems.len()))
}

/// Keeps a copy of the pack in the data folder.
pub fn keep(pack: &Path, data: &Path) -> Result<()> {
    fs::copy(pack, kept(data)).map(drop).map_err(Error::file(pack))
}

/// The pack kept in the data folder; empty when none was imported.
pub fn open(data: &Path) -> Result<Pack> {
    let path = kept(data);
    if path.exists() { Ok(read(&path)?.0) } else { Ok(Pack::default()) }
}
