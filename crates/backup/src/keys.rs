//! Copies of a server's keys, apart from its data: a folder, best on removable media in a safe.
//!
//! A key that was destroyed is destroyed in the copy too, the next time it is taken. So erasure follows, and the copy must
//! be taken at least as often as erasure is promised.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, Result};

/// What a copy of keys came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Keys that were new.
    pub keys: usize,
    /// Keys that were destroyed in the copy.
    pub destroyed: usize,
}

/// Brings the copy in `to` up to the keys of a data folder, or the other way round when restoring.
///
/// # Errors
/// [`Error::File`]; what was copied before stays.
pub fn copy(from: &Path, to: &Path) -> Result<Copied> {
    let mut copied = Copied::default();
    folder(from, to, &mut copied)?;
    folder(&from.join("bodies"), &to.join("bodies"), &mut copied)?;
    Ok(copied)
}

fn folder(from: &Path, to: &Path, copied: &mut Copied) -> Result<()> {
    fs::create_dir_all(to).map_err(Error::file("make the folder", to))?;
    for entry in fs::read_dir(from).map_err(Error::file("list", from))? {
        let path = entry.map_err(Error::file("list", from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("destroyed") => {
                let key = target.with_extension("key");
                write(&target, &[])?;
                if key.exists() {
                    write(&key, &[0; 32])?;
                    fs::remove_file(&key).map_err(Error::file("remove", &key))?;
                    copied.destroyed += 1;
                }
            }
            Some("key") if !target.exists() && !target.with_extension("destroyed").exists() => {
                let bytes = fs::read(&path).map_err(Error::file("read", &path))?;
                write(&target, &bytes)?;
                copied.keys += 1;
            }
            _ => {}
        }
    }
    File::open(to).and_then(|to| to.sync_all()).map_err(Error::file("flush the folder", to))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(Error::file("write", path))
}
