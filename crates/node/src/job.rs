//! What callers and the cell hand each other: a request with its room in the queue, and the answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use event::frame::FrameHeader;
use event::{Digest, Receipt};
use tokio::sync::oneshot;
use types::{Held, Offset, Verdict};

use crate::error::Result;
use crate::prepare::Prepared;

/// The answer to one operation: proof that it is in the journal, and what fold decided.
#[derive(Clone, Debug)]
pub struct Ack {
    /// The frame it is in.
    pub frame: Arc<FrameHeader>,
    /// Which event of the frame.
    pub index: u32,
    /// Its Merkle path.
    pub path: Vec<u8>,
    /// The digest of the event as journaled.
    pub event: Digest,
    /// What fold decided.
    pub verdict: Verdict,
    /// Why it was held, if it was.
    pub held: Held,
    /// It was in the journal before: a resend.
    pub repeated: bool,
}

impl Ack {
    /// Its journal offset.
    pub fn offset(&self) -> Offset {
        self.frame.first_offset + u64::from(self.index)
    }

    /// The receipt, the same bytes whenever it is asked for.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            frame: self.frame.to_bytes().to_vec(),
            index: self.index,
            path: self.path.clone(),
            event: self.event.to_vec(),
        }
    }
}

/// One answer for each operation of a request, in order. An error is about that operation alone.
pub type Answers = Vec<Result<Ack>>;

/// Where a request's answer goes.
pub type Reply = oneshot::Sender<Result<Answers>>;

/// A request: operations that are acknowledged together.
pub struct Job {
    pub prepared: Vec<Prepared>,
    /// Room taken in the queue; given back when the job is dropped.
    pub room: Room,
    pub reply: Reply,
}

/// Bytes of requests that wait, counted.
pub struct Room {
    waiting: Arc<AtomicUsize>,
    bytes: usize,
}

impl Room {
    /// Takes room for so many bytes; `None` when there is none. A single request always fits into an empty queue.
    pub fn take(waiting: &Arc<AtomicUsize>, bytes: usize, bytes_max: usize) -> Option<Room> {
        let before = waiting.fetch_add(bytes, Ordering::Relaxed);
        let room = Room { waiting: waiting.clone(), bytes };
        // Dropping gives it back.
        (before == 0 || before + bytes <= bytes_max).then_some(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
