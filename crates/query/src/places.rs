//! Where the areas are, and where the enumeration areas among them.

use std::sync::Arc;

use parking_lot::Mutex;
use roaring::RoaringBitmap;

use crate::Areas;

/// The area tree, with what is worked out from it once.
pub(crate) struct Places {
    pub areas: Arc<dyn Areas>,
    /// How many areas there were when they were counted, and what was counted.
    eas: Mutex<(u32, Arc<Eas>)>,
}

/// Where the enumeration areas are: the areas of the lowest level.
#[derive(Debug, Default)]
pub(crate) struct Eas {
    /// How many lie under each area; one for an enumeration area itself, none where an area is not divided yet.
    pub under: Vec<u32>,
    /// The areas with areas below them.
    pub inner: RoaringBitmap,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

impl Places {
    pub fn new(areas: Arc<dyn Areas>) -> Places {
        Places { areas, eas: Mutex::default() }
    }

    /// Where the enumeration areas are.
    pub fn eas(&self) -> Arc<Eas> {
        let mut known = self.eas.lock();
        let count = self.areas.count();
        if known.0 != count {
            *known = (count, Arc::new(Eas::of(&*self.areas, count)));
        }
        known.1.clone()
    }
}

impl Eas {
    /// A parent is always defined before its children, so one pass from the last area to the first adds them up.
    fn of(areas: &dyn Areas, count: u32) -> Eas {
        let mut eas = Eas { under: vec![0; count as usize], inner: RoaringBitmap::new() };
        let lowest = (0..count).filter_map(|id| areas.level(types::AreaId(id))).max();
        for id in (0..count).rev() {
            let own = eas.under[id as usize] + u32::from(areas.level(types::AreaId(id)) == lowest);
            eas.under[id as usize] = own;
            if let Some(parent) = areas.parent(types::AreaId(id))
                && parent.0 < id
            {
                eas.under[parent.0 as usize] += own;
                eas.inner.insert(parent.0);
            }
        }
        eas
    }
}
