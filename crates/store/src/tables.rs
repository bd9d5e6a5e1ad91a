//! The tables behind fold's traits, and what is written down after each event.

use std::collections::{BTreeSet, VecDeque};

use areas::AreaTree;
use event::head::{AreaDefined, CensusDefined, FormPublished, PhaseOpened};
use event::{Fact, Head};
use fold::tables::{self, CaseKind, Facts, HeldSubmission, OriginRef, Plan, Seen, SideCase, Window};
use fold::{Applied, At};
use hashbrown::HashMap;
use types::{AreaId, FormId, Offset, Origin, Outcome, PhaseId, StaffId, Verdict};

use crate::area::{self, Put};
use crate::changed::Changed;
use crate::counts::{Change, Counts};
use crate::operations::Operations;
use crate::page::Page;
use crate::people::People;
use crate::phases::Phases;
use crate::rollup::Rollup;
use crate::table::Table;
use crate::view::{Form, HeldItem, Known, Latest, digest_prefix};

mod frame;
mod people;

/// How many of the latest submissions are listed.
pub(crate) const LATEST_MAX: usize = 1_000;

/// Everything fold reads and writes.
#[derive(Default)]
pub(crate) struct Tables {
    pub rules: u32,
    pub census: Option<CensusDefined>,
    pub areas: AreaTree,
    pub forms: Vec<Form>,
    pub plans: Vec<Plan>,
    pub phases: Phases,
    pub people: People,
    pub pages: Vec<Page>,
    pub page_of: HashMap<u32, u32>,
    pub rollup: Rollup,
    pub operations: Operations,
    pub large: Table<(AreaId, u16), Facts>,
    pub side_cases: Table<(AreaId, u16, CaseKind), SideCase>,
    pub earlier_leases: Table<(AreaId, u32), StaffId>,
    pub held: Table<Offset, HeldItem>,
    pub held_submissions: Table<Offset, HeldSubmission>,
    pub erased: BTreeSet<(AreaId, u32)>,
    pub latest: VecDeque<Latest>,
    /// What checkpoints need to know about the pages.
    pub changed: Changed,
    /// What the event being applied changes in the counters above its area.
    change: Change,
    /// An area got another parent.
    moved: bool,
}

impl Tables {
    pub fn new() -> Tables {
        Tables { rules: 1, ..Tables::default() }
    }

    pub fn page(&self, ea: AreaId) -> Option<&Page> {
        self.page_of.get(&ea.0).map(|at| &self.pages[*at as usize])
    }

    /// The page of an enumeration area, made now if it has none.
    pub fn page_mut(&mut self, ea: AreaId) -> &mut Page {
        let at = match self.page_of.get(&ea.0) {
            Some(at) => *at,
            None => {
                let at = self.pages.len() as u32;
                let node = self.rollup.above(&self.areas, ea);
                self.pages.push(Page { area: ea, node, ..Page::default() });
                self.page_of.insert(ea.0, at);
                at
            }
        };
        self.changed.touch(at, &self.pages[at as usize]);
        &mut self.pages[at as usize]
    }

    /// A checkpoint begins, of all pages or of those that changed since the one before.
    pub fn begin_checkpoint(&mut self, all: bool) {
        self.changed.begin(self.pages.len(), all);
        self.people.staff.begin();
        self.people.letters.begin();
        self.people.devices.begin();
        self.large.begin();
        self.side_cases.begin();
        self.earlier_leases.begin();
        self.held.begin();
        self.held_submissions.begin();
    }

    /// Lets go of a checkpoint that failed.
    pub fn end_checkpoint(&mut self) {
        self.changed.end();
        self.people.staff.end();
        self.people.letters.end();
        self.people.devices.end();
        self.large.end();
        self.side_cases.end();
        self.earlier_leases.end();
        self.held.end();
        self.held_submissions.end();
    }

    /// Puts a page as a checkpoint has it, in the place of an earlier checkpoint's.
    pub fn restore_page(&mut self, page: Page) {
        match self.page_of.get(&page.area.0) {
            Some(at) => self.pages[*at as usize] = page,
            None => {
                self.page_of.insert(page.area.0, self.pages.len() as u32);
                self.pages.push(page);
            }
        }
    }

    /// Works out what follows from the pages, after they were read: who holds which enumeration area, and all counters above.
    pub fn restored(&mut self) {
        let held = self.pages.iter().filter(|page| page.lease.lease != 0 && !page.lease.ended);
        self.people.leases = held.map(|page| (page.lease.staff, page.area)).collect();
        self.rebuild_rollup();
    }

    /// The page of an enumeration area and the change of the event being applied.
    fn page_and_change(&mut self, ea: AreaId) -> (&mut Page, &mut Change) {
        self.page_mut(ea);
        let at = self.page_of[&ea.0];
        (&mut self.pages[at as usize], &mut self.change)
    }

    /// Everything a page counts, facts kept apart included.
    pub fn page_total(&self, page: &Page) -> Change {
        let mut change = page.total();
        for (_, facts) in self.large.range((page.area, 0)..=(page.area, u16::MAX)) {
            change.facts(facts, 1);
        }
        change
    }

    /// Adds up all pages anew: after a restart, and when an area moved.
    pub fn rebuild_rollup(&mut self) {
        self.rollup = Rollup::default();
        for at in 0..self.pages.len() {
            let change = self.page_total(&self.pages[at]);
            let node = self.rollup.above(&self.areas, self.pages[at].area);
            self.pages[at].node = node;
            self.rollup.add(node, &change);
        }
    }

    /// Writes down what an event came to: the memory of its operation, the lists it belongs to, the counters above.
    pub fn settle(&mut self, at: At, head: &Head, applied: &Applied) {
        let fact = head.fact.as_ref().expect("fold refuses an unknown fact");
        if applied.verdict != Verdict::Duplicate {
            let area = head.area();
            let known = Known {
                offset: at.offset,
                digest_prefix: digest_prefix(&head.digest),
                verdict: applied.verdict,
                held: applied.held,
            };
            if let Some(id) = head.operation() {
                let origin = self.operations.origin(id.origin);
                if applied.verdict == Verdict::IdConflict {
                    let digest = head.digest.as_slice().try_into().unwrap_or_default();
                    self.operations.put_conflict(origin, id.number, digest, known);
                } else {
                    self.operations.put(origin, id.number, known);
                }
            }
            let in_ea = area::is_ea(&self.areas, area);
            if in_ea && of_page(fact) {
                self.page_mut(area).events.push(at.offset);
            }
            let operation = head.operation().is_some() && !head.is_desk_work();
            let deposit = operation || matches!(fact, Fact::OperationDeposited(_));
            if applied.verdict != Verdict::Accepted && deposit {
                self.put_held(at, head, applied, in_ea);
            }
            if let Fact::SubmissionReceived(event) = fact {
                if self.latest.len() == LATEST_MAX {
                    self.latest.pop_front();
                }
                self.latest.push_back(Latest {
                    offset: at.offset,
                    time: at.time,
                    ea: area,
                    household: u16::try_from(event.household).unwrap_or(0),
                    outcome: Outcome::from_code(event.outcome).unwrap_or(Outcome::Unreadable),
                    verdict: applied.verdict,
                    held: applied.held,
                });
            }
        }
        if !self.change.is_empty() {
            let node = self.page(head.area()).expect("only pages count").node;
            self.rollup.add(node, &self.change);
            self.change.clear();
        }
        if self.moved {
            self.moved = false;
            self.rebuild_rollup();
        }
    }

    fn put_held(&mut self, at: At, head: &Head, applied: &Applied, in_ea: bool) {
        let household = household_of(head);
        let Applied { verdict, held, .. } = *applied;
        #[cfg(feature = "plant")]
        if types::planted("lose-a-held-operation") && held == types::Held::SecondInterview {
            return;
        }
        self.held.insert(at.offset, HeldItem { offset: at.offset, area: head.area(), household, verdict, held });
        if in_ea {
            let submission = matches!(head.fact, Some(Fact::SubmissionReceived(_)));
            let (page, change) = self.page_and_change(head.area());
            page.held += 1;
            change.count(Counts::HELD, 1);
            if submission {
                page.held_submissions += 1;
                change.count(Counts::HELD_SUBMISSIONS, 1);
            }
        }
    }
}

/// Whether an event belongs to what a phone working the area is told.
fn of_page(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::LeaseGranted(_)
            | Fact::LeaseEnded(_)
            | Fact::PhaseOpened(_)
            | Fact::PhaseClosed(_)
            | Fact::DwellingListed(_)
            | Fact::HouseholdListed(_)
            | Fact::VisitRecorded(_)
            | Fact::SubmissionReceived(_)
            | Fact::SubmissionReturned(_)
            | Fact::SubmissionApproved(_)
            | Fact::NonresponseConfirmed(_)
            | Fact::HouseholdMerged(_)
    )
}

/// The household an event is about; 0 for none, or when its number is none.
fn household_of(head: &Head) -> u16 {
    let household = match head.fact.as_ref() {
        Some(Fact::HouseholdListed(event)) => event.household,
        Some(Fact::VisitRecorded(event)) => event.household,
        Some(Fact::SubmissionReceived(event)) => event.household,
        Some(Fact::SubmissionReturned(event) | Fact::SubmissionApproved(event)) => event.household,
        Some(Fact::NonresponseConfirmed(event)) => event.household,
        Some(Fact::HouseholdMerged(event)) => event.household,
        _ => 0,
    };
    u16::try_from(household).unwrap_or(0)
}

impl tables::Reference for Tables {
    fn rules(&self) -> u32 {
        self.rules
    }

    fn set_rules(&mut self, version: u32) {
        self.rules = version;
    }

    fn census_id(&self) -> u64 {
        self.census.as_ref().map_or(0, |census| census.id)
    }

    fn put_census(&mut self, census: &CensusDefined) {
        self.census = Some(census.clone());
    }

    fn is_ea(&self, area: AreaId) -> bool {
        area::is_ea(&self.areas, area)
    }

    fn has_area(&self, area: AreaId) -> bool {
        self.areas.has(area)
    }

    fn area_within(&self, area: AreaId, top: AreaId) -> bool {
        self.areas.contains(top, area)
    }

    fn area_count(&self) -> u32 {
        self.areas.len()
    }

    fn put_area(&mut self, area: &AreaDefined) -> bool {
        let put = area::put(&mut self.areas, area, |area| self.page_of.contains_key(&area.0));
        self.moved |= put == Put::Moved;
        put != Put::Refused
    }

    fn put_eas(&mut self, parent: AreaId, first: u32, count: u32) -> bool {
        !self.page_of.contains_key(&parent.0) && area::put_eas(&mut self.areas, parent, first, count)
    }

    fn plan(&self, form: FormId, version: u32) -> Option<Plan> {
        let at = self.forms.iter().rposition(|known| known.form == form && known.version == version)?;
        Some(self.plans[at])
    }

    fn put_form(&mut self, at: At, form: &FormPublished, plan: Plan) {
        self.forms.push(Form {
            form: FormId(form.form as u16),
            version: form.version,
            name: form.name.clone(),
            purpose: form.purpose,
            facts: form.facts.clone(),
            offset: at.offset,
        });
        self.plans.push(plan);
    }

    fn window(&self, phase: PhaseId, form: FormId, area: AreaId) -> Window {
        self.phases.window(&self.areas, phase, form, area)
    }

    fn case_kind(&self, form: FormId, phase: PhaseId) -> Option<CaseKind> {
        self.phases.kind(form, phase)
    }

    fn open_phase(&mut self, area: AreaId, phase: &PhaseOpened) -> bool {
        self.phases.open(area, phase)
    }

    fn close_phase(&mut self, area: AreaId, phase: PhaseId) -> bool {
        self.phases.close(area, phase)
    }

    fn put_erased(&mut self, area: AreaId, wave: u32) {
        self.erased.insert((area, wave));
    }
}

impl tables::Operations for Tables {
    fn origin(&mut self, origin: Origin) -> OriginRef {
        self.operations.origin(origin)
    }

    fn seen(&self, origin: OriginRef, number: u64, digest: &[u8]) -> Seen {
        self.operations.seen(origin, number, digest)
    }

    fn number_at(&self, origin: OriginRef, offset: Offset) -> Option<u64> {
        self.operations.number_at(origin, offset)
    }
}
