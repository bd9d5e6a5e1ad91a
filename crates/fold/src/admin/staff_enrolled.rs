//! `staff.enrolled`: a member of staff and their post; the same id again changes it.

use event::head::StaffEnrolled;
use types::{AreaId, Held, StaffId};

use crate::context::Decision;
use crate::tables::Tables;

/// A sign-in name belongs to one member of staff.
pub(crate) fn decide(tables: &mut impl Tables, event: &StaffEnrolled) -> Decision {
    if event.staff == 0 {
        return Err(Held::Malformed);
    }
    if !tables.has_area(AreaId(event.area)) {
        return Err(Held::UnknownArea);
    }
    let taken = !event.login.is_empty() && tables.login(&event.login).is_some_and(|who| who != StaffId(event.staff));
    if taken {
        return Err(Held::NumberTaken);
    }
    tables.put_staff(event);
    Ok(())
}
