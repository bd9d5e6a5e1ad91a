//! How far the tables are behind the journal.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;
use types::Offset;

/// How far the tables are behind the journal at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lag {
    /// Events below this offset are in the tables.
    pub offset: Offset,
    /// One more than the journal's last event.
    pub end: Offset,
    /// How many events are missing.
    pub behind_events: u64,
    /// How long the oldest missing event has been waiting, seconds; 0 when none is. Counted from when this process first
    /// saw it.
    pub seconds: f64,
}

/// Remembers when each end of the journal was first seen.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    shown: Offset,
    end: Offset,
    seen: VecDeque<(Offset, Instant)>,
}

impl Clock {
    /// The journal's end is here now.
    pub fn see(&mut self, end: Offset, now: Instant) {
        if end > self.end {
            self.end = end;
            self.seen.push_back((end, now));
        }
    }

    /// Events below this offset are in the tables now. Returns how long the oldest of them waited.
    pub fn show(&mut self, offset: Offset, now: Instant) -> Duration {
        self.shown = offset;
        self.end = self.end.max(offset);
        let mut waited = Duration::ZERO;
        while let Some(&(end, seen)) = self.seen.front() {
            waited = waited.max(now.saturating_duration_since(seen));
            if end > offset {
                break;
            }
            self.seen.pop_front();
        }
        waited
    }

    /// The lag now.
    pub fn lag(&self, now: Instant) -> Lag {
        let waiting = self.seen.front().map_or(Duration::ZERO, |(_, seen)| now.saturating_duration_since(*seen));
        Lag {
            offset: self.shown,
            end: self.end,
            behind_events: self.end.saturating_sub(self.shown),
            seconds: if self.end > self.shown { waiting.as_secs_f64() } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_is_the_age_of_the_oldest_event_that_is_not_in_the_tables() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = Clock::default();
        clock.see(10, at(0));
        clock.see(20, at(500));
        assert_eq!(clock.lag(at(1000)), Lag { offset: 0, end: 20, behind_events: 20, seconds: 1.0 });
        clock.show(10, at(1000));
        assert_eq!(clock.lag(at(1000)), Lag { offset: 10, end: 20, behind_events: 10, seconds: 0.5 });
        assert_eq!(clock.show(20, at(1100)), Duration::from_millis(600));
        assert_eq!(clock.lag(at(9000)), Lag { offset: 20, end: 20, behind_events: 0, seconds: 0.0 });
    }
}
