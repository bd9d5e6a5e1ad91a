//! The end: faults cease, everybody finds a network, and what must hold then is checked.

use event::Fact;
use fleet::world::Door;
use types::AreaId;

use super::{HOUR_US, SECOND_US, World};
use crate::people::Person;

/// Syncs of a phone until nothing is left on it.
const SYNCS_MAX: usize = 60;

impl World {
    /// Lets everything settle and checks it once more.
    pub fn quiet(&mut self) -> Result<(), String> {
        self.mend();
        if self.server.stopped().is_some() {
            self.server.kill();
        }
        self.start()?;
        for round in 0..2 {
            for at in 0..self.phones.len() {
                if !self.phones[at].lost {
                    self.sync_all(at, round)?;
                }
            }
        }
        self.server.idle();
        self.check_disk()?;
        self.check_store(true)?;
        for phone in self.phones.iter().filter(|phone| !phone.lost) {
            phone.check()?;
            for shown in &phone.shown {
                let ack = self.ledger.acks.get(&shown.digest);
                let ack = ack.ok_or_else(|| format!("finished work of staff {} never arrived", phone.staff))?;
                let receipt = phone.device.receipt(shown.number).ok_or("finished work has no receipt")?;
                if receipt.bytes != ack.receipt {
                    return Err(format!("a phone of staff {} holds a receipt nobody gave", phone.staff));
                }
                if !phone.copied && ack.verdict.0 == types::Verdict::IdConflict {
                    return Err(format!("staff {} numbered two operations alike", phone.staff));
                }
            }
        }
        self.check_truth()?;
        // The same once more, from the disk alone.
        self.server.kill();
        self.start()
    }

    /// A phone syncs over a good network until nothing is left on it.
    fn sync_all(&mut self, at: usize, round: usize) -> Result<(), String> {
        for _ in 0..SYNCS_MAX {
            self.turn_to(self.now_us + 61 * SECOND_US);
            let phone = &mut self.phones[at];
            if phone.device.enrolment().is_none() {
                // A phone that was never enrolled has nothing to send.
                return Ok(());
            }
            let (now, entropy) = (phone.now(self.now_us), phone.entropy());
            let step = phone.device.sync(now, entropy);
            let mut request = phone.store(step);
            while let Some(sent) = request {
                let answers = self.serve(vec![self.call(at, sent.clone())])?;
                let (status, body) = answers.into_iter().next().flatten().ok_or("the server died on a quiet day")?;
                let phone = &mut self.phones[at];
                let (now, entropy) = (phone.now(self.now_us), phone.entropy());
                let step = phone.device.response(sent.id, status, &body, now, entropy);
                request = phone.store(step.map_err(|error| format!("a phone cannot sync: {error}"))?);
            }
            let waiting = self.phones[at].device.outbox().count;
            if waiting == 0 && self.phones[at].device.next_sync_us() == 0 {
                return Ok(());
            }
            self.turn_to(self.now_us + HOUR_US);
        }
        let (count, staff) = (self.phones[at].device.outbox().count, self.phones[at].staff);
        Err(format!("{count} operations of staff {staff} cannot be sent, in round {round}"))
    }

    /// Where nothing muddled the work, the counts are those of the world, and the phone shows what the office has.
    fn check_truth(&self) -> Result<(), String> {
        for (person, phone) in self.people.iter().zip(&self.phones) {
            let Person::Enumerator(walk) = person else { continue };
            let ea = walk.world.ea;
            if self.muddled.contains(&ea) {
                continue;
            }
            let counted = self.counts_of(ea)?;
            if counted.0 != walk.dwellings as u64 {
                return Err(format!("area {ea}: {} dwellings were listed, {} count", walk.dwellings, counted.0));
            }
            let persons: u32 = walk.persons.values().sum();
            if counted.1 != u64::from(persons) {
                return Err(format!("area {ea}: {persons} persons were interviewed, {} count", counted.1));
            }
            let refusing = walk.world.dwellings.iter().flat_map(|dwelling| &dwelling.households);
            let refusing: u32 = refusing.filter(|h| h.door == Door::Refuses).map(|h| h.persons).sum();
            let truth = walk.world.truth();
            if counted.1 > truth.persons - u64::from(refusing) {
                return Err(format!("area {ea}: more persons count than live there and answer"));
            }
            for (number, household) in self.model.households_of(ea) {
                let shown = phone.device.response_of(ea, number);
                if shown != Some(household.response) {
                    let response = household.response;
                    let history = self.history(ea, number);
                    return Err(format!(
                        "area {ea}: the phone shows household {number} {shown:?}, it is {response:?}:{history}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// What the journal says about a household, a line an event.
    fn history(&self, ea: AreaId, household: u32) -> String {
        let Some(node) = self.server.node() else { return String::new() };
        let mut history = String::new();
        let _ = node.reader().heads(0, &mut |offset, _, head| {
            let head = event::Head::read(head).map_err(journal::Error::visit)?;
            let about = match &head.fact {
                Some(Fact::SubmissionReceived(act)) => Some(act.household),
                Some(Fact::SubmissionReturned(act) | Fact::SubmissionApproved(act)) => Some(act.household),
                Some(Fact::NonresponseConfirmed(act)) => Some(act.household),
                Some(Fact::HouseholdMerged(act)) => Some(act.household),
                Some(Fact::VisitRecorded(act)) => Some(act.household),
                Some(Fact::LeaseGranted(_) | Fact::LeaseEnded(_)) => Some(household),
                _ => None,
            };
            if head.area() == ea && about == Some(household) {
                let name = head.fact.as_ref().map_or("", |fact| fact.name());
                let verdict = self.model.verdicts.get(offset as usize);
                history +=
                    &format!("\n    {offset} {name} of staff {} number {}: {verdict:?}", head.staff, head.number);
            }
            Ok(())
        });
        history
    }

    fn counts_of(&self, ea: AreaId) -> Result<(u64, u64), String> {
        let node = self.server.node().ok_or("the server is down at the end")?;
        let progress = node.store().progress(ea);
        Ok((progress.dwellings, progress.persons))
    }
}
