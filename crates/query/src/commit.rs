//! Commits: one manifest that names the files of every table and the journal offset they reach.
//!
//! Order of writing: data files, each flushed; then the manifest under a temporary name, flushed; then its renaming, and
//! the folder flushed. So a crash at any point leaves the old commit whole, and at most files that no manifest names;
//! they are removed when the folder is opened.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use types::{Offset, Time};

use crate::batch::widen;
use crate::erase::Erased;
use crate::schema::TableDef;
use crate::{Error, Result};

/// The `format` of every manifest this version writes.
pub(crate) const FORMAT: &str = "quipu-query/1";

/// What a commit is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Events below this offset are in the files.
    pub offset: Offset,
    /// The time of the last of them.
    pub time: Time,
    /// [`crate::Feed::link`] of that offset, in hexadecimal digits; empty in folders of an earlier program.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// The files of each table.
    pub tables: BTreeMap<String, Vec<FileEntry>>,
    /// The keys that are destroyed: nothing under them is in the files.
    #[serde(default, skip_serializing_if = "Erased::is_empty")]
    pub erased: Erased,
    /// CRC-32C of the manifest's JSON with this field 0.
    pub crc32c: u32,
}

/// A data file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Its name in the table's folder.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// CRC-32C of all of it.
    pub crc32c: u32,
}

impl Manifest {
    fn checksum(&self) -> u32 {
        let bare = Manifest { crc32c: 0, ..self.clone() };
        crc32c::crc32c(&serde_json::to_vec(&bare).unwrap_or_default())
    }

    fn path(dir: &Path, offset: Offset) -> PathBuf {
        dir.join(format!("commit-{offset:020}.json"))
    }

    /// The last whole commit of a folder; `None` in a new one.
    pub fn last(dir: &Path) -> Result<Option<Manifest>> {
        let Some(path) = manifests(dir)?.pop() else { return Ok(None) };
        let damaged = |what: &str| Error::Damaged { path: path.clone(), what: what.to_owned() };
        let bytes = fs::read(&path).map_err(file_error("read", &path))?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| damaged(&e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::Format { path, format: manifest.format });
        }
        if manifest.checksum() != manifest.crc32c {
            return Err(damaged("its checksum does not fit"));
        }
        for (table, files) in &manifest.tables {
            for entry in files {
                let path = dir.join(table).join(&entry.name);
                let found = fs::metadata(&path).map_err(file_error("read", &path))?.len();
                if found != entry.bytes {
                    let what = format!("it has {found} bytes instead of {}", entry.bytes);
                    return Err(Error::Damaged { path, what });
                }
            }
        }
        Ok(Some(manifest))
    }

    /// Makes this the last commit, for good when it returns.
    pub fn write(mut self, dir: &Path) -> Result<Manifest> {
        self.format = FORMAT.to_owned();
        self.crc32c = self.checksum();
        let json = serde_json::to_vec_pretty(&self)
            .map_err(|e| Error::Damaged { path: dir.to_owned(), what: e.to_string() })?;
        let (path, draft) = (Manifest::path(dir, self.offset), dir.join("commit.draft"));
        let mut file = File::create(&draft).map_err(file_error("write", &draft))?;
        file.write_all(&json).and_then(|()| file.sync_all()).map_err(file_error("write", &draft))?;
        fs::rename(&draft, &path).map_err(file_error("rename", &draft))?;
        sync_dir(dir)?;
        for old in manifests(dir)?.into_iter().filter(|old| *old != path) {
            fs::remove_file(&old).map_err(file_error("remove", &old))?;
        }
        Ok(self)
    }

    /// Whether a file belongs to this commit.
    pub fn names(&self, dir: &Path, path: &Path) -> bool {
        let mut entries =
            self.tables.iter().flat_map(|(table, files)| files.iter().map(move |file| (table, &file.name)));
        entries.any(|(table, name)| dir.join(table).join(name) == path)
    }

    /// Removes what an unfinished commit left behind. Returns how many files.
    pub fn sweep(&self, dir: &Path) -> Result<usize> {
        let mut removed = 0;
        let named: HashSet<PathBuf> = self
            .tables
            .iter()
            .flat_map(|(table, files)| files.iter().map(move |file| dir.join(table).join(&file.name)))
            .collect();
        for entry in list(dir)? {
            if !entry.is_dir() {
                if entry.extension().is_some_and(|e| e == "draft") {
                    fs::remove_file(&entry).map_err(file_error("remove", &entry))?;
                    removed += 1;
                }
                continue;
            }
            for file in list(&entry)? {
                if file.extension().is_some_and(|e| e == "parquet") && !named.contains(&file) {
                    fs::remove_file(&file).map_err(file_error("remove", &file))?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// A [`crate::Feed::link`] as manifests have it.
pub(crate) fn link(feed: &dyn crate::Feed, offset: Offset) -> Result<String> {
    let link = feed.link(offset).map_err(|source| Error::Feed { from: offset, source })?;
    Ok(link.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What lies in a folder, in order.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).map_err(file_error("list", dir))?;
    let mut paths =
        entries.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>().map_err(file_error("list", dir))?;
    paths.sort();
    Ok(paths)
}

fn manifests(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = list(dir)?;
    paths.retain(|path| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("commit-") && name.ends_with(".json")
    });
    Ok(paths)
}

fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(file_error("flush", dir))
}

pub(crate) fn file_error(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { doing, path: path.clone(), source }
}

/// Writes batches of one table as one file, sorted by enumeration area and offset, and flushes it.
pub(crate) fn write_file(dir: &Path, def: &TableDef, name: String, batches: &[RecordBatch]) -> Result<FileEntry> {
    let folder = dir.join(&def.name);
    let is_new = !folder.exists();
    fs::create_dir_all(&folder).map_err(file_error("make", &folder))?;
    let wide = batches.iter().map(|batch| widen(batch, &def.schema)).collect::<Result<Vec<_>>>()?;
    let rows = sorted(def, &concat_batches(&def.schema, &wide)?)?;
    let path = folder.join(&name);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(128 * 1024))
        .build();
    let file = File::create(&path).map_err(file_error("write", &path))?;
    let mut writer = ArrowWriter::try_new(file, def.schema.clone(), Some(properties))?;
    writer.write(&rows)?;
    let file = writer.into_inner()?;
    file.sync_all().map_err(file_error("flush", &path))?;
    sync_dir(&folder)?;
    if is_new {
        sync_dir(dir)?;
    }
    let (bytes, crc32c) = checksum(&path)?;
    Ok(FileEntry { name, rows: rows.num_rows() as u64, bytes, crc32c })
}

fn sorted(def: &TableDef, rows: &RecordBatch) -> Result<RecordBatch> {
    let keys = ["ea_id", "journal_offset"].into_iter().filter_map(|name| def.index(name));
    let columns: Vec<SortColumn> =
        keys.map(|index| SortColumn { values: rows.column(index).clone(), options: None }).collect();
    let order: UInt32Array = lexsort_to_indices(&columns, None)?;
    if order.values().is_sorted() {
        return Ok(rows.clone());
    }
    let columns: Vec<ArrayRef> = rows
        .columns()
        .iter()
        .map(|column| take(column, &order as &dyn Array, None))
        .collect::<std::result::Result<_, _>>()?;
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}

/// Length and CRC-32C of a file.
pub(crate) fn checksum(path: &Path) -> Result<(u64, u32)> {
    let mut file = File::open(path).map_err(file_error("read", path))?;
    let mut buffer = vec![0; 1 << 18];
    let (mut length, mut crc) = (0, 0);
    loop {
        match file.read(&mut buffer).map_err(file_error("read", path))? {
            0 => return Ok((length, crc)),
            n => {
                length += n as u64;
                crc = crc32c::crc32c_append(crc, &buffer[..n]);
            }
        }
    }
}

/// All rows of a data file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<RecordBatch>> {
    let file = File::open(path).map_err(file_error("read", path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(16 * 1024).build()?;
    Ok(reader.collect::<std::result::Result<Vec<_>, _>>()?)
}
