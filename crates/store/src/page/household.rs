//! A household in 23 bytes.

use fold::tables::{CaseKind, Counted, Facts, Household, LeaseMark, OriginRef};
use types::{Offset, Response, Source};

/// A household's row; see [`fold::tables::Household`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(Rust, packed)]
pub(crate) struct HouseholdRow {
    pub number: u16,
    pub dwelling: u16,
    pub origin: u32,
    /// Without a counted submission: the household it is part of, or 0.
    pub offset_low: u32,
    pub offset_high: u8,
    /// 0 without a counted submission.
    pub case: u8,
    pub lease: u8,
    /// From the lowest bit: response (4 bits), source (4).
    pub status: u8,
    pub visits: u8,
    /// Persons, male, female, slept here, registered away; 255 in the first sends to the store's large facts.
    pub persons: [u8; 5],
    /// From the lowest bit: births (4 bits), deaths (4).
    pub vital: u8,
}

impl HouseholdRow {
    /// What stands in `persons[0]` when the facts are kept elsewhere.
    pub const LARGE: u8 = 255;

    /// Packs a row; `false` when its facts do not fit and must be kept elsewhere.
    pub fn pack(number: u16, row: &Household) -> (HouseholdRow, bool) {
        let counted = row.counted.unwrap_or_default();
        assert!(counted.offset < 1 << 40, "a journal of 2^40 events");
        assert!(row.merged_into == 0 || row.counted.is_none(), "answers that count are never merged away");
        let facts = row.facts;
        let five = [facts.persons, facts.male, facts.female, facts.slept_here, facts.registered_away];
        let fits = five.iter().all(|fact| *fact < 255) && facts.births < 16 && facts.deaths < 16;
        let packed = HouseholdRow {
            number,
            dwelling: row.dwelling,
            origin: counted.origin.0,
            offset_low: counted.offset as u32 | u32::from(row.merged_into),
            offset_high: (counted.offset >> 32) as u8,
            case: counted.case.0,
            lease: counted.lease.0,
            status: row.response as u8 | (row.source as u8) << 4,
            visits: row.visits,
            persons: if fits { five.map(|fact| fact as u8) } else { [Self::LARGE, 0, 0, 0, 0] },
            vital: if fits { facts.births as u8 | (facts.deaths as u8) << 4 } else { 0 },
        };
        (packed, fits)
    }

    /// The row, its facts zero when they are kept elsewhere.
    pub fn unpack(&self) -> Household {
        Household {
            dwelling: self.dwelling,
            response: self.response(),
            source: self.source(),
            visits: self.visits,
            counted: (self.case != 0).then(|| Counted {
                offset: self.offset(),
                origin: OriginRef(self.origin),
                lease: LeaseMark(self.lease),
                case: CaseKind(self.case),
            }),
            facts: self.facts(),
            merged_into: self.merged_into(),
        }
    }

    pub fn is_large(&self) -> bool {
        self.persons[0] == Self::LARGE
    }

    /// The facts, zero when they are kept elsewhere.
    pub fn facts(&self) -> Facts {
        if self.is_large() {
            return Facts::default();
        }
        let [persons, male, female, slept_here, registered_away] = self.persons.map(u16::from);
        let (births, deaths) = (u16::from(self.vital & 15), u16::from(self.vital >> 4));
        Facts { persons, male, female, slept_here, registered_away, births, deaths }
    }

    pub fn offset(&self) -> Offset {
        u64::from(self.offset_low) | u64::from(self.offset_high) << 32
    }

    /// The household it is part of; 0 when it is one of its own.
    pub fn merged_into(&self) -> u16 {
        if self.case == 0 { self.offset_low as u16 } else { 0 }
    }

    pub fn response(&self) -> Response {
        super::response(self.status & 15)
    }

    pub fn source(&self) -> Source {
        Source::from_code(u32::from(self.status >> 4)).expect("rows keep known sources")
    }
}
