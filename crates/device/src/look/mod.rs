//! Looking: what the phone shows. Names are opened here, with the working key, and kept nowhere.

use event::head::Text;
use event::{Envelope, FrameHeader, HeldReceipt};
use types::{AreaId, Held, Occupancy, OperationId, Origin, Outcome, Response, Role, Source, Verdict};

use crate::Device;
use crate::page::{Page, interview_due};
use crate::record::{HouseholdRecord, Receipted, Sealed};

mod view;

pub use view::*;

impl Device {
    /// The enumeration areas this person holds a lease on; with work of their own in it, also others. A supervisor's:
    /// all that something is known of.
    pub fn eas(&self) -> Vec<EaView> {
        let supervisor = self.enrolment().is_some_and(|view| view.role == Role::Supervisor);
        let ours = self.pages.iter().filter(|(ea, page)| supervisor || self.lease(page) > 0 || self.unsent(**ea) > 0);
        ours.map(|(&ea, page)| {
            let todo = page_todo(ea, page);
            let (code, names) = self.names(ea);
            EaView {
                ea,
                code,
                names,
                lease: self.lease(page),
                dwellings: page.dwellings.len() as u32,
                households: page.households.values().filter(|household| household.merged_into == 0).count() as u32,
                done: todo.done,
                to_do: todo.to_interview + todo.to_call_back + todo.returned,
                to_review: page.households.values().filter(|household| to_review(household)).count() as u32,
                unsent: self.unsent(ea),
            }
        })
        .collect()
    }

    /// All enumeration areas something is known of: a supervisor's.
    pub fn eas_known(&self) -> impl Iterator<Item = AreaId> {
        self.pages.keys().copied()
    }

    /// An enumeration area with its dwellings and households; `None` when nothing is known of it.
    pub fn page(&self, ea: AreaId) -> Option<PageView> {
        let page = self.pages.get(&ea)?;
        let dwellings = page.dwellings.values().map(|dwelling| DwellingView {
            dwelling: dwelling.dwelling,
            building: dwelling.building,
            kind: dwelling.kind,
            occupancy: Occupancy::from_code(dwelling.occupancy).unwrap_or_default(),
            interview_due: interview_due(dwelling.occupancy),
            visits: dwelling.visits.len() as u32,
            unsent: self.outbox.contains_key(&dwelling.local),
            held: Held::from_code(dwelling.held).unwrap_or_default(),
            conflict: dwelling.conflict,
            listing: dwelling.listing.as_ref().map(|sealed| self.opened(ea, sealed)),
            households: page.households_of(dwelling).into_iter().map(|h| self.household(ea, h)).collect(),
        });
        Some(PageView {
            ea,
            lease: self.lease(page),
            next_building: page.ea.building_max + 1,
            dwellings: dwellings.collect(),
        })
    }

    /// Where a household's form stands, without opening anything; `None` when the household is not known.
    pub fn response_of(&self, ea: AreaId, household: u32) -> Option<Response> {
        let record = self.pages.get(&ea)?.households.get(&household)?;
        Some(Response::from_code(record.response).unwrap_or_default())
    }

    fn household(&self, ea: AreaId, household: &HouseholdRecord) -> HouseholdView {
        HouseholdView {
            household: household.household,
            split_from: household.split_from,
            merged_into: household.merged_into,
            response: Response::from_code(household.response).unwrap_or_default(),
            outcome: Outcome::from_code(household.outcome).unwrap_or_default(),
            source: Source::from_code(household.source).unwrap_or_default(),
            visits: household.visits.len() as u32,
            last_visit: household.last_visit,
            last_visit_us: household.last_visit_us,
            reason: household.reason,
            marks: household.marks.clone(),
            submission: household.submission,
            number: household.local,
            unsent: self.outbox.contains_key(&household.local),
            held: Held::from_code(household.held).unwrap_or_default(),
            conflict: household.conflict,
            listing: household.listing.as_ref().map(|sealed| self.opened(ea, sealed)),
        }
    }

    fn opened(&self, ea: AreaId, sealed: &Sealed) -> Answers {
        let key = self.reading.as_ref().and_then(|reading| reading.working.get(&ea));
        let open = || {
            let id = OperationId { origin: Origin::from_slice(&sealed.origin)?, number: sealed.number };
            let opened = Envelope::read(&sealed.envelope).ok()?.open_working(id, ea, key?).ok()?;
            Some(opened.to_vec())
        };
        Answers {
            form: sealed.form,
            version: sealed.version,
            answers: sealed.answers.clone(),
            identifiers: open(),
            submission: sealed.offset,
        }
    }

    /// What was submitted for a household, to go on from when it is returned.
    pub fn answers(&self, ea: AreaId, household: u32, form: u32) -> Option<Answers> {
        self.pages.get(&ea)?.cases.get(&(household, form)).map(|sealed| self.opened(ea, sealed))
    }

    /// What was written down about a dwelling, to go on from when it is corrected.
    pub fn listing(&self, ea: AreaId, dwelling: u32) -> Option<Answers> {
        let record = self.pages.get(&ea)?.dwellings.get(&dwelling)?;
        record.listing.as_ref().map(|sealed| self.opened(ea, sealed))
    }

    /// What is left to do, in the areas of [`Device::eas`].
    pub fn todo(&self) -> Todo {
        let ours = self.pages.iter().filter(|(_, page)| self.lease(page) > 0);
        Todo { eas: ours.map(|(&ea, page)| page_todo(ea, page)).collect(), unsent: self.outbox.len() as u32 }
    }

    /// Finished work that has no receipt.
    pub fn outbox(&self) -> Outbox {
        Outbox {
            count: self.outbox.len() as u32,
            oldest_us: self.outbox.values().map(|outgoing| outgoing.made_us).min().unwrap_or_default(),
            numbers: self.outbox.keys().copied().collect(),
        }
    }

    /// The operation waiting under a local number, byte for byte.
    pub fn outgoing(&self, number: u64) -> Option<&[u8]> {
        self.outbox.get(&number).map(|outgoing| outgoing.bytes.as_slice())
    }

    /// The receipt of the work with this local number; `None` when the office has not proved it has it.
    pub fn receipt(&self, number: u64) -> Option<ReceiptView> {
        self.receipts.get(&number).map(receipt)
    }

    /// All receipts, newest first.
    pub fn receipts(&self) -> impl Iterator<Item = ReceiptView> {
        self.receipts.values().rev().map(receipt)
    }

    /// All receipts with what they are for, oldest first: for whoever looks whether the office still has it.
    pub fn held_receipts(&self) -> impl Iterator<Item = HeldReceipt> {
        self.receipts.values().filter_map(|record| {
            Some(HeldReceipt {
                operation: OperationId { origin: Origin::from_slice(&record.origin)?, number: record.number },
                digest: record.digest.as_slice().try_into().ok()?,
                receipt: event::Receipt::read(&record.receipt).ok()?,
            })
        })
    }

    /// A compiled form; `None` when it is not here.
    pub fn form(&self, form: u32, version: u32) -> Option<&[u8]> {
        let record = self.forms.get(&(form, version))?;
        (!record.compiled.is_empty()).then_some(record.compiled.as_slice())
    }

    /// Form versions by form and version.
    pub fn forms(&self) -> impl Iterator<Item = FormView<'_>> {
        let forms = self.forms.values();
        forms.filter_map(|record| Some(FormView { head: record.head.as_ref()?, here: !record.compiled.is_empty() }))
    }

    /// Phases by number.
    pub fn phases(&self) -> impl Iterator<Item = PhaseView<'_>> {
        let phases = self.phases.values();
        phases.filter_map(|record| Some(PhaseView { head: record.head.as_ref()?, open: !record.closed }))
    }

    /// Why the office refuses reading, as a message code; empty when it does not.
    pub fn reading_refused(&self) -> &str {
        &self.state.reading_refused
    }

    /// Where the next sync asks for changes from.
    pub fn cursor(&self) -> u64 {
        self.state.cursor
    }

    fn lease(&self, page: &Page) -> u32 {
        let ours = self.enrolment.as_ref().is_some_and(|e| e.staff == page.ea.holder && e.staff != 0);
        if ours { page.ea.lease } else { 0 }
    }

    fn unsent(&self, ea: AreaId) -> u32 {
        let Some(page) = self.pages.get(&ea) else { return 0 };
        let dwellings = page.dwellings.values().filter(|d| self.outbox.contains_key(&d.local)).count();
        (dwellings + page.households.values().filter(|h| self.outbox.contains_key(&h.local)).count()) as u32
    }

    /// The code and joined names of an area. An enumeration area may be known only as "the n-th of its parent".
    fn names(&self, ea: AreaId) -> (String, Vec<Text>) {
        let (mut code, mut names) = (String::new(), Vec::<Text>::new());
        let mut here = match self.areas.get(&ea.0) {
            Some(area) => {
                code.clone_from(&area.code);
                Some(area)
            }
            None => {
                let above = self.areas.values().find(|area| ea.0.wrapping_sub(area.eas_first) < area.eas);
                let at = above.map_or(0, |area| ea.0 - area.eas_first + 1);
                code = above.map_or(String::new(), |area| format!("{}{at:03}", area.code));
                names = above.map_or(Vec::new(), |area| area.names.clone());
                names.iter_mut().for_each(|name| name.text = format!("{at:03}"));
                above
            }
        };
        while let Some(area) = here {
            for name in &area.names {
                match names.iter_mut().find(|known| known.language == name.language) {
                    Some(known) => known.text = format!("{} · {}", name.text, known.text),
                    None => names.push(name.clone()),
                }
            }
            here = area.parent_plus_1.checked_sub(1).and_then(|parent| self.areas.get(&parent));
        }
        (code, names)
    }
}

fn to_review(household: &HouseholdRecord) -> bool {
    let response = Response::from_code(household.response).unwrap_or_default();
    matches!(response, Response::Complete | Response::NeedsReview) && household.submission > 0
}

fn page_todo(ea: AreaId, page: &Page) -> EaTodo {
    let mut todo = EaTodo { ea, listed: page.dwellings.len() as u32, ..EaTodo::default() };
    for household in page.households.values().filter(|household| household.merged_into == 0) {
        let due = page.dwellings.get(&household.dwelling).is_none_or(|d| interview_due(d.occupancy));
        match Response::from_code(household.response).unwrap_or_default() {
            Response::NotStarted if due => todo.to_interview += 1,
            Response::NotStarted => {}
            Response::CallBack | Response::Refused => todo.to_call_back += 1,
            Response::Returned => todo.returned += 1,
            Response::Complete
            | Response::NeedsReview
            | Response::Approved
            | Response::RefusedFinal
            | Response::NonContactFinal => todo.done += 1,
        }
    }
    todo
}

fn receipt(record: &Receipted) -> ReceiptView {
    let proof = event::Receipt::read(&record.receipt).ok();
    let header = proof.as_ref().and_then(|proof| FrameHeader::read(&proof.frame).ok());
    ReceiptView {
        number: record.local,
        operation: OperationId {
            origin: Origin::from_slice(&record.origin).unwrap_or_default(),
            number: record.number,
        },
        verdict: Verdict::from_code(record.verdict).unwrap_or_default(),
        held: Held::from_code(record.held).unwrap_or_default(),
        frame_us: header.as_ref().map_or(0, |header| header.time.0),
        offset: header.map_or(0, |header| header.first_offset + u64::from(proof.map_or(0, |proof| proof.index))),
        bytes: record.receipt.clone(),
        kind: match record.act {
            16 => "list_dwelling",
            17 => "list_household",
            18 => "record_visit",
            19 => "submit",
            20 => "return",
            21 => "approve",
            22 => "confirm_nonresponse",
            23 => "merge_household",
            _ => "unknown",
        },
        ea: AreaId(record.ea),
        dwelling: record.dwelling,
        household: record.household,
        made_us: record.made_us,
    }
}
