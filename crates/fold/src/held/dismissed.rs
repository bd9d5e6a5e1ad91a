//! `operation.dismissed`: the office looked at a held operation, and it is not to count.

use event::head::OperationDismissed;
use types::Held;

use crate::context::{Context, Decision};
use crate::rights;
use crate::tables::Tables;

/// It waits for nobody any more. The way back is for the field to send the work again.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &OperationDismissed) -> Decision {
    if tables.held_area(event.operation) != Some(context.area()) {
        return Err(Held::Malformed);
    }
    rights::dismiss(tables, context)?;
    tables.release_held(event.operation);
    context.progress_changed();
    Ok(())
}
