//! Following the journal: events to rows, rows to readers, rows to files.
//!
//! One thread follows. What it took in becomes visible by publishing a new [`Snapshot`], at least every 100 ms; what is
//! visible is committed by a thread of its own, so that following goes on while files are written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use types::Offset;

use crate::commit::{FileEntry, Manifest, write_file};
use crate::compact;
use crate::rows::Rows;
use crate::schema::TableDef;
use crate::snapshot::{DataFile, Snapshot, TableRows};
use crate::{Error, Feed, RecordBatch, Result};

/// Rows in memory at which they are committed.
const TAIL_ROWS_MAX: usize = 64 * 1024;
/// How long rows stay in memory only.
const COMMIT_EVERY: Duration = Duration::from_secs(5);
/// How long rows wait to become visible while more keep coming.
const PUBLISH_EVERY: Duration = Duration::from_millis(100);
/// Events read at once.
const READ_MAX: usize = 4096;

/// The one writer of the query database.
pub(crate) struct Follower {
    dir: PathBuf,
    feed: Arc<dyn Feed>,
    rows: Rows,
    /// Events below this offset are taken in.
    next: Offset,
    snapshot: Snapshot,
    published: Instant,
    /// Since when there is something to commit, and how many rows.
    tail_since: Option<Instant>,
    tail_rows: usize,
    committing: Option<JoinHandle<Result<Committed>>>,
    committed: Offset,
}

/// What a commit did.
pub(crate) struct Committed {
    offset: Offset,
    /// The files of every table after it.
    files: BTreeMap<String, Vec<Arc<DataFile>>>,
}

impl Follower {
    pub fn new(dir: PathBuf, feed: Arc<dyn Feed>, rows: Rows, snapshot: Snapshot) -> Follower {
        let next = snapshot.offset;
        Follower {
            dir,
            feed,
            rows,
            next,
            snapshot,
            published: Instant::now(),
            tail_since: None,
            tail_rows: 0,
            committing: None,
            committed: next,
        }
    }

    /// The offset of the next event to take in.
    pub fn next(&self) -> Offset {
        self.next
    }

    /// Takes in what is there below `end`, at most `READ_MAX` events. Returns whether anything was.
    pub fn step(&mut self, end: Offset) -> Result<bool> {
        let from = self.next;
        let max = READ_MAX.min(end.saturating_sub(from) as usize);
        if max == 0 {
            return Ok(false);
        }
        let events = self.feed.read(from, max).map_err(|source| Error::Feed { from, source })?;
        for event in &events {
            if event.offset < self.next {
                continue;
            }
            if event.offset > self.next {
                return Err(Error::Gap { expected: self.next, found: event.offset });
            }
            self.rows.apply(event)?;
            self.next += 1;
            self.snapshot.time = event.time;
        }
        let any = self.next > from;
        if any {
            self.tail_since.get_or_insert_with(Instant::now);
        }
        Ok(any)
    }

    /// Whether what was taken in should become visible now.
    pub fn publish_due(&self, idle: bool) -> bool {
        self.snapshot.offset < self.next && (idle || self.published.elapsed() >= PUBLISH_EVERY)
    }

    /// Moves what was taken in into the snapshot.
    pub fn publish(&mut self) -> Result<Arc<Snapshot>> {
        for (name, def) in &self.rows.catalogue.tables {
            match self.snapshot.tables.get_mut(name) {
                Some(table) => table.def = def.clone(),
                None => {
                    let rows = TableRows { def: def.clone(), files: Vec::new(), frozen: Vec::new(), tail: Vec::new() };
                    self.snapshot.tables.insert(name.clone(), rows);
                }
            }
        }
        for (name, batch) in self.rows.take()? {
            self.tail_rows += batch.num_rows();
            if let Some(table) = self.snapshot.tables.get_mut(&name) {
                table.tail.push(batch);
            }
        }
        self.snapshot.offset = self.next;
        self.snapshot.counts = self.rows.counts();
        if std::mem::take(&mut self.rows.model.dead_changed) {
            self.snapshot.dead = Arc::new(self.rows.model.dead.clone());
        }
        if self.snapshot.codes.len() != self.rows.catalogue.codes.len() {
            self.snapshot.codes = Arc::new(self.rows.catalogue.codes.clone());
            self.snapshot.languages = Arc::new(self.rows.catalogue.languages.clone());
        }
        self.published = Instant::now();
        Ok(Arc::new(self.snapshot.clone()))
    }

    /// Starts a commit if it is time and none is under way; takes over one that is done. Returns the snapshot that reads
    /// its files.
    pub fn commit_if_due(&mut self) -> Result<Option<Arc<Snapshot>>> {
        if self.committing.as_ref().is_some_and(JoinHandle::is_finished) {
            return self.finish_commit();
        }
        let old = self.tail_since.is_some_and(|since| since.elapsed() >= COMMIT_EVERY);
        if self.committing.is_none()
            && (old || self.tail_rows >= TAIL_ROWS_MAX)
            && self.snapshot.offset > self.committed
        {
            self.start_commit();
        }
        Ok(None)
    }

    /// Commits everything that is visible, and waits for it.
    pub fn commit_now(&mut self) -> Result<Arc<Snapshot>> {
        self.finish_commit()?;
        if self.snapshot.offset > self.committed {
            self.start_commit();
            self.finish_commit()?;
        }
        Ok(Arc::new(self.snapshot.clone()))
    }

    fn start_commit(&mut self) {
        let mut tables = Vec::new();
        for (name, table) in &mut self.snapshot.tables {
            table.frozen = std::mem::take(&mut table.tail);
            tables.push((name.clone(), table.def.clone(), table.files.clone(), table.frozen.clone()));
        }
        self.tail_rows = 0;
        self.tail_since = (self.next > self.snapshot.offset).then(Instant::now);
        let (dir, offset, time) = (self.dir.clone(), self.snapshot.offset, self.snapshot.time);
        self.committing = Some(std::thread::spawn(move || {
            let mut manifest = Manifest { offset, time, ..Manifest::default() };
            let mut files = BTreeMap::new();
            let mut obsolete = Vec::new();
            for (name, def, before, frozen) in tables {
                let (now, gone) = commit_table(&dir, &def, offset, before, &frozen)?;
                let entries: Vec<FileEntry> = now.iter().map(|file| file.entry.clone()).collect();
                if !entries.is_empty() {
                    manifest.tables.insert(name.clone(), entries);
                }
                files.insert(name, now);
                obsolete.extend(gone);
            }
            manifest.write(&dir)?;
            obsolete.iter().for_each(|file| file.obsolete());
            Ok(Committed { offset, files })
        }));
    }

    fn finish_commit(&mut self) -> Result<Option<Arc<Snapshot>>> {
        let Some(thread) = self.committing.take() else { return Ok(None) };
        let committed = match thread.join() {
            Ok(result) => result?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        for (name, files) in committed.files {
            if let Some(table) = self.snapshot.tables.get_mut(&name) {
                table.files = files;
                table.frozen.clear();
            }
        }
        self.committed = committed.offset;
        Ok(Some(Arc::new(self.snapshot.clone())))
    }
}

type Files = Vec<Arc<DataFile>>;

/// Writes the new rows of a table, and merges files that have become many. Returns the files it has now, and those it
/// no longer has.
fn commit_table(
    dir: &std::path::Path,
    def: &Arc<TableDef>,
    offset: Offset,
    before: Files,
    rows: &[RecordBatch],
) -> Result<(Files, Files)> {
    let mut files = before;
    let path = |name: &str| dir.join(&def.name).join(name);
    if !rows.is_empty() {
        let entry = write_file(dir, def, format!("{offset:020}.parquet"), rows)?;
        let path = path(&entry.name);
        files.push(Arc::new(DataFile::new(entry, path)));
    }
    let mut gone = Vec::new();
    while let Some(run) = compact::choose(&files) {
        let merged: Files = files.drain(run.clone()).collect();
        let mut batches = Vec::new();
        for file in &merged {
            batches.extend(crate::commit::read_file(&file.path)?);
        }
        let entry = write_file(dir, def, format!("{offset:020}-{}.parquet", merged.len() + gone.len()), &batches)?;
        let path = path(&entry.name);
        files.insert(run.start, Arc::new(DataFile::new(entry, path)));
        gone.extend(merged);
    }
    Ok((files, gone))
}
