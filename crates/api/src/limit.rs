//! Failed attempts by address: a few are a slip of the finger, many are a guesser.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures an address may make in a [`WINDOW`].
const FAILURES_MAX: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses remembered; beyond it those whose window is over are forgotten.
const ADDRESSES_MAX: usize = 10_000;

#[derive(Default)]
pub(crate) struct Failures(Mutex<HashMap<IpAddr, (Instant, u32)>>);

impl Failures {
    /// Whether the address has failed too often; then how many seconds to wait.
    pub fn blocked(&self, address: IpAddr, now: Instant) -> Option<u32> {
        let failures = self.0.lock();
        let (since, count) = failures.get(&address)?;
        let left = WINDOW.checked_sub(now.saturating_duration_since(*since))?;
        (*count >= FAILURES_MAX).then_some(left.as_secs() as u32 + 1)
    }

    /// Remembers a failure.
    pub fn failed(&self, address: IpAddr, now: Instant) {
        let mut failures = self.0.lock();
        if failures.len() >= ADDRESSES_MAX {
            failures.retain(|_, (since, _)| now.saturating_duration_since(*since) < WINDOW);
        }
        let (since, count) = failures.entry(address).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_waits_and_others_do_not() {
        let failures = Failures::default();
        let (guesser, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::now();
        for _ in 0..FAILURES_MAX {
            assert_eq!(failures.blocked(guesser, start), None);
            failures.failed(guesser, start);
        }
        assert_eq!(failures.blocked(guesser, start), Some(61));
        assert_eq!(failures.blocked(other, start), None);
        let later = start + WINDOW;
        failures.failed(guesser, later);
        assert_eq!(failures.blocked(guesser, later), None);
    }
}
