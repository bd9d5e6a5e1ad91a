//! How much of the console is served at the same time, how long a request may be and how long it may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{Console, session};
use crate::problem::Problem;
use crate::state::Remote;

/// Requests of people signed in, at the same time; more are refused at once.
const KNOWN_MAX: usize = 128;
/// Requests without a session: signing in, and whoever only holds a connection open. Slots of their own, so that
/// strangers cannot shut out who is at work.
pub(super) const STRANGERS_MAX: usize = 64;
/// Of those, from one address: one visitor cannot take them all.
pub(super) const ADDRESS_MAX: usize = 16;
/// Sign-ins wait a moment for each other; everything else is answered in milliseconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// When to try again after that, or when there is no room, seconds.
const RETRY_AFTER_S: u32 = 2;
/// The longest body, bytes: a login and a password.
pub(super) const BODY_BYTES_MAX: usize = 8 << 10;

/// Room for requests.
pub(super) struct Slots {
    known: Semaphore,
    strangers: Semaphore,
    addresses: Mutex<HashMap<IpAddr, usize>>,
    timeout: Duration,
}

impl Slots {
    /// All free. A request is arrived, done and answered in `timeout`, or given up.
    pub fn new(timeout: Duration) -> Slots {
        Slots {
            known: Semaphore::new(KNOWN_MAX),
            strangers: Semaphore::new(STRANGERS_MAX),
            addresses: Mutex::default(),
            timeout,
        }
    }
}

impl Default for Slots {
    fn default() -> Slots {
        Slots::new(TIMEOUT)
    }
}

/// A stranger's place among those of an address; given back when dropped.
struct Place<'a> {
    slots: &'a Slots,
    address: IpAddr,
}

impl Slots {
    fn place(&self, address: IpAddr) -> Option<Place<'_>> {
        let mut addresses = self.addresses.lock();
        let taken = addresses.entry(address).or_default();
        if *taken >= ADDRESS_MAX {
            return None;
        }
        *taken += 1;
        Some(Place { slots: self, address })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut addresses = self.slots.addresses.lock();
        if let Some(taken) = addresses.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

/// Refuses at once what there is no room for; gives up what takes too long. Who asks is read from the headers alone.
pub(super) async fn bounded(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let known =
        session::id_of(request.headers()).is_some_and(|id| console.sessions.staff(id, Instant::now()).is_some());
    let remote = request.extensions().get::<Remote>().map(|Remote(remote)| remote.ip());
    let busy = || Problem::busy().retry_after(RETRY_AFTER_S).into_response();
    let slots = &console.slots;
    let _place = match remote.filter(|_| !known) {
        Some(address) => match slots.place(address) {
            Some(place) => Some(place),
            None => return busy(),
        },
        None => None,
    };
    let Ok(_slot) = (if known { &slots.known } else { &slots.strangers }).try_acquire() else { return busy() };
    match tokio::time::timeout(slots.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::timeout().retry_after(RETRY_AFTER_S).into_response(),
    }
}
