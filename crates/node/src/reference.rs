//! What is national, from cell to cell: the root cell gives its events in order, another cell takes them over into its own
//! journal, so that its state depends on that journal alone.
//!
//! An event taken over is an operation of the root cell: its origin is the cell's, its number the offset there plus 1, its
//! digest the event's. So one taken over twice takes effect once, and how far a cell has come is what it has journaled.

use std::collections::HashSet;

use event::wire::{Reference, ReferenceEvent};
use event::{Digest, Fact, Head};
use types::{CellId, Held, Offset, OperationId, Origin};

use crate::bodies;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::scope::is_national;

/// The root cell.
pub const ROOT: CellId = CellId(0);
/// Events taken over together.
const LOT: usize = 500;
/// About so many bytes of the journal are read for one answer.
const BYTES_MAX: usize = 1 << 20;

impl Node {
    /// National events of this cell from an offset on; the next offset to ask for is in it. Without events it may still go
    /// on: [`Reference::end`] says how far there is anything.
    ///
    /// # Errors
    /// [`Error::Journal`]; [`Error::OtherCell`] beyond the journal's end: somebody took over what is no longer here.
    pub fn reference(&self, from: Offset) -> Result<Reference> {
        let end = self.store().next_offset();
        if from > end {
            let what = format!("{from} events were taken over from this cell, which has {end}: its journal lost some");
            return Err(Error::OtherCell { what });
        }
        let mut reference = Reference { events: Vec::new(), next: from, end };
        if from == end {
            return Ok(reference);
        }
        for frame in self.reader().frames(from, BYTES_MAX)? {
            for (offset, record) in (frame.header.first_offset..).zip(frame.records.iter()) {
                if offset < from || offset >= end {
                    continue;
                }
                reference.next = offset + 1;
                // The one at `from` was taken over before, or so the asker thinks: it compares.
                let national = Head::read(&record.head)?.fact.as_ref().is_some_and(is_national);
                if offset != from && !national {
                    continue;
                }
                let body = if national { bodies::open(self.keys(), offset, record)? } else { Vec::new() };
                let digest = record.digest().to_vec();
                reference.events.push(ReferenceEvent { offset, head: record.head.clone(), digest, body });
            }
        }
        Ok(reference)
    }

    /// The offset of the last event taken over from the root cell; `None` before the first.
    pub fn imported(&self) -> Option<Offset> {
        self.store().last_number(Origin::of_cell(ROOT)).checked_sub(1)
    }

    /// Takes over what matters here of the root cell's events, which follow each other as it gave them. Returns how many
    /// were new. After a crash in between, the same again takes over the rest.
    ///
    /// # Errors
    /// [`Error::OtherCell`] when one has other bytes than before: that is another root cell. As [`Node::admin`].
    pub async fn import(&self, reference: Reference) -> Result<usize> {
        let before = self.imported();
        let (mut lot, mut staff, mut count) = (Vec::new(), HashSet::new(), 0);
        for event in reference.events {
            if before.is_some_and(|before| event.offset <= before) {
                self.must_be_known(&event)?;
                continue;
            }
            let head = Head::read(&event.head)?;
            if !self.concerns(&head, &staff) {
                continue;
            }
            if let Some(Fact::StaffEnrolled(enrolled)) = &head.fact {
                staff.insert(enrolled.staff);
            }
            // Who works where is decided by the areas known by then.
            let alone = matches!(head.fact, Some(Fact::AreasDefined(_)));
            lot.push((taken_over(head, &event), event.body));
            if alone || lot.len() == LOT {
                count += self.take_over(std::mem::take(&mut lot)).await?;
            }
        }
        Ok(count + self.take_over(lot).await?)
    }

    async fn take_over(&self, lot: Vec<(Head, Vec<u8>)>) -> Result<usize> {
        let count = lot.len();
        if count == 0 {
            return Ok(0);
        }
        for ack in self.admin(lot).await? {
            if ack.held != Held::Not {
                tracing::warn!(offset = ack.offset(), held = ?ack.held, "an event of the root cell took no effect here");
            }
        }
        Ok(count)
    }

    /// Whether an event of the root cell matters in this one. Of staff and phases: those of the subtree and of what is above
    /// it, and whoever leaves it. `staff` are about to be known.
    fn concerns(&self, head: &Head, staff: &HashSet<u32>) -> bool {
        let store = self.store();
        match &head.fact {
            Some(Fact::StaffEnrolled(enrolled)) => {
                self.shared.scope.touches(&store, types::AreaId(enrolled.area))
                    || staff.contains(&enrolled.staff)
                    || store.staff(types::StaffId(enrolled.staff)).is_some()
            }
            Some(Fact::PhaseOpened(_) | Fact::PhaseClosed(_)) => self.shared.scope.touches(&store, head.area()),
            Some(fact) => is_national(fact),
            None => false,
        }
    }

    /// An event that was taken over before must be what it was then.
    fn must_be_known(&self, event: &ReferenceEvent) -> Result<()> {
        let id = OperationId { origin: Origin::of_cell(ROOT), number: event.offset + 1 };
        let digest = Digest::try_from(event.digest.as_slice()).unwrap_or_default();
        if self.store().operation(id).is_some_and(|known| !known.is(&digest)) {
            let what = format!(
                "event {} of the root cell is not the one that was taken over: this is another root cell, or one that was \
                 brought back from a backup and went on differently",
                event.offset
            );
            return Err(Error::OtherCell { what });
        }
        Ok(())
    }
}

/// The head of an event as this cell journals it.
fn taken_over(head: Head, event: &ReferenceEvent) -> Head {
    Head {
        origin: Origin::of_cell(ROOT).0.to_vec(),
        number: event.offset + 1,
        digest: event.digest.clone(),
        device: 0,
        wave: 0,
        census: 0,
        ..head
    }
}
