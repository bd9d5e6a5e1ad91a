//! A small world and a language for scenarios in it.
//!
//! Areas: nation 0 holds north 1 and south 2; enumeration areas 3 and 4 lie in north, 5 and 6 in south. Phase 1 is open
//! everywhere with form 1 (household). Ana and Ben are enumerators, Sue supervises north, Adam administers the nation.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::HashMap;

use event::head::{
    AreaDefined, AreasDefined, CensusDefined, DeviceRegistered, DeviceRevoked, FormPublished, LeaseEnded, LeaseGranted,
    PhaseClosed, PhaseOpened, StaffEnrolled, SubmissionReceived,
};
use event::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, MergeHousehold, RecordVisit, Review};
use event::{Fact, Head};
use store::Store;
use types::{AreaId, Occupancy, Offset, Time, Verdict};

pub const CENSUS: u64 = 0xC0FFEE;

/// A person with a phone.
#[derive(Clone, Debug)]
pub struct Person {
    pub staff: u32,
    pub device: u32,
    pub origin: u8,
    pub number: u64,
    pub leases: HashMap<u32, u32>,
}

/// A store, the events it took, and the people in the field.
pub struct World {
    pub store: Store,
    pub heads: Vec<Head>,
    pub people: HashMap<&'static str, Person>,
    labels: HashMap<String, Offset>,
    origins: u8,
}

pub const NAMES: [&str; 4] = ["ana", "ben", "sue", "adam"];

pub fn time(offset: Offset) -> Time {
    Time(1_000_000 * (offset as i64 / 10))
}

impl World {
    pub fn new() -> World {
        let people = NAMES.iter().zip(1u32..).map(|(name, number)| {
            let leases = HashMap::new();
            (*name, Person { staff: 10 * number, device: number, origin: number as u8, number: 0, leases })
        });
        let people = people.collect();
        let mut world = World {
            store: Store::new(),
            heads: Vec::new(),
            people,
            labels: HashMap::new(),
            origins: NAMES.len() as u8,
        };
        world.found();
        world
    }

    fn found(&mut self) {
        let census = CensusDefined { id: CENSUS, time_zone: "Asia/Shanghai".into(), ..Default::default() };
        self.admin(0, Fact::CensusDefined(census));
        let area = |id: u32, parent: Option<u32>, level: u32, eas: u32, eas_first: u32| AreaDefined {
            id,
            parent_plus_1: parent.map_or(0, |parent| parent + 1),
            level,
            code: format!("A{id}"),
            eas,
            eas_first,
            ..Default::default()
        };
        let areas = vec![area(0, None, 0, 0, 0), area(1, Some(0), 1, 2, 3), area(2, Some(0), 1, 2, 5)];
        self.admin(0, Fact::AreasDefined(AreasDefined { areas }));
        let facts = ["persons", "male", "female", "births"].map(str::to_owned).to_vec();
        let form = FormPublished { form: 1, version: 1, name: "short".into(), purpose: 2, facts };
        self.admin(0, Fact::FormPublished(form.clone()));
        self.admin(0, Fact::FormPublished(FormPublished { form: 2, name: "long".into(), ..form }));
        self.admin(0, Fact::PhaseOpened(PhaseOpened { phase: 1, names: Vec::new(), forms: vec![1] }));
        for (name, role, area) in [("ana", 3, 0), ("ben", 3, 0), ("sue", 2, 1), ("adam", 1, 0)] {
            let Person { staff, device, .. } = self.people[name].clone();
            let post = StaffEnrolled { staff, role, area, name: name.into(), login: name.into(), ..Default::default() };
            self.admin(area, Fact::StaffEnrolled(post));
            let signing_key = vec![device as u8; 32];
            self.admin(
                area,
                Fact::DeviceRegistered(DeviceRegistered { device, staff, signing_key, letter: Vec::new() }),
            );
        }
        for head in &self.heads {
            assert!(fold::known(head).is_ok());
        }
    }

    pub fn take(&mut self, head: Head) -> fold::Applied {
        let offset = self.store.next_offset();
        let applied = self.store.apply(offset, time(offset), &head);
        self.heads.push(head);
        applied
    }

    pub fn admin(&mut self, area: u32, fact: Fact) -> fold::Applied {
        self.take(Head::of(AreaId(area), types::StaffId(0), fact))
    }

    /// Something a person did in the office, without a device.
    pub fn desk(&mut self, who: &str, area: u32, fact: Fact) -> fold::Applied {
        let head = Head::of(AreaId(area), types::StaffId(self.people[who].staff), fact);
        let (number, digest) = (self.heads.len() as u64 + 1, vec![self.heads.len() as u8; 32]);
        self.take(Head { origin: vec![0xDE; 16], number, digest, ..head })
    }

    /// An operation of a person, numbered and digested, not yet taken in.
    pub fn operation(&mut self, who: &str, ea: u32, fact: Fact) -> Head {
        let person = self.people.get_mut(who).unwrap_or_else(|| panic!("nobody is called {who}"));
        person.number += 1;
        let mut head = Head {
            origin: vec![person.origin; 16],
            number: person.number,
            staff: person.staff,
            device: person.device,
            area: ea,
            lease: person.leases.get(&ea).copied().unwrap_or(0),
            census: CENSUS,
            fact: Some(fact),
            ..Head::default()
        };
        head.digest = event::operation::digest(&event::Protobuf::encode_to_vec(&head)).to_vec();
        head
    }

    pub fn grant(&mut self, ea: u32, who: &str) -> fold::Applied {
        let lease = self.store.lease_last(AreaId(ea)) + 1;
        let person = self.people.get_mut(who).expect("somebody known");
        person.leases.insert(ea, lease);
        let staff = person.staff;
        self.admin(ea, Fact::LeaseGranted(LeaseGranted { lease, staff }))
    }

    /// Runs one line; gives the verdict in words.
    fn line(&mut self, line: &str) -> String {
        let (label, line) = match line.split_once(": ") {
            Some((label, line)) => (Some(label.to_owned()), line),
            None => (None, line),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let applied = match words.as_slice() {
            ["grant", ea, who] => self.grant(number(ea), who),
            ["end", ea] => {
                let lease = self.store.lease_last(AreaId(number(ea)));
                self.admin(number(ea), Fact::LeaseEnded(LeaseEnded { lease }))
            }
            ["open", phase, "in", area, forms @ ..] => {
                let forms = forms.iter().map(|form| number(form)).collect();
                self.admin(
                    number(area),
                    Fact::PhaseOpened(PhaseOpened { phase: number(phase), names: Vec::new(), forms }),
                )
            }
            ["close", phase, "in", area] => {
                self.admin(number(area), Fact::PhaseClosed(PhaseClosed { phase: number(phase) }))
            }
            ["revoke", who] => {
                let device = self.people[*who].device;
                self.admin(0, Fact::DeviceRevoked(DeviceRevoked { device }))
            }
            ["again"] => {
                let head = self.heads.last().expect("something came before").clone();
                self.take(head)
            }
            ["forged"] => {
                let mut head = self.heads.last().expect("something came before").clone();
                head.digest[0] ^= 1;
                self.take(head)
            }
            [who, "wipes", "the", "phone"] => {
                self.origins += 1;
                let person = self.people.get_mut(*who).expect("somebody known");
                (person.origin, person.number) = (self.origins, 0);
                return "ok".into();
            }
            [who, "is", "of", "another", "census"] => {
                let fact = Fact::DwellingListed(ListDwelling { dwelling: 1, ..Default::default() });
                let mut head = self.operation(who, 3, fact);
                head.census = 1;
                self.take(head)
            }
            [who, what, place, rest @ ..] => {
                let (ea, at) = place.split_once('/').expect("ea/number");
                let fact = self.fact(what, number(at), rest);
                let head = self.operation(who, number(ea), fact);
                self.take(head)
            }
            _ => panic!("cannot read `{line}`"),
        };
        if let Some(label) = label {
            self.labels.insert(label, self.store.next_offset() - 1);
        }
        match applied.verdict {
            Verdict::Held => applied.held.as_str().to_owned(),
            verdict => verdict.as_str().to_owned(),
        }
    }

    fn fact(&self, what: &str, at: u32, rest: &[&str]) -> Fact {
        let submission = || *self.labels.get(rest[0]).unwrap_or_else(|| panic!("no line is labelled {}", rest[0]));
        let review =
            || Review { household: at, form: 1, phase: 1, reason: 0, submission: submission(), ..Review::default() };
        match what {
            "lists" => Fact::DwellingListed(ListDwelling {
                dwelling: at,
                building: 1,
                kind: 1,
                occupancy: occupancy(rest[0]).code(),
                households: rest[1..].iter().map(|household| number(household)).collect(),
                ..Default::default()
            }),
            "finds" => Fact::HouseholdListed(ListHousehold { dwelling: at, household: number(rest[0]), split_from: 0 }),
            "merges" => Fact::HouseholdMerged(MergeHousehold { household: at, into: number(rest[0]) }),
            "visits" => {
                let outcome = match rest[1] {
                    "nobody" => 2,
                    "appointment" => 3,
                    "refused" => 4,
                    other => panic!("no visit ends with {other}"),
                };
                Fact::VisitRecorded(RecordVisit { dwelling: at, household: number(rest[0]), outcome, at_us: 0 })
            }
            "submits" => {
                let persons = number(rest[0]) as i32;
                let has = |word: &str| rest.contains(&word);
                Fact::SubmissionReceived(SubmissionReceived {
                    household: at,
                    form: if has("long") { 2 } else { 1 },
                    form_version: 1,
                    phase: if has("phase2") { 2 } else { 1 },
                    source: if has("proxy") { 5 } else { 1 },
                    outcome: if has("broken") { 2 } else { 0 },
                    facts: vec![persons, persons / 2, persons - persons / 2, 0],
                    ..Default::default()
                })
            }
            "approves" => Fact::SubmissionApproved(review()),
            "returns" => Fact::SubmissionReturned(review()),
            "settles" => {
                let response = if rest[0] == "refusal" { 7 } else { 8 };
                Fact::NonresponseConfirmed(ConfirmNonresponse { household: at, response })
            }
            other => panic!("nobody {other}"),
        }
    }

    /// The household in words: response, persons counted.
    fn household(&self, ea: u32, household: u16) -> String {
        let page = self.store.page(AreaId(ea)).expect("the page exists");
        match page.households.iter().find(|row| row.household == household) {
            Some(row) if row.merged_into != 0 => format!("part of {}", row.merged_into),
            Some(row) => format!("{} {}", row.response.as_str(), row.facts.persons),
            None => "none".into(),
        }
    }

    /// The dwelling's place in words: occupancy, response, source.
    fn dwelling(&self, ea: u32, dwelling: u16) -> String {
        let page = self.store.page(AreaId(ea)).expect("the page exists");
        match page.dwellings.iter().find(|row| row.dwelling == dwelling) {
            Some(row) => {
                let response = row.response.map_or("-", |response| response.as_str());
                format!("{} {} {}", row.occupancy.as_str(), response, row.source.as_str())
            }
            None => "none".into(),
        }
    }
}

fn number(word: &str) -> u32 {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is no number"))
}

fn occupancy(word: &str) -> Occupancy {
    *Occupancy::ALL.iter().find(|known| known.as_str() == word).unwrap_or_else(|| panic!("no occupancy {word}"))
}

/// Runs a scenario. A line is `what -> verdict`, `household ea/n = response persons`, or `dwelling ea/n = place`; without
/// an arrow the verdict must be `accepted`.
pub fn check(scenario: &str) -> World {
    let mut world = World::new();
    for line in scenario.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (given, expected) = if let Some((question, answer)) = line.split_once(" = ") {
            let (kind, place) = question.split_once(' ').expect("kind ea/n");
            let (ea, at) = place.split_once('/').expect("ea/number");
            let (ea, at) = (number(ea), number(at) as u16);
            let given = if kind == "household" { world.household(ea, at) } else { world.dwelling(ea, at) };
            (given, answer.trim())
        } else {
            let (act, expected) = line.split_once(" -> ").unwrap_or((line, "accepted"));
            let given = world.line(act);
            (if given == "ok" { "accepted".into() } else { given }, expected.trim())
        };
        assert_eq!(given, expected, "at `{line}` in{scenario}");
    }
    world
}
