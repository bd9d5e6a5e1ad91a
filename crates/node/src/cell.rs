//! The cell's one thread: drops repeats, seals a batch, appends it, folds it, answers.
//!
//! A batch is what has queued up while the last one was being flushed, so an idle cell answers after one flush and a
//! busy one flushes hundreds of operations together.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use event::frame::{Frame, FrameHeader};
use event::{Digest, Head, merkle};
use journal::Journal;
use types::{CellId, Held, Offset, OperationId, Verdict};

use crate::error::{Error, Result};
use crate::job::{Ack, Job, Reply};
use crate::prepare::{self, Prepared};
use crate::shared::{Cause, Shared};

/// Most events in a batch.
const BATCH_EVENTS_MAX: usize = 4096;
/// A batch takes no further request once it has this many bytes.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// After so long without work, the journal's end is marked durable.
const IDLE: Duration = Duration::from_secs(1);

/// Where an operation of the batch is answered from.
enum Place {
    /// Event of the new frame.
    New { index: usize, repeated: bool },
    /// Already in the journal.
    Old { offset: Offset, verdict: Verdict, held: Held },
}

/// A batch under construction.
#[derive(Default)]
pub struct Batch {
    records: Vec<event::Record>,
    heads: Vec<Head>,
    /// Digests of the records, and of the operations that caused them.
    events: Vec<Digest>,
    operations: Vec<Digest>,
    /// Operations of this batch by id, and conflicts by id and digest.
    first: HashMap<OperationId, usize>,
    conflicts: HashMap<(OperationId, Digest), usize>,
}

impl Batch {
    /// Adds an event.
    pub fn push(&mut self, prepared: Prepared) -> usize {
        self.records.push(prepared.record);
        self.heads.push(prepared.head);
        self.events.push(prepared.event);
        self.operations.push(prepared.digest);
        self.records.len() - 1
    }
}

pub struct Cell {
    pub shared: Arc<Shared>,
    pub journal: Box<dyn Journal>,
    pub cell: CellId,
    pub epoch: u32,
    /// Whether the journal's end is marked durable.
    pub marked: bool,
}

impl Cell {
    /// Works until the queue closes or the journal fails.
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut next = None;
        loop {
            if !(self.shared.owns() && self.journal.owns()) {
                self.shared.follows();
                match self.follow(jobs) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(()) => return refuse(&self.shared, jobs),
                }
            }
            match next.take().map_or_else(|| jobs.recv_timeout(IDLE), Ok) {
                Ok(job) => match self.work(job, jobs) {
                    Ok(left) => next = left,
                    Err(()) if self.shared.stopped.lock().is_none() => {}
                    Err(()) => return refuse(&self.shared, jobs),
                },
                Err(RecvTimeoutError::Timeout) => {
                    if self.idle().is_err() {
                        return refuse(&self.shared, jobs);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // Marked even if nothing came. Should it fail, that has been said.
        self.marked = false;
        let _ = self.idle();
    }

    /// Commits what has queued up behind `first`, as much as a batch takes. Returns a job that must be committed alone.
    ///
    /// # Errors
    /// The cell has stopped, or is another node's now: nothing more is acknowledged, not what waits, not what comes.
    pub fn work(&mut self, first: Job, jobs: &Receiver<Job>) -> std::result::Result<Option<Job>, ()> {
        let mut batch_jobs = vec![first];
        let mut next = None;
        let size = |job: &Job| job.prepared.iter().map(|p| p.record.head.len() + p.record.body.len()).sum::<usize>();
        let mut bytes = size(&batch_jobs[0]);
        let mut events = batch_jobs[0].prepared.len();
        while events < BATCH_EVENTS_MAX && bytes < BATCH_BYTES_MAX && !erases(&batch_jobs[0]) {
            let Ok(job) = jobs.try_recv() else { break };
            if erases(&job) {
                next = Some(job);
                break;
            }
            bytes += size(&job);
            events += job.prepared.len();
            batch_jobs.push(job);
        }
        match self.commit(batch_jobs) {
            Ok(()) => self.marked = false,
            Err((error, waiting)) => {
                self.fail(&error);
                for reply in waiting.into_iter().chain(next.map(|job| job.reply)) {
                    let _ = reply.send(Err(self.shared.stopped_error()));
                }
                return Err(());
            }
        }
        Ok(next)
    }

    /// Marks the journal's end durable, once there has been no work for a while.
    ///
    /// # Errors
    /// As [`Cell::work`].
    pub fn idle(&mut self) -> std::result::Result<(), ()> {
        if !self.marked {
            self.journal.mark().map_err(|error| self.stop(&error.into()))?;
            self.marked = true;
        }
        Ok(())
    }

    /// Commits a batch and answers its requests.
    fn commit(&mut self, jobs: Vec<Job>) -> std::result::Result<(), (Error, Vec<Reply>)> {
        let mut batch = Batch::default();
        let mut waiting = Vec::with_capacity(jobs.len());
        for job in jobs {
            let placed = job.prepared.into_iter().map(|prepared| {
                prepare::renewed(&self.shared, prepared).and_then(|prepared| self.place(prepared, &mut batch))
            });
            let places: Vec<Result<Place>> = placed.collect();
            waiting.push((job.reply, places, job.room));
        }
        let committed = if batch.records.is_empty() { Ok(None) } else { self.append(batch).map(Some) };
        let committed = match committed {
            Ok(committed) => committed,
            Err(error) => return Err((error, waiting.into_iter().map(|(reply, ..)| reply).collect())),
        };
        for (reply, places, _room) in waiting {
            let answer = |place: Result<Place>| {
                place
                    .and_then(|place| self.ack(place, committed.as_ref()))
                    .map_err(|error| self.shared.not_taken(error))
            };
            // Whoever asked may be gone; a resend will find the operation.
            let _ = reply.send(Ok(places.into_iter().map(answer).collect()));
        }
        Ok(())
    }

    /// Decides whether an operation is new, a repeat or a conflict, and puts new ones into the batch.
    fn place(&self, prepared: Prepared, batch: &mut Batch) -> Result<Place> {
        let Some(id) = prepared.id else {
            return Ok(Place::New { index: batch.push(prepared), repeated: false });
        };
        let digest = prepared.digest;
        #[cfg(feature = "plant")]
        if types::planted("apply-a-resend-again") {
            return Ok(Place::New { index: batch.push(prepared), repeated: false });
        }
        if let Some(&index) = batch.first.get(&id) {
            if batch.operations[index] == digest {
                return Ok(Place::New { index, repeated: true });
            }
            return self.place_conflict(id, prepared, batch);
        }
        let known = self.shared.store.read().operation(id);
        match known {
            None => {
                let index = batch.push(prepared);
                batch.first.insert(id, index);
                Ok(Place::New { index, repeated: false })
            }
            Some(known) if known.is(&digest) => {
                Ok(Place::Old { offset: known.offset, verdict: known.verdict, held: known.held })
            }
            #[cfg(feature = "plant")]
            Some(known) if types::planted("conflict-gets-the-old-receipt") => {
                Ok(Place::Old { offset: known.offset, verdict: known.verdict, held: known.held })
            }
            Some(_) => self.place_conflict(id, prepared, batch),
        }
    }

    fn place_conflict(&self, id: OperationId, prepared: Prepared, batch: &mut Batch) -> Result<Place> {
        let digest = prepared.digest;
        if let Some(&index) = batch.conflicts.get(&(id, digest)) {
            return Ok(Place::New { index, repeated: true });
        }
        if let Some(known) = self.shared.store.read().conflict(id, &digest) {
            return Ok(Place::Old { offset: known.offset, verdict: known.verdict, held: known.held });
        }
        tracing::warn!(%id, "operation id used again with other bytes; both are kept");
        let conflict = prepare::conflict(&self.shared, &prepared.head, digest, prepared.raw)?;
        let index = batch.push(conflict);
        batch.conflicts.insert((id, digest), index);
        Ok(Place::New { index, repeated: false })
    }

    /// Appends a batch and folds it.
    pub fn append(&mut self, batch: Batch) -> Result<Committed> {
        let now = self.shared.clock.now();
        let tip = self.journal.tip();
        let signing = self.shared.keys.signing();
        let leaves =
            batch.operations.iter().zip(&batch.events).map(|(operation, event)| merkle::leaf(operation, event));
        let leaves = leaves.collect();
        let (frame, tree) = Frame::seal_leaves(self.cell, self.epoch, &tip, now, batch.records, leaves, signing);
        let start = Instant::now();
        #[cfg(feature = "plant")]
        if types::planted("acknowledge-early") {
            let _ = self.journal.append(&frame);
        } else {
            self.journal.append(&frame)?;
        }
        #[cfg(not(feature = "plant"))]
        self.journal.append(&frame)?;
        let flush = start.elapsed();
        metrics::histogram!("quipu_journal_append_seconds").record(flush.as_secs_f64());
        let Folded { verdicts, destroyed } = self.fold(&frame, &batch.heads)?;
        for (area, wave) in destroyed {
            self.shared.keys.destroy_shared(area, wave)?;
        }
        self.shared.appended(&batch.heads, flush);
        Ok(Committed { header: Arc::new(frame.header), tree, events: batch.events, verdicts })
    }

    /// Applies an appended frame to the store, and destroys the keys on this node that it erases.
    pub fn fold(&self, frame: &Frame, heads: &[Head]) -> Result<Folded> {
        let mut folded = Folded { verdicts: Vec::with_capacity(heads.len()), destroyed: Vec::new() };
        {
            let mut store = self.shared.store.write();
            // Dropped before the lock is released, also when fold panics.
            let folding = Folding { shared: &self.shared };
            for (index, head) in heads.iter().enumerate() {
                let applied = store.apply(frame.header.first_offset + index as u64, frame.header.time, head);
                folded.verdicts.push((applied.verdict, applied.held));
                let keys = applied.effects.into_iter().filter_map(|effect| match effect {
                    fold::Effect::KeyDestroyed { area, wave } => Some((area.0, wave)),
                    _ => None,
                });
                folded.destroyed.extend(keys);
            }
            // Whoever sees the new end of the store finds the bulletin up to it.
            self.shared.announce(heads, frame);
            std::mem::forget(folding);
        }
        for (area, wave) in &folded.destroyed {
            self.shared.keys.destroy_body(*area, *wave)?;
            tracing::info!(area, wave, "the key was destroyed; its bodies are erased");
        }
        self.shared.folded(heads, frame);
        Ok(folded)
    }

    fn ack(&self, place: Place, committed: Option<&Committed>) -> Result<Ack> {
        match place {
            Place::New { index, repeated } => {
                let committed = committed.expect("a new event belongs to the committed batch");
                let (verdict, held) = committed.verdicts[index];
                Ok(Ack {
                    frame: committed.header.clone(),
                    index: index as u32,
                    path: committed.tree.path(index),
                    event: committed.events[index],
                    verdict,
                    held,
                    repeated,
                })
            }
            Place::Old { offset, verdict, held } => {
                let frame = self.shared.reader.frame(offset)?;
                let index = (offset - frame.header.first_offset) as usize;
                Ok(Ack {
                    path: frame.tree()?.path(index),
                    index: index as u32,
                    event: frame.records[index].digest(),
                    frame: Arc::new(frame.header),
                    verdict,
                    held,
                    repeated: true,
                })
            }
        }
    }

    /// Says that the cell has stopped, and why.
    pub fn stop(&self, error: &Error) {
        let reason = error.whole();
        tracing::error!(%reason, "the cell has stopped; nothing is acknowledged until it is started again");
        metrics::gauge!("quipu_cell_stopped").set(1.0);
        self.shared.stop(reason, Cause::of(error));
    }
}

/// Runs a cell. A panic counts as a stop: what was under way gets no acknowledgement, nor does what comes.
pub fn run(cell: Cell, jobs: &Receiver<Job>) {
    let shared = cell.shared.clone();
    if std::panic::catch_unwind(AssertUnwindSafe(|| cell.run(jobs))).is_err() {
        let reason = "the cell's thread panicked; the log says where";
        tracing::error!(reason, "the cell has stopped; nothing is acknowledged until it is started again");
        metrics::gauge!("quipu_cell_stopped").set(1.0);
        shared.stop(reason.to_owned(), Cause::Program);
        refuse(&shared, jobs);
    }
}

/// Answers whoever comes that the cell has stopped.
fn refuse(shared: &Shared, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        let _ = job.reply.send(Err(shared.stopped_error()));
    }
}

/// Dropped only by a panic of fold: the store holds half an event and must not become a checkpoint.
struct Folding<'a> {
    shared: &'a Shared,
}

impl Drop for Folding<'_> {
    fn drop(&mut self) {
        self.shared.broke();
    }
}

/// A job that destroys keys is committed alone: what comes after it is encrypted under the next wave's.
fn erases(job: &Job) -> bool {
    job.prepared.iter().any(|prepared| matches!(prepared.head.fact, Some(event::Fact::BodyErased(_))))
}

/// What folding a frame came to.
pub struct Folded {
    verdicts: Vec<(Verdict, Held)>,
    /// Keys that are destroyed now, by area and wave.
    destroyed: Vec<(u32, u32)>,
}

/// A batch that is durable and folded.
pub struct Committed {
    header: Arc<FrameHeader>,
    tree: merkle::Tree,
    events: Vec<Digest>,
    verdicts: Vec<(Verdict, Held)>,
}
