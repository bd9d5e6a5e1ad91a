//! The folder: `vault.json` and, at first, `shares/`.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, Result, Vault};

const FORMAT: &str = "quipu-vault/1";

#[derive(Serialize, Deserialize)]
struct Stored {
    format: String,
    /// Public: X25519, hex.
    census_key: String,
    /// Secret: opens every envelope of the census.
    census_secret: String,
    /// Secret: the working key of every enumeration area comes from it.
    field_secret: String,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.census_secret.zeroize();
        self.field_secret.zeroize();
    }
}

pub(crate) fn create(dir: &Path, vault: &Vault, shares: &[String]) -> Result<()> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_some()) {
        Ok(true) => return Err(Error::Exists { path: dir.to_owned() }),
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(Error::File { path: dir.to_owned(), source });
        }
        _ => {}
    }
    folder(dir)?;
    let stored = Stored {
        format: FORMAT.to_owned(),
        census_key: hex::encode(vault.census_key()),
        census_secret: hex::encode(*vault.census_secret),
        field_secret: hex::encode(*vault.field_secret),
    };
    // Texts only: JSON can write them.
    let json = Zeroizing::new(serde_json::to_string_pretty(&stored).unwrap_or_default());
    write(&dir.join("vault.json"), json.as_bytes())?;
    if !shares.is_empty() {
        folder(&dir.join("shares"))?;
    }
    for (at, share) in shares.iter().enumerate() {
        let text = Zeroizing::new(format!("{share}\n"));
        write(&dir.join(format!("shares/share-{}.txt", at + 1)), text.as_bytes())?;
    }
    Ok(())
}

pub(crate) fn read(dir: &Path) -> Result<Vault> {
    let path = dir.join("vault.json");
    let json = fs::read_to_string(&path).map_err(|source| Error::File { path: path.clone(), source })?;
    let json = Zeroizing::new(json);
    let damaged = |what: &str| Error::Damaged { path: path.clone(), what: what.to_owned() };
    let stored: Stored = serde_json::from_str(&json).map_err(|wrong| damaged(&wrong.to_string()))?;
    if stored.format != FORMAT {
        return Err(damaged("it has another format"));
    }
    let secret = |text: &str, what: &str| {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, bytes.as_mut()).map_err(|_| damaged(what)).map(|()| bytes)
    };
    let vault = Vault::new(
        secret(&stored.census_secret, "census_secret is not 32 bytes")?,
        secret(&stored.field_secret, "field_secret is not 32 bytes")?,
    );
    let fits = hex::encode(vault.census_key()) == stored.census_key;
    if fits { Ok(vault) } else { Err(damaged("census_key and census_secret do not belong together")) }
}

fn folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Writes a new file that only its owner reads, down to the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| Error::File { path: path.to_owned(), source })
}
