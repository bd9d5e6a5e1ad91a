//! The query database as the binary holds it.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};
use arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::SchemaProvider;
use datafusion::prelude::SessionContext;
use event::Digest;
use futures::StreamExt;
use parking_lot::Mutex;
use types::{AreaId, Offset};

use crate::counts::Counts;
use crate::follow::Follower;
use crate::form::FormReader;
use crate::provider::Tables;
use crate::rows::Rows;
use crate::shared::Shared;
use crate::view::Source;
use crate::{Areas, Error, Feed, Lag, Part, Result, Trouble, commit, postgres, progress, restore, sql, trouble};

/// How long the follower waits for new events.
const POLL_EVERY: Duration = Duration::from_millis(10);

/// A user of the PostgreSQL protocol. The password is kept in memory only.
#[derive(Clone)]
pub struct User {
    /// The name given to `psql -U`.
    pub name: String,
    /// The password.
    pub password: String,
}

/// The query database: one folder, one follower, any number of readers.
pub struct Query {
    dir: PathBuf,
    shared: Arc<Shared>,
    forms: Arc<dyn FormReader>,
    follower: Mutex<Follower>,
    context: SessionContext,
}

impl Query {
    /// Opens the folder at its last whole commit, or makes it. Files of an unfinished commit are removed.
    pub fn open(dir: &Path, feed: Arc<dyn Feed>, areas: Arc<dyn Areas>) -> Result<Arc<Query>> {
        Query::open_with(dir, feed, areas, Arc::new(crate::answers::Compiled))
    }

    /// The same with another reader of forms.
    pub fn open_with(
        dir: &Path,
        feed: Arc<dyn Feed>,
        areas: Arc<dyn Areas>,
        forms: Arc<dyn FormReader>,
    ) -> Result<Arc<Query>> {
        let mut rows = Rows::new(forms.clone(), areas.clone());
        let snapshot = restore::open(dir, &*feed, &mut rows)?;
        let shared = Arc::new(Shared::new(feed.clone(), areas.clone(), snapshot.clone()));
        let context = sql::session(dir, &source(&shared))?;
        let follower = Mutex::new(Follower::new(dir.to_owned(), feed, areas, rows, snapshot));
        Ok(Arc::new(Query { dir: dir.to_owned(), shared, forms, follower, context }))
    }

    /// Begins again at the last whole commit: after an error that leaves open what was taken in.
    fn reopen(&self) -> Result<()> {
        let mut follower = self.follower.lock();
        follower.abandon();
        let (feed, areas) = (self.shared.feed.clone(), self.shared.places.areas.clone());
        let mut rows = Rows::new(self.forms.clone(), areas.clone());
        let snapshot = restore::open(&self.dir, &*feed, &mut rows)?;
        self.shared.show(Arc::new(snapshot.clone()));
        *follower = Follower::new(self.dir.clone(), feed, areas, rows, snapshot);
        Ok(())
    }

    /// Follows until the journal's end as it was at the call, and commits. `progress` hears the offset reached and that
    /// end.
    pub fn catch_up(&self, mut progress: impl FnMut(Offset, Offset)) -> Result<()> {
        let mut follower = self.follower.lock();
        let end = self.shared.lag().end;
        while follower.step(end, &AtomicBool::new(false))? {
            self.make_visible(&mut follower, false)?;
            progress(follower.next(), end);
        }
        self.make_visible(&mut follower, true)?;
        self.shared.show(follower.commit_now()?);
        Ok(())
    }

    /// Follows until `stop` is set, then commits; what was being read anew then begins again next time. Blocks: give it a
    /// thread of its own.
    ///
    /// An error does not end it: it tries again, after waits that grow to a minute, and [`Query::trouble`] says so
    /// meanwhile. A disk that is full keeps rows in memory only; they stay in SQL.
    ///
    /// # Errors
    /// The last commit failed: what it lacks is taken in again at the next start.
    pub fn run(&self, stop: &AtomicBool) -> Result<()> {
        let (mut failures, mut unsure) = (0, false);
        while !stop.load(Ordering::Acquire) {
            match if unsure { self.reopen().map(|()| true) } else { self.turn(failures > 0, stop) } {
                Ok(any) => {
                    (failures, unsure) = (0, false);
                    if !any {
                        std::thread::sleep(POLL_EVERY);
                    }
                }
                Err(error) => {
                    failures += 1;
                    // Reading the journal changes nothing; of anything else it is open how far it got.
                    unsure |= !matches!(error, Error::Feed { .. });
                    let wait = trouble::wait(failures);
                    self.shared.troubles.fails(&error, false, wait);
                    let end = Instant::now() + wait;
                    while Instant::now() < end && !stop.load(Ordering::Acquire) {
                        std::thread::sleep(POLL_EVERY);
                    }
                }
            }
        }
        if unsure {
            return Ok(());
        }
        let mut follower = self.follower.lock();
        if follower.publish_due(true) {
            self.shared.show(follower.publish()?);
        }
        self.shared.show(follower.commit_now()?);
        Ok(())
    }

    /// Takes in what is there. Returns whether anything was.
    fn turn(&self, recovering: bool, stop: &AtomicBool) -> Result<bool> {
        let mut follower = self.follower.lock();
        self.report();
        let any = if follower.is_full() { false } else { follower.step(Offset::MAX, stop)? };
        if follower.publish_due(!any) {
            self.shared.show(follower.publish()?);
        }
        match follower.commit_if_due() {
            Ok(Some(snapshot)) => {
                self.shared.show(snapshot);
                self.shared.troubles.recovers();
            }
            Ok(None) if recovering && !follower.failing() => self.shared.troubles.recovers(),
            Ok(None) => {}
            Err(error) => self.shared.troubles.fails(&error, true, follower.retry_in()),
        }
        Ok(any)
    }

    /// What keeps the tables from following or from being written; `None` when nothing does.
    pub fn trouble(&self) -> Option<Trouble> {
        self.shared.troubles.now()
    }

    fn make_visible(&self, follower: &mut Follower, idle: bool) -> Result<()> {
        if follower.publish_due(idle) {
            self.shared.show(follower.publish()?);
        }
        if let Some(snapshot) = follower.commit_if_due()? {
            self.shared.show(snapshot);
        }
        Ok(())
    }

    fn report(&self) {
        let lag = self.shared.lag();
        metrics::gauge!("quipu_query_behind_events").set(lag.behind_events as f64);
        metrics::gauge!("quipu_query_behind_seconds").set(lag.seconds);
        metrics::gauge!("quipu_query_offset").set(lag.offset as f64);
    }

    /// Runs one read-only statement against one state of all tables. The order of rows is not specified without
    /// `ORDER BY`. An answer without rows is one batch without rows, so that its columns are known.
    pub async fn sql(&self, statement: &str) -> Result<Vec<RecordBatch>> {
        sql::run(&self.context, statement).await
    }

    /// How far the tables are behind the journal now.
    pub fn lag(&self) -> Lag {
        self.shared.lag()
    }

    /// The counters of an area and all below it, from the tables' newest state.
    pub fn counts(&self, area: AreaId) -> Counts {
        let (places, snapshot) = (&self.shared.places, self.shared.snapshot());
        progress::totals(places, &places.eas(), &snapshot).remove(&area).unwrap_or_default()
    }

    /// What another cell needs to copy the tables as the last commit has them; `None` when that goes no further than the
    /// offset it has already. So a copy never goes back while these tables are made again.
    ///
    /// # Errors
    /// None that tables made here could meet.
    pub fn part(&self, had: Option<Offset>) -> Result<Option<Part>> {
        let (lag, snapshot) = (self.shared.lag(), self.shared.snapshot());
        let commit = snapshot.commit.as_ref().filter(|commit| had.is_none_or(|had| commit.offset > had));
        commit.map(|commit| Part::of(commit, lag)).transpose()
    }

    /// Opens a file of the last commit; `None` when it has no such file.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn part_file(&self, table: &str, name: &str) -> Result<Option<File>> {
        let snapshot = self.shared.snapshot();
        let files = snapshot.commit.as_ref().and_then(|commit| commit.tables.get(table)).filter(|rows| rows.def.public);
        let Some(file) = files.and_then(|rows| rows.files.iter().find(|file| file.entry.name == name)) else {
            return Ok(None);
        };
        File::open(&file.path).map(Some).map_err(commit::file_error("read", &file.path))
    }

    /// Reads every file of the last commit and compares its checksum. Returns how many files there are.
    pub fn verify(&self) -> Result<usize> {
        let snapshot = self.shared.snapshot();
        let mut count = 0;
        for file in snapshot.tables.values().flat_map(|table| &table.files) {
            let (bytes, crc32c) = commit::checksum(&file.path)?;
            if (bytes, crc32c) != (file.entry.bytes, file.entry.crc32c) {
                return Err(Error::Damaged { path: file.path.clone(), what: "its checksum does not fit".to_owned() });
            }
            count += 1;
        }
        Ok(count)
    }

    /// A digest of every row that SQL can see, whatever files and order it lies in: equal for tables that say the same.
    /// `progress` hears the name of each table before it is read.
    ///
    /// # Errors
    /// A table cannot be read.
    pub async fn digest(&self, mut progress: impl FnMut(&str)) -> Result<Digest> {
        let mut names = Tables(self.shared.clone()).table_names();
        names.sort_unstable();
        let mut whole = blake3::Hasher::new();
        for name in names {
            progress(&name);
            let mut rows = self.context.sql(&format!("SELECT * FROM \"{name}\"")).await?.execute_stream().await?;
            let fields = rows.schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
            let converter = RowConverter::new(fields)?;
            // Rows come in any order, so their hashes are added up.
            let mut sum = [0_u64; 4];
            while let Some(batch) = rows.next().await {
                for row in &converter.convert_columns(batch?.columns())? {
                    let hash = blake3::hash(row.as_ref());
                    for (sum, part) in sum.iter_mut().zip(hash.as_bytes().as_chunks::<8>().0) {
                        *sum = sum.wrapping_add(u64::from_le_bytes(*part));
                    }
                }
            }
            whole.update(name.as_bytes());
            for part in sum {
                whole.update(&part.to_le_bytes());
            }
        }
        Ok(*whole.finalize().as_bytes())
    }

    /// Serves the PostgreSQL protocol until the future is dropped. Users sign in with SCRAM-SHA-256. `tls` names a
    /// certificate chain and key in PEM; without it only a loopback address is taken.
    pub async fn serve_postgres(
        self: Arc<Query>,
        address: SocketAddr,
        users: Vec<User>,
        tls: Option<(PathBuf, PathBuf)>,
    ) -> Result<()> {
        let context = sql::session(&self.dir, &source(&self.shared))?;
        postgres::serve(context, address, users, tls).await
    }
}

fn source(shared: &Arc<Shared>) -> Arc<dyn Source> {
    shared.clone()
}

/// An answer as a table of text, for a terminal.
pub fn pretty(batches: &[RecordBatch]) -> Result<String> {
    Ok(pretty_format_batches(batches)?.to_string())
}
