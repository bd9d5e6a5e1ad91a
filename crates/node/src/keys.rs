//! A node's keys, as files of a folder only its user can read: the signing key, the secret behind session tokens, and
//! the keys of bodies, one an (area, wave). Destroying one of those files erases the bodies under it, for ever.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use event::cipher::Key;
use event::sign::PrivateKey;
use parking_lot::RwLock;

use crate::error::{Error, Result};

/// See the module's documentation.
pub struct Keys {
    folder: PathBuf,
    signing: PrivateKey,
    token_secret: Key,
    bodies: RwLock<HashMap<(u32, u32), Option<Key>>>,
}

impl Keys {
    /// Opens the folder; makes it and its keys where they are missing.
    pub fn open(folder: &Path) -> Result<Keys> {
        let bodies = folder.join("bodies");
        fs::create_dir_all(&bodies).map_err(|source| Error::Key { path: bodies, source })?;
        Ok(Keys {
            signing: PrivateKey::from_bytes(&read_or_make(&folder.join("node.key"))?),
            token_secret: read_or_make(&folder.join("token.key"))?,
            folder: folder.to_owned(),
            bodies: RwLock::default(),
        })
    }

    /// The key that signs frames.
    pub fn signing(&self) -> &PrivateKey {
        &self.signing
    }

    /// The secret behind session tokens.
    pub fn token_secret(&self) -> &Key {
        &self.token_secret
    }

    fn path(&self, area: u32, wave: u32) -> PathBuf {
        self.folder.join("bodies").join(format!("{area}-{wave}.key"))
    }

    /// The key to encrypt bodies with; made when missing.
    pub fn body(&self, area: u32, wave: u32) -> Result<Key> {
        if let Some(Some(key)) = self.bodies.read().get(&(area, wave)) {
            return Ok(*key);
        }
        let mut bodies = self.bodies.write();
        if let Some(Some(key)) = bodies.get(&(area, wave)) {
            return Ok(*key);
        }
        let key = read_or_make(&self.path(area, wave))?;
        bodies.insert((area, wave), Some(key));
        Ok(key)
    }

    /// The key to decrypt bodies with; [`Error::Erased`] when it is destroyed.
    pub fn body_to_read(&self, area: u32, wave: u32) -> Result<Key> {
        if let Some(key) = self.bodies.read().get(&(area, wave)) {
            return key.ok_or(Error::Erased { area, wave });
        }
        let key = read(&self.path(area, wave))?;
        self.bodies.write().insert((area, wave), key);
        key.ok_or(Error::Erased { area, wave })
    }

    /// Destroys a key. What it encrypted can never be read again.
    pub fn destroy_body(&self, area: u32, wave: u32) -> Result<()> {
        let path = self.path(area, wave);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(Error::Key { path, source }),
            _ => {}
        }
        sync_folder(&self.folder.join("bodies"))?;
        self.bodies.write().insert((area, wave), None);
        Ok(())
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    let sync = || fs::File::open(path)?.sync_all();
    sync().map_err(|source| Error::Key { path: path.to_owned(), source })
}

fn read(path: &Path) -> Result<Option<Key>> {
    match fs::read(path) {
        Ok(bytes) => bytes.as_slice().try_into().map(Some).map_err(|_| Error::Key {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, "a key has 32 bytes"),
        }),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Key { path: path.to_owned(), source }),
    }
}

/// Reads a key, or makes one: written beside, flushed and renamed, so that a crash leaves no half key.
fn read_or_make(path: &Path) -> Result<Key> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut key = [0; 32];
    let make = || -> io::Result<()> {
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    let mut make = make;
    make().map_err(|source| Error::Key { path: path.to_owned(), source })?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    Ok(key)
}
