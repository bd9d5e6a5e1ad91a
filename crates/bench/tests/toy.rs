//! The whole measurement at toy size: it sends real households and every figure is there.

use std::process::Command;

use bench::Figure;

/// The figures that a run writes, and the table it prints.
fn measure(args: &[&str]) -> (Vec<Figure>, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("figures.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quipu-load"));
    let run = command.args(args).arg("--out").arg(&out).arg("--folder").arg(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    (serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap(), String::from_utf8(run.stdout).unwrap())
}

#[test]
fn a_toy_run_counts_every_household_and_writes_every_figure() {
    let (figures, printed) = measure(&["--toy"]);
    for (name, unit, limited) in [
        ("validate_household", "µs", true),
        ("submit_single", "households/s", true),
        ("submit_single_p99", "ms", false),
        ("sync_batched", "households/s", true),
        ("overload_accepted", "households/s", true),
        ("overload_health", "ms", true),
        ("point_read", "reads/s", true),
        ("point_read_batched", "reads/s", true),
        ("point_read_resident", "reads/s", true),
        ("journal_household", "bytes", true),
        ("store_household", "bytes", true),
        ("restart", "s", false),
    ] {
        let figure = figures.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(figure.unit, unit, "{name}");
        assert!(figure.value > 0.0, "{name}");
        assert_eq!(figure.ratio.is_some_and(|ratio| ratio > 0.0), limited, "{name}");
        assert!(printed.contains(name), "{name}");
    }
}

#[test]
fn a_census_that_was_killed_while_it_was_filled_opens_with_all_of_it() {
    let (figures, _) = measure(&["grow", "--households", "2000"]);
    let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    let wanted =
        ["grow_cost_first", "grow_cost_last", "grow_restart", "grow_store_household", "grow_resident_household"];
    assert_eq!(names, wanted);
    assert!(figures.iter().all(|figure| figure.value > 0.0), "{figures:?}");
}

#[test]
fn a_missing_folder_is_an_error_and_not_a_figure() {
    let run = Command::new(env!("CARGO_BIN_EXE_quipu-load")).args(["--toy", "--folder", "no/such/folder"]).output();
    let run = run.unwrap();
    assert!(!run.status.success());
    assert!(String::from_utf8_lossy(&run.stderr).starts_with("quipu-load: the system refused"));
}
