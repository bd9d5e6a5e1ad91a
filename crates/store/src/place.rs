//! The reconciliation's places: occupancy × response × source.

use types::{Occupancy, Response, Source};

use crate::view::Cell;

/// One place: from the lowest bit source (4 bits), response (4; 15 where nobody lives), occupancy (3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(pub u16);

const NOBODY: u8 = 15;

impl Place {
    /// Response and source in a byte, as a dwelling's row keeps them.
    pub fn code(response: Option<Response>, source: Source) -> u8 {
        source as u8 | response.map_or(NOBODY, |response| response as u8) << 4
    }

    pub fn new(occupancy: Occupancy, code: u8) -> Place {
        Place(u16::from(code) | (occupancy as u16) << 8)
    }

    /// Response and source of a code made by [`Place::code`].
    pub fn read(code: u8) -> (Option<Response>, Source) {
        let source = Source::from_code(u32::from(code & 15)).expect("places keep known sources");
        (Response::from_code(u32::from(code >> 4)), source)
    }

    pub fn cell(self, dwellings: u64) -> Cell {
        let (response, source) = Place::read(self.0 as u8);
        let occupancy = Occupancy::from_code(u32::from(self.0 >> 8)).expect("places keep known occupancies");
        Cell { occupancy, response, source, dwellings }
    }
}

/// How finished a household is; the least finished of a dwelling's households says where the dwelling stands. Missing
/// answers come before answers, so a final refusal shows even beside a complete household.
pub(crate) fn rank(response: Response) -> u8 {
    match response {
        Response::NotStarted => 0,
        Response::CallBack => 1,
        Response::Refused => 2,
        Response::Returned => 3,
        Response::NeedsReview => 4,
        Response::NonContactFinal => 5,
        Response::RefusedFinal => 6,
        Response::Complete => 7,
        Response::Approved => 8,
    }
}
