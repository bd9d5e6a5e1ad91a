//! Receipts: an operation leaves the outbox only against a proof that the office has exactly its bytes.

use event::{Act, Operation, Protobuf, wire};
use types::{AreaId, Message, Origin, Verdict};

use crate::record::Receipted;
use crate::step::Batch;
use crate::{Device, key};

impl Device {
    /// Checks the receipts of the operations sent, drops what is proved from the outbox and returns how many of `sent`
    /// are proved (those proved earlier included). `seed` makes the new origin, should one be needed.
    pub(crate) fn receive(&mut self, sent: &[u64], answer: &wire::Synced, seed: [u8; 32], batch: &mut Batch) -> usize {
        let Some(node_key) = self.enrolment.as_ref().map(|enrolment| enrolment.node_key.clone()) else { return 0 };
        let mut proved = 0;
        for (at, &local) in sent.iter().enumerate() {
            // An earlier answer has proved it.
            let Some(outgoing) = self.outbox.get(&local) else {
                proved += 1;
                continue;
            };
            let received = answer.receipts.get(at);
            // It stays in the outbox and goes again with a later sync; those beside it are not concerned.
            if let Some(received) = received.filter(|received| !received.not_taken.is_empty()) {
                batch
                    .notices
                    .push(Message::new("sync/not-taken").with("number", local).with("why", &received.not_taken));
                continue;
            }
            let receipt = received.and_then(|received| Some((received, received.receipt(&answer.frames)?)));
            let checked = receipt.filter(|(_, receipt)| receipt.verify(&outgoing.digest, &node_key).is_ok());
            let Some((received, receipt)) = checked else {
                batch.notices.push(Message::new("sync/receipt-unverified").with("number", local));
                continue;
            };
            let record = receipted(local, outgoing.made_us, &outgoing.bytes, receipt.encode_to_vec(), received);
            proved += 1;
            self.receipted(record, seed, batch);
        }
        proved
    }

    fn receipted(&mut self, record: Receipted, seed: [u8; 32], batch: &mut Batch) {
        let local = record.local;
        if let Some(outgoing) = self.outbox.remove(&local) {
            batch.put_bytes(key::sent(local), outgoing.bytes.clone());
            self.sent.insert(local, outgoing.bytes);
        }
        batch.delete(key::outbox(local));
        batch.put(key::receipt(local), &record);
        match Verdict::from_code(record.verdict) {
            Some(Verdict::IdConflict) => self.conflicted(&record, seed, batch),
            Some(Verdict::Held) => {
                let held = types::Held::from_code(record.held).map_or("unknown", types::Held::as_str);
                batch.notices.push(Message::new("sync/held").with("number", local).with("why", held));
                self.mark(&record, |held, _| *held = record.held, batch);
            }
            _ => {}
        }
        self.receipts.insert(local, record);
    }

    /// Another copy of this store has used the number. The office keeps both; from here on this copy numbers apart.
    fn conflicted(&mut self, record: &Receipted, seed: [u8; 32], batch: &mut Batch) {
        if record.origin == self.state.origin {
            let mut mixed = b"origin after a conflict".to_vec();
            mixed.extend_from_slice(&seed);
            mixed.extend_from_slice(&record.digest);
            let digest = event::operation::digest(&mixed);
            self.origin = Origin(std::array::from_fn(|at| digest[at]));
            self.state.origin = self.origin.0.to_vec();
            self.state.next_operation = 1;
            batch.state = true;
        }
        batch.notices.push(Message::new("sync/id-conflict").with("number", record.local));
        self.mark(record, |_, conflict| *conflict = true, batch);
    }

    /// Marks the dwelling or household an operation was about, if it is still the last word on it.
    fn mark(&mut self, record: &Receipted, set: impl Fn(&mut u32, &mut bool), batch: &mut Batch) {
        let ea = AreaId(record.ea);
        let Some(page) = self.pages.get_mut(&ea) else { return };
        if let Some(dwelling) = page.dwellings.get_mut(&record.dwelling).filter(|d| d.local == record.local) {
            set(&mut dwelling.held, &mut dwelling.conflict);
            batch.put(key::dwelling(ea, record.dwelling), dwelling);
        }
        if let Some(household) = page.households.get_mut(&record.household).filter(|h| h.local == record.local) {
            set(&mut household.held, &mut household.conflict);
            batch.put(key::household(ea, record.household), household);
        }
    }
}

fn receipted(local: u64, made_us: i64, bytes: &[u8], receipt: Vec<u8>, received: &wire::Received) -> Receipted {
    // What this device made, it can read; a newer version's act is listed without details.
    let operation = Operation::read(bytes).unwrap_or_default();
    let (act, dwelling, household) = subject(operation.act.as_ref());
    Receipted {
        local,
        origin: operation.origin,
        number: operation.number,
        receipt,
        verdict: received.verdict,
        held: received.held,
        act,
        ea: operation.area,
        dwelling,
        household,
        made_us,
        digest: event::operation::digest(bytes).to_vec(),
    }
}

/// The act's tag, and the dwelling and household it is about.
pub(crate) fn subject(act: Option<&Act>) -> (u32, u32, u32) {
    match act {
        None => (0, 0, 0),
        Some(Act::ListDwelling(a)) => (16, a.dwelling, 0),
        Some(Act::ListHousehold(a)) => (17, a.dwelling, a.household),
        Some(Act::RecordVisit(a)) => (18, a.dwelling, a.household),
        Some(Act::Submit(a)) => (19, a.dwelling, a.household),
        Some(Act::Return(a)) => (20, 0, a.household),
        Some(Act::Approve(a)) => (21, 0, a.household),
        Some(Act::ConfirmNonresponse(a)) => (22, 0, a.household),
        Some(Act::MergeHousehold(a)) => (23, 0, a.household),
    }
}
