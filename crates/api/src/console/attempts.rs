//! Failed sign-ins: a few are a slip of the finger, many are a guesser.
//!
//! Counted by address and login together, so that nobody is locked out by what somebody else types elsewhere: the right
//! password from another address is let in at once. Beyond a few failures each attempt waits, twice as long as the last
//! one. An address that tries many logins waits in the same way for all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures of an address with one login before it waits.
const PAIR_FREE: u32 = 5;
/// Failures of an address with whatever logins before it waits: an office of hundreds may share one address.
const ADDRESS_FREE: u32 = 100;
/// The first wait, doubled by each further failure.
const WAIT_FIRST: Duration = Duration::from_secs(2);
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// So long after the last failure it is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);
/// Pairs and addresses remembered, in all.
const ENTRIES_MAX: usize = 100_000;

/// Whose failures: an address, and a login or (all of the address) none.
type Key = (IpAddr, Option<String>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    /// How long to wait still.
    fn left(&self, free: u32, now: Instant) -> Option<Duration> {
        let doubled = self.count.checked_sub(free)?.min(20);
        let wait = (WAIT_FIRST * (1 << doubled)).min(WAIT_MAX);
        wait.checked_sub(now.saturating_duration_since(self.last)).filter(|left| !left.is_zero())
    }
}

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<Key, Failures>>);

impl Attempts {
    /// Counts an attempt as failed before the password is looked at, so that many at once do not slip through.
    ///
    /// # Errors
    /// How many seconds to wait: the password is not to be looked at.
    pub fn begin(&self, address: IpAddr, login: &str, now: Instant) -> Result<(), u32> {
        let mut entries = self.0.lock();
        let address = network(address);
        for (key, free) in [((address, None), ADDRESS_FREE), ((address, Some(login.to_owned())), PAIR_FREE)] {
            let left = entries.get(&key).and_then(|failures| failures.left(free, now));
            if let Some(left) = left {
                return Err(left.as_secs() as u32 + 1);
            }
            make_room(&mut entries, now);
            let failures = entries.entry(key).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(failures.last) >= FORGOTTEN {
                failures.count = 0;
            }
            (failures.count, failures.last) = (failures.count.saturating_add(1), now);
        }
        Ok(())
    }

    /// The password was right: the attempt does not count, and what failed before with this login is forgotten.
    pub fn succeeded(&self, address: IpAddr, login: &str) {
        let mut entries = self.0.lock();
        let address = network(address);
        entries.remove(&(address, Some(login.to_owned())));
        if let Some(failures) = entries.get_mut(&(address, None)) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

/// The addresses that one household or office has: with IPv6, all of a network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

/// Forgets what is old and, should that not be enough, the older half.
fn make_room(entries: &mut HashMap<Key, Failures>, now: Instant) {
    if entries.len() < ENTRIES_MAX {
        return;
    }
    entries.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGOTTEN);
    if entries.len() >= ENTRIES_MAX {
        let mut ages: Vec<Instant> = entries.values().map(|failures| failures.last).collect();
        let (_, middle, _) = ages.select_nth_unstable(ENTRIES_MAX / 2);
        let middle = *middle;
        entries.retain(|_, failures| failures.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn each_guess_waits_twice_as_long_and_the_right_person_elsewhere_does_not() {
        let (attempts, mut now) = (Attempts::default(), Instant::now());
        (0..PAIR_FREE).for_each(|_| assert_eq!(attempts.begin(HERE, "li", now), Ok(())));
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
            assert_eq!(attempts.begin(HERE, "li", now), Err(wait + 1));
            now += Duration::from_secs(wait.into()) - Duration::from_millis(1);
            assert_eq!(attempts.begin(HERE, "li", now), Err(1));
            assert_eq!(attempts.begin(ELSEWHERE, "li", now), Ok(()));
            attempts.succeeded(ELSEWHERE, "li");
            assert_eq!(attempts.begin(HERE, "wang", now), Ok(()));
            attempts.succeeded(HERE, "wang");
            now += Duration::from_millis(1);
            assert_eq!(attempts.begin(HERE, "li", now), Ok(()), "after {wait} s one guess is looked at");
        }
        assert!(attempts.begin(HERE, "li", now).is_err());
        now += FORGOTTEN;
        (0..PAIR_FREE).for_each(|_| assert_eq!(attempts.begin(HERE, "li", now), Ok(())));
    }

    #[test]
    fn an_address_that_tries_one_login_after_another_waits_too_and_a_busy_office_does_not() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for person in 0..10 * ADDRESS_FREE {
            let login = person.to_string();
            assert_eq!(attempts.begin(HERE, &login, now), Ok(()));
            attempts.succeeded(HERE, &login);
        }
        for guess in 0..ADDRESS_FREE {
            assert_eq!(attempts.begin(HERE, &format!("guess {guess}"), now), Ok(()));
        }
        assert_eq!(attempts.begin(HERE, "another", now), Err(3));
        assert_eq!(attempts.begin(ELSEWHERE, "another", now), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded_and_the_latest_are_remembered() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..=ENTRIES_MAX as u32 {
            let address = IpAddr::from((u128::from(n) << 64).to_be_bytes());
            let now = start + Duration::from_millis(n.into()) / 100;
            assert_eq!(attempts.begin(address, "x", now), Ok(()));
            assert!(attempts.0.lock().len() <= ENTRIES_MAX);
        }
        assert!(attempts.0.lock().len() > ENTRIES_MAX / 4);
        let last = IpAddr::from((u128::from(ENTRIES_MAX as u32) << 64 | 77).to_be_bytes());
        let now = start + Duration::from_secs(1);
        (1..PAIR_FREE).for_each(|_| assert_eq!(attempts.begin(last, "x", now), Ok(()), "the network counts as one"));
        assert!(attempts.begin(last, "x", now).is_err());
    }
}
