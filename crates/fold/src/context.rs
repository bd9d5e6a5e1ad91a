//! What the deciding functions share: the event's surroundings, and the checks on numbers and codes.

use event::Head;
use types::{AreaId, Held};

use crate::tables::OriginRef;
use crate::{At, Effect};

/// The surroundings of the event being decided.
pub(crate) struct Context<'a> {
    pub at: At,
    pub head: &'a Head,
    pub origin: OriginRef,
    pub effects: Vec<Effect>,
}

/// What a decision comes to: it counts, or it is held.
pub(crate) type Decision = Result<(), Held>;

impl Context<'_> {
    pub fn area(&self) -> AreaId {
        self.head.area()
    }

    /// Says that the counts of the event's area changed.
    pub fn progress_changed(&mut self) {
        self.effects.push(Effect::AreaProgressChanged(self.head.area()));
    }
}

/// A dwelling's or household's number: 1 to 65,535.
pub(crate) fn number(given: u32) -> Result<u16, Held> {
    u16::try_from(given).ok().filter(|number| *number > 0).ok_or(Held::Malformed)
}

/// A form's or phase's number.
pub(crate) fn short(given: u32) -> Result<u16, Held> {
    u16::try_from(given).map_err(|_| Held::Malformed)
}
