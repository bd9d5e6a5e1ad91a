//! From the journal to the tables.

use event::Head;
use types::Offset;

use crate::Store;
use crate::error::{Error, Result};

/// How often progress is told, events.
const STEP: Offset = 65_536;

pub(crate) fn replay(
    store: &mut Store,
    reader: &dyn journal::Reader,
    progress: &mut dyn FnMut(Offset, Offset),
) -> Result<()> {
    let end = reader.end();
    let mut stopped = None;
    let visited = reader.heads(store.next_offset(), &mut |offset, time, bytes| {
        let applied = Head::read(bytes).map_err(|source| Error::Head { offset, source }).and_then(|head| {
            fold::known(&head).map_err(|source| Error::Unknown { offset, source })?;
            store.apply(offset, time, &head);
            Ok(())
        });
        if let Err(error) = applied {
            let message = error.to_string();
            stopped = Some(error);
            return Err(journal::Error::visit(std::io::Error::other(message)));
        }
        if offset % STEP == STEP - 1 {
            progress(offset + 1, end);
        }
        Ok(())
    });
    if let Some(error) = stopped {
        return Err(error);
    }
    visited?;
    store.refresh();
    progress(store.next_offset(), end);
    Ok(())
}
