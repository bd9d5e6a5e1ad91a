//! The counters of an area.

use types::{Occupancy, Response};

/// What is counted in an area and everything below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Dwellings listed, of any occupancy.
    pub dwellings: u64,
    /// Households listed in dwellings where somebody lives, or with a counted submission.
    pub households: u64,
    /// Those households by where their form stands; index [`Response::code`].
    pub response: [u64; 9],
    /// Dwellings by what they were found to be; index [`Occupancy::code`].
    pub occupancy: [u64; 7],
    /// Persons in counted submissions.
    pub persons: u64,
    /// Of these, male.
    pub male: u64,
    /// Of these, female.
    pub female: u64,
    /// Of these, slept here on the reference night.
    pub slept_here: u64,
    /// Of these, registered elsewhere.
    pub registered_away: u64,
    /// Births reported.
    pub births: u64,
    /// Deaths reported.
    pub deaths: u64,
    /// Visits recorded.
    pub visits: u64,
    /// Submissions accepted, replaced versions included.
    pub submissions: u64,
    /// Operations held, of any kind; kept, and waiting for a person.
    pub held: u64,
    /// Of these, submissions.
    pub held_submissions: u64,
}

impl Progress {
    /// Households by where their form stands.
    pub fn responses(&self, response: Response) -> u64 {
        self.response[response as usize]
    }

    /// Dwellings by what they were found to be.
    pub fn occupancies(&self, occupancy: Occupancy) -> u64 {
        self.occupancy[occupancy as usize]
    }

    /// Households whose case needs review.
    pub fn needs_review(&self) -> u64 {
        self.responses(Response::NeedsReview)
    }
}
