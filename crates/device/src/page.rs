//! An enumeration area as this phone knows it: what changes brought, and its own work on top at once.

use event::operation::{ListDwelling, ListHousehold, RecordVisit};
use types::{Occupancy, Outcome, Response};

use crate::record::{DwellingRecord, EaRecord, HouseholdRecord, Sealed};
use crate::sorted::Sorted;

/// What is known of one enumeration area.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) ea: EaRecord,
    pub(crate) dwellings: Sorted<u32, DwellingRecord>,
    pub(crate) households: Sorted<u32, HouseholdRecord>,
    /// What was submitted, by household and form.
    pub(crate) cases: Sorted<(u32, u32), Sealed>,
}

impl Page {
    /// Raises the highest numbers seen. They never fall, so no number is given twice.
    pub(crate) fn see(&mut self, dwelling: u32, household: u32, building: u32) {
        self.ea.dwelling_max = self.ea.dwelling_max.max(dwelling);
        self.ea.household_max = self.ea.household_max.max(household);
        self.ea.building_max = self.ea.building_max.max(building);
    }

    pub(crate) fn list_dwelling(&mut self, act: &ListDwelling, listing: Option<Sealed>) {
        self.see(act.dwelling, act.households.iter().copied().max().unwrap_or(0), act.building);
        let dwelling = self.dwellings.or_default(act.dwelling);
        dwelling.dwelling = act.dwelling;
        dwelling.building = act.building;
        dwelling.kind = act.kind;
        dwelling.occupancy = act.occupancy;
        dwelling.households.clone_from(&act.households);
        dwelling.held = 0;
        dwelling.conflict = false;
        if listing.is_some() {
            dwelling.listing = listing;
        }
        for &household in &act.households {
            let record = self.households.or_default(household);
            record.household = household;
            record.dwelling = act.dwelling;
        }
    }

    pub(crate) fn list_household(&mut self, act: &ListHousehold, listing: Option<Sealed>) {
        self.see(act.dwelling, act.household, 0);
        let record = self.households.or_default(act.household);
        record.household = act.household;
        record.dwelling = act.dwelling;
        record.split_from = act.split_from;
        record.held = 0;
        record.conflict = false;
        if listing.is_some() {
            record.listing = listing;
        }
    }

    /// Counts a visit once, however often it is told. `mark` is [`mark`] of the operation's digest.
    pub(crate) fn record_visit(&mut self, act: &RecordVisit, mark: u64) {
        if act.household == 0 {
            let Some(dwelling) = self.dwellings.get_mut(&act.dwelling) else { return };
            if dwelling.visits.contains(&mark) {
                return;
            }
            dwelling.visits.push(mark);
        }
        // A visit to the dwelling as a whole tells about every household in it.
        let sought = |h: &HouseholdRecord| match act.household {
            0 => h.dwelling == act.dwelling,
            household => h.household == household,
        };
        for household in self.households.values_mut().filter(|h| sought(h)) {
            if household.visits.contains(&mark) {
                continue;
            }
            household.visits.push(mark);
            if act.at_us >= household.last_visit_us {
                household.last_visit = act.outcome;
                household.last_visit_us = act.at_us;
            }
            household.response = after(household.response, act.outcome);
        }
    }

    /// Answers came. `mark` is [`mark`] of the operation's digest: told again, the same answers come to the same.
    pub(crate) fn submitted(&mut self, household: u32, outcome: u32, source: u32, mark: u64) {
        if let Some(household) = self.households.get_mut(&household) {
            // As at the office: what replaces a decision waits for another.
            let decided = settles(household.response);
            #[cfg(feature = "plant")]
            let decided = decided && !types::planted("hide-a-reopening");
            if decided {
                household.reopened_by = mark;
            }
            let reopens = decided || mark != 0 && household.reopened_by == mark;
            let review = reopens || Outcome::from_code(outcome).is_none_or(Outcome::for_review);
            household.response = if review { Response::NeedsReview } else { Response::Complete }.code();
            household.outcome = outcome;
            household.source = source;
            household.reason = 0;
            household.marks.clear();
            household.held = 0;
            household.conflict = false;
        }
    }

    /// Households of a dwelling: those the listing names, in its order, then later splits.
    pub(crate) fn households_of(&self, dwelling: &DwellingRecord) -> Vec<&HouseholdRecord> {
        let listed = dwelling.households.iter().filter_map(|number| self.households.get(number));
        let split = self.households.values().filter(|h| h.dwelling == dwelling.dwelling);
        let split = split.filter(|h| !dwelling.households.contains(&h.household));
        listed.filter(|h| h.dwelling == dwelling.dwelling).chain(split).collect()
    }
}

/// Whether a response status is a decision of the office that new answers reopen.
pub(crate) fn settles(response: u32) -> bool {
    [Response::Approved, Response::RefusedFinal, Response::NonContactFinal].map(Response::code).contains(&response)
}

/// What a visit's outcome makes of a response status: the same rule as fold's, so that the phone shows at once what the
/// office will.
fn after(response: u32, outcome: u32) -> u32 {
    let [open, call_back, refused] = [Response::NotStarted, Response::CallBack, Response::Refused].map(Response::code);
    match outcome {
        4 if [open, call_back, refused].contains(&response) => refused,
        3 if [open, call_back, refused].contains(&response) => call_back,
        2 | 5 | 6 if [open, call_back].contains(&response) => call_back,
        _ => response,
    }
}

/// The first 8 bytes of an operation's digest.
pub(crate) fn mark(digest: &[u8]) -> u64 {
    digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Whether an interview is due in a dwelling of this occupancy.
pub(crate) fn interview_due(occupancy: u32) -> bool {
    [Occupancy::Unknown, Occupancy::Occupied, Occupancy::Seasonal].map(Occupancy::code).contains(&occupancy)
}
