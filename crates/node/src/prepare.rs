//! What can be decided about an operation without any lock: is it readable, what do its answers say. Nothing here
//! refuses field work: what cannot be read is deposited, held and explained.

use event::head::{Fact, OperationDeposited, SubmissionReceived};
use event::operation::{self, Act, Submit};
use event::{Body, Digest, Head, Operation, Protobuf, Record};
use types::{DeviceId, Held, OperationId, Outcome, StaffId};

use crate::bodies;
use crate::error::{Error, Result};
use crate::shared::Shared;

/// An operation ready for the cell.
pub struct Prepared {
    /// Its permanent name; `None` when it could not be read so far.
    pub id: Option<OperationId>,
    /// Over its bytes as sent.
    pub digest: Digest,
    /// The event to be.
    pub head: Head,
    /// The event as journaled.
    pub record: Record,
    /// The digest of that event, made here because the cell's thread is one for all.
    pub event: Digest,
    /// Its bytes as sent, kept should the id turn out to be taken.
    pub raw: Vec<u8>,
}

/// Who sends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sender {
    /// The device.
    pub device: DeviceId,
    /// Whose device it is.
    pub staff: StaffId,
}

/// Prepares an operation as sent. An error is about this machine (a key that cannot be read), not about the operation.
pub fn operation(shared: &Shared, sender: Sender, raw: Vec<u8>) -> Result<Prepared> {
    let digest = operation::digest(&raw);
    let parsed = if raw.len() <= Operation::BYTES_MAX { Operation::read(&raw).ok() } else { None };
    let (head, body) = match parsed {
        Some(mut operation) => {
            let body = std::mem::take(&mut operation.body);
            let mut head = head_of(shared, &operation, &body);
            (head.staff, head.device, head.digest) = (sender.staff.0, sender.device.0, digest.to_vec());
            (head, body)
        }
        None => {
            let mut head = deposit(sender, digest, Held::Malformed, false);
            // Bytes without a readable name are named by their digest, so that a resend is known. They are shown to the
            // office of whoever sent them.
            let named = Operation::decode(raw.as_slice()).ok().filter(|operation| operation.id().is_some());
            (head.origin, head.number) = match named {
                Some(operation) => (operation.origin, operation.number),
                None => (digest[..16].to_vec(), 1),
            };
            let office = shared.store.read().staff(sender.staff).map(|staff| staff.area);
            head.area = office.unwrap_or_default().0;
            (head, raw.clone())
        }
    };
    finish(shared, digest, head, &body, raw)
}

/// Prepares the event for an id that was used before with other bytes: the operation is kept whole, in the body.
pub fn conflict(shared: &Shared, sender: &Head, digest: Digest, raw: Vec<u8>) -> Result<Prepared> {
    let mut head = deposit(Sender { device: sender.device(), staff: StaffId(sender.staff) }, digest, Held::Not, true);
    (head.origin, head.number, head.area) = (sender.origin.clone(), sender.number, sender.area);
    finish(shared, digest, head, &raw.clone(), raw)
}

/// Prepares again what was encrypted under a key that has been destroyed since; anything else stays as it is.
pub fn renewed(shared: &Shared, prepared: Prepared) -> Result<Prepared> {
    let destroyed =
        bodies::key_of(&prepared.record.body).is_some_and(|(area, wave)| shared.keys.is_destroyed(area, wave));
    if !destroyed || prepared.raw.is_empty() {
        return Ok(prepared);
    }
    let sender = Sender { device: prepared.head.device(), staff: StaffId(prepared.head.staff) };
    operation(shared, sender, prepared.raw)
}

/// Prepares an event of the office. One with origin, number and digest takes effect once, as an operation does.
pub fn admin(shared: &Shared, head: Head, body: &[u8]) -> Result<Prepared> {
    shared.scope.check(&head, &shared.store.read())?;
    let digest = Digest::try_from(head.digest.as_slice()).unwrap_or_default();
    finish(shared, digest, head, body, Vec::new())
}

fn deposit(sender: Sender, digest: Digest, held: Held, conflict: bool) -> Head {
    Head {
        staff: sender.staff.0,
        device: sender.device.0,
        digest: digest.to_vec(),
        fact: Some(Fact::OperationDeposited(OperationDeposited { held: held.code(), conflict })),
        ..Head::default()
    }
}

fn finish(shared: &Shared, digest: Digest, mut head: Head, body: &[u8], raw: Vec<u8>) -> Result<Prepared> {
    // Fold would stop at it, and so would every replay.
    fold::known(&head).map_err(|unknown| Error::Refused { what: unknown.to_string() })?;
    let record = if body.is_empty() {
        head.wave = 0;
        Record { head: head.encode_to_vec(), body: Vec::new() }
    } else {
        let key_area = bodies::key_area(shared.store.read().areas(), head.area());
        let (wave, key) = shared.keys.body(key_area.0)?;
        head.wave = wave;
        bodies::record(key_area, wave, &key, head.encode_to_vec(), body)?
    };
    Ok(Prepared { id: head.operation(), digest, head, event: record.digest(), record, raw })
}

fn head_of(shared: &Shared, operation: &Operation, body: &[u8]) -> Head {
    let fact = match operation.act.clone() {
        Some(Act::ListDwelling(act)) => Some(Fact::DwellingListed(act)),
        Some(Act::ListHousehold(act)) => Some(Fact::HouseholdListed(act)),
        Some(Act::RecordVisit(act)) => Some(Fact::VisitRecorded(act)),
        Some(Act::Submit(act)) => Some(Fact::SubmissionReceived(received(shared, act, body))),
        Some(Act::Return(act)) => Some(Fact::SubmissionReturned(act)),
        Some(Act::Approve(act)) => Some(Fact::SubmissionApproved(act)),
        Some(Act::ConfirmNonresponse(act)) => Some(Fact::NonresponseConfirmed(act)),
        Some(Act::MergeHousehold(act)) => Some(Fact::HouseholdMerged(act)),
        None => None,
    };
    Head {
        origin: operation.origin.clone(),
        number: operation.number,
        area: operation.area,
        lease: operation.lease,
        sent_at_us: operation.sent_at_us,
        sent_offset_min: operation.sent_offset_min,
        census: operation.census,
        fact,
        ..Head::default()
    }
}

/// The answers checked by the same engine as on the phone. A form this server does not know, or answers it cannot
/// read, are [`Outcome::Unreadable`]; answers for another day than the census's reference moment are
/// [`Outcome::OtherReference`]: both are kept as given, for a person to look at.
fn received(shared: &Shared, act: Submit, body: &[u8]) -> SubmissionReceived {
    let form = shared.form(act.form, act.form_version);
    let checked = form.and_then(|form| {
        let body = Body::read(body).ok()?;
        form.check(&body.answers).ok()
    });
    let (outcome, facts) = match checked {
        None => (Outcome::Unreadable, Vec::new()),
        Some(checked) if shared.reference().is_some_and(|day| day != checked.reference) => {
            (Outcome::OtherReference, checked.facts)
        }
        Some(checked) => (checked.verdict, checked.facts),
    };
    SubmissionReceived {
        household: act.household,
        form: act.form,
        form_version: act.form_version,
        phase: act.phase,
        source: act.source,
        outcome: outcome.code(),
        facts,
        started_us: act.started_us,
        instance_id: act.instance_id,
        dwelling: act.dwelling,
    }
}
