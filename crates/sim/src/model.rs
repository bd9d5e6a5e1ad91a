//! What the journal's events come to, worked out again in the plainest way: maps, and everything added up from scratch.
//! Shares no code with `fold` and `store`; it knows the events that a simulation brings about, and says so of others.

use std::collections::{BTreeMap, BTreeSet};

use event::head::{Fact, SubmissionReceived};
use event::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, RecordVisit, Review};
use event::{Digest, Head};
use types::{AreaId, Held, Occupancy, OperationId, Outcome, Response, Role, Source, Verdict};

mod counts;
mod merge;
mod rights;

pub use counts::Counts;

/// A dwelling.
#[derive(Clone, Debug)]
struct Dwelling {
    origin: Vec<u8>,
    lease: u32,
    occupancy: Occupancy,
    /// What visits to the dwelling as a whole found.
    own: Response,
}

/// A submission that counts.
#[derive(Clone, Debug)]
struct Counted {
    offset: u64,
    origin: Vec<u8>,
    number: u64,
    lease: u32,
}

/// A household.
#[derive(Clone, Debug)]
pub struct Household {
    dwelling: u32,
    /// Where its form stands.
    pub response: Response,
    source: Source,
    counted: Option<Counted>,
    persons: u64,
    males: u64,
    /// The household it is part of; 0 when it is one of its own.
    pub merged_into: u32,
}

#[derive(Clone, Debug)]
struct HeldSubmission {
    ea: u32,
    household: u32,
    counted: Counted,
    source: Source,
    persons: u64,
    males: u64,
}

#[derive(Clone, Debug)]
struct Lease {
    number: u32,
    staff: u32,
}

/// The census as the events make it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What each event came to, by offset.
    pub verdicts: Vec<(Verdict, Held)>,
    census: u64,
    parents: BTreeMap<u32, Option<u32>>,
    posts: BTreeMap<u32, (Role, u32)>,
    revoked: BTreeMap<u32, bool>,
    leases: BTreeMap<u32, Vec<Lease>>,
    ended: BTreeSet<u32>,
    opened: BTreeMap<u32, bool>,
    dwellings: BTreeMap<(u32, u32), Dwelling>,
    households: BTreeMap<(u32, u32), Household>,
    held_submissions: BTreeMap<u64, HeldSubmission>,
    /// Waiting for a person, by offset: where, and whether it is a submission.
    pub held: BTreeMap<u64, (u32, bool)>,
    visits: BTreeMap<u32, u64>,
    submissions: BTreeMap<u32, u64>,
    /// By operation, the digests that came under its id.
    operations: BTreeMap<OperationId, Vec<Digest>>,
}

type Decision = Result<(), Held>;

fn number(given: u32) -> Result<u32, Held> {
    if (1..=65_535).contains(&given) { Ok(given) } else { Err(Held::Malformed) }
}

fn after(response: Response, outcome: u32) -> Response {
    use Response::{CallBack, NotStarted, Refused};
    match (outcome, response) {
        (4, NotStarted | CallBack | Refused) => Refused,
        (3, NotStarted | CallBack | Refused) | (2 | 5 | 6, NotStarted | CallBack) => CallBack,
        _ => response,
    }
}

fn status(outcome: u32, decided: bool) -> Response {
    let clean = outcome == Outcome::Clean.code() || outcome == Outcome::Warned.code();
    if clean && !decided { Response::Complete } else { Response::NeedsReview }
}

impl Model {
    /// Takes the next event.
    ///
    /// # Errors
    /// When an operation stands in the journal twice, or the event is of a kind no simulation brings about.
    pub fn take(&mut self, head: &Head) -> Result<(), String> {
        let offset = self.verdicts.len() as u64;
        let fact = head.fact.as_ref().ok_or("an event without a fact")?;
        let deposited = matches!(fact, Fact::OperationDeposited(_));
        let mut conflict = false;
        if let Some(id) = head.operation() {
            let digest = Digest::try_from(head.digest.as_slice()).map_err(|_| "an operation without a digest")?;
            let known = self.operations.entry(id).or_default();
            if known.contains(&digest) {
                return Err(format!("operation {id} stands in the journal twice, again at offset {offset}"));
            }
            conflict = !known.is_empty();
            known.push(digest);
        }
        let decision = if conflict {
            Err(Held::Not)
        } else if head.operation().is_some() && head.census != 0 && head.census != self.census && !deposited {
            Err(Held::WrongCensus)
        } else {
            self.decide(offset, head, fact)?
        };
        let verdict = match decision {
            Ok(()) => (Verdict::Accepted, Held::Not),
            Err(Held::Not) => (Verdict::IdConflict, Held::Not),
            Err(held) => (Verdict::Held, held),
        };
        self.verdicts.push(verdict);
        if decision.is_err() && (head.operation().is_some() || deposited) {
            self.held.insert(offset, (head.area, matches!(fact, Fact::SubmissionReceived(_))));
        }
        Ok(())
    }

    fn decide(&mut self, offset: u64, head: &Head, fact: &Fact) -> Result<Decision, String> {
        Ok(match fact {
            Fact::CensusDefined(census) => {
                self.census = census.id;
                Ok(())
            }
            Fact::AreasDefined(defined) => {
                for area in &defined.areas {
                    self.parents.insert(area.id, area.parent_plus_1.checked_sub(1));
                    for ea in area.eas_first..area.eas_first + area.eas {
                        self.parents.insert(ea, Some(area.id));
                    }
                }
                Ok(())
            }
            Fact::StaffEnrolled(staff) => {
                self.posts.insert(staff.staff, (Role::from_code(staff.role), staff.area));
                Ok(())
            }
            Fact::DeviceRegistered(device) => {
                self.revoked.insert(device.device, false);
                Ok(())
            }
            Fact::DeviceRevoked(device) => {
                self.revoked.insert(device.device, true);
                Ok(())
            }
            Fact::PhaseOpened(_) => {
                self.opened.insert(head.area, true);
                Ok(())
            }
            Fact::PhaseClosed(_) => {
                self.opened.insert(head.area, false);
                Ok(())
            }
            Fact::LeaseGranted(lease) => {
                let leases = self.leases.entry(head.area).or_default();
                if lease.lease != leases.last().map_or(0, |last| last.number) + 1 {
                    return Ok(Err(Held::StaleLease));
                }
                leases.push(Lease { number: lease.lease, staff: lease.staff });
                self.ended.remove(&head.area);
                Ok(())
            }
            Fact::LeaseEnded(lease) => {
                if self.leases.get(&head.area).and_then(|leases| leases.last()).map(|last| last.number)
                    != Some(lease.lease)
                {
                    return Ok(Err(Held::StaleLease));
                }
                self.ended.insert(head.area);
                Ok(())
            }
            Fact::LetterIssued(_)
            | Fact::FormPublished(_)
            | Fact::FormReread(_)
            | Fact::RulesActivated(_)
            | Fact::BodyErased(_) => Ok(()),
            Fact::DwellingListed(act) => self.list_dwelling(head, act),
            Fact::HouseholdListed(act) => self.list_household(head, act),
            Fact::VisitRecorded(act) => self.visit(head, act),
            Fact::SubmissionReceived(act) => self.submit(offset, head, act),
            Fact::SubmissionReturned(act) => self.review(head, act, Response::Returned),
            Fact::SubmissionApproved(act) => self.review(head, act, Response::Approved),
            Fact::NonresponseConfirmed(act) => self.confirm(head, act),
            Fact::HouseholdMerged(act) => self.merge(head, act),
            Fact::OperationDeposited(act) if !act.conflict => Err(Held::from_code(act.held).unwrap_or(Held::Malformed)),
            other => return Err(format!("`{}` at offset {offset}: no simulation does that", other.name())),
        })
    }

    fn list_dwelling(&mut self, head: &Head, act: &ListDwelling) -> Decision {
        let key = (head.area, number(act.dwelling)?);
        let occupancy = Occupancy::from_code(act.occupancy).ok_or(Held::Malformed)?;
        self.field_work(head)?;
        let old = self.dwellings.get(&key).cloned();
        if old.as_ref().is_some_and(|old| old.origin != head.origin && (old.lease != head.lease || head.lease == 0)) {
            return Err(Held::NumberTaken);
        }
        let elsewhere = |household: &u32| {
            self.households.get(&(head.area, *household)).is_some_and(|known| known.dwelling != act.dwelling)
        };
        if act.households.iter().any(elsewhere) {
            return Err(Held::NumberTaken);
        }
        let own = old.map_or(Response::NotStarted, |old| old.own);
        let dwelling = Dwelling { origin: head.origin.clone(), lease: head.lease, occupancy, own };
        self.dwellings.insert(key, dwelling);
        for household in &act.households {
            self.add_household(head.area, *household, act.dwelling, own);
        }
        Ok(())
    }

    fn add_household(&mut self, ea: u32, household: u32, dwelling: u32, response: Response) {
        self.households.entry((ea, household)).or_insert(Household {
            dwelling,
            response,
            source: Source::None,
            counted: None,
            persons: 0,
            males: 0,
            merged_into: 0,
        });
    }

    fn list_household(&mut self, head: &Head, act: &ListHousehold) -> Decision {
        let (household, dwelling) = (number(act.household)?, number(act.dwelling)?);
        self.field_work(head)?;
        let own = self.dwellings.get(&(head.area, dwelling)).ok_or(Held::NotListed)?.own;
        if let Some(known) = self.households.get(&(head.area, household)) {
            return if known.dwelling == dwelling { Ok(()) } else { Err(Held::NumberTaken) };
        }
        let alone = !self.households.iter().any(|((ea, _), known)| *ea == head.area && known.dwelling == dwelling);
        self.add_household(head.area, household, dwelling, if alone { own } else { Response::NotStarted });
        Ok(())
    }

    fn visit(&mut self, head: &Head, act: &RecordVisit) -> Decision {
        if !(1..=6).contains(&act.outcome) {
            return Err(Held::Malformed);
        }
        let dwelling = number(act.dwelling)?;
        self.field_work(head)?;
        let home = self.dwellings.get_mut(&(head.area, dwelling)).ok_or(Held::NotListed)?;
        if act.household > 0 {
            let household = self.households.get_mut(&(head.area, number(act.household)?));
            let household = household.filter(|known| known.dwelling == dwelling).ok_or(Held::NotListed)?;
            if household.counted.is_none() {
                household.response = after(household.response, act.outcome);
            }
        } else {
            home.own = after(home.own, act.outcome);
            let inside = self.households.range_mut((head.area, 0)..=(head.area, u32::MAX)).map(|(_, known)| known);
            for household in inside.filter(|known| known.dwelling == dwelling && known.counted.is_none()) {
                household.response = after(household.response, act.outcome);
            }
        }
        *self.visits.entry(head.area).or_default() += 1;
        Ok(())
    }

    fn submit(&mut self, offset: u64, head: &Head, act: &SubmissionReceived) -> Decision {
        let household = number(act.household)?;
        let source = Source::from_code(act.source).ok_or(Held::Malformed)?;
        let fact = |at: usize| act.facts.get(at).map_or(0, |fact| (*fact).clamp(0, 65_535) as u64);
        let counted = Counted { offset, origin: head.origin.clone(), number: head.number, lease: head.lease };
        let (persons, males) = (fact(0), fact(1));
        let decision = self.count(head, act, household, &counted, source, (persons, males));
        if decision.is_err() && decision != Err(Held::UnknownArea) {
            let held = HeldSubmission { ea: head.area, household, counted, source, persons, males };
            self.held_submissions.insert(offset, held);
        }
        decision
    }

    fn count(
        &mut self,
        head: &Head,
        act: &SubmissionReceived,
        household: u32,
        counted: &Counted,
        source: Source,
        (persons, males): (u64, u64),
    ) -> Decision {
        let current = self.field_work(head)?;
        let open = self.upwards(head.area).find_map(|area| self.opened.get(&area)).copied().unwrap_or(false);
        if !open {
            return Err(Held::PhaseClosed);
        }
        let known = self.households.get_mut(&(head.area, household)).ok_or(Held::NotListed)?;
        if known.merged_into != 0 {
            return Err(Held::Merged);
        }
        let response = match &known.counted {
            Some(first) if first.origin == counted.origin => {
                if first.number > counted.number {
                    // A later version is here already.
                    *self.submissions.entry(head.area).or_default() += 1;
                    return Ok(());
                }
                status(act.outcome, known.response == Response::Approved)
            }
            Some(_) if current && known.response == Response::Returned => status(act.outcome, false),
            Some(first) if !current && first.lease > counted.lease => return Err(Held::StaleLease),
            Some(_) => return Err(Held::SecondInterview),
            None => {
                let settled = matches!(known.response, Response::RefusedFinal | Response::NonContactFinal);
                status(act.outcome, settled)
            }
        };
        let dwelling = known.dwelling;
        *known =
            Household { dwelling, response, source, counted: Some(counted.clone()), persons, males, merged_into: 0 };
        *self.submissions.entry(head.area).or_default() += 1;
        Ok(())
    }

    fn review(&mut self, head: &Head, act: &Review, to: Response) -> Decision {
        self.overseen(head)?;
        let key = (head.area, number(act.household)?);
        let known = self.households.get_mut(&key).ok_or(Held::NotListed)?;
        if known.counted.as_ref().is_some_and(|counted| counted.offset == act.submission) {
            return match known.response {
                now if now == to => Ok(()),
                Response::Complete | Response::NeedsReview => {
                    known.response = to;
                    Ok(())
                }
                _ => Err(Held::Malformed),
            };
        }
        let held = self.held_submissions.get(&act.submission).filter(|held| (held.ea, held.household) == key);
        let held = held.filter(|_| to == Response::Approved).ok_or(Held::SecondInterview)?.clone();
        if known.merged_into != 0 {
            return Err(Held::Merged);
        }
        let HeldSubmission { counted, source, persons, males, .. } = held;
        let dwelling = known.dwelling;
        *known = Household { dwelling, response: to, source, counted: Some(counted), persons, males, merged_into: 0 };
        self.held_submissions.remove(&act.submission);
        self.held.remove(&act.submission);
        *self.submissions.entry(head.area).or_default() += 1;
        Ok(())
    }

    fn confirm(&mut self, head: &Head, act: &ConfirmNonresponse) -> Decision {
        let household = number(act.household)?;
        let asked = Response::from_code(act.response).ok_or(Held::Malformed)?;
        self.overseen(head)?;
        let known = self.households.get_mut(&(head.area, household)).ok_or(Held::NotListed)?;
        match (known.response, asked) {
            _ if known.merged_into != 0 => Err(Held::Merged),
            _ if known.counted.is_some() => Err(Held::SecondInterview),
            (now, asked) if now == asked => Ok(()),
            (Response::Refused, Response::RefusedFinal) | (Response::CallBack, Response::NonContactFinal) => {
                known.response = asked;
                Ok(())
            }
            _ => Err(Held::Malformed),
        }
    }

    /// The households of an enumeration area, by number.
    pub fn households_of(&self, ea: AreaId) -> impl Iterator<Item = (u32, &Household)> {
        self.households.range((ea.0, 0)..=(ea.0, u32::MAX)).map(|((_, number), known)| (*number, known))
    }

    /// Held submissions of households: offset, area, household.
    pub fn held_submissions(&self) -> impl Iterator<Item = (u64, AreaId, u32)> {
        self.held_submissions.iter().map(|(offset, held)| (*offset, AreaId(held.ea), held.household))
    }
}
