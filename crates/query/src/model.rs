//! What the heads and their verdicts say so far: which version of everything counts, and where each household stands.
//!
//! Fold decided what is accepted; this follows its decisions and adds up on its own, so that equal counts on both sides
//! mean something. It is made again from the tables when the folder is opened, so it has no file of its own.

use hashbrown::{HashMap, HashSet};
use roaring::RoaringTreemap;
use types::{AreaId, Occupancy, Offset, Response, Source, Verdict};

use crate::counts::{CountPages, Counts};
use crate::schema::FACTS;

/// What the facts of a submission say, in the order of [`FACTS`].
pub(crate) type Facts = [u16; FACTS.len()];

/// An event as the model needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    pub offset: Offset,
    pub ea: AreaId,
    pub verdict: Verdict,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Dwelling {
        dwelling: u16,
        occupancy: Occupancy,
    },
    Household {
        dwelling: u16,
        household: u16,
    },
    Visit {
        dwelling: u16,
        household: u16,
        outcome: u32,
    },
    Submission {
        case: Case,
        answers: Answers,
    },
    Approved {
        case: Case,
        submission: Offset,
    },
    Returned {
        case: Case,
    },
    Nonresponse {
        household: u16,
        response: Response,
    },
    /// The household is part of another, or with 0 one of its own.
    Merged {
        household: u16,
        into: u16,
    },
    /// A held operation is not to count.
    Dismissed {
        operation: Offset,
    },
    Other,
}

/// A household's form in a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub household: u16,
    pub form: u16,
    pub phase: u16,
}

/// What a submission says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Answers {
    /// The form describes a household (a listing form does not).
    pub main: bool,
    /// Validation found that it needs review.
    pub review: bool,
    pub source: Source,
    /// The first 8 bytes of the random origin, and the number given there: tells later from earlier versions.
    pub origin: u64,
    pub number: u64,
    pub facts: Facts,
}

#[derive(Debug, Default)]
struct Door {
    occupancy: Occupancy,
    listed: Offset,
    visited: bool,
    /// What visits found before a household was listed.
    own: Response,
    /// Households behind it.
    homes: Vec<u16>,
}

#[derive(Debug, Default)]
struct Home {
    dwelling: u16,
    visited: bool,
    merged: bool,
    response: Response,
    /// The case whose answers count for the household: the first that came.
    main: Option<Case>,
    source: Source,
    facts: Facts,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    offset: Offset,
    origin: u64,
    number: u64,
}

#[derive(Debug, Default)]
struct Ea {
    doors: HashMap<u16, Door>,
    homes: HashMap<u16, Home>,
    counted: HashMap<Case, Counted>,
    /// Held submissions: a supervisor may make them count.
    waiting: HashMap<Offset, (Case, Answers)>,
    visits: u64,
    submissions: u64,
    held: u64,
}

/// The state of all enumeration areas.
#[derive(Debug, Default)]
pub(crate) struct Model {
    eas: HashMap<AreaId, Ea>,
    changed: HashSet<AreaId>,
    pages: CountPages,
    /// Offsets of events whose rows do not count.
    pub dead: RoaringTreemap,
    /// They are others than when this was last set to `false`.
    pub dead_changed: bool,
}

impl Model {
    /// Takes in an event. `flipped` hears every event whose rows begin or cease to count.
    pub fn apply(&mut self, told: &Told, mut flipped: impl FnMut(Offset, bool)) {
        let ea = self.eas.entry(told.ea).or_default();
        self.changed.insert(told.ea);
        let (dead, dead_changed) = (&mut self.dead, &mut self.dead_changed);
        let mut flip = |offset: Offset, counts: bool| {
            let changed = if counts { dead.remove(offset) } else { dead.insert(offset) };
            *dead_changed |= changed;
            if changed {
                flipped(offset, counts);
            }
        };
        if told.verdict != Verdict::Accepted {
            ea.held += 1;
            if let What::Submission { case, answers } = told.what {
                ea.waiting.insert(told.offset, (case, answers));
            }
            return flip(told.offset, false);
        }
        match told.what {
            What::Dwelling { dwelling, occupancy } => {
                let before = ea.list_dwelling(dwelling, occupancy, told.offset);
                before.into_iter().for_each(|before| flip(before, false));
            }
            What::Household { dwelling, household } => ea.list_household(dwelling, household),
            What::Visit { dwelling, household, outcome } => ea.visit(dwelling, household, outcome),
            What::Submission { case, answers } => {
                ea.submissions += 1;
                let now = Counted { offset: told.offset, origin: answers.origin, number: answers.number };
                match ea.counted.get(&case) {
                    // An earlier version that arrived after a later one is kept, and does not count.
                    Some(later) if later.origin == now.origin && later.number > now.number => {
                        return flip(told.offset, false);
                    }
                    Some(before) => flip(before.offset, false),
                    None => {}
                }
                ea.counted.insert(case, now);
                ea.answered(case, answers, None);
            }
            What::Approved { case, submission } => ea.approve(case, submission, flip),
            What::Returned { case } => {
                if let Some(home) = ea.homes.get_mut(&case.household).filter(|home| home.main == Some(case)) {
                    home.response = Response::Returned;
                }
            }
            What::Nonresponse { household, response } => {
                if let Some(home) = ea.homes.get_mut(&household) {
                    home.response = response;
                }
            }
            What::Merged { household, into } => {
                if let Some(home) = ea.homes.get_mut(&household) {
                    home.merged = into != 0;
                }
            }
            What::Dismissed { operation } => {
                ea.waiting.remove(&operation);
                ea.held = ea.held.saturating_sub(1);
            }
            What::Other => {}
        }
    }

    /// The counters after everything taken in so far; cheap to keep. An operation may name an area that does not exist:
    /// what is not below `areas` is left out.
    pub fn counts(&mut self, areas: u32) -> CountPages {
        for ea in self.changed.drain().filter(|ea| ea.0 < areas) {
            if let Some(state) = self.eas.get(&ea) {
                self.pages.set(ea, state.counts());
            }
        }
        self.pages.clone()
    }
}

impl Ea {
    fn list_dwelling(&mut self, dwelling: u16, occupancy: Occupancy, offset: Offset) -> Option<Offset> {
        match self.doors.get_mut(&dwelling) {
            Some(door) => {
                door.occupancy = occupancy;
                Some(std::mem::replace(&mut door.listed, offset))
            }
            None => {
                self.doors.insert(dwelling, Door { occupancy, listed: offset, ..Door::default() });
                None
            }
        }
    }

    fn list_household(&mut self, dwelling: u16, household: u16) {
        if self.homes.contains_key(&household) {
            return;
        }
        let door = self.doors.entry(dwelling).or_default();
        // What visits found at a door without a known household is what is known of the first household behind it.
        let response = if door.homes.is_empty() { door.own } else { Response::NotStarted };
        door.homes.push(household);
        self.homes.insert(household, Home { dwelling, response, ..Home::default() });
    }

    fn visit(&mut self, dwelling: u16, household: u16, outcome: u32) {
        self.visits += 1;
        let door = self.doors.entry(dwelling).or_default();
        door.visited = true;
        let one = [household];
        let about = match household {
            0 => {
                door.own = after(door.own, outcome);
                &door.homes
            }
            _ => &one[..],
        };
        for household in about {
            let Some(home) = self.homes.get_mut(household) else { continue };
            home.visited = true;
            if home.main.is_none() {
                home.response = after(home.response, outcome);
            }
        }
    }

    /// The household's answers are these now. `response` is what the office decided, if it did.
    fn answered(&mut self, case: Case, answers: Answers, response: Option<Response>) {
        let home = self.homes.entry(case.household).or_default();
        if !answers.main || home.main.is_some_and(|main| main != case) {
            return;
        }
        // What replaces a decision of the office waits for another.
        let decided = match home.main {
            Some(_) => home.response == Response::Approved,
            None => matches!(home.response, Response::RefusedFinal | Response::NonContactFinal),
        };
        let received = if answers.review || decided { Response::NeedsReview } else { Response::Complete };
        home.response = response.unwrap_or(received);
        (home.main, home.source, home.facts) = (Some(case), answers.source, answers.facts);
    }

    fn approve(&mut self, case: Case, submission: Offset, mut flip: impl FnMut(Offset, bool)) {
        if self.counted.get(&case).is_some_and(|counted| counted.offset == submission) {
            if let Some(home) = self.homes.get_mut(&case.household).filter(|home| home.main == Some(case)) {
                home.response = Response::Approved;
            }
            return;
        }
        let Some((case, answers)) = self.waiting.remove(&submission) else { return };
        self.held = self.held.saturating_sub(1);
        self.submissions += 1;
        let now = Counted { offset: submission, origin: answers.origin, number: answers.number };
        if let Some(before) = self.counted.insert(case, now) {
            flip(before.offset, false);
        }
        flip(submission, true);
        self.answered(case, answers, Some(Response::Approved));
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts {
            eas_listed: u64::from(!self.doors.is_empty()),
            dwellings: self.doors.len() as u64,
            visits: self.visits,
            submissions: self.submissions,
            held: self.held,
            held_submissions: self.waiting.len() as u64,
            ..Counts::default()
        };
        for door in self.doors.values() {
            counts.occupancy[door.occupancy as usize] += 1;
            let answered = |home| self.homes.get(home).is_some_and(|home| home.main.is_some());
            counts.dwellings_visited += u64::from(door.visited || door.homes.iter().any(answered));
        }
        for home in self.homes.values() {
            let lived_in = self.doors.get(&home.dwelling).is_some_and(|door| lived_in(door.occupancy));
            if home.merged || (home.main.is_none() && !lived_in) {
                continue;
            }
            counts.households += 1;
            counts.households_visited += u64::from(home.visited || home.main.is_some());
            counts.response[home.response as usize] += 1;
            if home.main.is_some() {
                counts.source[home.source as usize] += 1;
                counts.facts.iter_mut().zip(home.facts).for_each(|(sum, fact)| *sum += u64::from(fact));
            }
        }
        counts
    }
}

/// Where a household without answers stands after a visit. An appointment softens a refusal; finding nobody does not.
fn after(response: Response, outcome: u32) -> Response {
    match (response, outcome) {
        (Response::NotStarted | Response::CallBack | Response::Refused, 4) => Response::Refused,
        (Response::NotStarted | Response::CallBack | Response::Refused, 3) => Response::CallBack,
        (Response::NotStarted | Response::CallBack, 2 | 5 | 6) => Response::CallBack,
        (other, _) => other,
    }
}

/// Whether a household is expected behind the door.
fn lived_in(occupancy: Occupancy) -> bool {
    matches!(occupancy, Occupancy::Unknown | Occupancy::Occupied | Occupancy::HouseholdAbsent)
}
