//! `device.registered`: a device enrolled with a letter.

use event::head::DeviceRegistered;
use types::{DeviceId, Held, StaffId};

use crate::context::{Context, Decision};
use crate::tables::Tables;

/// The number is new, and the letter is for this member of staff and has a device left. Without a letter, the system
/// itself registers for anybody enrolled.
pub(crate) fn decide(tables: &mut impl Tables, context: &Context, event: &DeviceRegistered) -> Decision {
    let key: [u8; 32] = event.signing_key.as_slice().try_into().map_err(|_| Held::Malformed)?;
    if event.device == 0 {
        return Err(Held::Malformed);
    }
    let staff = StaffId(event.staff);
    tables.post(staff).ok_or(Held::OutsideArea)?;
    if tables.device_revoked(DeviceId(event.device)).is_some() {
        return Err(Held::NumberTaken);
    }
    if !event.letter.is_empty() {
        let lookup = event.letter.as_slice().try_into().map_err(|_| Held::Malformed)?;
        let letter = tables.letter_row(&lookup).filter(|letter| letter.staff == staff).ok_or(Held::OutsideArea)?;
        if letter.devices >= letter.devices_max {
            return Err(Held::NumberTaken);
        }
    }
    tables.put_device(context.at, event, key);
    Ok(())
}
