//! How far a census is set up, and what is still missing before phones can work.

use types::{PhaseId, Role};

use super::publish::{HOUSEHOLD, LISTING};
use super::{spread, waiting};
use crate::error::Result;
use crate::node::Node;
use crate::scope::Scope;

/// What a census still lacks, in the order in which it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No area tree.
    Areas,
    /// No definition.
    Census,
    /// No listing form.
    ListingForm,
    /// No household form.
    HouseholdForm,
    /// No phase is open anywhere.
    Phase,
    /// No enumerators.
    Enumerators,
    /// So many enumeration areas have nobody, though enumerators are posted there.
    Leases(u64),
    /// So many people have no letter, or one older than their last lease.
    Letters(u64),
    /// In so many enumeration areas no enumerator has a post.
    Posts(u64),
}

/// How far a census is set up.
#[derive(Debug)]
pub struct Standing {
    /// Areas of all levels.
    pub areas: u64,
    /// Enumeration areas of this cell.
    pub eas: u64,
    /// Of them leased.
    pub leased: u64,
    /// Phases open somewhere.
    pub open: Vec<PhaseId>,
    /// People by role, only roles that somebody has.
    pub staff: Vec<(Role, u64)>,
    /// What is missing.
    pub missing: Vec<Missing>,
}

impl Standing {
    /// Reads it from the store and, for the letters, from the heads of the journal.
    ///
    /// # Errors
    /// [`crate::Error::Journal`].
    pub fn read(node: &Node) -> Result<Standing> {
        // In the root cell nobody has a phone.
        let letters = if *node.scope() == Scope::Root { 0 } else { waiting(node)?.len() as u64 };
        let store = node.store();
        let tops = node.scope().tops(&store);
        let eas: u64 = tops.iter().map(|top| store.areas().enumeration_areas(*top).len() as u64).sum();
        let spread = spread(&store, &tops);
        let (to_lease, nobody) = (spread.grants.len() as u64, spread.nobody.len() as u64);
        let roles = [Role::Administrator, Role::Supervisor, Role::Enumerator, Role::Viewer, Role::Auditor];
        let count = |role| store.staff_list().filter(|staff| staff.role == role).count() as u64;
        let staff: Vec<_> = roles.map(|role| (role, count(role))).into_iter().filter(|(_, n)| *n > 0).collect();
        let phases = store.phases();
        let open: Vec<PhaseId> = phases
            .iter()
            .filter(|phase| phase.decisions.iter().any(|decision| decision.open))
            .map(|phase| phase.phase)
            .collect();
        let published = |purpose| store.forms().iter().any(|form| form.purpose == purpose);
        let enumerators = staff.iter().any(|(role, _)| *role == Role::Enumerator);
        let missing = [
            store.areas().is_empty().then_some(Missing::Areas),
            store.census().is_none().then_some(Missing::Census),
            (!published(LISTING)).then_some(Missing::ListingForm),
            (!published(HOUSEHOLD)).then_some(Missing::HouseholdForm),
            open.is_empty().then_some(Missing::Phase),
            (!enumerators).then_some(Missing::Enumerators),
            (to_lease > 0).then_some(Missing::Leases(to_lease)),
            (letters > 0).then_some(Missing::Letters(letters)),
            (enumerators && nobody > 0).then_some(Missing::Posts(nobody)),
        ];
        Ok(Standing {
            areas: store.areas().len().into(),
            eas,
            leased: eas - to_lease - nobody,
            open,
            staff,
            missing: missing.into_iter().flatten().collect(),
        })
    }
}
