//! Faults put into production code on purpose, so that the simulator's checkers can be seen to find them. Compiled with
//! the feature `plant` only, which nothing that ships turns on; one of them at a time is in force.

use std::sync::RwLock;

static PLANTED: RwLock<&str> = RwLock::new("");

/// Puts a fault in force, in the whole process; an empty name puts none.
pub fn plant(name: &'static str) {
    *PLANTED.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = name;
}

/// Whether this fault is in force.
pub fn planted(name: &str) -> bool {
    *PLANTED.read().unwrap_or_else(|poisoned| poisoned.into_inner()) == name
}
