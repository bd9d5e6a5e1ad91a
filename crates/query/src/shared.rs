//! What the follower and all readers share.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

use crate::lag::Clock;
use crate::snapshot::Snapshot;
use crate::{Areas, Feed, Lag};

/// What the follower and all readers share.
pub(crate) struct Shared {
    pub feed: Arc<dyn Feed>,
    pub areas: Arc<dyn Areas>,
    snapshot: RwLock<Arc<Snapshot>>,
    clock: Mutex<Clock>,
    /// How many areas there were when they were counted, and the enumeration areas under each.
    eas: Mutex<(u32, Arc<Vec<u32>>)>,
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

    /// How many enumeration areas lie under each area; one for an area without areas below it.
    pub fn eas(&self) -> Arc<Vec<u32>> {
        let mut known = self.eas.lock();
        let count = self.areas.count();
        if known.0 != count {
            *known = (count, Arc::new(count_eas(&*self.areas, count)));
        }
        known.1.clone()
    }
}

/// A parent is always defined before its children, so one pass from the last area to the first adds them up.
fn count_eas(areas: &dyn Areas, count: u32) -> Vec<u32> {
    let mut eas = vec![0; count as usize];
    for id in (0..count).rev() {
        let own = eas[id as usize].max(1);
        eas[id as usize] = own;
        if let Some(parent) = areas.parent(types::AreaId(id))
            && parent.0 < id
        {
            eas[parent.0 as usize] += own;
        }
    }
    eas
}
