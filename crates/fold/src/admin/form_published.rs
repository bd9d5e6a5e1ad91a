//! `form.published`: a form version; the event's body is the compiled form.

use event::head::FormPublished;
use types::{FormId, Held};

use crate::context::{Context, Decision, short};
use crate::tables::{Plan, Tables};

/// A version is published once: field work refers to it for ever.
pub(crate) fn decide(tables: &mut impl Tables, context: &Context, event: &FormPublished) -> Decision {
    let form = FormId(short(event.form)?);
    if form.0 == 0 || event.version == 0 || event.facts.len() > 255 {
        return Err(Held::Malformed);
    }
    if tables.plan(form, event.version).is_some() {
        return Err(Held::NumberTaken);
    }
    let index = Plan::NAMES.map(|name| event.facts.iter().position(|fact| fact == name).map_or(255, |at| at as u8));
    tables.put_form(context.at, event, Plan { household: event.purpose != 1, index });
    Ok(())
}
