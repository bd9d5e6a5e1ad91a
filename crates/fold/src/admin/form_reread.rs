//! `form.reread`: earlier answers are extracted to the tables anew, as a later version of their form reads them.

use event::head::FormReread;
use types::{FormId, Held};

use crate::context::{Decision, short};
use crate::tables::Tables;

/// Changes nothing here: counts come from heads, and heads stay. Only a later version can be named, so that rows never go
/// round in a circle.
pub(crate) fn decide(tables: &impl Tables, event: &FormReread) -> Decision {
    let form = FormId(short(event.form)?);
    let known = |version| tables.plan(form, version).is_some();
    if event.from_version >= event.to_version || !known(event.from_version) || !known(event.to_version) {
        return Err(Held::Malformed);
    }
    Ok(())
}
