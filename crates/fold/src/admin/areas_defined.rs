//! `area.defined`: areas added, renamed, recoded or moved.

use event::head::{AreaDefined, AreasDefined};
use types::{AreaId, Held};

use crate::context::Decision;
use crate::tables::Tables;

/// Takes every area that fits the tree: the next id without a gap, or a known one; a known parent on a higher level, where
/// no field work has begun (an area with dwellings stays an enumeration area). If one did not fit the event is held, and
/// the others count.
///
/// Enumeration areas made by count take the ids after the areas named with them.
pub(crate) fn decide(tables: &mut impl Tables, event: &AreasDefined) -> Decision {
    let mut fits = true;
    let mut waiting: Vec<&AreaDefined> = Vec::new();
    for area in &event.areas {
        if area.id > tables.area_count() {
            fits &= put_eas(tables, &mut waiting);
        }
        let put = tables.put_area(area);
        fits &= put;
        if put && area.eas > 0 && area.eas_first >= tables.area_count() {
            waiting.push(area);
        }
    }
    fits &= put_eas(tables, &mut waiting);
    if fits { Ok(()) } else { Err(Held::UnknownArea) }
}

/// Gives the enumeration areas that wait their ids.
fn put_eas(tables: &mut impl Tables, waiting: &mut Vec<&AreaDefined>) -> bool {
    let mut fits = true;
    for area in waiting.drain(..) {
        fits &= tables.put_eas(AreaId(area.id), area.eas_first, area.eas);
    }
    fits
}
