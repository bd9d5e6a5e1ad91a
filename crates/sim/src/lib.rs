//! A census of 30 days in about a second, from a seed: the real cell, fold, store, routes and device core on one thread,
//! with a simulated clock, disk, network and people, and everything going wrong that does.
//!
//! What runs and what does not is in `docs/decisions/0006-what-the-simulator-runs.md`. The checkers share no code with
//! what they check: [`tape`] reads the journal off the disk by its description, [`model`] works out again what the events
//! come to, [`ledger`] remembers what was promised.
//!
//! Left out: whatever needs real time or a real machine (`e2e` does that). Start at [`run`], then read `world.rs`.

mod damage;
mod ledger;
mod model;
mod office;
mod people;
mod phone;
#[cfg(feature = "plant")]
pub mod plants;
mod server;
mod tape;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use world::Counts;

/// What a seed broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which seed.
    pub seed: u64,
    /// The rule that was broken, and when.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}\n  replay it: cargo run -p sim -- --seed {}", self.seed, self.what, self.seed)
    }
}

/// Runs a seed to its end and checks everything.
///
/// # Errors
/// The first rule that was broken.
pub fn run(seed: u64) -> Result<Counts, Failure> {
    let failure = |what| Failure { seed, what };
    match catch_unwind(AssertUnwindSafe(|| world::World::new(seed).run())) {
        Ok(done) => done.map_err(failure),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
            Err(failure(format!("the program panicked: {text}")))
        }
    }
}
