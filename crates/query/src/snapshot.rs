//! One state of all tables: what a statement reads from its first row to its last.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::record_batch::RecordBatch;
use roaring::RoaringTreemap;
use types::{Offset, Time};

use crate::commit::FileEntry;
use crate::counts::CountPages;
use crate::erase::Erased;
use crate::form::Code;
use crate::reread::Rules;
use crate::schema::TableDef;

/// A Parquet file of a commit. Once no commit names it, it goes with its last reader.
#[derive(Debug)]
pub(crate) struct DataFile {
    /// What the manifest says of it.
    pub entry: FileEntry,
    /// Where it is.
    pub path: PathBuf,
    /// The same below the folder that scans know as [`crate::stored::STORE`].
    pub key: String,
    obsolete: AtomicBool,
}

impl DataFile {
    /// A file of a table, in `folder` (empty, or ending in `/`) of the folder that scans know.
    pub fn new(entry: FileEntry, store: &Path, folder: &str, table: &str) -> DataFile {
        let key = format!("{folder}{table}/{}", entry.name);
        DataFile { entry, path: store.join(&key), key, obsolete: AtomicBool::new(false) }
    }

    /// No commit names it any longer.
    pub fn obsolete(&self) {
        self.obsolete.store(true, Ordering::Release);
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        // A file that cannot be removed now is swept when the folder is next opened.
        if *self.obsolete.get_mut() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The rows of one table.
#[derive(Clone, Debug)]
pub(crate) struct TableRows {
    /// Its columns.
    pub def: Arc<TableDef>,
    /// Rows that are committed.
    pub files: Vec<Arc<DataFile>>,
    /// Rows being committed.
    pub frozen: Vec<RecordBatch>,
    /// Rows since.
    pub tail: Vec<RecordBatch>,
}

/// One state of all tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Events below this offset are in it.
    pub offset: Offset,
    /// The time of the last of them.
    pub time: Time,
    /// The tables by name.
    pub tables: BTreeMap<String, TableRows>,
    /// Offsets of events whose rows do not count.
    pub dead: Arc<RoaringTreemap>,
    /// Counters by enumeration area.
    pub counts: CountPages,
    /// The forms' code lists and those of the fixed tables.
    pub codes: Arc<Vec<(String, Code)>>,
    /// Languages of the forms, in order of first use.
    pub languages: Arc<Vec<String>>,
    /// The keys that are destroyed.
    pub erased: Arc<Erased>,
    /// Versions of forms whose earlier rows are passed over.
    pub reread: Arc<Rules>,
    /// The last commit, as a state of its own: nothing of it is in memory only.
    pub commit: Option<Arc<Snapshot>>,
}
