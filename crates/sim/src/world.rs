//! A seed's world: what happens when. Everything waits in one list in order of time; doing one thing puts others into it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use device::Request;
use event::Digest;
use fleet::world::EnumerationArea;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, StaffId};

use crate::ledger::Ledger;
use crate::model::Model;
use crate::office::{self, EAS_EACH, OFFICE, SPARES, START_US, VILLAGES};
use crate::people::{Person, Walk};
use crate::phone::Phone;
use crate::server::Server;

mod check;
mod disaster;
mod network;
mod quiet;

use disaster::Disaster;

/// Days of field work.
const DAYS: i64 = 30;
/// Things that happen in a seed; a hundred times as many as do.
const SEQUENCE_MAX: u64 = 5_000_000;
pub(crate) const SECOND_US: i64 = 1_000_000;
pub(crate) const HOUR_US: i64 = 3600 * SECOND_US;
pub(crate) const DAY_US: i64 = 24 * HOUR_US;
/// Households of an enumeration area: few, so that there can be many areas.
const HOUSEHOLDS: u32 = 3;

/// What a seed brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Phones there were, copies and replacements included.
    pub phones: u64,
    /// Operations acknowledged.
    pub acknowledged: u64,
    /// Acknowledged again, with the same receipt.
    pub repeats: u64,
    /// Events in the journal.
    pub events: u64,
    /// Operations held or in conflict.
    pub held: u64,
    /// Starts of the server.
    pub starts: u64,
    /// Damage that was found and named.
    pub damages: u64,
    /// Messages lost, doubled, late or changed on their way.
    pub mishaps: u64,
    /// The hash of the last frame: equal for equal runs.
    pub tip: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.phones += other.phones;
        self.acknowledged += other.acknowledged;
        self.repeats += other.repeats;
        self.events += other.events;
        self.held += other.held;
        self.starts += other.starts;
        self.damages += other.damages;
        self.mishaps += other.mishaps;
        self.tip ^= other.tip;
    }
}

/// Something to happen.
pub(crate) enum Do {
    /// Somebody works on their phone.
    Work(usize),
    /// Somebody syncs, as they do every day or so.
    Sync(usize),
    /// An app tries again by itself.
    Again(usize),
    /// A request reaches the server.
    Arrive { phone: usize, life: u32, request: Request },
    /// An answer reaches a phone.
    Answer { phone: usize, life: u32, id: u64, status: u16, body: Vec<u8> },
    /// A phone waits for an answer no longer.
    GiveUp { phone: usize, life: u32, id: u64 },
    /// The server has had nothing to do for a second.
    Idle,
    /// A day is over: everything is added up.
    Midnight,
    /// Something goes wrong, or the office changes its mind.
    Disaster(Disaster),
    /// The server is started.
    Start,
}

/// See the module's documentation.
pub(crate) struct World {
    pub rng: ChaCha8Rng,
    pub now_us: i64,
    agenda: BTreeMap<(i64, u64), Do>,
    sequence: u64,
    pub server: Server,
    pub phones: Vec<Phone>,
    pub people: Vec<Person>,
    pub ledger: Ledger,
    pub model: Model,
    /// The hash of every frame seen, in order.
    pub hashes: Vec<Digest>,
    /// Areas in which things happened that the truth knows nothing of.
    pub muddled: Vec<AreaId>,
    /// A fault that may stop the cell is under way.
    pub excused: bool,
    /// What of the journal lies damaged under the running server.
    pub rot: Option<crate::damage::Damage>,
    /// Who takes over next.
    spare: u32,
    pub counts: Counts,
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let server = Server::new(seed);
        let mut world = World {
            now_us: START_US,
            agenda: BTreeMap::new(),
            sequence: 0,
            server,
            phones: Vec::new(),
            people: Vec::new(),
            ledger: Ledger::default(),
            model: Model::default(),
            hashes: Vec::new(),
            muddled: Vec::new(),
            excused: false,
            rot: None,
            spare: VILLAGES * EAS_EACH,
            counts: Counts::default(),
            rng: ChaCha8Rng::seed_from_u64(rng.random()),
        };
        for at in 0..VILLAGES {
            let eas = (0..EAS_EACH).map(|within| office::ea(at * EAS_EACH + within)).collect();
            world.employ(office::supervisor(at), Person::Supervisor(eas));
        }
        for at in 0..VILLAGES * EAS_EACH {
            let area = EnumerationArea::generate(rng.random(), office::ea(at), HOUSEHOLDS);
            world.employ(office::enumerator(at), Person::Enumerator(Walk::new(area)));
        }
        world
    }

    /// Gives somebody a phone and work.
    pub fn employ(&mut self, staff: StaffId, person: Person) {
        let rng = ChaCha8Rng::seed_from_u64(self.rng.random());
        self.take_on(Phone::new(staff, rng, self.now_us), person);
    }

    /// Another phone with somebody to use it.
    pub fn take_on(&mut self, phone: Phone, person: Person) {
        let at = self.phones.len();
        self.phones.push(phone);
        self.people.push(person);
        let (first, then) = (self.within(10 * HOUR_US), self.within(12 * HOUR_US));
        self.after(first, Do::Sync(at));
        self.after(first + then, Do::Work(at));
    }

    /// Somebody who has no area yet.
    pub fn next_spare(&mut self) -> Option<StaffId> {
        let staff = office::enumerator(self.spare);
        let left = self.spare < VILLAGES * EAS_EACH + SPARES;
        self.spare += u32::from(left);
        left.then_some(staff)
    }

    /// A time from 0 up to this, evenly.
    pub fn within(&mut self, most_us: i64) -> i64 {
        self.rng.random_range(0..most_us)
    }

    /// Puts something into the list.
    pub fn after(&mut self, wait_us: i64, what: Do) {
        self.sequence += 1;
        self.agenda.insert((self.now_us + wait_us, self.sequence), what);
    }

    /// The next thing, if it comes before `until_us`.
    pub fn next_before(&mut self, until_us: i64) -> Option<Do> {
        let entry = self.agenda.first_entry().filter(|entry| entry.key().0 < until_us)?;
        let ((at_us, _), what) = entry.remove_entry();
        self.turn_to(at_us);
        Some(what)
    }

    /// What comes before `until_us` and fits, the clock not turned.
    fn take_next(&mut self, until_us: i64, fits: impl Fn(&Do) -> bool) -> Option<Do> {
        let entry = self.agenda.first_entry().filter(|entry| entry.key().0 < until_us && fits(entry.get()))?;
        Some(entry.remove())
    }

    /// Time passes, for the server's clock, too.
    pub fn turn_to(&mut self, at_us: i64) {
        self.server.clock.0.fetch_add(at_us - self.now_us, Ordering::Relaxed);
        self.now_us = at_us;
    }

    /// Runs to the end.
    pub fn run(mut self) -> Result<Counts, String> {
        self.field_work().map_err(|what| self.dated(what))?;
        self.quiet().map_err(|what| self.dated(what))?;
        self.counts.phones = self.phones.len() as u64;
        self.counts.acknowledged = self.ledger.acks.len() as u64;
        self.counts.repeats = self.ledger.repeats;
        self.counts.events = self.model.verdicts.len() as u64;
        self.counts.held = self.model.held.len() as u64;
        let tip = self.hashes.last().copied().unwrap_or_default();
        self.counts.tip = u64::from_le_bytes(tip[..8].try_into().expect("8 bytes"));
        Ok(self.counts)
    }

    fn dated(&self, what: String) -> String {
        let (days, hours) = ((self.now_us - START_US) / DAY_US, (self.now_us - START_US) % DAY_US / HOUR_US);
        format!("day {days}, hour {hours}: {what}")
    }

    fn field_work(&mut self) -> Result<(), String> {
        self.server.clock.0.store(self.now_us, Ordering::Relaxed);
        self.start()?;
        let acks = self.server.admin(OFFICE.events.clone()).ok_or("the office could not set the census up")?;
        if let Some(ack) = acks.iter().find(|ack| ack.held != types::Held::Not) {
            return Err(format!("event {} of the office was held: {:?}", ack.offset(), ack.held));
        }
        self.observe()?;
        self.plan();
        for day in 1..=DAYS {
            self.after(day * DAY_US, Do::Midnight);
        }
        let end_us = START_US + DAYS * DAY_US;
        while let Some(what) = self.next_before(end_us) {
            if self.sequence > SEQUENCE_MAX {
                return Err("there is no end to it".into());
            }
            self.happen(what)?;
        }
        Ok(())
    }

    fn happen(&mut self, what: Do) -> Result<(), String> {
        match what {
            Do::Work(at) => self.work(at),
            Do::Sync(at) => {
                let again = self.within(60 * HOUR_US);
                self.after(again, Do::Sync(at));
                self.sync(at);
                Ok(())
            }
            Do::Again(at) => {
                self.sync(at);
                Ok(())
            }
            Do::Arrive { phone, life, request } => self.arrive(phone, life, request),
            Do::Answer { phone, life, id, status, body } => self.answered(phone, life, id, status, &body),
            Do::GiveUp { phone, life, id } => {
                self.give_up(phone, life, id);
                Ok(())
            }
            Do::Idle => {
                self.server.idle();
                self.look_after()
            }
            Do::Midnight => {
                if self.rng.random_bool(0.4) {
                    self.server.checkpoint();
                }
                self.check_store(false)
            }
            Do::Disaster(disaster) => self.strike(disaster),
            Do::Start => self.start(),
        }
    }

    /// Somebody works for a while.
    fn work(&mut self, at: usize) -> Result<(), String> {
        if self.phones[at].lost {
            return Ok(());
        }
        if self.rng.random_bool(0.02) {
            self.phones[at].die()?;
        }
        let acts = self.rng.random_range(1..=4);
        for _ in 0..acts {
            if !self.people[at].act(&mut self.phones[at], self.now_us)? {
                break;
            }
        }
        let again = 4 * HOUR_US + self.within(60 * HOUR_US);
        self.after(again, Do::Work(at));
        Ok(())
    }
}
