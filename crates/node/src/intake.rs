//! The way in: operations and events of the office, prepared on the caller's thread and queued for the cell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};
use event::Head;
use tokio::sync::oneshot;
use types::{DeviceId, StaffId};

use crate::error::{Error, Result};
use crate::job::{Ack, Answers, Job, Room};
use crate::node::Node;
use crate::prepare::{self, Sender as From_};
use crate::shared::Shared;

/// Operations prepared on the caller's own thread; more go to a thread that may block.
const INLINE_MAX: usize = 32;

impl Node {
    /// Takes operations in: returns once they are durable and folded. One answer each, in order.
    ///
    /// # Errors
    /// [`Error::Busy`] before any work is done; [`Error::NotOwner`] and [`Error::Stopped`] when nothing was acknowledged (the operations may be
    /// in the journal all the same: a resend finds out). What is wrong with one operation, such as a key that cannot be
    /// read, is that one's answer ([`Error::NotTaken`]): nothing of it was kept, and the others count.
    pub async fn submit(&self, device: DeviceId, staff: StaffId, operations: Vec<Vec<u8>>) -> Result<Answers> {
        let jobs = self.queue()?;
        let room = self.room(&jobs, operations.iter().map(Vec::len).sum())?;
        let sender = From_ { device, staff };
        let (shared, count) = (self.shared.clone(), operations.len());
        let prepare = move || prepare_all(&shared, sender, operations);
        // A few operations take less time than a change of threads.
        let (prepared, refused) = if count <= INLINE_MAX {
            prepare()
        } else {
            tokio::task::spawn_blocking(prepare).await.map_err(|_| self.stopped_error())?
        };
        let answers = self.send(&jobs, prepared, room)?.await.unwrap_or_else(|_| Err(self.stopped_error()))?;
        Ok(merged(answers, refused, count))
    }

    /// Appends events of the office. They belong together: what is wrong with one is everybody's error.
    pub async fn admin(&self, events: Vec<(Head, Vec<u8>)>) -> Result<Vec<Ack>> {
        let reply = self.send_admin(events)?;
        reply.await.unwrap_or_else(|_| Err(self.stopped_error()))?.into_iter().collect()
    }

    /// As [`Node::admin`], from a thread outside any runtime.
    pub fn admin_blocking(&self, events: Vec<(Head, Vec<u8>)>) -> Result<Vec<Ack>> {
        let reply = self.send_admin(events)?;
        reply.blocking_recv().unwrap_or_else(|_| Err(self.stopped_error()))?.into_iter().collect()
    }

    /// Queues events of the office; the answer comes once they are durable.
    pub(crate) fn send_admin(&self, events: Vec<(Head, Vec<u8>)>) -> Result<oneshot::Receiver<Result<Answers>>> {
        let jobs = self.queue()?;
        let room = self.room(&jobs, events.iter().map(|(_, body)| body.len()).sum())?;
        let prepared =
            events.into_iter().map(|(head, body)| prepare::admin(&self.shared, head, &body)).collect::<Result<_>>()?;
        self.send(&jobs, prepared, room)
    }

    /// Room for a request, or a refusal before any work is done.
    fn room(&self, jobs: &Sender<Job>, bytes: usize) -> Result<Room> {
        if jobs.is_full() {
            return Err(busy());
        }
        Room::take(&self.waiting_bytes, bytes, self.queue_bytes_max).ok_or_else(busy)
    }

    fn send(
        &self,
        jobs: &Sender<Job>,
        prepared: Vec<prepare::Prepared>,
        room: Room,
    ) -> Result<oneshot::Receiver<Result<Answers>>> {
        let (reply, answer) = oneshot::channel();
        match jobs.try_send(Job { prepared, room, reply }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(busy()),
            Err(TrySendError::Disconnected(_)) => Err(self.stopped_error()),
        }
    }

    fn queue(&self) -> Result<Sender<Job>> {
        if self.shared.stopped.lock().is_some() {
            return Err(self.stopped_error());
        }
        self.must_own()?;
        self.jobs.lock().clone().ok_or_else(|| self.stopped_error())
    }

    /// Refuses what only the owner of the cell can do.
    ///
    /// # Errors
    /// [`Error::NotOwner`], which says who it is.
    pub fn must_own(&self) -> Result<()> {
        if self.shared.owns() { Ok(()) } else { Err(self.stopped_error()) }
    }

    pub(crate) fn stopped_error(&self) -> Error {
        self.shared.stopped_error()
    }
}

/// What could be prepared, in order, and what could not, with its place among all.
type AllPrepared = (Vec<prepare::Prepared>, Vec<(usize, Error)>);

fn prepare_all(shared: &Arc<Shared>, sender: From_, operations: Vec<Vec<u8>>) -> AllPrepared {
    let mut prepared = Vec::with_capacity(operations.len());
    let mut refused = Vec::new();
    #[cfg(feature = "plant")]
    let operations = match (types::planted("drop-the-last-of-a-request"), operations.len()) {
        (true, count @ 2..) => operations[..count - 1].to_vec(),
        _ => operations,
    };
    for (at, raw) in operations.into_iter().enumerate() {
        match prepare::operation(shared, sender, raw) {
            Ok(one) => prepared.push(one),
            Err(error) => refused.push((at, shared.not_taken(error))),
        }
    }
    (prepared, refused)
}

/// The cell's answers with those of operations that never reached it, which name their places among all, in order.
fn merged(answers: Answers, refused: Vec<(usize, Error)>, count: usize) -> Answers {
    if refused.is_empty() {
        return answers;
    }
    let (mut answers, mut refused) = (answers.into_iter(), refused.into_iter().peekable());
    let answer = |at| match refused.next_if(|(place, _)| *place == at) {
        Some((_, error)) => Some(Err(error)),
        None => answers.next(),
    };
    (0..count).map_while(answer).collect()
}

fn busy() -> Error {
    metrics::counter!("quipu_refused_busy_total").increment(1);
    Error::Busy { retry_after_ms: retry_after_ms() }
}

/// When somebody who is turned away should come again, milliseconds: another time for each, from 1 to 10 seconds, so that a
/// crowd does not come back as one.
pub fn retry_after_ms() -> u64 {
    const FIRST_MS: u64 = 1000;
    const SPREAD_MS: u64 = 9000;
    static TURNED_AWAY: AtomicU64 = AtomicU64::new(0);
    // Steps of the golden ratio fill the range evenly, however many come.
    let step = TURNED_AWAY.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    FIRST_MS + ((step >> 32) * SPREAD_MS >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_is_turned_away_comes_back_spread_over_ten_seconds() {
        let mut seconds = [0; 10];
        for _ in 0..9000 {
            seconds[(retry_after_ms() / 1000) as usize] += 1;
        }
        assert_eq!(seconds[0], 0);
        assert!(seconds[1..].iter().all(|count| (900..1100).contains(count)), "{seconds:?}");
    }
}
