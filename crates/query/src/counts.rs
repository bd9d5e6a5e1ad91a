//! Counters of enumeration areas, in pages that a reader can keep while the follower goes on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::AreaId;

use crate::schema::FACTS;

/// What is counted in an enumeration area, or in all below an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Enumeration areas in which at least one dwelling is listed.
    pub eas_listed: u64,
    /// Dwellings listed.
    pub dwellings: u64,
    /// Those dwellings by [`types::Occupancy`] code.
    pub occupancy: [u64; 7],
    /// Dwellings somebody went to.
    pub dwellings_visited: u64,
    /// Households listed in dwellings where somebody lives, or with a submission that counts.
    pub households: u64,
    /// Households somebody went to.
    pub households_visited: u64,
    /// Those households by [`types::Response`] code.
    pub response: [u64; 9],
    /// Households with a submission that counts by [`types::Source`] code.
    pub source: [u64; 7],
    /// Facts of the submissions that count: persons, male, female, slept here, registered away, births, deaths.
    pub facts: [u64; FACTS.len()],
    /// Visits.
    pub visits: u64,
    /// Submissions accepted, replaced versions included.
    pub submissions: u64,
    /// Operations held, of any kind.
    pub held: u64,
    /// Of these, submissions.
    pub held_submissions: u64,
}

impl Counts {
    /// Adds another area's.
    pub fn add(&mut self, other: &Counts) {
        let arrays = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        arrays(&mut self.occupancy, &other.occupancy);
        arrays(&mut self.response, &other.response);
        arrays(&mut self.source, &other.source);
        arrays(&mut self.facts, &other.facts);
        self.eas_listed += other.eas_listed;
        self.dwellings += other.dwellings;
        self.dwellings_visited += other.dwellings_visited;
        self.households += other.households;
        self.households_visited += other.households_visited;
        self.visits += other.visits;
        self.submissions += other.submissions;
        self.held += other.held;
        self.held_submissions += other.held_submissions;
    }
}

const PAGE: usize = 64;

type Page = [Counts; PAGE];

/// Counters by area id. A clone shares its pages; a change copies the page it is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountPages(Vec<Option<Arc<Page>>>);

impl CountPages {
    pub fn set(&mut self, ea: AreaId, counts: Counts) {
        *self.slot(ea) = counts;
    }

    /// Adds what somebody else counted in the same area.
    pub fn add(&mut self, ea: AreaId, counts: &Counts) {
        self.slot(ea).add(counts);
    }

    fn slot(&mut self, ea: AreaId) -> &mut Counts {
        let (page, slot) = (ea.0 as usize / PAGE, ea.0 as usize % PAGE);
        if page >= self.0.len() {
            self.0.resize(page + 1, None);
        }
        let page = self.0[page].get_or_insert_with(|| Arc::new([Counts::default(); PAGE]));
        &mut Arc::make_mut(page)[slot]
    }

    /// Areas with counters that are not all zero.
    pub fn iter(&self) -> impl Iterator<Item = (AreaId, &Counts)> {
        let pages = self.0.iter().enumerate().filter_map(|(at, page)| Some((at, page.as_ref()?)));
        let all = pages.flat_map(|(at, page)| {
            page.iter().enumerate().map(move |(slot, counts)| (AreaId((at * PAGE + slot) as u32), counts))
        });
        all.filter(|(_, counts)| **counts != Counts::default())
    }
}
