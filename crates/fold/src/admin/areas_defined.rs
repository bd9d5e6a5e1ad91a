//! `area.defined`: areas added, renamed, recoded or moved.

use event::head::AreasDefined;
use types::Held;

use crate::context::Decision;
use crate::tables::Tables;

/// Takes every area that fits the tree: the next id without a gap, or a known one; a known parent on a higher level, where
/// no field work has begun (an area with dwellings stays an enumeration area). If one did not fit the event is held, and
/// the others count.
pub(crate) fn decide(tables: &mut impl Tables, event: &AreasDefined) -> Decision {
    let fitted = event.areas.iter().filter(|area| tables.put_area(area)).count();
    if fitted == event.areas.len() { Ok(()) } else { Err(Held::UnknownArea) }
}
