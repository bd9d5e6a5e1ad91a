//! Keeps photos and attachments: encrypted files named by the blake3 of their bytes.
//!
//! The device encrypts a file under a key of its own (`event::cipher`; the key travels in the sealed identifiers), so a
//! blob's bytes mean nothing here. The same bytes have the same name: storing twice is storing once. What
//! [`BlobStore::put`] returned for survives a crash. A file whose bytes no longer have its name is an error, never served.
//!
//! Left out: which submission a blob belongs to (its event's body says), who may read it (`api`), keys (`vault`).
//! Start at [`BlobStore`]. A blob `3fa9…` is the file `3f/3fa9…`, and nothing else is stored beside it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use event::Digest;

/// The most a blob may have, bytes.
pub const BLOB_BYTES_MAX: usize = 8 << 20;

/// Where unfinished files are.
const UNFINISHED: &str = "unfinished";

/// What can go wrong with blobs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not have this digest. The sender's fault: a file was cut short or changed on the way.
    #[error("the bytes sent have the digest {found}, not {expected}; send the file again")]
    Digest {
        /// What the sender says, in hexadecimal.
        expected: String,
        /// What the bytes have.
        found: String,
    },
    /// More bytes than a blob may have.
    #[error("a file of {bytes} bytes is larger than {BLOB_BYTES_MAX} bytes; make the photo smaller")]
    TooLarge {
        /// How many were sent.
        bytes: usize,
    },
    /// The stored bytes are not those that were stored.
    #[error("blob `{path}` is damaged; restore it from a replica or a backup, or have the device send it again")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full. Nothing stored is lost.
    #[error("no space to {doing} `{path}`; free some space")]
    Full {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk or file system failed.
    #[error("cannot {doing} `{path}`")]
    Io {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The result of blob work.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn io(doing: &'static str, path: &Path, source: io::Error) -> Error {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
                Error::Full { doing, path, source }
            }
            _ => Error::Io { doing, path, source },
        }
    }
}

/// What storing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// It was there already, whole.
    Known,
}

/// A folder of blobs. Shared freely: every method takes `&self`, and two that store the same blob at once both succeed.
#[derive(Debug)]
pub struct BlobStore {
    dir: PathBuf,
}

impl BlobStore {
    /// Opens the folder, making it if there is none. Files that a crash left unfinished are removed.
    pub fn open(dir: &Path) -> Result<BlobStore> {
        let unfinished = dir.join(UNFINISHED);
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &unfinished, error));
            }
            _ => {}
        }
        fs::create_dir_all(&unfinished).map_err(|source| Error::io("create", &unfinished, source))?;
        sync_dir(dir)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_dir(parent)?;
        }
        Ok(BlobStore { dir: dir.to_owned() })
    }

    /// Where a blob is or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let name = name(digest);
        self.dir.join(&name[..2]).join(name)
    }

    /// Stores a blob; returns once it is durable, so a receipt may then be given. A damaged one is replaced.
    ///
    /// # Errors
    /// [`Error::TooLarge`] and [`Error::Digest`] before anything is written. After any other error nothing is stored, or
    /// it may be; storing again is always right.
    pub fn put(&self, digest: &Digest, bytes: &[u8]) -> Result<Stored> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(Error::TooLarge { bytes: bytes.len() });
        }
        let found = *blake3::hash(bytes).as_bytes();
        if found != *digest {
            return Err(Error::Digest { expected: name(digest), found: name(&found) });
        }
        let path = self.path(digest);
        let folder = self.dir.join(&name(digest)[..2]);
        if matches!(self.get(digest), Ok(Some(_))) {
            // Whoever wrote it may not have come to the flush yet: it is known only once it is durable.
            let flush = File::open(&path).and_then(|file| file.sync_all());
            flush.map_err(|source| Error::io("flush", &path, source))?;
            sync_dir(&folder)?;
            return Ok(Stored::Known);
        }
        // Two processes never share a folder, two threads may: the number tells their files apart.
        static UNIQUE: AtomicU64 = AtomicU64::new(0);
        let unique = UNIQUE.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.dir.join(UNFINISHED).join(format!("{}.{unique}", name(digest)));
        let write = || {
            fs::create_dir_all(&folder)?;
            let mut file = File::create_new(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|source| {
            // Its space is given back; if even that fails, the next start removes it.
            let _ = fs::remove_file(&unfinished);
            Error::io("write", &path, source)
        })?;
        sync_dir(&folder)?;
        sync_dir(&self.dir)?;
        Ok(Stored::New)
    }

    /// The bytes of a blob, checked; `None` when it is not here.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the file's bytes do not have its name.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        let path = self.path(digest);
        let read = |source| Error::io("read", &path, source);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read(error)),
        };
        // A damaged length must not ask for much memory.
        let mut bytes = Vec::new();
        file.take(BLOB_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(read)?;
        if blake3::hash(&bytes) == *digest { Ok(Some(bytes)) } else { Err(Error::Damaged { path }) }
    }

    /// Whether a file of this name is here. Its bytes are not read.
    pub fn has(&self, digest: &Digest) -> Result<bool> {
        let path = self.path(digest);
        path.try_exists().map_err(|source| Error::io("look for", &path, source))
    }
}

fn name(digest: &Digest) -> String {
    blake3::Hash::from_bytes(*digest).to_string()
}

fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| Error::io("flush the folder", dir, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(bytes: &[u8]) -> Digest {
        *blake3::hash(bytes).as_bytes()
    }

    fn store() -> (BlobStore, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        (BlobStore::open(&dir.path().join("blobs")).unwrap(), dir)
    }

    #[test]
    fn what_was_stored_is_read_back_also_by_the_next_process() {
        let (store, dir) = store();
        let photos: Vec<Vec<u8>> = (0..50).map(|size| vec![size; size as usize * 1000]).collect();
        for photo in &photos {
            assert!(!store.has(&digest(photo)).unwrap());
            assert_eq!(store.put(&digest(photo), photo).unwrap(), Stored::New);
            assert!(store.has(&digest(photo)).unwrap());
        }
        let store = BlobStore::open(&dir.path().join("blobs")).unwrap();
        for photo in &photos {
            assert_eq!(store.get(&digest(photo)).unwrap().as_ref(), Some(photo));
        }
        assert_eq!(store.get(&[0; 32]).unwrap(), None);
    }

    #[test]
    fn storing_twice_is_storing_once() {
        let (store, _dir) = store();
        assert_eq!(store.put(&digest(b"door"), b"door").unwrap(), Stored::New);
        assert_eq!(store.put(&digest(b"door"), b"door").unwrap(), Stored::Known);
    }

    #[test]
    fn many_threads_may_store_the_same_blob_at_once() {
        let (store, _dir) = store();
        let bytes = vec![7; 100_000];
        std::thread::scope(|scope| {
            (0..8).for_each(|_| drop(scope.spawn(|| store.put(&digest(&bytes), &bytes).unwrap())));
        });
        assert_eq!(store.get(&digest(&bytes)).unwrap(), Some(bytes));
        assert_eq!(fs::read_dir(store.dir.join(UNFINISHED)).unwrap().count(), 0);
    }

    #[test]
    fn bytes_with_another_digest_or_too_many_are_refused_and_nothing_is_written() {
        let (store, _dir) = store();
        let wrong = store.put(&digest(b"door"), b"roof").unwrap_err();
        assert!(matches!(wrong, Error::Digest { .. }), "{wrong}");
        let large = vec![0; BLOB_BYTES_MAX + 1];
        assert!(matches!(store.put(&digest(&large), &large), Err(Error::TooLarge { bytes }) if bytes == large.len()));
        assert!(!store.has(&digest(b"door")).unwrap() && !store.has(&digest(&large)).unwrap());
        let most = &large[1..];
        assert_eq!(store.put(&digest(most), most).unwrap(), Stored::New);
        assert_eq!(store.get(&digest(most)).unwrap().unwrap().len(), BLOB_BYTES_MAX);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_named_and_sending_again_repairs() {
        let (store, _dir) = store();
        let photo = b"a photo of a blue door";
        store.put(&digest(photo), photo).unwrap();
        let path = store.path(&digest(photo));
        let flips = (0..photo.len() * 8).map(|bit| {
            let mut bad = photo.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            bad
        });
        for bad in flips.chain((0..photo.len()).map(|cut| photo[..cut].to_vec())) {
            fs::write(&path, &bad).unwrap();
            match store.get(&digest(photo)) {
                Err(Error::Damaged { path: named }) => assert_eq!(named, path),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(store.put(&digest(photo), photo).unwrap(), Stored::New);
        assert_eq!(store.get(&digest(photo)).unwrap().as_deref(), Some(photo.as_slice()));
    }

    #[test]
    fn what_a_crash_left_unfinished_is_gone_after_the_next_start() {
        let (store, dir) = store();
        let left = store.dir.join(UNFINISHED).join("half");
        fs::write(&left, b"half a pho").unwrap();
        BlobStore::open(&dir.path().join("blobs")).unwrap();
        assert!(!left.exists());
    }
}
