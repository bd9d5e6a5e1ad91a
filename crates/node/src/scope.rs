//! What a cell of a divided census may decide: the root cell what holds for the whole census, every other cell the work of
//! its own subtree. So each thing has one place where it is decided, and no two cells can contradict each other.

use event::{Fact, Head};
use store::Store;
use types::{AreaId, Origin};

use crate::error::{Error, Result};

/// The part of the census that a cell decides about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it: the census has one cell.
    #[default]
    Whole,
    /// What is national: the census, areas, staff, forms, phases. No field work.
    Root,
    /// The work in the subtree below this area. What is national is taken over from the root cell.
    Subtree(AreaId),
}

/// Whether it is the root cell's to decide.
pub(crate) fn is_national(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::CensusDefined(_)
            | Fact::AreasDefined(_)
            | Fact::StaffEnrolled(_)
            | Fact::FormPublished(_)
            | Fact::PhaseOpened(_)
            | Fact::PhaseClosed(_)
    )
}

impl Scope {
    /// Refuses an event of the office that another cell decides about.
    ///
    /// # Errors
    /// [`Error::OtherCell`], which says whose it is.
    pub(crate) fn check(&self, head: &Head, store: &Store) -> Result<()> {
        let refused = |what: String| Err(Error::OtherCell { what });
        let Some(fact) = &head.fact else { return Ok(()) };
        let taken_over = Origin::from_slice(&head.origin).is_some_and(|origin| origin.is_cell());
        let local = matches!(fact, Fact::LeaseGranted(_) | Fact::LetterIssued(_) | Fact::DeviceRegistered(_));
        match self {
            Scope::Root if local => refused(
                "the root cell has no field work: leases, letters and phones are the cell's of their area".into(),
            ),
            Scope::Subtree(_) if is_national(fact) && !taken_over => {
                refused(format!("`{}` holds for more than this cell: do it in the root cell", fact.name()))
            }
            Scope::Subtree(top) if local && !self.touches(store, head.area()) => {
                let top = store.areas().code(*top).unwrap_or_default();
                refused(format!(
                    "that area is not in `{top}`, which is all this cell has: do it in the area's own cell"
                ))
            }
            _ => Ok(()),
        }
    }

    /// The tops of the areas whose field work is this cell's.
    pub fn tops(&self, store: &Store) -> Vec<AreaId> {
        match self {
            Scope::Whole => store.areas().tops(),
            Scope::Root => Vec::new(),
            Scope::Subtree(top) => vec![*top],
        }
    }

    /// Whether an area is in the cell's subtree or above it: what is decided there matters here.
    pub(crate) fn touches(&self, store: &Store, area: AreaId) -> bool {
        let Scope::Subtree(top) = self else { return true };
        let areas = store.areas();
        // Before the areas are known, whoever is enrolled may turn out to be above.
        top.0 >= areas.len() || areas.contains(*top, area) || areas.contains(area, *top)
    }
}

#[cfg(test)]
mod tests {
    use types::{CellId, Role, StaffId};

    use super::*;
    use crate::office;
    use crate::{Node, Options};

    #[test]
    fn each_cell_refuses_what_another_one_decides() {
        let folder = tempfile::tempdir().unwrap();
        let options = |scope, name: &str| Options { cell: CellId(1), scope, ..Options::new(&folder.path().join(name)) };
        let node = |scope, name| Node::open(options(scope, name), &mut |_, _| {}).unwrap();
        let enrol = || office::enrol_staff(StaffId(1), Role::Enumerator, AreaId(0), "Li", "li", "");
        let lease = |ea| office::grant_lease(AreaId(ea), StaffId(1), 1);
        let told = |node: &Node, event| match node.admin_blocking(vec![event]) {
            Err(Error::OtherCell { what }) => what,
            other => panic!("{other:?}"),
        };

        let root = node(Scope::Root, "root");
        office::append(&root, office::define_areas(&tree())).unwrap();
        let supervisor =
            |staff, area| office::enrol_staff(StaffId(staff), Role::Supervisor, AreaId(area), "Wu", "", "");
        office::append(&root, vec![enrol(), supervisor(2, 0), supervisor(3, 1), supervisor(4, 2)]).unwrap();
        assert!(told(&root, lease(3)).contains("no field work"));
        assert_eq!(office::Standing::read(&root).unwrap().eas, 0);

        let province = node(Scope::Subtree(AreaId(1)), "province");
        assert!(told(&province, enrol()).contains("root cell"));
        let taken = root.reference(0).unwrap();
        taken.events.iter().for_each(|event| assert_eq!(Head::read(&event.head).unwrap().operation(), None));
        runtime().block_on(province.import(taken)).unwrap();
        office::append(&province, vec![lease(3)]).unwrap();
        assert!(told(&province, lease(4)).contains("own cell"));
        let standing = office::Standing::read(&province).unwrap();
        assert_eq!((standing.eas, standing.leased), (1, 1));
        // The enumerator, and the supervisor of the province; not the one above it, nor the other province's.
        assert_eq!(office::waiting(&province).unwrap(), [StaffId(1), StaffId(3)]);
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    fn tree() -> areas::AreaTree {
        let mut tree = areas::AreaTree::new();
        for (code, parent, level) in [("1", None, 0), ("11", Some(0), 1), ("12", Some(0), 1)] {
            let names = vec![("en".to_owned(), code.to_owned())];
            tree.insert(&areas::AreaDef { code: code.into(), parent: parent.map(AreaId), level, names }).unwrap();
        }
        for parent in [1, 2] {
            tree.insert_eas(AreaId(parent), 1).unwrap();
        }
        tree.rebuild_index();
        tree
    }
}
