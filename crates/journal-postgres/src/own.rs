//! The owner: a batch is committed to the database, then copied into the local segments, then acknowledged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use event::Frame;
use event::frame::Tip;
use journal::stop::Stops;
use journal::{Error, Journal, Reader, Result, disk};
use postgres::error::SqlState;

use crate::follow::Follower;
use crate::lease::{self, Lease};
use crate::session::Session;

/// How long to find out what became of a commit before giving up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cell's journal as its owner has it. Dropping it gives the cell back.
pub struct PostgresJournal {
    pub(crate) follower: Follower,
    pub(crate) lease: Lease,
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
    fn write(&mut self, frame: &Frame) -> Result<()> {
        // The copy would refuse it; the database must not be asked then.
        if let Some(field) = journal::misfit(frame, self.follower.cell, &self.tip()) {
            return Err(Error::NotNext { offset: frame.header.first_offset, field });
        }
        let bytes = disk::encode(frame);
        match self.insert(frame, &bytes)? {
            Commit::Done => {}
            Commit::Unknown | Commit::Taken => self.find_out(frame, &bytes)?,
        }
        self.follower.local.append(frame)?;
        self.appended = true;
        Ok(())
    }

    fn not_owner(&self, what: &'static str) -> Error {
        Error::NotOwner { cell: self.follower.cell, what }
    }

    /// Inserts the row while the lease is of this term: the lock on its row makes a takeover wait for this commit, and
    /// this insert see the takeover.
    fn insert(&mut self, frame: &Frame, bytes: &[u8]) -> Result<Commit> {
        let (header, tip) = (&frame.header, frame.tip());
        let inserted = self.follower.session.client.execute(
            "insert into quipu_journal (cell, first_offset, next_offset, hash, frame)
             select $1, $2, $3, $4, $5 from quipu_lease where cell = $1 and term = $6 for share",
            &[
                &i32::from(header.cell.0),
                &(header.first_offset as i64),
                &(tip.next_offset as i64),
                &&tip.hash[..],
                &bytes,
                &self.lease.term,
            ],
        );
        match inserted {
            Ok(1) if !self.follower.session.warned() => Ok(Commit::Done),
            Ok(1) => Ok(Commit::Unknown),
            Ok(_) => Err(self.not_owner("its lease is of a later term")),
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Commit::Taken),
            Err(error) => {
                tracing::warn!(%error, "the reply to a commit was lost; it is read back");
                Ok(Commit::Unknown)
            }
        }
    }

    /// Finds out what became of a commit: reads the row back over a new connection, commits it again if it is not there, and
    /// only after a later commit is confirmed takes it for durable.
    fn find_out(&mut self, frame: &Frame, bytes: &[u8]) -> Result<()> {
        let (cell, first) = (i32::from(frame.header.cell.0), frame.header.first_offset as i64);
        let end = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < end {
            if self.lease.lost() {
                return Err(self.not_owner("its lease has run out"));
            }
            if let Some(pause) = last.as_ref().map(|_| Duration::from_millis(100)) {
                std::thread::sleep(pause);
            }
            let mut session = match Session::connect(&self.follower.options.url) {
                Ok(session) => session,
                Err(error) => {
                    last = Some(error);
                    continue;
                }
            };
            let read = "select hash from quipu_journal where cell = $1 and first_offset = $2";
            let row =
                session.client.query_opt(read, &[&cell, &first]).map_err(crate::session::failed("read back from"));
            match row {
                Err(error) => last = Some(error),
                Ok(Some(row)) if row.get::<_, &[u8]>(0) != frame.tip().hash => {
                    return Err(self.not_owner("it has written at this offset"));
                }
                Ok(Some(_)) => {
                    let later =
                        lease::prolong(&mut session, &self.follower.options, self.follower.cell, self.lease.term);
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
                    if matches!(self.insert(frame, bytes)?, Commit::Done) {
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

    fn reader(&self) -> Arc<dyn Reader> {
        self.follower.local.reader()
    }
}
