//! Identifiers. All are permanent: nothing here is ever reused or renumbered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A position in a cell's journal: 0 for the first event, without gaps.
pub type Offset = u64;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A cell: the one writer of an area subtree's data. Cell 0 is the root cell.
    CellId(u16)
);
number_id!(
    /// An area of any level, for ever. Codes, names and parents may change; this does not. 0 is the first area defined.
    AreaId(u32)
);
number_id!(
    /// A member of staff, numbered from 1 in the cell that enrolled them. 0 means "nobody" (the system itself).
    StaffId(u32)
);
number_id!(
    /// An enrolled device, numbered from 1. 0 means "no device" (the console, an import).
    DeviceId(u32)
);
number_id!(
    /// A form of the census (short form, listing …), numbered from 1 by the census definition.
    FormId(u16)
);
number_id!(
    /// A phase (listing, enumeration, post-enumeration survey …), numbered from 1 by the census definition.
    PhaseId(u16)
);

/// Where operations are numbered: a random 128-bit value made with each new local store.
///
/// A wiped or copied phone makes a new one, so two stores never number under the same origin.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin(pub [u8; 16]);

impl Origin {
    /// Reads an origin from bytes off the wire; `None` unless there are exactly 16.
    pub fn from_slice(bytes: &[u8]) -> Option<Origin> {
        bytes.try_into().ok().map(Origin)
    }

    /// Of the events that other cells take over from this one: an event's number is its offset there plus 1.
    pub fn of_cell(cell: CellId) -> Origin {
        let mut origin = [0; 16];
        origin[..CELL_TAG.len()].copy_from_slice(CELL_TAG);
        origin[14..].copy_from_slice(&cell.0.to_be_bytes());
        Origin(origin)
    }

    /// Whether it is a cell's. No store draws such a one, and nobody may send under it.
    pub fn is_cell(&self) -> bool {
        self.0.starts_with(CELL_TAG)
    }
}

/// How the origins of cells begin.
const CELL_TAG: &[u8; 14] = b"quipu.cell\0\0\0\0";

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

/// The permanent name of an operation: it takes effect at most once, for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId {
    /// The store that numbered it.
    pub origin: Origin,
    /// From 1, without gaps, given at finish under the store's lock.
    pub number: u64,
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.origin, self.number)
    }
}

/// A household: its enumeration area and its number there. The number is given at listing and never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HouseholdKey {
    /// The enumeration area.
    pub ea: AreaId,
    /// From 1 within the enumeration area.
    pub household: u16,
}

/// A case: one form of one household in one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseKey {
    /// Whose form it is.
    pub household: HouseholdKey,
    /// Which form.
    pub form: FormId,
    /// In which phase.
    pub phase: PhaseId,
}
