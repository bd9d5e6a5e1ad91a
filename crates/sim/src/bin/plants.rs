//! Plants faults in production code, one at a time, and prints which seed finds each: `plants [NAME…]`, or `plants 1/2` for
//! the first half of them. Compiled with the feature `plant` only.

use std::process::ExitCode;

use sim::plants::{PLANTS, find_all};

/// Seeds that are tried for a fault.
const SEEDS: u64 = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // What is planted panics now and then; that is one way to be found.
    std::panic::set_hook(Box::new(|_| {}));
    let share = arguments.first().and_then(|text| {
        let (nth, of) = text.split_once('/')?;
        Some((nth.parse::<usize>().ok()?.checked_sub(1)?, of.parse::<usize>().ok()?.max(1)))
    });
    let chosen: Vec<&'static str> = match share {
        Some((nth, of)) => PLANTS.iter().copied().skip(nth).step_by(of).collect(),
        None => {
            PLANTS.iter().copied().filter(|one| arguments.is_empty() || arguments.iter().any(|a| a == one)).collect()
        }
    };
    if chosen.is_empty() {
        eprintln!("plants: nothing has that name; there are {}", PLANTS.join(", "));
        return ExitCode::FAILURE;
    }
    if find_all(&chosen, SEEDS) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
