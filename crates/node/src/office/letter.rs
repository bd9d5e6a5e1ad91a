//! Who still needs an activation letter, and whose is not used yet.

use std::collections::{BTreeMap, HashMap};

use event::{Digest, Fact, Head};
use store::Store;
use types::{Offset, Role, StaffId};

use crate::error::Result;
use crate::node::Node;

/// Enumerators and supervisors who need a letter, in order of number: supervisors of this cell without one, and enumerators with an
/// enumeration area leased to them since their last one (a letter brings the keys of the areas held when it was made).
/// A cancelled letter is none.
///
/// Reads the heads of the whole journal.
///
/// # Errors
/// [`crate::Error::Journal`].
pub fn waiting(node: &Node) -> Result<Vec<StaffId>> {
    let mut leases: BTreeMap<StaffId, Offset> = BTreeMap::new();
    node.reader().heads(0, &mut |offset, _, bytes| {
        if let Some(Fact::LeaseGranted(lease)) = Head::read(bytes).map_err(journal::Error::visit)?.fact {
            leases.insert(StaffId(lease.staff), offset);
        }
        Ok(())
    })?;
    let store = node.store();
    // In order of offset: the last one stays.
    let issued = store.letters().filter(|(_, letter)| !letter.cancelled());
    let letters: HashMap<StaffId, Offset> = issued.map(|(_, letter)| (letter.staff, letter.offset)).collect();
    let tops = node.scope().tops(&store);
    let here = |area| tops.iter().any(|top| store.areas().contains(*top, area));
    let needs = |staff: &&store::Staff| match (staff.role, letters.get(&staff.staff)) {
        (Role::Supervisor, letter) => letter.is_none() && here(staff.area),
        (Role::Enumerator, letter) => !store.leases_of(staff.staff).is_empty() && letter < leases.get(&staff.staff),
        _ => false,
    };
    Ok(store.staff_list().filter(needs).map(|staff| staff.staff).collect())
}

/// The letters of a member of staff that may still register a device, in order of issue.
pub fn unused(store: &Store, staff: StaffId) -> Vec<Digest> {
    let theirs = store.letters().filter(|(_, letter)| letter.staff == staff);
    theirs.filter(|(_, letter)| !letter.cancelled() && !letter.used_up()).map(|(lookup, _)| *lookup).collect()
}
