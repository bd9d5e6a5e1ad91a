//! A node that follows: it copies rows into its own segments, and takes the cell over when it may.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::{DiskJournal, Error, Journal, Reader, Result, disk};
use types::{CellId, Offset};

use crate::Options;
use crate::lease::{self, Lease};
use crate::own::PostgresJournal;
use crate::session::Session;

/// Rows read at once.
const ROWS: i64 = 16;

/// A node's copy of a cell's journal.
pub struct Follower {
    pub(crate) options: Options,
    pub(crate) cell: CellId,
    pub(crate) dir: PathBuf,
    pub(crate) local: DiskJournal,
    pub(crate) session: Session,
}

/// What came of trying to own a cell.
pub enum Owning {
    /// This node owns it.
    Owner(PostgresJournal),
    /// Another one does.
    Follower(Follower),
}

impl Follower {
    /// Opens the copy in `dir` and connects. Tables are made where they are missing.
    ///
    /// # Errors
    /// As [`DiskJournal::open`]; [`Error::Database`].
    pub fn open(options: Options, dir: &Path, cell: CellId) -> Result<Follower> {
        let mut session = Session::connect(&options.address)?;
        session.prepare()?;
        let (local, _) = DiskJournal::open(dir, cell, options.disk.clone())?;
        Ok(Follower { options, cell, dir: dir.to_owned(), local, session })
    }

    /// Copies what is new; returns the end. Call it every tenth of a second or so. After [`Error::Database`] it connects
    /// again the next time.
    ///
    /// # Errors
    /// [`Error::Differs`] when the copy has what the database has not, or has otherwise; [`Error::Database`]; an error of
    /// the copy's disk.
    pub fn catch_up(&mut self) -> Result<Offset> {
        self.connected()?;
        loop {
            let tip = self.local.tip();
            // From the last row copied on: it must be there, and the same.
            let (cell, next) = (i32::from(self.cell.0), tip.next_offset as i64);
            let new = "select first_offset, hash, frame from quipu_journal where cell = $1 and next_offset >= $2
                 and first_offset >= coalesce((select max(first_offset) from quipu_journal
                                               where cell = $1 and first_offset < $2), 0)
                 order by first_offset limit $3";
            let rows = self.session.read("read from", move |client| client.query(new, &[&cell, &next, &ROWS]))?;
            let differs = |offset| Error::Differs { path: self.dir.clone(), offset };
            let mut known = tip.next_offset == 0;
            let mut copied = 0;
            for row in &rows {
                let first = row.get::<_, i64>(0) as Offset;
                if first < tip.next_offset {
                    known = row.get::<_, &[u8]>(1) == tip.hash;
                    continue;
                }
                let frame = disk::decode(row.get(2)).filter(|frame| known && frame.header.first_offset == first);
                let frame = frame.ok_or_else(|| differs(first))?;
                match self.local.append(&frame) {
                    Err(Error::NotNext { offset, .. }) => return Err(differs(offset)),
                    appended => appended?,
                }
                copied += 1;
            }
            if !known {
                return Err(differs(tip.next_offset));
            }
            if copied == 0 {
                return Ok(tip.next_offset);
            }
        }
    }

    /// Reads the copy.
    pub fn reader(&self) -> Arc<dyn Reader> {
        self.local.reader()
    }

    /// Takes the cell over if nobody owns it, or its owner has shown no sign of life for as long as a lease lasts. Every row is copied first; the owner before can write no more.
    ///
    /// # Errors
    /// As [`Follower::catch_up`].
    pub fn own(mut self) -> Result<Owning> {
        Ok(match self.take()? {
            Some(lease) => {
                Owning::Owner(PostgresJournal { follower: self, lease: Some(lease), stopped: false, appended: false })
            }
            None => Owning::Follower(self),
        })
    }

    /// As [`Follower::own`]; `None` when another node owns it.
    pub(crate) fn take(&mut self) -> Result<Option<Lease>> {
        self.connected()?;
        let Some(term) = lease::take(&mut self.session, &self.options, self.cell)? else { return Ok(None) };
        let lease = Lease::hold(&self.options, self.cell, term)?;
        self.catch_up()?;
        Ok(Some(lease))
    }

    /// The name of the node that owns the cell; `None` when nobody does, or it has shown no sign of life for as long as a
    /// lease lasts.
    pub(crate) fn owner(&mut self) -> Result<Option<String>> {
        self.connected()?;
        lease::owner(&mut self.session, self.cell)
    }

    fn connected(&mut self) -> Result<()> {
        if self.session.closed() {
            self.session = Session::connect(&self.options.address)?;
        }
        Ok(())
    }
}
