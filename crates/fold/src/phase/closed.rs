//! `phase.closed`: a phase is closed in a subtree. What still arrives is held.

use event::head::PhaseClosed;
use types::{Held, PhaseId};

use crate::context::{Context, Decision, short};
use crate::tables::Tables;

/// See [`super::opened`] for which decision counts where.
pub(crate) fn decide(tables: &mut impl Tables, context: &Context, event: &PhaseClosed) -> Decision {
    if !tables.has_area(context.area()) {
        return Err(Held::UnknownArea);
    }
    let phase = PhaseId(short(event.phase)?);
    if tables.close_phase(context.area(), phase) { Ok(()) } else { Err(Held::NotListed) }
}
