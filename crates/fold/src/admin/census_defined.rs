//! `census.defined`: the census and its keys, whole, at first and at every change.

use event::head::CensusDefined;
use types::Held;

use crate::context::Decision;
use crate::tables::Tables;

/// A change keeps the census's id: operations in the field name it.
pub(crate) fn decide(tables: &mut impl Tables, event: &CensusDefined) -> Decision {
    let id = tables.census_id();
    if id != 0 && id != event.id {
        return Err(Held::WrongCensus);
    }
    tables.put_census(event);
    Ok(())
}
