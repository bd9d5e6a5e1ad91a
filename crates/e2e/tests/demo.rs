//! The demonstration, as a newcomer runs it.

use e2e::server::{free_port, printed, quipu};

#[test]
fn a_demonstration_counts_a_small_world_and_ends_reconciled() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/ch.qpack");
    let (listen, sql) = (free_port().to_string(), free_port().to_string());
    let arguments = ["demo", "--exit", "--households", "300", "--data", data.to_str().unwrap(), "--pack", pack];
    let output = quipu(&[arguments.as_slice(), &["--listen", &listen, "--sql-listen", &sql]].concat());
    assert!(output.status.success(), "{}", printed(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.trim_end().lines().last().unwrap().starts_with("reconciled:"), "{text}");
    let verify = quipu(&["journal", "verify", "--data", data.to_str().unwrap()]);
    assert!(verify.status.success(), "{}", printed(&verify));
}
