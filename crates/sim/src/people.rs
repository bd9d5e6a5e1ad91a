//! What people do with their phones: an enumerator walks an area, a supervisor reviews a village.

use std::collections::BTreeMap;

use device::{Decision, Listing, NewHousehold, Submission, Visit};
use fleet::world::{Door, EnumerationArea, Household};
use rand::Rng;
use rand::seq::IndexedRandom;
use types::{AreaId, HouseholdKey, Occupancy, Response, Source};

use crate::office::{HOUSEHOLD, OFFICE, PHASE};
use crate::phone::Phone;

/// Codes of [`event::operation::RecordVisit::outcome`].
const NOBODY_HOME: u32 = 2;
const REFUSED: u32 = 4;
/// Visits before a neighbour is asked.
const VISITS_MAX: u32 = 3;

/// A household as its enumerator knows it.
#[derive(Clone, Debug)]
struct Doorbell {
    dwelling: u32,
    number: u32,
    household: Household,
    visits: u32,
    /// Interviewed, by this person.
    done: bool,
}

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Person {
    /// Works one enumeration area.
    Enumerator(Walk),
    /// Reviews these enumeration areas.
    Supervisor(Vec<AreaId>),
}

/// An enumerator's way through an area.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The truth about the area.
    pub world: EnumerationArea,
    /// How many of its dwellings this person has listed.
    listed: usize,
    doors: Vec<Doorbell>,
    /// Persons of the households this person has interviewed, last version each, by household number.
    pub persons: BTreeMap<u32, u32>,
    /// Dwellings listed and shown as finished.
    pub dwellings: usize,
}

impl Walk {
    /// At the first door.
    pub fn new(world: EnumerationArea) -> Walk {
        Walk { world, listed: 0, doors: Vec::new(), persons: BTreeMap::new(), dwellings: 0 }
    }

    /// Somebody takes over where another stood: they know the doors and find out the rest.
    pub fn taken_over(&self) -> Walk {
        let doors = self.doors.iter().map(|door| Doorbell { visits: 0, done: false, ..door.clone() }).collect();
        Walk { doors, persons: BTreeMap::new(), dwellings: 0, ..self.clone() }
    }
}

impl Person {
    /// Does the next thing, if there is one to do and the phone knows enough. False when there was nothing.
    pub fn act(&mut self, phone: &mut Phone, now_us: i64) -> Result<bool, String> {
        match self {
            Person::Enumerator(walk) => walk.act(phone, now_us),
            Person::Supervisor(eas) => review(eas, phone, now_us),
        }
    }
}

impl Walk {
    fn act(&mut self, phone: &mut Phone, now_us: i64) -> Result<bool, String> {
        let ea = self.world.ea;
        if !phone.device.eas_known().any(|known| known == ea) || phone.device.enrolment().is_none() {
            return Ok(false);
        }
        if self.listed < self.world.dwellings.len() {
            return self.list(phone, now_us).map(|()| true);
        }
        if phone.rng().random_bool(0.03) {
            return self.correct(phone, now_us).map(|()| true);
        }
        let open = |door: &Doorbell| {
            let response = phone.device.response_of(ea, door.number);
            response == Some(Response::Returned) || !door.done && !settled(response)
        };
        match self.doors.iter().position(open) {
            Some(at) => self.knock(at, phone, now_us).map(|()| true),
            None => Ok(false),
        }
    }

    fn list(&mut self, phone: &mut Phone, now_us: i64) -> Result<(), String> {
        let dwelling = &self.world.dwellings[self.listed];
        let listing = Listing {
            ea: self.world.ea,
            building: dwelling.building,
            kind: dwelling.kind,
            occupancy: dwelling.occupancy,
            households: dwelling.households.len() as u32,
            ..Listing::default()
        };
        let (now, entropy) = (phone.now(now_us), phone.entropy());
        let done = phone.device.list_dwelling(&listing, now, entropy);
        let Some(finished) = phone.finish(done)? else { return Ok(()) };
        for (number, household) in finished.households.iter().zip(&dwelling.households) {
            let (number, household) = (*number, household.clone());
            self.doors.push(Doorbell { dwelling: finished.dwelling, number, household, visits: 0, done: false });
        }
        self.listed += 1;
        self.dwellings += 1;
        Ok(())
    }

    /// Second thoughts: a dwelling is described again, or answers are given again.
    fn correct(&mut self, phone: &mut Phone, now_us: i64) -> Result<(), String> {
        let Some(door) = self.doors.choose(phone.rng()).cloned() else { return Ok(()) };
        if self.persons.contains_key(&door.number) && phone.rng().random_bool(0.5) {
            return self.submit(&door, Source::Telephone, phone, now_us).map(|_| ());
        }
        let listing = Listing {
            ea: self.world.ea,
            dwelling: Some(door.dwelling),
            kind: 1,
            occupancy: Occupancy::Occupied,
            ..Listing::default()
        };
        let (now, entropy) = (phone.now(now_us), phone.entropy());
        let done = phone.device.list_dwelling(&listing, now, entropy);
        phone.finish(done).map(|_| ())
    }

    fn knock(&mut self, at: usize, phone: &mut Phone, now_us: i64) -> Result<(), String> {
        let door = self.doors[at].clone();
        self.doors[at].visits += 1;
        let nobody = match door.household.door {
            Door::Opens => None,
            Door::OpensAfter(times) if door.visits >= times => None,
            Door::Proxy if door.visits + 1 >= VISITS_MAX => None,
            Door::Refuses => Some(REFUSED),
            Door::OpensAfter(_) | Door::Proxy => Some(NOBODY_HOME),
        };
        if let Some(outcome) = nobody {
            // Now and then the door as a whole is what was visited.
            let household = if phone.rng().random_bool(0.2) { 0 } else { door.number };
            let visit = Visit { ea: self.world.ea, dwelling: door.dwelling, household, outcome, at_us: None };
            let (now, entropy) = (phone.now(now_us), phone.entropy());
            let done = phone.device.record_visit(&visit, now, entropy);
            phone.finish(done)?;
            // A refusal is the supervisor's to settle.
            self.doors[at].done |= outcome == REFUSED && door.visits + 1 >= VISITS_MAX;
            return Ok(());
        }
        let source = if door.household.door == Door::Proxy { Source::Proxy } else { Source::InPerson };
        if !self.submit(&door, source, phone, now_us)? {
            return Ok(());
        }
        self.doors[at].done = true;
        // Noticed at the first interview.
        if let Some(behind) = door.household.behind.as_ref().filter(|_| !door.done) {
            let new = NewHousehold {
                ea: self.world.ea,
                dwelling: door.dwelling,
                split_from: door.number,
                ..NewHousehold::default()
            };
            let (now, entropy) = (phone.now(now_us), phone.entropy());
            let done = phone.device.list_household(&new, now, entropy);
            if let Some(finished) = phone.finish(done)? {
                let (number, household) = (finished.households[0], (**behind).clone());
                self.doors.push(Doorbell { dwelling: door.dwelling, number, household, visits: 0, done: false });
            }
        }
        Ok(())
    }

    fn submit(&mut self, door: &Doorbell, source: Source, phone: &mut Phone, now_us: i64) -> Result<bool, String> {
        // Few have a name to seal: sealing is slow, and is not what is looked at here.
        let head = if phone.rng().random_bool(0.02) { "Wang Fang" } else { "" };
        // A slip now and then: more men than persons must wait for a review.
        let slip = u32::from(phone.rng().random_bool(0.02));
        let males = door.household.persons / 2 + slip * door.household.persons;
        let (sheet, outcome) = OFFICE.answers(door.household.persons, males, head);
        let submission = Submission {
            ea: self.world.ea,
            household: door.number,
            form: HOUSEHOLD,
            version: 1,
            phase: PHASE,
            source,
            started_us: phone.now(now_us).us,
            outcome,
            sheet,
            ..Submission::default()
        };
        let (now, entropy) = (phone.now(now_us), phone.entropy());
        let done = phone.device.submit(&submission, now, entropy);
        let finished = phone.finish(done)?.is_some();
        if finished {
            self.persons.insert(door.number, door.household.persons);
        }
        Ok(finished)
    }
}

fn settled(response: Option<Response>) -> bool {
    use Response::{Approved, Complete, NeedsReview, NonContactFinal, RefusedFinal};
    matches!(response, Some(Complete | NeedsReview | Approved | RefusedFinal | NonContactFinal))
}

/// A supervisor looks at one area and decides about what is there.
fn review(eas: &[AreaId], phone: &mut Phone, now_us: i64) -> Result<bool, String> {
    let Some(ea) = eas.choose(phone.rng()).copied() else { return Ok(false) };
    let Some(page) = phone.device.page(ea) else { return Ok(false) };
    let households = page.dwellings.iter().flat_map(|dwelling| &dwelling.households);
    let due: Vec<_> = households
        .filter(|h| match h.response {
            Response::Complete => h.submission > 0,
            Response::NeedsReview => h.submission > 0,
            Response::Refused | Response::CallBack => h.visits >= VISITS_MAX,
            _ => false,
        })
        .map(|h| (h.household, h.response, h.submission))
        .collect();
    let Some(&(household, response, submission)) = due.choose(phone.rng()) else { return Ok(false) };
    let household = HouseholdKey { ea, household: household as u16 };
    let decision =
        Decision { household, form: HOUSEHOLD, phase: PHASE, reason: 1, submission, marks: vec!["/d2".to_owned()] };
    let (now, entropy) = (phone.now(now_us), phone.entropy());
    let back = phone.rng().random_bool(0.2);
    let done = match response {
        Response::Refused => phone.device.confirm_nonresponse(household, Response::RefusedFinal, now, entropy),
        Response::CallBack => phone.device.confirm_nonresponse(household, Response::NonContactFinal, now, entropy),
        _ if back => phone.device.return_(&decision, now, entropy),
        _ => phone.device.approve(&decision, now, entropy),
    };
    phone.finish(done)?;
    Ok(true)
}
