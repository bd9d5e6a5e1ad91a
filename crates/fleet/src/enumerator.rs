//! An enumerator's weeks in one enumeration area: listing, interviews, call-backs, accidents, and sometimes a successor.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use device::{Listing, NewHousehold, Submission, Visit};
use forms::generator::{Mix, generate};
use forms::{Form, Inputs, Value};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, FormId, OperationId, PhaseId, Source, Verdict};

use crate::link::{Faults, Link};
use crate::phone::{Error, Phone, Result};
use crate::world::{Door, Dwelling, EnumerationArea, Household};

/// Rounds of visits before a household is left to the supervisor.
const ROUNDS: u32 = 3;
/// Codes of [`event::operation::RecordVisit::outcome`].
const NOBODY_HOME: u32 = 2;
/// See [`NOBODY_HOME`].
const REFUSED: u32 = 4;

/// The forms as published.
#[derive(Clone)]
pub struct Forms {
    /// The listing, its number and version.
    pub listing: (Arc<Form>, FormId, u32),
    /// The household form, its number and version.
    pub household: (Arc<Form>, FormId, u32),
    /// The phase they are open in.
    pub phase: PhaseId,
    /// What comes from outside into every form.
    pub inputs: Inputs,
}

/// The office replaces an enumerator: resolves to the successor's activation code.
pub type Replace = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// An enumeration area to count.
pub struct Job {
    /// The truth about it.
    pub world: EnumerationArea,
    /// The enumerator's activation code.
    pub code: String,
    /// Makes somebody else the enumerator, in mid-area; `None` when nobody is replaced.
    pub replace: Option<Replace>,
    /// Seed of the accidents.
    pub seed: u64,
    /// How fast, and who hears of it.
    pub pace: Pace,
}

/// How an enumerator goes from door to door.
#[derive(Clone)]
pub struct Pace {
    /// How long the walk to the next door takes; zero is as fast as the phone goes.
    pub walk: Duration,
    /// Called at every household's door when it is knocked at for the first time.
    pub knocked: Arc<dyn Fn() + Send + Sync>,
}

/// An interview that was finished on a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interview {
    /// Where the phone put it.
    pub ea: AreaId,
    /// The household's number there.
    pub household: u32,
    /// The true household, by seed.
    pub truth: u64,
    /// Persons in the answers.
    pub persons: u32,
    /// The operation.
    pub operation: OperationId,
    /// What the receipt says; `None` when the phone holds none.
    pub verdict: Option<Verdict>,
}

/// What came of a job, from the phones' own records.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Finished interviews, every version.
    pub interviews: Vec<Interview>,
    /// Dwellings listed on phones.
    pub listed: u64,
    /// Of these, with a receipt that says they count.
    pub listed_accepted: u64,
    /// Operations of any kind finished on phones.
    pub finished: u64,
    /// Operations for which a phone holds a receipt that it verified.
    pub acknowledged: u64,
    /// Operations still on a phone.
    pub unsent: u64,
    /// Of the acknowledged, held or in conflict.
    pub held: u64,
    /// How often phones died, and requests were lost.
    pub deaths: u32,
    /// See [`Phone::losses`].
    pub losses: u32,
    /// An enumerator was replaced here.
    pub replaced: bool,
}

/// Counts an enumeration area.
pub async fn count(link: &Link, forms: &Forms, job: Job) -> Result<Report> {
    let Job { world, code, replace, seed, pace } = job;
    let mut report = Report::default();
    // 11 October 2020, the first day of listing, nine in the morning in China.
    let start_us = 1_602_378_000_000_000;
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let phone = Phone::enrol(link.clone(), Faults::WEAK, rng, start_us, &code).await?;
    let mut enumerator = Enumerator::new(phone, forms, (&world, &pace), Doors::default());
    enumerator.phone.learn(world.ea).await?;
    enumerator.list().await?;
    if let Some(replace) = replace {
        enumerator.phone.sync_all().await?;
        let half = world.dwellings.len() / 2;
        enumerator.phone.network(Faults { offline: 0.9, ..Faults::WEAK });
        enumerator.interview(0, half).await?;
        if let Some(code) = replace.await {
            report.replaced = true;
            let rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5ECC_E550);
            let later_us = start_us + 20 * 86_400_000_000;
            let phone = Phone::enrol(link.clone(), Faults::WEAK, rng, later_us, &code).await?;
            // Doors are known to the successor by what the office tells, and by their own knocking.
            let doors = Doors { numbers: enumerator.doors.numbers.clone(), ..Doors::default() };
            let mut successor = Enumerator::new(phone, forms, (&world, &pace), doors);
            successor.phone.learn(world.ea).await?;
            successor.visit_all().await?;
            successor.end(&mut report).await?;
        }
        // The first enumerator finds a network at last, and whatever they finished is taken in.
        enumerator.end(&mut report).await?;
    } else {
        enumerator.visit_all().await?;
        enumerator.end(&mut report).await?;
    }
    Ok(report)
}

/// What an enumerator knows of the doors.
#[derive(Default)]
struct Doors {
    /// Household numbers by dwelling and place among its households; numbers are given by the device core.
    numbers: HashMap<(usize, usize), (u32, u32)>,
    /// Visits made, by household number.
    visits: HashMap<u32, u32>,
}

struct Enumerator<'a> {
    phone: Phone,
    forms: &'a Forms,
    world: &'a EnumerationArea,
    pace: &'a Pace,
    doors: Doors,
    listed: Vec<OperationId>,
    made: Vec<Interview>,
}

impl<'a> Enumerator<'a> {
    fn new(
        phone: Phone,
        forms: &'a Forms,
        (world, pace): (&'a EnumerationArea, &'a Pace),
        doors: Doors,
    ) -> Enumerator<'a> {
        Enumerator { phone, forms, world, pace, doors, listed: Vec::new(), made: Vec::new() }
    }

    /// Listing: every door in walking order.
    async fn list(&mut self) -> Result<()> {
        let (form, number, version) = self.forms.listing.clone();
        for (at, dwelling) in self.world.dwellings.iter().enumerate() {
            let sheet = self.listing_sheet(&form, at, dwelling)?;
            let listing = Listing {
                ea: self.world.ea,
                building: dwelling.building,
                kind: dwelling.kind,
                occupancy: dwelling.occupancy,
                households: dwelling.households.len() as u32,
                form: number,
                version,
                sheet,
                ..Listing::default()
            };
            let (now, entropy) = (self.phone.now(), self.phone.entropy());
            let (step, finished) = self.phone.device.list_dwelling(&listing, now, entropy)?;
            self.phone.commit(step).await?;
            self.listed.push(finished.operation);
            for (place, household) in finished.households.iter().enumerate() {
                self.doors.numbers.insert((at, place), (finished.dwelling, *household));
            }
            self.accidents().await?;
        }
        Ok(())
    }

    fn listing_sheet(&mut self, form: &Arc<Form>, at: usize, dwelling: &Dwelling) -> Result<device::Sheet> {
        const KINDS: [&str; 6] = ["conventional", "collective", "workplace", "improvised", "mobile", "none"];
        let seed = u64::from(self.world.ea.0) << 16 | at as u64;
        let mut instance = generate(form, seed, &Mix { inputs: self.forms.inputs.clone(), ..Mix::default() });
        instance.set("building_no", &Value::Number(dwelling.building.into()))?;
        instance.set("dwelling_no", &Value::Number(at as f64 + 1.0))?;
        instance.set("kind", &Value::Choice(KINDS[dwelling.kind as usize - 1].into()))?;
        instance.set("occupancy", &Value::Choice(dwelling.occupancy.as_str().into()))?;
        if !dwelling.households.is_empty() {
            instance.set("households", &Value::Number(dwelling.households.len() as f64))?;
        }
        Ok(instance.split_identifiers().into())
    }

    /// All rounds of visits over the whole area.
    async fn visit_all(&mut self) -> Result<()> {
        for _ in 0..ROUNDS {
            self.interview(0, self.world.dwellings.len()).await?;
        }
        Ok(())
    }

    /// One round over some dwellings.
    async fn interview(&mut self, from: usize, to: usize) -> Result<()> {
        for at in from..to {
            for place in 0..self.world.dwellings[at].households.len() {
                let Some((dwelling, number)) = self.doors.numbers.get(&(at, place)).copied() else { continue };
                let household = self.world.dwellings[at].households[place].clone();
                self.knock(dwelling, number, &household).await?;
                self.accidents().await?;
            }
        }
        Ok(())
    }

    /// Whether the phone knows that this household is done. What a successor cannot know is visited again.
    fn is_done(&self, number: u32) -> bool {
        use types::Response::{Approved, Complete, NeedsReview, NonContactFinal, RefusedFinal};
        let response = self.phone.device.response_of(self.world.ea, number);
        matches!(response, Some(Complete | NeedsReview | Approved | RefusedFinal | NonContactFinal))
    }

    async fn knock(&mut self, dwelling: u32, number: u32, household: &Household) -> Result<()> {
        if self.is_done(number) {
            return Ok(());
        }
        let visits = *self.doors.visits.get(&number).unwrap_or(&0);
        self.doors.visits.insert(number, visits + 1);
        if visits == 0 {
            (self.pace.knocked)();
        }
        if !self.pace.walk.is_zero() {
            tokio::time::sleep(self.pace.walk).await;
        }
        match household.door {
            Door::Opens => {}
            Door::OpensAfter(times) if visits >= times => {}
            Door::OpensAfter(_) => return self.no_interview(dwelling, number, NOBODY_HOME).await,
            Door::Refuses => return self.no_interview(dwelling, number, REFUSED).await,
            Door::Proxy if visits + 1 >= ROUNDS => return self.submit(number, household, Source::Proxy).await,
            Door::Proxy => return self.no_interview(dwelling, number, NOBODY_HOME).await,
        }
        self.submit(number, household, Source::InPerson).await?;
        if let Some(behind) = &household.behind {
            let new = NewHousehold { ea: self.world.ea, dwelling, split_from: number, ..NewHousehold::default() };
            let (now, entropy) = (self.phone.now(), self.phone.entropy());
            let (step, finished) = self.phone.device.list_household(&new, now, entropy)?;
            self.phone.commit(step).await?;
            let second = *finished.households.first().ok_or(Error::Missing { what: "a household number" })?;
            self.submit(second, behind, Source::InPerson).await?;
        }
        Ok(())
    }

    async fn no_interview(&mut self, dwelling: u32, household: u32, outcome: u32) -> Result<()> {
        let visit = Visit { ea: self.world.ea, dwelling, household, outcome, at_us: None };
        let (now, entropy) = (self.phone.now(), self.phone.entropy());
        let (step, _) = self.phone.device.record_visit(&visit, now, entropy)?;
        self.phone.commit(step).await
    }

    async fn submit(&mut self, number: u32, household: &Household, source: Source) -> Result<()> {
        let (form, id, version) = self.forms.household.clone();
        let mix = Mix { inputs: self.forms.inputs.clone(), persons: Some(household.persons), ..Mix::default() };
        let mut instance = generate(&form, household.seed, &mix);
        let outcome = instance.outcome();
        let started_us = self.phone.now().us;
        let submission = Submission {
            ea: self.world.ea,
            household: number,
            form: id,
            version,
            phase: self.forms.phase,
            source,
            started_us,
            outcome,
            sheet: instance.split_identifiers().into(),
            ..Submission::default()
        };
        let (now, entropy) = (self.phone.now(), self.phone.entropy());
        let (step, finished) = self.phone.device.submit(&submission, now, entropy)?;
        self.made.push(Interview {
            ea: self.world.ea,
            household: number,
            truth: household.seed,
            persons: household.persons,
            operation: finished.operation,
            verdict: None,
        });
        self.phone.commit(step).await
    }

    /// Now and then a phone dies; now and then there is time to sync.
    async fn accidents(&mut self) -> Result<()> {
        if self.phone.chance(0.01) {
            self.phone.die()?;
        }
        if self.phone.chance(0.04) {
            self.phone.sync().await?;
        }
        Ok(())
    }

    /// The last day: a good network, and everything goes out.
    async fn end(mut self, report: &mut Report) -> Result<()> {
        self.phone.network(Faults::NONE);
        self.phone.sync_all().await?;
        let outbox = self.phone.device.outbox();
        report.unsent += u64::from(outbox.count);
        let mut verdicts = HashMap::new();
        for receipt in self.phone.device.receipts() {
            report.acknowledged += 1;
            report.held += u64::from(matches!(receipt.verdict, Verdict::Held | Verdict::IdConflict));
            verdicts.insert(receipt.operation, receipt.verdict);
        }
        report.finished += verdicts.len() as u64 + u64::from(outbox.count);
        report.listed += self.listed.len() as u64;
        let accepted = |operation: &&OperationId| verdicts.get(*operation) == Some(&Verdict::Accepted);
        report.listed_accepted += self.listed.iter().filter(accepted).count() as u64;
        for mut interview in self.made {
            interview.verdict = verdicts.get(&interview.operation).copied();
            report.interviews.push(interview);
        }
        report.deaths += self.phone.deaths;
        report.losses += self.phone.losses;
        Ok(())
    }
}
