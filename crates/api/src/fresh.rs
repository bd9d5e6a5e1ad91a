//! Requests to open a session are taken once: whoever copied one on its way cannot use it again.
//!
//! A device signs its time with each request, and each request of a device must have a later time than the one before
//! it. So one number a device is all there is to remember. Phones' clocks are wrong: a time that cannot be taken is
//! refused together with one that can, and the device signs again. A restart forgets the numbers, so what may have been
//! taken before it is refused after it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use types::{DeviceId, Time};

/// How far a device's clock may be ahead of the server's, microseconds.
const AHEAD_US: i64 = 60 * Time::SECOND_US;

/// What each device signed last. A clone is the same memory: listeners over one cell share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fresh(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The server's clock when the memory began; `None` before the first request.
    since: Option<i64>,
    /// The latest the server's clock has been: it may be set back.
    now: i64,
    /// By device, the time of the last request taken.
    last: HashMap<DeviceId, i64>,
}

impl Fresh {
    /// Remembers when the server began. Only the first call counts.
    pub fn begin(&self, now: Time) {
        self.0.lock().since.get_or_insert(now.0);
    }

    /// This node owns the cell since then; before, another one may have taken requests. As after a restart, what may have
    /// been taken there is refused here.
    pub fn owned(&self, since: Time) {
        let mut state = self.0.lock();
        if state.since.is_none_or(|known| known < since.0) {
            state.since = Some(since.0);
            state.last.clear();
        }
    }

    /// Takes a request whose signature has been checked, once.
    ///
    /// # Errors
    /// The time to sign instead.
    pub fn take(&self, device: DeviceId, at_us: i64, now: Time) -> Result<(), i64> {
        let mut state = self.0.lock();
        state.now = state.now.max(now.0);
        let since = *state.since.get_or_insert(now.0);
        // Whatever an earlier run took was at most so far ahead.
        let after = state.last.get(&device).copied().unwrap_or(since + AHEAD_US);
        if at_us <= after || at_us > state.now + AHEAD_US {
            return Err(state.now.max(after + 1));
        }
        state.last.insert(device, at_us);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_000_000_000_000;
    const MINUTE: i64 = 60 * Time::SECOND_US;

    fn begun() -> Fresh {
        let fresh = Fresh::default();
        fresh.begin(Time(START));
        fresh
    }

    #[test]
    fn a_request_is_taken_once_and_an_older_one_never_again() {
        let fresh = begun();
        let now = Time(START + 10 * MINUTE);
        let times = [now.0 - 5, now.0, now.0 + 7];
        for at in times {
            assert_eq!(fresh.take(DeviceId(1), at, now), Ok(()));
        }
        for at in times {
            assert_eq!(fresh.take(DeviceId(1), at, Time(now.0 + MINUTE)), Err(now.0 + MINUTE));
        }
        assert_eq!(fresh.take(DeviceId(2), now.0, now), Ok(()), "another device has a clock of its own");
    }

    #[test]
    fn a_wrong_clock_is_told_a_time_that_is_taken() {
        let fresh = begun();
        let now = Time(START + 10 * MINUTE);
        for wrong in [i64::MIN, 0, START, now.0 + MINUTE + 1, i64::MAX] {
            let told = fresh.take(DeviceId(1), wrong, now).unwrap_err();
            assert_eq!(fresh.take(DeviceId(1), told, now), Ok(()), "{wrong}");
        }
    }

    #[test]
    fn after_a_restart_nothing_from_before_is_taken_and_what_is_told_is() {
        let before = begun();
        let copied = START + 10 * MINUTE + AHEAD_US;
        assert_eq!(before.take(DeviceId(1), copied, Time(START + 10 * MINUTE)), Ok(()));
        let after = Fresh::default();
        after.begin(Time(START + 10 * MINUTE + 1));
        for later in [2, MINUTE, 60 * MINUTE] {
            let now = Time(START + 10 * MINUTE + later);
            let told = after.take(DeviceId(1), copied, now).unwrap_err();
            assert_eq!(after.take(DeviceId(2 + later as u32), told, now), Ok(()));
        }
    }

    #[test]
    fn after_a_takeover_nothing_that_another_node_may_have_taken_is_taken() {
        let fresh = begun();
        let taken_over = START + 10 * MINUTE;
        assert_eq!(fresh.take(DeviceId(1), START + 3 * MINUTE, Time(START + 3 * MINUTE)), Ok(()));
        let copied = taken_over + AHEAD_US;
        for _ in 0..2 {
            fresh.owned(Time(taken_over));
            for device in [1, 2] {
                let told = fresh.take(DeviceId(device), copied, Time(taken_over + 1)).unwrap_err();
                assert!(told > copied);
            }
        }
        assert_eq!(fresh.take(DeviceId(1), copied + 1, Time(taken_over + 1)), Ok(()));
        fresh.owned(Time(taken_over));
        assert!(fresh.take(DeviceId(1), copied + 1, Time(taken_over + 1)).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let fresh = begun();
        assert_eq!(fresh.take(DeviceId(1), START + 10 * MINUTE, Time(START + 10 * MINUTE)), Ok(()));
        let told = fresh.take(DeviceId(1), START + 5 * MINUTE, Time(START + 5 * MINUTE)).unwrap_err();
        assert_eq!(fresh.take(DeviceId(1), told, Time(START + 5 * MINUTE)), Ok(()));
    }
}
