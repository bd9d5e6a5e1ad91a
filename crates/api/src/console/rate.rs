//! How fast operations arrive: counts of whole seconds, for a chart of the last minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use super::Console;

/// Seconds shown.
const SECONDS: usize = 300;

/// Operations taken in, second by second, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Series {
    /// The end of the last second, milliseconds since 1970; 0 before the first.
    pub until_ms: i64,
    /// Operations a second, at most 300.
    pub per_second: Vec<u64>,
}

#[derive(Default)]
pub(super) struct Rate(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many count, and how much together.
    total: Option<(usize, u64)>,
    until_ms: i64,
    per_second: VecDeque<u64>,
}

impl Rate {
    /// A second has passed; `total` operations were taken in since the start by so many `cells`. One more has not taken all of
    /// its own in that second.
    pub fn sample(&self, cells: usize, total: u64, now_ms: i64) {
        let mut state = self.0.lock();
        if let Some((cells_before, before)) = state.total.replace((cells, total)) {
            let before = if cells == cells_before { before } else { total };
            if state.per_second.len() == SECONDS {
                state.per_second.pop_front();
            }
            state.per_second.push_back(total.saturating_sub(before));
            state.until_ms = now_ms;
        }
    }

    pub fn series(&self) -> Series {
        let state = self.0.lock();
        Series { until_ms: state.until_ms, per_second: state.per_second.iter().copied().collect() }
    }
}

/// Samples once a second until the console is gone.
pub(super) async fn sampling(console: Weak<Console>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let Some(console): Option<Arc<Console>> = console.upgrade() else { return };
        let node = console.node();
        let (cells, total) = match &console.state.cells {
            None => (1, node.status().events),
            Some(cells) => cells.events(),
        };
        console.rate.sample(cells, total, node.now().0.div_euclid(1000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_holds_differences_of_the_last_five_minutes() {
        let rate = Rate::default();
        assert_eq!(rate.series(), Series::default());
        for second in 0..=400u64 {
            rate.sample(1, second * second, second as i64 * 1000);
        }
        let series = rate.series();
        assert_eq!((series.per_second.len(), series.until_ms), (300, 400_000));
        assert_eq!((series.per_second[0], series.per_second[299]), (201, 799));
        rate.sample(2, 1_000_000, 401_000);
        assert_eq!(rate.series().per_second[299], 0, "what another cell has counted before is no arrival");
    }
}
