//! Replays one seed, or runs many: `sim --seed 7`, `sim --seeds 200 [--from 0]`.

use std::process::ExitCode;
use std::time::Instant;

use sim::Counts;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let (from, count) = match (number("--seed"), number("--seeds")) {
        (Some(seed), _) => (seed, 1),
        (None, Some(count)) => (number("--from").unwrap_or(0), count),
        (None, None) => {
            eprintln!("usage: sim --seed SEED | --seeds COUNT [--from SEED]");
            return ExitCode::FAILURE;
        }
    };
    let begun = Instant::now();
    let mut counts = Counts::default();
    let mut failed = 0;
    for seed in from..from + count {
        match sim::run(seed) {
            Ok(more) => counts += more,
            Err(failure) => {
                failed += 1;
                eprintln!("{failure}");
            }
        }
    }
    println!("{counts:#?}");
    println!("{count} seeds, {failed} failed, {:.2} s a seed", begun.elapsed().as_secs_f64() / count as f64);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
