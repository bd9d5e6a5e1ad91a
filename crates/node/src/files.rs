//! What the nodes of a cell share besides its journal: the keys of bodies, the secret behind session tokens, photos.
//!
//! Keys are encrypted under the nodes' own key, which whoever runs them copies from one to the other: the database that
//! keeps them cannot read what it holds.

use std::path::Path;
use std::sync::Arc;

use blob::BlobStore;
use event::Digest;
use event::cipher::{self, Key};
use journal::SharedFiles;

use crate::error::{Error, Result};
use crate::node::Node;

/// Keys among the shared files.
pub(crate) struct SharedKeys {
    files: Arc<dyn SharedFiles>,
    wrap: Key,
}

impl SharedKeys {
    /// `node_key` is the key that the nodes have in common.
    pub fn new(files: Arc<dyn SharedFiles>, node_key: &Key) -> SharedKeys {
        SharedKeys { files, wrap: blake3::derive_key("quipu 2026 keys that nodes share", node_key) }
    }

    /// Keeps a key unless there is one of this name; returns what is kept then, `None` if it was destroyed.
    pub fn keep(&self, name: &str, key: &Key, path: &Path) -> Result<Option<Key>> {
        let kept = self.files.keep(name, &cipher::encrypt(&self.wrap, name.as_bytes(), key))?;
        kept.map(|wrapped| self.unwrap(name, &wrapped, path)).transpose()
    }

    /// A key; `None` when there is none, or it was destroyed.
    pub fn read(&self, name: &str, path: &Path) -> Result<Option<Key>> {
        self.files.read(name)?.map(|wrapped| self.unwrap(name, &wrapped, path)).transpose()
    }

    /// Destroys a key for every node.
    pub fn destroy(&self, name: &str) -> Result<()> {
        Ok(self.files.destroy(name)?)
    }

    fn unwrap(&self, name: &str, wrapped: &[u8], path: &Path) -> Result<Key> {
        let plain = cipher::decrypt(&self.wrap, name.as_bytes(), wrapped).ok();
        let key = plain.and_then(|plain| Key::try_from(plain.as_slice()).ok());
        key.ok_or_else(|| Error::OtherNodeKey { path: path.to_owned() })
    }
}

/// Photos, other attachments and the files of forms: on this node's disk and, where several nodes share a journal, among
/// what they share.
pub(crate) struct Blobs {
    store: BlobStore,
    files: Option<Arc<dyn SharedFiles>>,
}

impl Blobs {
    pub fn new(store: BlobStore, files: Option<Arc<dyn SharedFiles>>) -> Blobs {
        Blobs { store, files }
    }

    /// Stores a blob; returns once it is durable, on every node's behalf.
    pub fn put(&self, digest: &Digest, bytes: &[u8]) -> Result<()> {
        self.store.put(digest, bytes)?;
        if let Some(files) = &self.files {
            files.keep(&blob_name(digest), bytes)?;
        }
        Ok(())
    }

    /// A blob; `None` when it has not arrived. One that another node took in is copied first.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.store.get(digest)? {
            return Ok(Some(bytes));
        }
        let Some(files) = &self.files else { return Ok(None) };
        let Some(bytes) = files.read(&blob_name(digest))? else { return Ok(None) };
        self.store.put(digest, &bytes)?;
        Ok(Some(bytes))
    }
}

impl Node {
    /// The files that the nodes of the cell share; `None` on a node alone.
    pub fn files(&self) -> Option<&dyn SharedFiles> {
        self.shared.blobs.files.as_deref()
    }

    /// Stores a photo, another attachment or a file of a form; returns once it is durable, on every node's behalf where
    /// several share a journal.
    ///
    /// # Errors
    /// As [`blob::BlobStore::put`], and those of the shared files.
    pub fn put_blob(&self, digest: &Digest, bytes: &[u8]) -> Result<()> {
        self.shared.blobs.put(digest, bytes)
    }

    /// A photo, another attachment or a file of a form; `None` when it has not arrived. One that another node took in is
    /// copied first.
    ///
    /// # Errors
    /// As [`blob::BlobStore::get`], and those of the shared files.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        self.shared.blobs.get(digest)
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}", blake3::Hash::from_bytes(*digest).to_hex())
}
