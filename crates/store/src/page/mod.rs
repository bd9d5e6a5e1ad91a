//! The page of an enumeration area: its dwellings, households, lease and events, packed.

pub(crate) mod dwelling;
pub(crate) mod household;
pub(crate) mod offsets;

use fold::tables::LeaseRow;
use types::{AreaId, Occupancy, Response, Source};

use crate::counts::{Change, Counts};
use crate::place::{Place, rank};
use dwelling::DwellingRow;
use household::HouseholdRow;
use offsets::Offsets;

/// Everything resident about one enumeration area, except its operations' ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub area: AreaId,
    /// The rollup node above it; `u32::MAX` when it has no parent.
    pub node: u32,
    /// In order of number.
    pub dwellings: Vec<DwellingRow>,
    /// In order of number.
    pub households: Vec<HouseholdRow>,
    pub events: Offsets,
    pub lease: LeaseRow,
    pub visits: u32,
    pub submissions: u32,
    pub held: u32,
    pub held_submissions: u32,
}

/// Whether households are expected behind such a door.
pub(crate) fn lived_in(occupancy: Occupancy) -> bool {
    matches!(occupancy, Occupancy::Unknown | Occupancy::Occupied | Occupancy::HouseholdAbsent)
}

/// Adds to a vector that lives for the whole census: spare room stays below an eighth.
pub(crate) fn insert_tight<T>(rows: &mut Vec<T>, at: usize, row: T) {
    if rows.len() == rows.capacity() {
        rows.reserve_exact(rows.len() / 8 + 8);
    }
    rows.insert(at, row);
}

/// The index of a number in rows sorted by it. Numbers are mostly given from 1 without gaps, so look there first.
fn find(len: usize, number: u16, number_at: impl Fn(usize) -> u16) -> Result<usize, usize> {
    let guess = usize::from(number).wrapping_sub(1);
    if guess < len && number_at(guess) == number {
        return Ok(guess);
    }
    if len == 0 || number_at(len - 1) < number {
        return Err(len);
    }
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        match number_at(middle).cmp(&number) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(middle),
        }
    }
    Err(low)
}

impl Page {
    pub fn find_dwelling(&self, number: u16) -> Result<usize, usize> {
        find(self.dwellings.len(), number, |at| self.dwellings[at].number)
    }

    pub fn find_household(&self, number: u16) -> Result<usize, usize> {
        find(self.households.len(), number, |at| self.households[at].number)
    }

    /// Adds or replaces a dwelling; says what that changes in the counters. Households in it are as before.
    pub fn put_dwelling(&mut self, row: DwellingRow, change: &mut Change) {
        match self.find_dwelling(row.number) {
            Ok(at) => {
                let old = self.dwellings[at];
                change.occupancy(old.occupancy(), -1);
                change.occupancy(row.occupancy(), 1);
                let kept = DwellingRow { households: old.households, place: old.place, ..row };
                self.dwellings[at] = kept;
                if lived_in(old.occupancy()) != lived_in(row.occupancy()) {
                    let number = row.number;
                    for household in self.households.iter().filter(|household| household.dwelling == number) {
                        change.household(household, old.occupancy(), -1);
                        change.household(household, row.occupancy(), 1);
                    }
                }
                change.place(Place::new(old.occupancy(), old.place), -1);
                self.settle(at);
                let new = self.dwellings[at];
                change.place(Place::new(new.occupancy(), new.place), 1);
            }
            Err(at) => {
                insert_tight(&mut self.dwellings, at, row);
                self.settle(at);
                let new = self.dwellings[at];
                change.count(Counts::DWELLINGS, 1);
                change.occupancy(new.occupancy(), 1);
                change.place(Place::new(new.occupancy(), new.place), 1);
            }
        }
    }

    /// Adds or replaces a household; says what that changes in the counters. Its dwelling's place is as before until
    /// [`Page::settle_dwelling`].
    ///
    /// # Panics
    /// When its dwelling is not listed: fold never puts such a household.
    pub fn put_household(&mut self, row: HouseholdRow, change: &mut Change) {
        let dwelling_at = self.find_dwelling(row.dwelling).expect("a household's dwelling is listed");
        let occupancy = self.dwellings[dwelling_at].occupancy();
        match self.find_household(row.number) {
            Ok(at) => {
                let old = self.households[at];
                assert_eq!({ old.dwelling }, { row.dwelling }, "a household stays in its dwelling");
                change.household(&old, occupancy, -1);
                self.households[at] = row;
            }
            Err(at) => {
                insert_tight(&mut self.households, at, row);
                let home = &mut self.dwellings[dwelling_at];
                home.households = home.households.saturating_add(1);
            }
        }
        change.household(&row, occupancy, 1);
    }

    /// Works out a dwelling's place anew, after households were put; says what that changes in the counters.
    pub fn settle_dwelling(&mut self, number: u16, change: &mut Change) {
        let at = self.find_dwelling(number).expect("households are put into listed dwellings");
        let old = self.dwellings[at];
        change.place(Place::new(old.occupancy(), old.place), -1);
        self.settle(at);
        change.place(Place::new(old.occupancy(), self.dwellings[at].place), 1);
    }

    /// Works out a dwelling's place anew.
    fn settle(&mut self, at: usize) {
        let dwelling = self.dwellings[at];
        let number = dwelling.number;
        let households = self.households.iter().filter(|household| household.dwelling == number);
        self.dwellings[at].place = place_of(dwelling, households.filter(|_| dwelling.households > 0));
    }

    /// Adds up the whole page.
    pub fn total(&self) -> Change {
        let mut change = Change::default();
        for dwelling in &self.dwellings {
            change.count(Counts::DWELLINGS, 1);
            change.occupancy(dwelling.occupancy(), 1);
            change.place(Place::new(dwelling.occupancy(), dwelling.place), 1);
        }
        for household in &self.households {
            let at = self.find_dwelling(household.dwelling).expect("a household's dwelling is listed");
            change.household(household, self.dwellings[at].occupancy(), 1);
        }
        change.count(Counts::VISITS, self.visits as i32);
        change.count(Counts::SUBMISSIONS, self.submissions as i32);
        change.count(Counts::HELD, self.held as i32);
        change.count(Counts::HELD_SUBMISSIONS, self.held_submissions as i32);
        change
    }

    pub fn bytes(&self) -> usize {
        size_of::<Page>()
            + self.dwellings.capacity() * size_of::<DwellingRow>()
            + self.households.capacity() * size_of::<HouseholdRow>()
            + self.events.bytes()
    }
}

/// The place of a dwelling: that of its least finished household that counts; without one, what visits found where
/// somebody lives, and none where nobody does.
fn place_of<'a>(dwelling: DwellingRow, households: impl Iterator<Item = &'a HouseholdRow>) -> u8 {
    let lived_in = lived_in(dwelling.occupancy());
    let counting = households.filter(|one| (lived_in || one.case != 0) && one.merged_into() == 0);
    match counting.min_by_key(|household| (rank(household.response()), { household.number })) {
        Some(household) => Place::code(Some(household.response()), household.source()),
        None if lived_in => Place::code(Some(dwelling.own()), Source::None),
        None => Place::code(None, Source::None),
    }
}

/// A response from the four bits a row keeps.
pub(crate) fn response(code: u8) -> Response {
    Response::from_code(u32::from(code)).expect("rows keep known responses")
}
