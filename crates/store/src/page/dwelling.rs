//! A dwelling in 13 bytes.

use fold::tables::{Dwelling, LeaseMark, OriginRef};
use types::{Occupancy, Response};

/// A dwelling's row; see [`fold::tables::Dwelling`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(Rust, packed)]
pub(crate) struct DwellingRow {
    pub number: u16,
    pub building: u16,
    pub origin: u32,
    pub lease: u8,
    /// From the lowest bit: kind (3 bits), occupancy (3), what visits found before a household was listed (2).
    pub found: u8,
    pub visits: u8,
    /// How many households are listed in it, at most 255.
    pub households: u8,
    /// See [`crate::place::Place::code`].
    pub place: u8,
}

impl DwellingRow {
    pub fn pack(number: u16, row: &Dwelling) -> DwellingRow {
        let own = match row.own {
            Response::NotStarted => 0,
            Response::CallBack => 1,
            Response::Refused => 2,
            other => unreachable!("no visit leaves a dwelling {other:?}"),
        };
        DwellingRow {
            number,
            building: row.building,
            origin: row.origin.0,
            lease: row.lease.0,
            found: (row.kind & 7) | (row.occupancy as u8) << 3 | own << 6,
            visits: row.visits,
            households: 0,
            place: 0,
        }
    }

    pub fn unpack(&self) -> Dwelling {
        Dwelling {
            building: self.building,
            kind: self.kind(),
            occupancy: self.occupancy(),
            origin: OriginRef(self.origin),
            lease: LeaseMark(self.lease),
            own: self.own(),
            visits: self.visits,
        }
    }

    pub fn kind(&self) -> u8 {
        self.found & 7
    }

    pub fn occupancy(&self) -> Occupancy {
        Occupancy::from_code(u32::from(self.found >> 3 & 7)).expect("rows keep known occupancies")
    }

    pub fn own(&self) -> Response {
        [Response::NotStarted, Response::CallBack, Response::Refused, Response::NotStarted]
            [usize::from(self.found >> 6)]
    }
}
