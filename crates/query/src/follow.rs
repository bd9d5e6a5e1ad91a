//! Following the journal: events to rows, rows to readers, rows to files.
//!
//! One thread follows. What it took in becomes visible by publishing a new [`Snapshot`], at least every 100 ms; what is
//! visible is committed by a thread of its own, so that following goes on while files are written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use event::Fact;
use types::{Offset, Verdict};

use crate::commit::{self, Manifest};
use crate::erase::Eraser;
use crate::reread::{Reread, Rules};
use crate::rows::Rows;
use crate::snapshot::{Snapshot, TableRows};
use crate::write::{self, Committed, Writing};
use crate::{Areas, Error, Feed, Result, trouble};

/// Rows in memory at which they are committed.
const TAIL_ROWS_MAX: usize = 64 * 1024;
/// How long rows stay in memory only.
const COMMIT_EVERY: Duration = Duration::from_secs(5);
/// How long rows wait to become visible while more keep coming.
const PUBLISH_EVERY: Duration = Duration::from_millis(100);
/// Rows in memory at which nothing more is taken in while commits fail: some hundreds of MiB.
const ROWS_HELD_MAX: usize = 4_000_000;
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
    /// What the commit under way will be, its files not known yet.
    draft: Snapshot,
    committed: Offset,
    /// Rows of a commit that is under way or has failed.
    frozen_rows: usize,
    /// Commits that failed in a row, and when to try again.
    failures: u32,
    retry_at: Instant,
    /// The last event that destroyed a key, until a commit has taken what was under it out of the files.
    erased_at: Option<Offset>,
    areas: Arc<dyn Areas>,
    /// Rows read anew that the next snapshot takes over.
    reread: Vec<Reread>,
}

impl Follower {
    pub fn new(dir: PathBuf, feed: Arc<dyn Feed>, areas: Arc<dyn Areas>, rows: Rows, snapshot: Snapshot) -> Follower {
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
            draft: Snapshot::default(),
            committed: next,
            frozen_rows: 0,
            failures: 0,
            retry_at: Instant::now(),
            erased_at: None,
            areas,
            reread: Vec::new(),
        }
    }

    /// The offset of the next event to take in.
    pub fn next(&self) -> Offset {
        self.next
    }

    /// Takes in what is there below `end`, at most `READ_MAX` events; up to one that takes long when `stop` is set
    /// meanwhile. Returns whether anything was.
    pub fn step(&mut self, end: Offset, stop: &AtomicBool) -> Result<bool> {
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
            if matches!(event.head.fact, Some(Fact::FormReread(_)))
                && let rules = self.rules()
                && let Some(rule) = rules.rule(event)
            {
                let reread = Reread::run(&self.dir, &*self.feed, &mut self.rows, &rules, rule, stop)?;
                let Some(reread) = reread else { break };
                self.rows.reread(event, &rule, reread.submissions);
                self.reread.push(reread);
            }
            self.rows.apply(event)?;
            if let (Some(Fact::BodyErased(it)), Verdict::Accepted) = (&event.head.fact, event.verdict) {
                Arc::make_mut(&mut self.snapshot.erased).put(event.head.area(), it.wave, event.offset);
                self.erased_at = Some(event.offset);
            }
            self.next += 1;
            self.snapshot.time = event.time;
        }
        let any = self.next > from;
        if any {
            self.tail_since.get_or_insert_with(Instant::now);
        }
        Ok(any)
    }

    /// What is passed over after everything taken in so far.
    fn rules(&self) -> Rules {
        let mut rules = (*self.snapshot.reread).clone();
        self.reread.iter().for_each(|reread| rules.put(reread.rule));
        rules
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
        if !self.reread.is_empty() {
            // A commit that is under way knows nothing of the new files.
            self.finish_commit()?;
            self.snapshot.reread = Arc::new(self.rules());
            for (name, file) in self.reread.drain(..).flat_map(|reread| reread.files) {
                if let Some(table) = self.snapshot.tables.get_mut(&name) {
                    table.files.push(file);
                }
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

    /// Commits have failed, so that rows gather in memory.
    pub fn failing(&self) -> bool {
        self.failures > 0
    }

    /// So many rows have gathered that no more are to be taken in.
    pub fn is_full(&self) -> bool {
        self.failing() && self.tail_rows + self.frozen_rows >= ROWS_HELD_MAX
    }

    /// How long until the next commit is tried after one that failed.
    pub fn retry_in(&self) -> Duration {
        self.retry_at.saturating_duration_since(Instant::now())
    }

    /// Waits for a commit that is under way, whatever comes of it.
    pub fn abandon(&mut self) {
        if let Some(thread) = self.committing.take() {
            let _ = thread.join();
        }
    }

    /// Starts a commit if it is time and none is under way; takes over one that is done. Returns the snapshot that reads
    /// its files.
    ///
    /// # Errors
    /// A commit that failed: its rows stay in memory, and another is tried after [`Follower::retry_in`].
    pub fn commit_if_due(&mut self) -> Result<Option<Arc<Snapshot>>> {
        if self.committing.as_ref().is_some_and(JoinHandle::is_finished) {
            return self.finish_commit();
        }
        let old = self.tail_since.is_some_and(|since| since.elapsed() >= COMMIT_EVERY);
        let due = match self.failing() {
            true => self.retry_in().is_zero(),
            false => old || self.tail_rows >= TAIL_ROWS_MAX,
        };
        if self.committing.is_none() && due && self.snapshot.offset > self.committed {
            self.start_commit();
        }
        Ok(None)
    }

    /// Commits everything that is visible, and waits for it.
    pub fn commit_now(&mut self) -> Result<Arc<Snapshot>> {
        if let Err(error) = self.finish_commit() {
            tracing::warn!(%error, "a commit failed; it is tried once more");
        }
        if self.snapshot.offset > self.committed {
            self.start_commit();
            self.finish_commit()?;
        }
        Ok(Arc::new(self.snapshot.clone()))
    }

    fn start_commit(&mut self) {
        let mut tables = Vec::new();
        for (name, table) in &mut self.snapshot.tables {
            // Rows of a commit that failed come first.
            table.frozen.append(&mut table.tail);
            let loses = self.rows.catalogue.loses(name);
            tables.push(Writing {
                def: table.def.clone(),
                files: table.files.clone(),
                rows: table.frozen.clone(),
                loses,
            });
        }
        self.draft = Snapshot { tables: BTreeMap::new(), commit: None, ..self.snapshot.clone() };
        self.frozen_rows += std::mem::take(&mut self.tail_rows);
        self.tail_since = (self.next > self.snapshot.offset).then(Instant::now);
        let (offset, time, erased) = (self.snapshot.offset, self.snapshot.time, self.snapshot.erased.clone());
        let manifest = Manifest { offset, time, erased: (*erased).clone(), ..Manifest::default() };
        let due = self.erased_at.is_some_and(|at| at < offset);
        let eraser = due.then(|| Eraser::new(erased, self.areas.clone()));
        let (dir, feed) = (self.dir.clone(), self.feed.clone());
        self.committing = Some(std::thread::spawn(move || {
            let manifest = Manifest { link: commit::link(&*feed, offset)?, ..manifest };
            write::commit(&dir, manifest, tables, eraser)
        }));
    }

    fn finish_commit(&mut self) -> Result<Option<Arc<Snapshot>>> {
        let Some(thread) = self.committing.take() else { return Ok(None) };
        let committed = match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let committed = committed.inspect_err(|_| {
            self.failures += 1;
            self.retry_at = Instant::now() + trouble::wait(self.failures);
        })?;
        let mut commit = std::mem::take(&mut self.draft);
        for (name, files) in committed.files {
            if let Some(table) = self.snapshot.tables.get_mut(&name) {
                table.files = files;
                table.frozen.clear();
                commit.tables.insert(name, TableRows { tail: Vec::new(), ..table.clone() });
            }
        }
        self.snapshot.commit = Some(Arc::new(commit));
        self.committed = committed.offset;
        (self.failures, self.frozen_rows) = (0, 0);
        self.erased_at = self.erased_at.filter(|at| *at >= committed.offset);
        Ok(Some(Arc::new(self.snapshot.clone())))
    }
}
