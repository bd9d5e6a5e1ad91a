//! `letter.issued`: whoever holds the letter's code may register a device.

use event::head::LetterIssued;
use types::{Held, StaffId};

use crate::context::{Context, Decision};
use crate::tables::Tables;

/// A look-up value belongs to one letter, for ever; the letter is for somebody enrolled.
pub(crate) fn decide(tables: &mut impl Tables, context: &Context, event: &LetterIssued) -> Decision {
    let lookup: [u8; 32] = event.lookup.as_slice().try_into().map_err(|_| Held::Malformed)?;
    tables.post(StaffId(event.staff)).ok_or(Held::OutsideArea)?;
    if tables.letter_row(&lookup).is_some() {
        return Err(Held::NumberTaken);
    }
    tables.put_letter(context.at, lookup, event);
    Ok(())
}
