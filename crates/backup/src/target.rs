//! Where backups are kept: a folder, or a bucket of S3-compatible storage.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use types::Offset;

use crate::error::{Error, Result};
use crate::manifest::{Manifest, VERSION};

/// An open place for backups.
#[derive(Clone, Debug)]
pub struct Target {
    store: Arc<dyn ObjectStore>,
    prefix: Name,
    /// Where the objects are files.
    folder: Option<PathBuf>,
}

impl Target {
    /// As [`Target::open`]; a folder is made when missing.
    ///
    /// # Errors
    /// As [`Target::open`]; [`Error::File`] when the folder cannot be made.
    pub fn create(address: &str) -> Result<Target> {
        if !address.starts_with("s3://") {
            std::fs::create_dir_all(address).map_err(Error::file("make the folder", Path::new(address)))?;
        }
        Target::open(address)
    }

    /// Opens `s3://bucket/prefix`, with the usual `AWS_…` variables for region, keys and endpoint, or else a folder.
    ///
    /// # Errors
    /// [`Error::Address`]: also when the folder does not exist.
    pub fn open(address: &str) -> Result<Target> {
        Target::open_with(address, [])
    }

    /// As [`Target::open`], with settings by the names of `object_store` (`aws_endpoint`, …) over those of the variables.
    ///
    /// # Errors
    /// As [`Target::open`].
    pub fn open_with<const N: usize>(address: &str, settings: [(&str, String); N]) -> Result<Target> {
        let unusable = |source| Error::Address { address: address.to_owned(), source: Box::new(source) };
        if let Some(rest) = address.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
            for (name, value) in settings {
                builder = builder.with_config(name.parse().map_err(unusable)?, value);
            }
            let bucket = builder.build().map_err(unusable)?;
            return Ok(Target { store: Arc::new(bucket), prefix: Name::from(prefix), folder: None });
        }
        let folder = Path::new(address);
        let store = LocalFileSystem::new_with_prefix(folder).map_err(unusable)?;
        Ok(Target { store: Arc::new(store), prefix: Name::default(), folder: Some(folder.to_owned()) })
    }

    fn name(&self, name: &str) -> Name {
        Name::from_iter(self.prefix.parts().chain(Name::from(name).parts()))
    }

    /// Puts an object. One that is there already has the same bytes, as its name says.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let options = PutOptions::from(PutMode::Overwrite);
        let put = self.store.put_opts(&self.name(name), bytes.into(), options).await;
        put.map_err(Error::storage("put", name))?;
        self.folder.as_ref().map_or(Ok(()), |folder| flush(&folder.join(name)))
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Vec<u8>> {
        let failed = |error| Error::storage("get", name)(error);
        let got = self.store.get(&self.name(name)).await.map_err(failed)?;
        Ok(got.bytes().await.map_err(failed)?.to_vec())
    }

    /// The last parts of the names of the objects under `folder`.
    pub(crate) async fn list(&self, folder: &str) -> Result<BTreeSet<String>> {
        let prefix = self.name(folder);
        let objects = self.store.list(Some(&prefix)).map_ok(|object| object.location.filename().map(str::to_owned));
        let names: Vec<_> = objects.try_collect().await.map_err(Error::storage("list", folder))?;
        Ok(names.into_iter().flatten().collect())
    }

    /// The ends of the backups here, ascending.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub async fn ends(&self) -> Result<Vec<Offset>> {
        let listed = self.store.list_with_delimiter(Some(&self.prefix)).await.map_err(Error::storage("list", ""))?;
        let end = |name: &str| name.strip_prefix("manifest-")?.strip_suffix(".json")?.parse().ok();
        let mut ends: Vec<_> = listed.objects.iter().filter_map(|object| end(object.location.filename()?)).collect();
        ends.sort_unstable();
        Ok(ends)
    }

    /// The backup that ends there.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Damaged`] when it makes no sense or is of a newer program.
    pub async fn manifest(&self, end: Offset) -> Result<Manifest> {
        let name = Manifest::name(end);
        let bytes = self.get(&name).await?;
        let damaged = |what: String| Error::Damaged { name: name.clone(), what };
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        match manifest.version {
            VERSION => Ok(manifest),
            newer => Err(damaged(format!("its version is {newer}, this program reads {VERSION}"))),
        }
    }
}

/// Makes a file and its name durable: a crash after a backup said it is there takes nothing of it back.
fn flush(path: &Path) -> Result<()> {
    let flush = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    path.ancestors().take(4).filter(|path| path.exists()).try_for_each(flush).map_err(Error::file("flush", path))
}
