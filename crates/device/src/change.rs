//! Changes: what the office says happened in this phone's areas, applied once each and in order.

use event::head::Fact;
use event::{Body, Head, wire};
use types::{AreaId, Response, Verdict};

use crate::page::{mark, settles};
use crate::record::{FormRecord, PhaseRecord, Sealed};
use crate::step::Batch;
use crate::{Device, key};

impl Device {
    /// Applies one change. What this version does not know, or cannot read, is passed over: the page shows less then,
    /// and nothing else depends on it.
    pub(crate) fn change(&mut self, change: &wire::Change, batch: &mut Batch) {
        let Ok(head) = Head::read(&change.head) else { return };
        let Some(fact) = head.fact.clone() else { return };
        if change.verdict != Verdict::Accepted.code() {
            return;
        }
        let ea = head.area();
        match fact {
            Fact::CensusDefined(census) => {
                if let Some(enrolment) = &mut self.enrolment {
                    enrolment.census = Some(census);
                    batch.put(key::ENROLMENT.to_owned(), enrolment);
                }
            }
            Fact::AreasDefined(defined) => {
                for area in defined.areas {
                    batch.put(key::area(area.id), &area);
                    self.areas.insert(area.id, area);
                }
            }
            Fact::LeaseGranted(lease) => {
                let page = self.page_mut(ea);
                (page.ea.lease, page.ea.holder) = (lease.lease, lease.staff);
                batch.put(key::ea(ea), &page.ea);
            }
            Fact::LeaseEnded(lease) => {
                let page = self.page_mut(ea);
                if page.ea.lease == lease.lease {
                    page.ea.holder = 0;
                }
                batch.put(key::ea(ea), &page.ea);
            }
            Fact::FormPublished(form) => {
                let at = (form.form, form.version);
                let known = self.forms.remove(&at).map(|record| record.compiled).unwrap_or_default();
                let compiled = if change.body.is_empty() { known } else { change.body.clone() };
                let record = FormRecord { head: Some(form), compiled };
                batch.put(key::form(at.0, at.1), &record);
                self.forms.insert(at, record);
            }
            Fact::PhaseOpened(phase) => {
                let number = phase.phase;
                let record = PhaseRecord { head: Some(phase), closed: false };
                batch.put(key::phase(number), &record);
                self.phases.insert(number, record);
            }
            Fact::PhaseClosed(phase) => {
                if let Some(record) = self.phases.get_mut(&phase.phase) {
                    record.closed = true;
                    batch.put(key::phase(phase.phase), record);
                }
            }
            fact => self.field_work(ea, &head, fact, change, batch),
        }
    }

    fn field_work(&mut self, ea: AreaId, head: &Head, fact: Fact, change: &wire::Change, batch: &mut Batch) {
        self.echoed(ea, head);
        let body = Body::read(&change.body).unwrap_or_default();
        let sealed = |form: u32, version: u32| {
            (body != Body::default()).then(|| Sealed {
                origin: head.origin.clone(),
                number: head.number,
                envelope: body.sealed.clone(),
                answers: body.answers.clone(),
                form,
                version,
                offset: change.offset,
            })
        };
        match fact {
            Fact::DwellingListed(act) => {
                let local = self.pages.get(&ea).and_then(|p| p.dwellings.get(&act.dwelling)).map_or(0, |d| d.local);
                if !self.ahead(local, head) {
                    self.page_mut(ea).list_dwelling(&act, sealed(act.form, act.form_version));
                    self.store_dwelling(ea, act.dwelling, batch);
                } else {
                    self.page_mut(ea).see(
                        act.dwelling,
                        act.households.iter().copied().max().unwrap_or(0),
                        act.building,
                    );
                    self.store_dwelling(ea, act.dwelling, batch);
                }
            }
            Fact::HouseholdListed(act) => {
                let local = self.local_of(ea, act.household);
                if self.ahead(local, head) {
                    self.page_mut(ea).see(act.dwelling, act.household, 0);
                } else {
                    self.page_mut(ea).list_household(&act, sealed(0, 0));
                }
                self.store_household(ea, act.household, batch);
            }
            Fact::VisitRecorded(act) => {
                self.page_mut(ea).record_visit(&act, mark(&head.digest));
                self.store_dwelling(ea, act.dwelling, batch);
            }
            Fact::SubmissionReceived(act) => {
                let local = self.local_of(ea, act.household);
                let ahead = self.ahead(local, head);
                let page = self.page_mut(ea);
                if !ahead {
                    page.submitted(act.household, act.outcome, act.source, mark(&head.digest));
                    if let Some(sealed) = sealed(act.form, act.form_version) {
                        batch.put(key::case(ea, act.household, act.form), &sealed);
                        page.cases.insert((act.household, act.form), sealed);
                    }
                }
                if let Some(household) = page.households.get_mut(&act.household) {
                    household.submission = change.offset;
                }
                self.store_household(ea, act.household, batch);
            }
            Fact::SubmissionReturned(act) => {
                self.decided(ea, act.household, Response::Returned.code(), (act.reason, act.marks), head, batch);
            }
            Fact::SubmissionApproved(act) => {
                self.decided(ea, act.household, Response::Approved.code(), (act.reason, Vec::new()), head, batch);
            }
            Fact::NonresponseConfirmed(act) => {
                self.decided(ea, act.household, act.response, (0, Vec::new()), head, batch);
            }
            Fact::HouseholdMerged(act) => {
                let ahead = self.ahead(self.local_of(ea, act.household), head);
                let record = self.page_mut(ea).households.get_mut(&act.household);
                if let Some(record) = record.filter(|_| !ahead) {
                    record.merged_into = act.into;
                    self.store_household(ea, act.household, batch);
                }
            }
            _ => {}
        }
    }

    fn decided(
        &mut self,
        ea: AreaId,
        household: u32,
        response: u32,
        why: (u32, Vec<String>),
        head: &Head,
        batch: &mut Batch,
    ) {
        let local = self.local_of(ea, household);
        if self.ahead(local, head) {
            // The work that waits came after the decision: its answers will be upon it.
            let waiting = self.outbox.get(&local).map_or(0, |outgoing| mark(&outgoing.digest));
            let record = self.page_mut(ea).households.get_mut(&household);
            if let Some(record) = record.filter(|_| settles(response)) {
                record.reopened_by = waiting;
                self.store_household(ea, household, batch);
            }
            return;
        }
        if let Some(record) = self.page_mut(ea).households.get_mut(&household) {
            record.response = response;
            (record.reason, record.marks) = why;
        }
        self.store_household(ea, household, batch);
    }

    /// The office tells of this phone's own work before its receipt is here: the work is no longer ahead of what the
    /// office tells next, such as a decision about it.
    fn echoed(&mut self, ea: AreaId, head: &Head) {
        let own = self.outbox.iter().find(|(_, outgoing)| outgoing.digest.as_slice() == head.digest);
        let (Some(local), Some(page)) = (own.map(|(local, _)| *local), self.pages.get_mut(&ea)) else { return };
        page.dwellings.values_mut().filter(|d| d.local == local).for_each(|d| d.local = 0);
        page.households.values_mut().filter(|h| h.local == local).for_each(|h| h.local = 0);
    }

    /// Whether this phone has later work of its own, not yet receipted, on what a change is about.
    fn ahead(&self, local: u64, head: &Head) -> bool {
        self.outbox.get(&local).is_some_and(|outgoing| outgoing.digest.as_slice() != head.digest)
    }

    fn local_of(&self, ea: AreaId, household: u32) -> u64 {
        self.pages.get(&ea).and_then(|page| page.households.get(&household)).map_or(0, |record| record.local)
    }

    pub(crate) fn form_fetched(&mut self, form: u32, version: u32, compiled: &[u8], batch: &mut Batch) {
        if let Some(record) = self.forms.get_mut(&(form, version)) {
            record.compiled = compiled.to_vec();
            batch.put(key::form(form, version), record);
        }
    }
}
