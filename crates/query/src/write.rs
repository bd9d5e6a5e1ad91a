//! Writing a commit: new rows to new files, files that have become many merged, and what is erased left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use types::Offset;

use crate::commit::{FileEntry, Manifest, read_file, write_file};
use crate::compact;
use crate::erase::{Eraser, Loses};
use crate::schema::TableDef;
use crate::snapshot::DataFile;
use crate::{RecordBatch, Result};

type Files = Vec<Arc<DataFile>>;

/// A table on its way to disk.
pub(crate) struct Writing {
    pub def: Arc<TableDef>,
    /// Its files so far.
    pub files: Files,
    /// Its new rows.
    pub rows: Vec<RecordBatch>,
    /// What it loses when a key is destroyed.
    pub loses: Loses,
}

/// What a commit did.
pub(crate) struct Committed {
    pub offset: Offset,
    /// The files of every table after it.
    pub files: BTreeMap<String, Files>,
}

/// Writes the files of every table, then the manifest that names them. With an eraser, what it covers leaves the files
/// there were before.
///
/// # Errors
/// The last commit stands, and the files of this one are removed: a disk that is full is not made fuller.
pub(crate) fn commit(
    dir: &Path,
    mut manifest: Manifest,
    tables: Vec<Writing>,
    mut eraser: Option<Eraser>,
) -> Result<Committed> {
    let mut work = Work { dir, offset: manifest.offset, written: Vec::new(), gone: Vec::new() };
    let write = || -> Result<Committed> {
        let mut files = BTreeMap::new();
        for table in tables {
            let name = table.def.name.clone();
            let now = work.table(table, eraser.as_mut())?;
            let entries: Vec<FileEntry> = now.iter().map(|file| file.entry.clone()).collect();
            if !entries.is_empty() {
                manifest.tables.insert(name.clone(), entries);
            }
            files.insert(name, now);
        }
        let offset = manifest.write(dir)?.offset;
        work.gone.iter().for_each(|file| file.obsolete());
        Ok(Committed { offset, files })
    };
    let committed = write();
    if committed.is_err() {
        work.undo();
    }
    committed
}

/// Writes rows of a table to a file that no commit names yet.
pub(crate) fn new_file(dir: &Path, def: &TableDef, name: String, rows: &[RecordBatch]) -> Result<Arc<DataFile>> {
    let entry = write_file(dir, def, name, rows)?;
    Ok(Arc::new(DataFile::new(entry, dir, "", &def.name)))
}

/// The files of one commit.
struct Work<'a> {
    dir: &'a Path,
    offset: Offset,
    /// Made by it.
    written: Vec<PathBuf>,
    /// Needed no longer after it.
    gone: Files,
}

impl Work<'_> {
    /// Writes a table's new rows. Returns the files it has now.
    fn table(&mut self, table: Writing, eraser: Option<&mut Eraser>) -> Result<Files> {
        let Writing { def, mut files, mut rows, loses } = table;
        if let Some(eraser) = eraser {
            files = self.erase(&def, loses, files, eraser)?;
            for batch in &mut rows {
                if let Some(left) = eraser.apply(loses, batch)? {
                    *batch = left;
                }
            }
        }
        rows.retain(|batch| batch.num_rows() > 0);
        if !rows.is_empty() {
            files.push(self.write(&def, "", &rows)?);
        }
        let mut merged = 0;
        while let Some(run) = compact::choose(&files) {
            let many: Files = files.drain(run.clone()).collect();
            let mut batches = Vec::new();
            for file in &many {
                batches.extend(read_file(&file.path)?);
            }
            merged += many.len();
            files.insert(run.start, self.write(&def, &format!("-{merged}"), &batches)?);
            self.gone.extend(many);
        }
        Ok(files)
    }

    /// Writes those files anew of which something is erased.
    fn erase(&mut self, def: &TableDef, loses: Loses, files: Files, eraser: &mut Eraser) -> Result<Files> {
        if loses == Loses::Nothing {
            return Ok(files);
        }
        let mut left = Vec::new();
        for (at, file) in files.into_iter().enumerate() {
            let (mut batches, mut touched) = (Vec::new(), false);
            for batch in read_file(&file.path)? {
                let after = eraser.apply(loses, &batch)?;
                touched |= after.is_some();
                batches.push(after.unwrap_or(batch));
            }
            if !touched {
                left.push(file);
                continue;
            }
            batches.retain(|batch| batch.num_rows() > 0);
            if !batches.is_empty() {
                left.push(self.write(def, &format!("-e{at}"), &batches)?);
            }
            self.gone.push(file);
        }
        Ok(left)
    }

    fn write(&mut self, def: &TableDef, suffix: &str, rows: &[RecordBatch]) -> Result<Arc<DataFile>> {
        let name = format!("{:020}{suffix}.parquet", self.offset);
        self.written.push(self.dir.join(&def.name).join(&name));
        new_file(self.dir, def, name, rows)
    }

    /// Removes what a commit that failed has written, unless its manifest is in place after all.
    fn undo(&self) {
        let Ok(last) = Manifest::last(self.dir) else { return };
        let last = last.unwrap_or_default();
        for path in self.written.iter().filter(|path| !last.names(self.dir, path)) {
            // What cannot be removed now is swept when the folder is next opened.
            let _ = std::fs::remove_file(path);
        }
    }
}
