//! Goal: no rule of the design breaks, whatever goes wrong.
//! Method: censuses of thirty days from seeds, in four lots so that they run beside each other. `make torture` runs more.

use sim::run;

fn lot(from: u64) {
    let failures: Vec<String> = (from..from + 50).filter_map(|seed| Some(run(seed).err()?.to_string())).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_rule_breaks_in_the_first_lot_of_seeds() {
    lot(0);
}

#[test]
fn no_rule_breaks_in_the_second_lot_of_seeds() {
    lot(50);
}

#[test]
fn no_rule_breaks_in_the_third_lot_of_seeds() {
    lot(100);
}

#[test]
fn no_rule_breaks_in_the_fourth_lot_of_seeds() {
    lot(150);
}

#[test]
fn a_seed_gives_the_same_census_whenever_it_is_run() {
    let first = run(7).unwrap();
    assert_eq!(run(7).unwrap(), first);
    assert!(first.acknowledged > 1000 && first.repeats > 0 && first.starts > 1, "{first:?}");
}
