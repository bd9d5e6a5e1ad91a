//! `letter.cancelled`: whoever holds the letter's code can no longer register a device.

use event::head::LetterCancelled;
use types::Held;

use crate::context::Decision;
use crate::tables::Tables;

/// A letter with a device left is cancelled; twice is once. One that is used up stays as it is: its devices are what
/// there is to decide about.
pub(crate) fn decide(tables: &mut impl Tables, event: &LetterCancelled) -> Decision {
    let lookup: [u8; 32] = event.lookup.as_slice().try_into().map_err(|_| Held::Malformed)?;
    let letter = tables.letter_row(&lookup).ok_or(Held::NotListed)?;
    if letter.devices_max > 0 && letter.devices >= letter.devices_max {
        return Err(Held::NumberTaken);
    }
    tables.cancel_letter(&lookup);
    Ok(())
}
