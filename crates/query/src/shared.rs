//! What the follower and all readers share.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use roaring::RoaringBitmap;

use crate::lag::Clock;
use crate::snapshot::Snapshot;
use crate::trouble::Troubles;
use crate::{Areas, Feed, Lag};

/// Where the enumeration areas are: the areas of the lowest level.
#[derive(Debug, Default)]
pub(crate) struct Eas {
    /// How many lie under each area; one for an enumeration area itself, none where an area is not divided yet.
    pub under: Vec<u32>,
    /// The areas with areas below them.
    pub inner: RoaringBitmap,
}

/// What the follower and all readers share.
pub(crate) struct Shared {
    pub feed: Arc<dyn Feed>,
    pub areas: Arc<dyn Areas>,
    snapshot: RwLock<Arc<Snapshot>>,
    clock: Mutex<Clock>,
    pub troubles: Troubles,
    /// How many areas there were when they were counted, and what was counted.
    eas: Mutex<(u32, Arc<Eas>)>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub fn new(feed: Arc<dyn Feed>, areas: Arc<dyn Areas>, snapshot: Snapshot) -> Shared {
        let mut clock = Clock::default();
        clock.show(snapshot.offset, Instant::now());
        Shared {
            feed,
            areas,
            snapshot: RwLock::new(Arc::new(snapshot)),
            clock: Mutex::new(clock),
            troubles: Troubles::default(),
            eas: Mutex::default(),
        }
    }

    /// The newest state of all tables.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().clone()
    }

    /// Makes a state the newest one.
    pub fn show(&self, snapshot: Arc<Snapshot>) {
        let waited = self.clock.lock().show(snapshot.offset, Instant::now());
        *self.snapshot.write() = snapshot;
        metrics::histogram!("quipu_query_lag_seconds").record(waited.as_secs_f64());
    }

    /// Looks how far the journal is, and how far the tables are behind it.
    pub fn lag(&self) -> Lag {
        let now = Instant::now();
        let mut clock = self.clock.lock();
        clock.see(self.feed.end(), now);
        clock.lag(now)
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
