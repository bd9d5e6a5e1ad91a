//! Dwellings, households and their cases, as fold reads and writes them.

use fold::tables::{self, CaseKind, Dwelling, HeldSubmission, Household, SideCase};
use types::{AreaId, Offset};

use super::Tables;
use crate::counts::Counts;
use crate::page::dwelling::DwellingRow;
use crate::page::household::HouseholdRow;

impl tables::Frame for Tables {
    fn dwelling(&self, ea: AreaId, dwelling: u16) -> Option<Dwelling> {
        let page = self.page(ea)?;
        page.find_dwelling(dwelling).ok().map(|at| page.dwellings[at].unpack())
    }

    fn put_dwelling(&mut self, ea: AreaId, dwelling: u16, row: Dwelling) {
        let (page, change) = self.page_and_change(ea);
        page.put_dwelling(DwellingRow::pack(dwelling, &row), change);
    }

    fn household(&self, ea: AreaId, household: u16) -> Option<Household> {
        let page = self.page(ea)?;
        let row = page.households[page.find_household(household).ok()?];
        let facts = if row.is_large() { self.large[&(ea, household)] } else { row.facts() };
        Some(Household { facts, ..row.unpack() })
    }

    fn put_household(&mut self, ea: AreaId, household: u16, row: Household) {
        self.put_households(ea, row.dwelling, &[(household, row)]);
    }

    fn put_households(&mut self, ea: AreaId, dwelling: u16, rows: &[(u16, Household)]) {
        if rows.is_empty() {
            return;
        }
        for (household, row) in rows {
            let (packed, fits) = HouseholdRow::pack(*household, row);
            if let Some(old) = self.large.remove(&(ea, *household)) {
                self.change.facts(&old, -1);
            }
            if !fits {
                self.large.insert((ea, *household), row.facts);
                self.change.facts(&row.facts, 1);
            }
            let (page, change) = self.page_and_change(ea);
            page.put_household(packed, change);
        }
        let (page, change) = self.page_and_change(ea);
        page.settle_dwelling(dwelling, change);
    }

    fn households_of(&self, ea: AreaId, dwelling: u16) -> Vec<u16> {
        let Some(page) = self.page(ea) else { return Vec::new() };
        page.households.iter().filter(|row| row.dwelling == dwelling).map(|row| row.number).collect()
    }

    fn side_case(&self, ea: AreaId, household: u16, case: CaseKind) -> Option<SideCase> {
        self.side_cases.get(&(ea, household, case)).copied()
    }

    fn put_side_case(&mut self, ea: AreaId, household: u16, row: SideCase) {
        self.side_cases.insert((ea, household, row.counted.case), row);
    }

    fn count_visit(&mut self, ea: AreaId) {
        let (page, change) = self.page_and_change(ea);
        page.visits += 1;
        change.count(Counts::VISITS, 1);
    }

    fn count_submission(&mut self, ea: AreaId) {
        let (page, change) = self.page_and_change(ea);
        page.submissions += 1;
        change.count(Counts::SUBMISSIONS, 1);
    }

    fn held_submission(&self, offset: Offset) -> Option<HeldSubmission> {
        self.held_submissions.get(&offset).copied()
    }

    fn put_held_submission(&mut self, offset: Offset, row: HeldSubmission) {
        self.held_submissions.insert(offset, row);
    }

    fn held_area(&self, offset: Offset) -> Option<AreaId> {
        self.held.get(&offset).map(|item| item.area)
    }

    fn release_held(&mut self, offset: Offset) {
        let Some(item) = self.held.remove(&offset) else { return };
        let submission = self.held_submissions.remove(&offset).is_some();
        // What named no enumeration area was counted nowhere.
        if self.page(item.area).is_none_or(|page| page.held == 0) {
            return;
        }
        let (page, change) = self.page_and_change(item.area);
        page.held -= 1;
        change.count(Counts::HELD, -1);
        if submission {
            page.held_submissions -= 1;
            change.count(Counts::HELD_SUBMISSIONS, -1);
        }
    }
}
