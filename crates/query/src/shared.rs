//! What the follower and all readers share.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

use crate::lag::Clock;
use crate::places::Places;
use crate::snapshot::Snapshot;
use crate::trouble::Troubles;
use crate::view::{Behind, Source, View};
use crate::{Areas, Feed, Lag};

/// What the follower and all readers share.
pub(crate) struct Shared {
    pub feed: Arc<dyn Feed>,
    pub places: Arc<Places>,
    snapshot: RwLock<Arc<Snapshot>>,
    clock: Mutex<Clock>,
    pub troubles: Troubles,
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
            places: Arc::new(Places::new(areas)),
            snapshot: RwLock::new(Arc::new(snapshot)),
            clock: Mutex::new(clock),
            troubles: Troubles::default(),
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
}

impl Source for Shared {
    fn view(&self) -> Arc<View> {
        Arc::new(View::of(self.snapshot()))
    }

    fn places(&self) -> &Arc<Places> {
        &self.places
    }

    fn behind(&self, view: &View) -> Vec<Behind> {
        let Lag { end, seconds, .. } = self.lag();
        let Snapshot { offset, time, .. } = *view.whole;
        vec![Behind { cell: None, offset, end, seconds, time }]
    }

    fn several(&self) -> bool {
        false
    }
}
