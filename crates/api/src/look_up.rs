//! `POST /v1/look-up`: where households stand now, read from the resident tables.

use std::sync::Arc;

use axum::extract::{Request, State};
use event::wire::{LookUp, LookedUp};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::protobuf::{Reply, read};
use crate::router::body;
use crate::state::App;
use crate::sync::reads;

/// The longest request, bytes: a key is eight.
const BYTES_MAX: usize = 8 * LookUp::KEYS_MAX + 16;

/// Looks each household up. Rights are looked at key by key; neighbours in the request mostly share an area.
pub(crate) async fn look_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Result<Reply<LookedUp>, Problem> {
    let body = body(request, BYTES_MAX).await?;
    caller.check(&body)?;
    if let Some(problem) = caller.reading_refused(&app.node) {
        return Err(problem);
    }
    let asked: LookUp = read(&body)?;
    let store = app.node.store();
    let mut found = LookedUp::default();
    let mut decided = None;
    for household in asked.households.iter().map(|key| LookUp::household(*key)) {
        let row = household.and_then(|(ea, number)| {
            let readable = match decided {
                Some((area, readable)) if area == ea => readable,
                _ => reads(&store, caller.staff, ea),
            };
            decided = Some((ea, readable));
            store.household(ea, number).filter(|_| readable)
        });
        found.responses.push(row.map_or(0, |row| row.response.code() as u8 + 1));
        found.sources.push(row.map_or(0, |row| row.source.code() as u8));
        found.persons.push(row.map_or(0, |row| row.facts.persons.into()));
        found.submissions.push(row.and_then(|row| row.counted).map_or(0, |counted| counted.offset + 1));
    }
    Ok(Reply(found))
}
