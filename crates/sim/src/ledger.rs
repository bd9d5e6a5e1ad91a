//! Everything the office has acknowledged and told, as it left the server, and whether it may have said so.

use std::collections::{HashMap, HashSet};

use event::{Digest, Head, Protobuf, wire};
use types::{Held, StaffId, Verdict};

use crate::model::Model;
use crate::tape::{root_of, signed};

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Where the event is said to be.
    pub offset: u64,
    /// Its digest.
    pub event: Digest,
    /// The receipt, whole.
    pub receipt: Vec<u8>,
    /// What was decided.
    pub verdict: (Verdict, Held),
}

/// See the module's documentation.
#[derive(Default)]
pub struct Ledger {
    /// By the digest of the operation.
    pub acks: HashMap<Digest, Ack>,
    /// Frame headers whose signature has been checked.
    headers: HashSet<Vec<u8>>,
    /// Acknowledged again.
    pub repeats: u64,
}

impl Ledger {
    /// Takes what the server answers to a sync. `model` has seen every event that is acknowledged.
    ///
    /// # Errors
    /// When a receipt proves nothing or another than before, or something is told that is none of this person's business.
    pub fn synced(
        &mut self,
        request: &[u8],
        answer: &[u8],
        staff: StaffId,
        key: &[u8; 32],
        model: &Model,
    ) -> Result<(), String> {
        let request = wire::Sync::decode(request).map_err(|_| "the device sent no sync")?;
        let answer = wire::Synced::decode(answer).map_err(|_| "the server answered no sync")?;
        if answer.receipts.len() != request.operations.len() {
            return Err("not one receipt an operation".into());
        }
        for (operation, received) in request.operations.iter().zip(&answer.receipts) {
            let Some(receipt) = received.receipt(&answer.frames) else { continue };
            let operation = event::operation::digest(operation);
            self.acknowledged(&operation, &receipt, received, key, model)?;
        }
        answer.changes.iter().try_for_each(|change| told(change, staff, model))
    }

    fn acknowledged(
        &mut self,
        operation: &Digest,
        receipt: &event::Receipt,
        received: &wire::Received,
        key: &[u8; 32],
        model: &Model,
    ) -> Result<(), String> {
        let header = &receipt.frame;
        if header.len() != 162 {
            return Err("a receipt without a frame's header".into());
        }
        let event: Digest = receipt.event.as_slice().try_into().map_err(|_| "a receipt without an event")?;
        let count = u32::from_le_bytes(header[18..22].try_into().expect("4 bytes"));
        let first = u64::from_le_bytes(header[10..18].try_into().expect("8 bytes"));
        let root = root_of(operation, &event, receipt.index, count, &receipt.path);
        if root.as_ref().map(|root| &root[..]) != Some(&header[62..94]) {
            return Err("a receipt does not prove its operation".into());
        }
        if !self.headers.contains(header) {
            if !signed(header, key) {
                return Err("a receipt is signed by nobody".into());
            }
            self.headers.insert(header.clone());
        }
        let verdict = Verdict::from_code(received.verdict).zip(Held::from_code(received.held));
        let verdict = verdict.ok_or("an unknown verdict")?;
        let offset = first + u64::from(receipt.index);
        let ack = Ack { offset, event, receipt: receipt.encode_to_vec(), verdict };
        match model.verdicts.get(offset as usize) {
            Some(expected) if *expected == verdict => {}
            expected => return Err(format!("offset {offset} was acknowledged as {verdict:?}, it is {expected:?}")),
        }
        match self.acks.get(operation) {
            None => drop(self.acks.insert(*operation, ack)),
            Some(before) if *before == ack => self.repeats += 1,
            Some(before) => {
                return Err(format!("a resend got another receipt: offset {} and then {offset}", before.offset));
            }
        }
        Ok(())
    }
}

/// Whether this person may be told.
fn told(change: &wire::Change, staff: StaffId, model: &Model) -> Result<(), String> {
    use event::Fact;
    let head = Head::read(&change.head).map_err(|_| "a change without a head")?;
    let everybody = matches!(
        head.fact,
        Some(
            Fact::CensusDefined(_)
                | Fact::AreasDefined(_)
                | Fact::FormPublished(_)
                | Fact::PhaseOpened(_)
                | Fact::PhaseClosed(_)
        )
    );
    let lease = matches!(head.fact, Some(Fact::LeaseGranted(_) | Fact::LeaseEnded(_)));
    let area = head.area();
    if everybody || model.reads(staff, area) || lease && model.ever_held(staff, area) {
        return Ok(());
    }
    let what = head.fact.map_or("an event", |fact| fact.name());
    Err(format!("staff {staff} was told `{what}` of area {area}, which they may not read"))
}
