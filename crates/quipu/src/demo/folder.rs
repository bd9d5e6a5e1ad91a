//! The demonstration's folder: made anew at each start, and never somebody else's.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// What says that a folder is a demonstration's.
const MARKER: &str = ".quipu-demo";

/// Makes the folder anew. Only what a demonstration left there is removed.
///
/// # Errors
/// [`Error::Refused`], with nothing changed, when the folder holds anything that no demonstration made.
pub fn fresh(folder: &Path) -> Result<()> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(Error::file(folder)(error)),
    };
    if !empty {
        // `demo.json` alone is from before there was a marker.
        if !folder.join(MARKER).exists() && !folder.join("demo.json").exists() {
            return Err(Error::Refused(format!(
                "`{}` is not a demonstration's folder and is left as it is; name an empty or a new one with --data",
                folder.display()
            )));
        }
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let marker = folder.join(MARKER);
    fs::write(&marker, "Made by `quipu demo`, which deletes this folder when it starts again.\n")
        .map_err(Error::file(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demonstrations_folder_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (folder.path().join("mine"), folder.path().join("other"));
        fresh(&mine).unwrap();
        fs::write(mine.join("left"), "x").unwrap();
        fresh(&mine).unwrap();
        assert!(!mine.join("left").exists());
        fs::create_dir(&other).unwrap();
        fs::write(other.join("thesis.txt"), "years of work").unwrap();
        assert!(matches!(fresh(&other), Err(Error::Refused(_))));
        assert_eq!(fs::read_to_string(other.join("thesis.txt")).unwrap(), "years of work");
    }
}
