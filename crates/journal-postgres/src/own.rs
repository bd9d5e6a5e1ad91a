//! The owner: a batch is committed to the database, then copied into the local segments, then acknowledged.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::Frame;
use event::frame::Tip;
use journal::stop::Stops;
use journal::{Error, Journal, Reader, Result, Standing, disk};
use postgres::error::SqlState;
use types::CellId;

use crate::Options;
use crate::follow::Follower;
use crate::lease::{self, Lease};
use crate::session::Session;

/// How long to find out what became of a commit before giving up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cell's journal on a node that owns it, or may once it does. Dropping it gives the cell back.
pub struct PostgresJournal {
    pub(crate) follower: Follower,
    pub(crate) lease: Option<Lease>,
    pub(crate) stopped: bool,
    pub(crate) appended: bool,
}

/// What is known of a commit.
enum Commit {
    /// It stands, on the standby too.
    Done,
    /// Its reply was lost, or came with a warning.
    Unknown,
    /// A row stands there already: this one, or another owner's.
    Taken,
}

impl PostgresJournal {
    /// Opens the copy in `dir`, connects and copies what is new. The cell is not this node's yet: [`Journal::follow`].
    ///
    /// # Errors
    /// As [`Follower::open`] and [`Follower::catch_up`].
    pub fn open(options: Options, dir: &Path, cell: CellId) -> Result<PostgresJournal> {
        let mut follower = Follower::open(options, dir, cell)?;
        follower.catch_up()?;
        Ok(PostgresJournal { follower, lease: None, stopped: false, appended: false })
    }

    fn write(&mut self, frame: &Frame) -> Result<()> {
        // The copy would refuse it; the database must not be asked then.
        if let Some(field) = journal::misfit(frame, self.follower.cell, &self.tip()) {
            return Err(Error::NotNext { offset: frame.header.first_offset, field });
        }
        let Some(term) = self.lease.as_ref().map(|lease| lease.term) else {
            return Err(self.not_owner("this node has no lease"));
        };
        let bytes = Arc::new(disk::encode(frame));
        match self.insert(frame, &bytes, term)? {
            Commit::Done => {}
            Commit::Unknown | Commit::Taken => self.find_out(frame, &bytes, term)?,
        }
        self.follower.local.append(frame)?;
        self.appended = true;
        Ok(())
    }

    fn lost(&self) -> bool {
        self.lease.as_ref().is_none_or(Lease::lost)
    }

    fn not_owner(&self, what: &'static str) -> Error {
        Error::NotOwner { cell: self.follower.cell, what }
    }

    /// Inserts the row while the lease is of this term: the lock on its row makes a takeover wait for this commit, and
    /// this insert see the takeover.
    fn insert(&mut self, frame: &Frame, bytes: &Arc<Vec<u8>>, term: i64) -> Result<Commit> {
        let (header, tip) = (&frame.header, frame.tip());
        let (cell, first, next, bytes) =
            (i32::from(header.cell.0), header.first_offset as i64, tip.next_offset as i64, bytes.clone());
        let insert = "insert into quipu_journal (cell, first_offset, next_offset, hash, frame)
             select $1, $2, $3, $4, $5 from quipu_lease where cell = $1 and term = $6 for share";
        let inserted = self.follower.session.ask("write to", move |client| {
            client.execute(insert, &[&cell, &first, &next, &&tip.hash[..], &*bytes, &term])
        });
        match inserted {
            Ok(Ok(1)) if !self.follower.session.warned() => Ok(Commit::Done),
            Ok(Ok(1)) => Ok(Commit::Unknown),
            Ok(Ok(_)) => Err(self.not_owner("its lease is of a later term")),
            Ok(Err(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Commit::Taken),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a commit failed, or its reply was lost; it is read back");
                Ok(Commit::Unknown)
            }
            Err(error) => {
                tracing::warn!(%error, "the reply to a commit was lost; it is read back");
                Ok(Commit::Unknown)
            }
        }
    }

    /// Finds out what became of a commit: reads the row back over a new connection, commits it again if it is not there, and
    /// only after a later commit is confirmed takes it for durable.
    fn find_out(&mut self, frame: &Frame, bytes: &Arc<Vec<u8>>, term: i64) -> Result<()> {
        let (cell, first) = (i32::from(frame.header.cell.0), frame.header.first_offset as i64);
        let end = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < end {
            if self.lost() {
                return Err(self.not_owner("its lease has run out"));
            }
            if let Some(pause) = last.as_ref().map(|_| Duration::from_millis(100)) {
                std::thread::sleep(pause);
            }
            let mut session = match Session::connect(&self.follower.options.address) {
                Ok(session) => session,
                Err(error) => {
                    last = Some(error);
                    continue;
                }
            };
            let read = "select hash from quipu_journal where cell = $1 and first_offset = $2";
            match session.run("read back from", move |client| client.query_opt(read, &[&cell, &first])) {
                Err(error) => last = Some(error),
                Ok(Some(row)) if row.get::<_, &[u8]>(0) != frame.tip().hash => {
                    return Err(self.not_owner("it has written at this offset"));
                }
                Ok(Some(_)) => {
                    let later = lease::prolong(&mut session, &self.follower.options, self.follower.cell, term);
                    let warned = session.warned();
                    self.follower.session = session;
                    match later {
                        Ok(true) if !warned => return Ok(()),
                        Ok(true) => {}
                        Ok(false) => return Err(self.not_owner("its lease is of a later term")),
                        Err(error) => last = Some(error),
                    }
                }
                Ok(None) => {
                    self.follower.session = session;
                    if matches!(self.insert(frame, bytes, term)?, Commit::Done) {
                        return Ok(());
                    }
                }
            }
        }
        Err(last.unwrap_or(self.not_owner("no commit is confirmed without a warning")))
    }
}

impl Stops for PostgresJournal {
    fn stopped(&mut self) -> &mut bool {
        &mut self.stopped
    }
}

impl Journal for PostgresJournal {
    fn tip(&self) -> Tip {
        self.follower.local.tip()
    }

    fn append(&mut self, frame: &Frame) -> Result<()> {
        self.unless_stopped(|journal| journal.write(frame))
    }

    fn mark(&mut self) -> Result<()> {
        self.unless_stopped(|journal| journal.follower.local.mark())
    }

    fn taken_over(&self) -> bool {
        !self.appended
    }

    fn follow(&mut self) -> Result<Standing> {
        // What was appended in vain, or unknown, comes back with the rows: nothing is left to be verified.
        (self.lease, self.stopped) = (None, false);
        self.follower.catch_up()?;
        if let Some(owner) = self.follower.owner()? {
            return Ok(Standing::Follower { owner });
        }
        self.lease = self.follower.take()?;
        self.appended = false;
        match self.lease {
            Some(_) => Ok(Standing::Owner),
            // Another one was quicker; its name comes the next time.
            None => Ok(Standing::Follower { owner: String::new() }),
        }
    }

    fn owns(&self) -> bool {
        !self.stopped && !self.lost()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.follower.local.reader()
    }
}
