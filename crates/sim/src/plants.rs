//! The faults that can be planted, and the search for a seed that finds each.

/// Every fault, by the name it has where it is planted.
pub const PLANTS: &[&str] = &[
    "accept-a-bad-receipt",
    "acknowledge-early",
    "apply-a-resend-again",
    "approved-stays-held",
    "clock-backwards",
    "conflict-gets-the-old-receipt",
    "cut-below-a-mark",
    "cut-damage",
    "dedup-off-by-one",
    "drop-the-last-of-a-request",
    "forget-dedup-after-a-restart",
    "forget-the-chain",
    "forget-the-outbox",
    "give-a-number-twice",
    "hide-a-reopening",
    "ignore-a-failed-flush",
    "leave-a-torn-tail",
    "lose-a-held-operation",
    "read-the-neighbours",
    "revoked-counts",
    "second-interview-counts",
    "serve-damage",
    "skip-a-change",
    "skip-a-flush",
    "skip-a-folders-flush",
    "stale-lease-is-current",
    "wrong-rollup",
];

/// Faults that few seeds meet, and the seed at which their search begins.
const RARE: &[(&str, u64)] = &[("stale-lease-is-current", 178)];

/// Plants each of these faults in turn and runs seeds until one finds it; prints which. False when one was not found within
/// `seeds` seeds from the first that is tried.
pub fn find_all(plants: &[&'static str], seeds: u64) -> bool {
    let mut missed = Vec::new();
    for &plant in plants {
        types::plant(plant);
        let first = RARE.iter().find(|(rare, _)| *rare == plant).map_or(0, |(_, first)| *first);
        match (first..first + seeds).find_map(|seed| crate::run(seed).err()) {
            Some(failure) => println!("{plant}: seed {}: {}", failure.seed, failure.what.lines().next().unwrap_or("")),
            None => {
                println!("{plant}: NOT FOUND in {seeds} seeds");
                missed.push(plant);
            }
        }
        types::plant("");
    }
    println!("{} planted faults, {} not found {missed:?}", plants.len(), missed.len());
    missed.is_empty()
}
