//! Who still needs an activation letter.

use std::collections::{BTreeMap, HashMap};

use event::{Fact, Head};
use types::{Offset, Role, StaffId};

use crate::error::Result;
use crate::node::Node;

/// Enumerators and supervisors who need a letter, in order of number: supervisors without one, and enumerators with an
/// enumeration area leased to them since their last one (a letter brings the keys of the areas held when it was made).
///
/// Reads the heads of the whole journal.
///
/// # Errors
/// [`crate::Error::Journal`].
pub fn waiting(node: &Node) -> Result<Vec<StaffId>> {
    let mut letters: HashMap<StaffId, Offset> = HashMap::new();
    let mut leases: BTreeMap<StaffId, Offset> = BTreeMap::new();
    node.reader().heads(0, &mut |offset, _, bytes| {
        match Head::read(bytes).map_err(journal::Error::visit)?.fact {
            Some(Fact::LetterIssued(letter)) => letters.insert(StaffId(letter.staff), offset),
            Some(Fact::LeaseGranted(lease)) => leases.insert(StaffId(lease.staff), offset),
            _ => None,
        };
        Ok(())
    })?;
    let store = node.store();
    let needs = |staff: &&store::Staff| match (staff.role, letters.get(&staff.staff)) {
        (Role::Supervisor, letter) => letter.is_none(),
        (Role::Enumerator, letter) => !store.leases_of(staff.staff).is_empty() && letter < leases.get(&staff.staff),
        _ => false,
    };
    Ok(store.staff_list().filter(needs).map(|staff| staff.staff).collect())
}
