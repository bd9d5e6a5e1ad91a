//! What goes down to a device: the events of its enumeration areas, and what everybody must know (forms, phases).

use std::collections::BTreeSet;

use event::wire::Change;
use event::{Fact, Head};
use types::{AreaId, Offset, StaffId};

use crate::bodies;
use crate::error::{Error, Result};
use crate::node::Node;

/// Events of one enumeration area looked at together.
const EA_EVENTS_MAX: usize = 100_000;

/// A page of changes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// In order of offset.
    pub changes: Vec<Change>,
    /// Ask from here next time.
    pub cursor: Offset,
    /// More are waiting.
    pub more: bool,
}

impl Node {
    /// What `staff`, who may read the enumeration areas `eas`, has not seen since `cursor`; about `max` changes.
    ///
    /// An area leased to them since then comes with its whole history, so that a successor sees every door.
    pub fn changes(&self, staff: StaffId, eas: &[AreaId], cursor: Offset, max: usize) -> Result<Changes> {
        let (mut fresh, mut history, end) = (BTreeSet::new(), BTreeSet::new(), self.store().next_offset());
        fresh.extend(self.bulletin(cursor));
        for ea in eas {
            let new = self.store().events_of(*ea, cursor, EA_EVENTS_MAX);
            if self.begins_lease(&new, staff)? {
                history.extend(self.store().events_of(*ea, 0, EA_EVENTS_MAX));
            } else {
                fresh.extend(new);
            }
        }
        // Histories are given whole (an area has some hundreds of events); the rest by pages.
        let more = fresh.len() > max;
        let page: Vec<Offset> = fresh.into_iter().take(max).collect();
        let cursor = match page.last() {
            Some(last) if more => last + 1,
            _ => end,
        };
        let offsets: BTreeSet<Offset> = history.into_iter().chain(page).collect();
        let changes = offsets.into_iter().map(|offset| self.change(offset)).collect::<Result<_>>()?;
        Ok(Changes { changes, cursor, more })
    }

    fn begins_lease(&self, offsets: &[Offset], staff: StaffId) -> Result<bool> {
        for offset in offsets {
            let head = Head::read(&self.reader().record(*offset)?.1.head)?;
            if matches!(head.fact, Some(Fact::LeaseGranted(granted)) if granted.staff == staff.0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn change(&self, offset: Offset) -> Result<Change> {
        let (header, record) = self.reader().record(offset)?;
        let body = match bodies::open(self.keys(), offset, &record) {
            Err(Error::Erased { .. }) => Vec::new(),
            body => body?,
        };
        let (verdict, held) = self.decided(offset, &Head::read(&record.head)?);
        Ok(Change { offset, at_us: header.time.0, head: record.head, body, verdict: verdict.code(), held: held.code() })
    }
}
