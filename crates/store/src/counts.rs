//! Counters, and changes to them.

use fold::tables::Facts;
use types::Occupancy;

use crate::Progress;
use crate::page::household::HouseholdRow;
use crate::page::lived_in;
use crate::place::Place;

/// The counters of an area above the enumeration areas, and its reconciliation without empty places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    counts: [u64; Counts::LEN],
    /// In order of place.
    cells: Vec<(Place, u32)>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { counts: [0; Counts::LEN], cells: Vec::new() }
    }
}

impl Counts {
    pub const DWELLINGS: usize = 0;
    pub const HOUSEHOLDS: usize = 1;
    const RESPONSE: usize = 2;
    const OCCUPANCY: usize = 11;
    const FACTS: usize = 18;
    pub const VISITS: usize = 25;
    pub const SUBMISSIONS: usize = 26;
    pub const HELD: usize = 27;
    pub const HELD_SUBMISSIONS: usize = 28;
    const LEN: usize = 29;

    /// Applies a change.
    pub fn add(&mut self, change: &Change) {
        let mut touched = change.touched;
        while touched != 0 {
            let at = touched.trailing_zeros() as usize;
            touched &= touched - 1;
            self.counts[at] = self.counts[at].wrapping_add_signed(i64::from(change.counts[at]));
        }
        for (place, difference) in change.cells() {
            match self.cells.binary_search_by_key(&place, |cell| cell.0) {
                Ok(at) => {
                    let count = self.cells[at].1.checked_add_signed(difference).expect("no place holds less than none");
                    if count == 0 {
                        self.cells.remove(at);
                    } else {
                        self.cells[at].1 = count;
                    }
                }
                Err(at) => {
                    let count = u32::try_from(difference).expect("no place holds less than none");
                    crate::page::insert_tight(&mut self.cells, at, (place, count));
                }
            }
        }
    }

    pub fn progress(&self) -> Progress {
        let count = &self.counts;
        Progress {
            dwellings: count[Self::DWELLINGS],
            households: count[Self::HOUSEHOLDS],
            response: count[Self::RESPONSE..Self::OCCUPANCY].try_into().expect("nine responses"),
            occupancy: count[Self::OCCUPANCY..Self::FACTS].try_into().expect("seven occupancies"),
            persons: count[Self::FACTS],
            male: count[Self::FACTS + 1],
            female: count[Self::FACTS + 2],
            slept_here: count[Self::FACTS + 3],
            registered_away: count[Self::FACTS + 4],
            births: count[Self::FACTS + 5],
            deaths: count[Self::FACTS + 6],
            visits: count[Self::VISITS],
            submissions: count[Self::SUBMISSIONS],
            held: count[Self::HELD],
            held_submissions: count[Self::HELD_SUBMISSIONS],
        }
    }

    /// The reconciliation, in order of place.
    pub fn cells(&self) -> impl Iterator<Item = (Place, u32)> + '_ {
        self.cells.iter().copied()
    }

    pub fn bytes(&self) -> usize {
        size_of::<Counts>() + self.cells.capacity() * size_of::<(Place, u32)>()
    }
}

/// What one event, or one whole page, changes in the counters of every area above it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    counts: [i32; Counts::LEN],
    /// One bit a counter that changed.
    touched: u32,
    cells: Vec<(Place, i32)>,
}

impl Change {
    pub fn count(&mut self, at: usize, difference: i32) {
        self.counts[at] += difference;
        self.touched |= 1 << at;
    }

    pub fn occupancy(&mut self, occupancy: Occupancy, difference: i32) {
        self.count(Counts::OCCUPANCY + occupancy as usize, difference);
    }

    pub fn place(&mut self, place: Place, difference: i32) {
        match self.cells.iter_mut().find(|cell| cell.0 == place) {
            Some(cell) => cell.1 += difference,
            None => self.cells.push((place, difference)),
        }
    }

    /// A household in a dwelling of this occupancy. Where nobody lives it counts only once it has answered; one that is
    /// part of another counts there.
    pub fn household(&mut self, row: &HouseholdRow, occupancy: Occupancy, difference: i32) {
        if row.merged_into() != 0 {
            return;
        }
        if lived_in(occupancy) || row.case != 0 {
            self.count(Counts::HOUSEHOLDS, difference);
            self.count(Counts::RESPONSE + row.response() as usize, difference);
        }
        if row.case != 0 {
            self.facts(&row.facts(), difference);
        }
    }

    /// What a counted submission says.
    pub fn facts(&mut self, facts: &Facts, difference: i32) {
        let Facts { persons, male, female, slept_here, registered_away, births, deaths } = *facts;
        let facts = [persons, male, female, slept_here, registered_away, births, deaths];
        for (at, fact) in facts.into_iter().enumerate().filter(|(_, fact)| *fact != 0) {
            self.count(Counts::FACTS + at, difference * i32::from(fact));
        }
    }

    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.counts = [0; Counts::LEN];
        self.touched = 0;
        self.cells.clear();
    }

    pub fn is_empty(&self) -> bool {
        self.touched == 0 && self.cells.is_empty()
    }

    fn cells(&self) -> impl Iterator<Item = (Place, i32)> + '_ {
        self.cells.iter().copied().filter(|cell| cell.1 != 0)
    }

    /// As counters of its own.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        counts.add(self);
        counts
    }
}
