//! The clock, from outside so that tests can turn it.

use std::time::{SystemTime, UNIX_EPOCH};

use types::Time;

/// Tells the time. May run backwards: the cell's own time does not (see `event::Frame::seal`).
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        // A clock set before 1970 counts as 1970; the cell's time then stands still until the clock is right.
        Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64))
    }
}
