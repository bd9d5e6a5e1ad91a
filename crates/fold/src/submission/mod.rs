//! Submissions: received, then approved or returned.

pub(crate) mod approved;
pub(crate) mod received;
pub(crate) mod returned;

use event::operation::Review;
use types::{AreaId, FormId, Held, PhaseId, Response};

use crate::context::{number, short};
use crate::tables::{CaseKind, Counted, Tables};

/// Where a case stands, be it the household's main case or a further one.
pub(crate) struct Case {
    pub main: bool,
    pub counted: Counted,
    pub response: Response,
}

/// The case of a household that a review is about.
pub(crate) fn reviewed(
    tables: &impl Tables,
    ea: AreaId,
    review: &Review,
) -> Result<(u16, CaseKind, Option<Case>), Held> {
    let household = number(review.household)?;
    let (form, phase) = (FormId(short(review.form)?), PhaseId(short(review.phase)?));
    let kind = tables.case_kind(form, phase).ok_or(Held::FormNotOpen)?;
    let row = tables.household(ea, household).ok_or(Held::NotListed)?;
    let main = row.counted.filter(|counted| counted.case == kind);
    let case = match main {
        Some(counted) => Some(Case { main: true, counted, response: row.response }),
        None => tables.side_case(ea, household, kind).map(|side| Case {
            main: false,
            counted: side.counted,
            response: side.response,
        }),
    };
    Ok((household, kind, case))
}

/// Writes down where a reviewed case stands.
pub(crate) fn put_response(tables: &mut impl Tables, ea: AreaId, household: u16, case: &Case, response: Response) {
    if case.main {
        let mut row = tables.household(ea, household).expect("a reviewed case has a household");
        row.response = response;
        tables.put_household(ea, household, row);
    } else {
        let row = crate::tables::SideCase { counted: case.counted, response };
        tables.put_side_case(ea, household, row);
    }
}
