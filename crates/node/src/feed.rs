//! The journal as the query side follows it: events in order, decided and decrypted.

use event::{Digest, Fact, Head};
use types::{Held, Offset, Time, Verdict};

use crate::bodies;
use crate::error::{Error, Result};
use crate::node::Node;

/// An event, what fold decided about it, and its body.
#[derive(Clone, Debug)]
pub struct FeedEvent {
    /// Its journal offset.
    pub offset: Offset,
    /// Its frame's time.
    pub time: Time,
    /// What happened.
    pub head: Head,
    /// Decrypted; identifiers in it stay sealed. Empty when all head, or erased.
    pub body: Vec<u8>,
    /// What fold decided.
    pub verdict: Verdict,
    /// Why it was held, if it was.
    pub held: Held,
}

impl Node {
    /// Events from `from` on that are folded, at least one if there is any, about 1 MiB of them.
    pub fn feed(&self, from: Offset, max: usize) -> Result<Vec<FeedEvent>> {
        let end = self.store().next_offset();
        if from >= end {
            return Ok(Vec::new());
        }
        let mut events = Vec::new();
        for frame in self.reader().frames(from, 1 << 20)? {
            for (index, record) in frame.records.iter().enumerate() {
                let offset = frame.header.first_offset + index as u64;
                if offset < from || offset >= end || events.len() >= max {
                    continue;
                }
                let head = Head::read(&record.head)?;
                let body = match bodies::open(self.keys(), offset, record) {
                    Err(Error::Erased { .. }) => Vec::new(),
                    body => body?,
                };
                let (verdict, held) = self.decided(offset, &head);
                events.push(FeedEvent { offset, time: frame.header.time, head, body, verdict, held });
            }
        }
        Ok(events)
    }

    /// What fold decided about an event, as remembered by its operation's id.
    pub fn decided(&self, offset: Offset, head: &Head) -> (Verdict, Held) {
        if let Some(Fact::OperationDeposited(deposited)) = &head.fact
            && !deposited.conflict
        {
            return (Verdict::Held, Held::from_code(deposited.held).unwrap_or(Held::Malformed));
        }
        let Some(id) = head.operation() else { return (Verdict::Accepted, Held::Not) };
        let store = self.store();
        let digest = Digest::try_from(head.digest.as_slice()).unwrap_or_default();
        let known = store.operation(id).filter(|known| known.offset == offset);
        match known.or_else(|| store.conflict(id, &digest)) {
            Some(known) => (known.verdict, known.held),
            None => (Verdict::Accepted, Held::Not),
        }
    }
}
