//! Looks for what somebody holds a receipt for. A receipt is the office's word that an operation is in the journal; this
//! says, without a server, whether the word was kept.

use std::collections::HashMap;

use event::frame::{Frame, FrameHeader};
use event::{Digest, HeldReceipt};
use parking_lot::Mutex;
use types::Offset;

use super::scan::Keys;

/// What became of a receipt's operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It stands where the receipt says, in the very frame.
    Proved {
        /// Where.
        offset: Offset,
    },
    /// Its bytes were taken in, but the receipt is of another journal: of servers that were lost, say.
    Elsewhere {
        /// Where it stands here.
        offset: Offset,
    },
    /// The receipt is good and the operation is not here.
    Missing {
        /// Where the receipt says it stood.
        offset: Offset,
    },
    /// The receipt proves nothing: it is not of this operation, or its signature is not by a key that is known.
    Unproved {
        /// Why.
        why: String,
    },
}

/// The receipts that are looked for, and where their operations were seen.
pub(super) struct Search<'a> {
    held: &'a [HeldReceipt],
    wanted: HashMap<Digest, Vec<usize>>,
    seen: Mutex<Vec<Option<Seen>>>,
}

#[derive(Clone, Copy)]
struct Seen {
    offset: Offset,
    /// In the frame that the receipt names, at the place it names.
    there: bool,
}

impl<'a> Search<'a> {
    pub fn new(held: &'a [HeldReceipt]) -> Search<'a> {
        let mut wanted: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (at, one) in held.iter().enumerate() {
            wanted.entry(one.digest).or_default().push(at);
        }
        Search { held, wanted, seen: Mutex::new(vec![None; held.len()]) }
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Looks through a frame whose Merkle root fits its events.
    pub fn look(&self, frame: &Frame) {
        for (index, record) in frame.records.iter().enumerate() {
            let Some(wanted) = record.operation_digest().ok().and_then(|digest| self.wanted.get(&digest)) else {
                continue;
            };
            let header = frame.header.to_bytes();
            let mut seen = self.seen.lock();
            for &at in wanted {
                let receipt = &self.held[at].receipt;
                let there = receipt.frame == header && receipt.index as usize == index;
                if there || seen[at].is_none() {
                    seen[at] = Some(Seen { offset: frame.header.first_offset + index as u64, there });
                }
            }
        }
    }

    /// One finding for each receipt, in order.
    pub fn findings(self, keys: &Keys) -> Vec<Finding> {
        let seen = self.seen.into_inner();
        self.held.iter().zip(seen).map(|(held, seen)| finding(held, seen, keys)).collect()
    }
}

fn finding(held: &HeldReceipt, seen: Option<Seen>, keys: &Keys) -> Finding {
    let header: FrameHeader = match held.receipt.frame_of(&held.digest) {
        Ok(header) => header,
        Err(error) => return Finding::Unproved { why: error.to_string() },
    };
    match (seen, keys.misfit(&header)) {
        (Some(Seen { offset, there: true }), _) => Finding::Proved { offset },
        (Some(Seen { offset, there: false }), _) => Finding::Elsewhere { offset },
        (None, Some(why)) => Finding::Unproved { why },
        (None, None) => Finding::Missing { offset: header.first_offset + u64::from(held.receipt.index) },
    }
}
