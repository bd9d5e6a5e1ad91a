//! A node that follows: it folds what the owner of the cell appends, and goes on itself once it owns the cell.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use event::Head;
use event::head::{Fact, RulesActivated};
use journal::Standing;
use types::{AreaId, StaffId};

use crate::cell::{Batch, Cell};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::prepare;

/// How often the owner's new events are asked for.
const EVERY: Duration = Duration::from_millis(100);
/// Frames folded at once, bytes.
const FRAMES_BYTES: usize = 1 << 20;

impl Cell {
    /// Follows until this node owns the cell, then true; false when the queue closes.
    ///
    /// # Errors
    /// The cell has stopped.
    pub fn follow(&mut self, jobs: &Receiver<Job>) -> std::result::Result<bool, ()> {
        loop {
            match self.step_behind() {
                Ok(Standing::Owner) => return Ok(true),
                Ok(Standing::Follower { .. }) => {}
                Err(error) if error.is_elsewhere() => self.shared.unreachable(&error),
                Err(error) => {
                    self.stop(&error);
                    return Err(());
                }
            }
            let next = Instant::now() + EVERY;
            loop {
                match jobs.recv_deadline(next) {
                    Ok(job) => drop(job.reply.send(Err(self.shared.stopped_error()))),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Ok(false),
                }
            }
        }
    }

    /// Folds what is new and, once nobody else owns the cell, begins to own it.
    pub fn step_behind(&mut self) -> Result<Standing> {
        let standing = self.journal.follow()?;
        self.fold_new()?;
        if standing == Standing::Owner {
            self.begin()?;
        }
        self.shared.stands(standing.clone());
        Ok(standing)
    }

    fn fold_new(&mut self) -> Result<()> {
        loop {
            let from = self.shared.store.read().next_offset();
            if from >= self.shared.reader.end() {
                return Ok(());
            }
            for frame in self.shared.reader.frames(from, FRAMES_BYTES)? {
                let heads = frame.records.iter().map(|record| Head::read(&record.head));
                self.fold(&frame, &heads.collect::<event::Result<Vec<Head>>>()?)?;
            }
        }
    }

    /// What a new owner does before anything else: finishes erasures that the one before may not have come to, and
    /// writes down that it took over.
    fn begin(&mut self) -> Result<()> {
        self.epoch = self.journal.tip().epoch + 1;
        let erased = self.shared.bulletin.read().erased().to_vec();
        for (area, wave) in erased {
            self.shared.keys.destroy_shared(area, wave)?;
        }
        if records_epoch(self.journal.as_ref()) {
            let mut batch = Batch::default();
            let (head, body) = epoch_record(self.shared.store.read().rules());
            batch.push(prepare::admin(&self.shared, head, &body)?);
            self.append(batch)?;
        }
        Ok(())
    }

    /// Says why a batch failed: another node goes on with the cell, and this one follows it; or the cell stops.
    pub fn fail(&self, error: &Error) {
        if error.is_elsewhere() {
            self.shared.loses(error);
        } else {
            self.stop(error);
        }
    }
}

/// The rules in force stand at the beginning and at every takeover: that event is the record of the new epoch.
pub(crate) fn records_epoch(journal: &dyn journal::Journal) -> bool {
    journal.tip().next_offset == 0 || journal.taken_over()
}

/// That event, with these rules.
pub(crate) fn epoch_record(version: u32) -> (Head, Vec<u8>) {
    (Head::of(AreaId(0), StaffId(0), Fact::RulesActivated(RulesActivated { version })), Vec::new())
}
