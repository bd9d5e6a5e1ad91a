//! Writing the office's events down.

use types::Held;

use super::OfficeEvent;
use crate::error::{Error, Result};
use crate::node::Node;

/// Events appended together: each lot is durable before the next.
const LOT: usize = 500;

/// Appends events of the office, from a thread outside any runtime. After a crash in between, doing the same again
/// writes the rest.
///
/// # Errors
/// [`Error::Refused`] when one did not take effect, with the reason; those before it did. As [`Node::admin`].
pub fn append(node: &Node, events: Vec<OfficeEvent>) -> Result<()> {
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let lot: Vec<OfficeEvent> = events.by_ref().take(LOT).collect();
        let names: Vec<&str> = lot.iter().map(|(head, _)| head.fact.as_ref().map_or("event", |f| f.name())).collect();
        for (name, ack) in names.into_iter().zip(node.admin_blocking(lot)?) {
            if ack.held != Held::Not {
                return Err(Error::Refused { what: format!("`{name}` did not take effect: {:?}", ack.held) });
            }
        }
    }
    Ok(())
}
