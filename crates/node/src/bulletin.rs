//! Which events go down to devices beside those of their own areas: what everybody must know, and to whom a lease was
//! lost. Also which keys were to be destroyed, should a crash have come between. Found again after a restart by reading heads, which lie apart from bodies.

use std::collections::HashMap;

use event::{Fact, Head};
use journal::Reader;
use types::{AreaId, Offset, StaffId};

use crate::error::Result;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Bulletin {
    everybody: Vec<Offset>,
    lost: HashMap<StaffId, Vec<Offset>>,
    holders: HashMap<AreaId, StaffId>,
    erased: Vec<(u32, u32)>,
}

impl Bulletin {
    /// Reads the journal's heads before `end`.
    pub fn read(reader: &dyn Reader, end: Offset) -> Result<Bulletin> {
        let mut bulletin = Bulletin::default();
        if end > 0 {
            reader.heads(0, &mut |offset, _, head| {
                let head = Head::read(head).map_err(journal::Error::visit)?;
                if offset < end && Bulletin::concerns(&head) {
                    bulletin.put(offset, &head);
                }
                Ok(())
            })?;
        }
        Ok(bulletin)
    }

    /// Whether [`Bulletin::put`] would do anything.
    pub fn concerns(head: &Head) -> bool {
        everybody(head) || matches!(head.fact, Some(Fact::LeaseGranted(_) | Fact::LeaseEnded(_) | Fact::BodyErased(_)))
    }

    /// Takes the next event in order.
    pub fn put(&mut self, offset: Offset, head: &Head) {
        if everybody(head) {
            self.everybody.push(offset);
            return;
        }
        let before = match &head.fact {
            Some(Fact::LeaseGranted(granted)) => self.holders.insert(head.area(), StaffId(granted.staff)),
            Some(Fact::LeaseEnded(_)) => self.holders.remove(&head.area()),
            Some(Fact::BodyErased(erased)) => {
                self.erased.push((head.area, erased.wave));
                None
            }
            _ => None,
        };
        if let Some(staff) = before {
            self.lost.entry(staff).or_default().push(offset);
        }
    }

    /// What everybody must know, from `from` on.
    pub fn everybody(&self, from: Offset) -> &[Offset] {
        since(&self.everybody, from)
    }

    /// Area and wave of every key that was to be destroyed.
    pub fn erased(&self) -> &[(u32, u32)] {
        &self.erased
    }

    /// Where leases of this member of staff ended or went to somebody else, from `from` on.
    pub fn leases_lost(&self, staff: StaffId, from: Offset) -> &[Offset] {
        self.lost.get(&staff).map_or(&[], |offsets| since(offsets, from))
    }
}

fn since(offsets: &[Offset], from: Offset) -> &[Offset] {
    &offsets[offsets.partition_point(|offset| *offset < from)..]
}

fn everybody(head: &Head) -> bool {
    matches!(
        head.fact,
        Some(Fact::CensusDefined(_) | Fact::FormPublished(_) | Fact::PhaseOpened(_) | Fact::PhaseClosed(_))
    )
}
