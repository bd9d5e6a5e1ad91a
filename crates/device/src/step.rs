//! What the caller does after a call: store, then send.

use event::Protobuf;
use types::{Message, Sent, Time};

use crate::record::State;
use crate::sorted::Sorted;

/// The caller's clock, read at the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Microseconds UTC. May be wrong or jump; nothing but shown times and waiting depends on it.
    pub us: i64,
    /// Offset from UTC in minutes, east positive.
    pub offset_min: i16,
}

impl Now {
    /// As operations carry it.
    pub fn sent(self) -> Sent {
        Sent { at: Time(self.us), offset_min: self.offset_min }
    }
}

/// What to store, then what to send and tell.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a step that is not stored is work that is lost"]
pub struct Step {
    /// 0 when there is nothing to store. Otherwise store only if the stored `state` record's [`generation`] is one
    /// less (0 without a record): if it is not, another tab has written, so open the device again and repeat the action.
    pub generation: u64,
    /// Records to write, by key, in order of key.
    pub puts: Vec<(String, Vec<u8>)>,
    /// Records to delete.
    pub deletes: Vec<String>,
    /// To send once all is stored. Hand the answer to [`crate::Device::response`] or [`crate::Device::failed`].
    pub request: Option<Request>,
    /// A record to read and hand to [`crate::Device::upload`], when there is no request.
    pub wanted: Option<String>,
    /// To tell the person.
    pub notices: Vec<Message>,
}

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Goes back with the answer; below 2^48.
    pub id: u64,
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// Below the server's address, such as `/v1/sync`.
    pub path: String,
    /// Headers, lower case.
    pub headers: Vec<(String, String)>,
    /// Empty for `GET`.
    pub body: Vec<u8>,
}

/// The generation a stored `state` record carries; 0 without a record or when it cannot be read.
pub fn generation(state: Option<&[u8]>) -> u64 {
    state.and_then(|bytes| State::decode(bytes).ok()).map_or(0, |state| state.generation)
}

/// Writes gathered during one call.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// By key; `None` for one to delete. The last word counts.
    records: Sorted<String, Option<Vec<u8>>>,
    pub(crate) notices: Vec<Message>,
    /// The `state` record itself has changed.
    pub(crate) state: bool,
}

impl Batch {
    pub(crate) fn put(&mut self, key: String, record: &impl Protobuf) {
        self.put_bytes(key, record.encode_to_vec());
    }

    pub(crate) fn put_bytes(&mut self, key: String, bytes: Vec<u8>) {
        self.records.insert(key, Some(bytes));
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.records.insert(key, None);
    }

    /// Ends the call: counts the generation up when something is stored.
    pub(crate) fn step(mut self, state: &mut State, request: Option<Request>) -> Step {
        let stores = self.state || !self.records.is_empty();
        if stores {
            state.generation += 1;
            self.put(crate::key::STATE.to_owned(), state);
        }
        let mut step = Step { request, notices: self.notices, ..Step::default() };
        step.generation = if stores { state.generation } else { 0 };
        for (key, record) in self.records {
            match record {
                Some(bytes) => step.puts.push((key, bytes)),
                None => step.deletes.push(key),
            }
        }
        step
    }
}
