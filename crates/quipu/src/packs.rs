//! The area pack of a data folder: kept beside the census it was imported into, for its boundaries and map note.

use std::fs;
use std::path::{Path, PathBuf};

use areas::pack::{self, Pack};
use node::Node;

use crate::error::{Error, Result};
use crate::place::AREA_PACK;

fn kept(data: &Path) -> PathBuf {
    data.join(AREA_PACK)
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

/// Keeps a copy of the pack in the data folder, and for the nodes that share the journal.
pub fn keep(pack: &Path, data: &Path, node: &Node) -> Result<()> {
    fs::copy(pack, kept(data)).map_err(Error::file(pack))?;
    if let Some(files) = node.files() {
        files.keep(AREA_PACK, &fs::read(pack).map_err(Error::file(pack))?)?;
    }
    Ok(())
}

/// The pack kept in the data folder; empty when none was imported.
pub fn open(data: &Path) -> Result<Pack> {
    let path = kept(data);
    if path.exists() { Ok(read(&path)?.0) } else { Ok(Pack::default()) }
}
