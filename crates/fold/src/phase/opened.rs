//! `phase.opened`: a phase with its forms is open in a subtree.

use event::head::PhaseOpened;
use types::Held;

use crate::context::{Context, Decision, short};
use crate::tables::Tables;

/// The latest decision about an area counts, and the nearest one above an enumeration area decides there: opening a
/// province leaves a county that was closed by itself closed.
pub(crate) fn decide(tables: &mut impl Tables, context: &Context, event: &PhaseOpened) -> Decision {
    if !tables.has_area(context.area()) {
        return Err(Held::UnknownArea);
    }
    short(event.phase)?;
    event.forms.iter().try_for_each(|form| short(*form).map(|_| ()))?;
    if tables.open_phase(context.area(), event) { Ok(()) } else { Err(Held::Malformed) }
}
