//! A node's keys, as files of a folder only its user can read: the signing key, the secret behind session tokens, and
//! the keys of bodies, one an (area, wave). Destroying one of those files erases the bodies under it, for ever.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::cipher::Key;
use event::sign::PrivateKey;
use journal::SharedFiles;
use parking_lot::RwLock;

use crate::error::{Error, Result};
use crate::files::SharedKeys;

/// The first wave of every area.
const FIRST_WAVE: u32 = 1;

/// The file of the secret behind session tokens.
const TOKEN_KEY: &str = "token.key";

/// The key of a body among the shared files.
fn name(area: u32, wave: u32) -> String {
    format!("bodies/{area}-{wave}.key")
}

/// See the module's documentation.
pub struct Keys {
    folder: PathBuf,
    signing: PrivateKey,
    token_secret: Key,
    bodies: RwLock<HashMap<(u32, u32), Option<Key>>>,
    shared: Option<SharedKeys>,
}

impl Keys {
    /// Opens the folder; makes it and its keys where they are missing. Nodes that share a journal have `node.key` in
    /// common; all other keys are among their shared files, and in the folder as copies.
    ///
    /// # Errors
    /// [`Error::OtherNodeKey`] when this node has not the key of the others.
    pub fn open(folder: &Path, files: Option<Arc<dyn SharedFiles>>) -> Result<Keys> {
        let bodies = folder.join("bodies");
        fs::create_dir_all(&bodies).map_err(|source| Error::Key { path: bodies, source })?;
        let path = folder.join("node.key");
        if let Some(files) = &files
            && read(&path)?.is_none()
            && files.read(TOKEN_KEY)?.is_some()
        {
            return Err(Error::OtherNodeKey { path });
        }
        let node_key = read_or_make(&path)?;
        let mut token_secret = read_or_make(&folder.join(TOKEN_KEY))?;
        let shared = files.map(|files| SharedKeys::new(files, &node_key));
        if let Some(shared) = &shared {
            let other = Error::OtherNodeKey { path: path.clone() };
            token_secret = shared.keep(TOKEN_KEY, &token_secret, &path)?.ok_or(other)?;
        }
        Ok(Keys {
            signing: PrivateKey::from_bytes(&node_key),
            token_secret,
            folder: folder.to_owned(),
            bodies: RwLock::default(),
            shared,
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

    /// What is left of a destroyed key, so that it is never made again.
    fn destroyed_path(&self, area: u32, wave: u32) -> PathBuf {
        self.path(area, wave).with_extension("destroyed")
    }

    /// The wave and key to encrypt bodies of an area with; made when missing. A wave whose key is destroyed is over: the
    /// next begins.
    pub fn body(&self, area: u32) -> Result<(u32, Key)> {
        let mut wave = FIRST_WAVE;
        loop {
            let known = self.bodies.read().get(&(area, wave)).copied();
            match known {
                Some(Some(key)) => return Ok((wave, key)),
                Some(None) => wave += 1,
                None => self.load_or_make(area, wave)?,
            }
        }
    }

    fn load_or_make(&self, area: u32, wave: u32) -> Result<()> {
        // Every node can read what is encrypted under it, before anything is.
        let shared = self.shared.as_ref().map(|shared| {
            let path = self.path(area, wave);
            let key =
                read(&path)?.map_or_else(new_key, Ok).map_err(|source| Error::Key { path: path.clone(), source })?;
            shared.keep(&name(area, wave), &key, &path)
        });
        let shared = shared.transpose()?;
        let mut bodies = self.bodies.write();
        if let Entry::Vacant(entry) = bodies.entry((area, wave)) {
            let destroyed = exists(&self.destroyed_path(area, wave))?;
            entry.insert(match shared {
                _ if destroyed => None,
                None => Some(read_or_make(&self.path(area, wave))?),
                Some(kept) => kept.map(|key| write(&self.path(area, wave), key)).transpose()?,
            });
        }
        Ok(())
    }

    /// The key to decrypt bodies with; [`Error::Erased`] when it is destroyed.
    pub fn body_to_read(&self, area: u32, wave: u32) -> Result<Key> {
        if let Some(key) = self.bodies.read().get(&(area, wave)) {
            return key.ok_or(Error::Erased { area, wave });
        }
        let destroyed = exists(&self.destroyed_path(area, wave))?;
        let key = if destroyed { None } else { self.read_body(area, wave)? };
        match key {
            Some(key) => {
                self.bodies.write().insert((area, wave), Some(key));
                Ok(key)
            }
            None => Err(Error::Erased { area, wave }),
        }
    }

    /// The key on this node or, made by another one, among the shared files.
    fn read_body(&self, area: u32, wave: u32) -> Result<Option<Key>> {
        let path = self.path(area, wave);
        match (read(&path)?, &self.shared) {
            (None, Some(shared)) => shared.read(&name(area, wave), &path)?.map(|key| write(&path, key)).transpose(),
            (known, _) => Ok(known),
        }
    }

    /// Destroys a key for the other nodes too: the owner of the cell does, and each node its own copy.
    pub fn destroy_shared(&self, area: u32, wave: u32) -> Result<()> {
        self.shared.as_ref().map_or(Ok(()), |shared| shared.destroy(&name(area, wave)))
    }

    /// Destroys a key on this node. What it encrypted can never be read again. Again does nothing.
    pub fn destroy_body(&self, area: u32, wave: u32) -> Result<()> {
        // Nobody makes the key meanwhile.
        let mut bodies = self.bodies.write();
        let (path, mark) = (self.path(area, wave), self.destroyed_path(area, wave));
        let destroy = || -> io::Result<()> {
            File::create(&mark)?.sync_all()?;
            match OpenOptions::new().write(true).open(&path) {
                Ok(mut file) => {
                    // Journalling and copying file systems may keep old blocks: the disk's own encryption is for those.
                    file.write_all(&[0; 32])?;
                    file.sync_all()?;
                    fs::remove_file(&path)?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            Ok(())
        };
        destroy().map_err(|source| Error::Key { path: path.clone(), source })?;
        sync_folder(&self.folder.join("bodies"))?;
        bodies.insert((area, wave), None);
        Ok(())
    }

    /// The key is known to be destroyed.
    pub fn is_destroyed(&self, area: u32, wave: u32) -> bool {
        self.bodies.read().get(&(area, wave)) == Some(&None)
    }
}

fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|source| Error::Key { path: path.to_owned(), source })
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

/// Reads a key, or makes one.
fn read_or_make(path: &Path) -> Result<Key> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    write(path, new_key().map_err(|source| Error::Key { path: path.to_owned(), source })?)
}

fn new_key() -> io::Result<Key> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(key)
}

/// Writes a key: beside, flushed and renamed, so that a crash leaves no half key.
fn write(path: &Path, key: Key) -> Result<Key> {
    let make = || -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    make().map_err(|source| Error::Key { path: path.to_owned(), source })?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destroyed_key_never_comes_back_and_the_next_wave_begins() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), None).unwrap();
        let (wave, key) = keys.body(7).unwrap();
        assert_eq!(wave, 1);
        assert_eq!(Keys::open(folder.path(), None).unwrap().body(7).unwrap(), (wave, key));
        keys.destroy_body(7, 1).unwrap();
        keys.destroy_body(7, 1).unwrap();
        for keys in [keys, Keys::open(folder.path(), None).unwrap()] {
            assert!(matches!(keys.body_to_read(7, 1), Err(Error::Erased { area: 7, wave: 1 })));
            let (wave, next) = keys.body(7).unwrap();
            assert_eq!(wave, 2);
            assert_ne!(next, key);
            assert_eq!(keys.body_to_read(7, 2).unwrap(), next);
        }
    }
}
