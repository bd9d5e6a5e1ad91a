//! A network of a test's own, whose lines can be cut as real ones are: packets vanish, and nobody is told. What was on its way
//! arrives when the line is mended, however late.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set for the copy of a test that runs in there.
const INSIDE: &str = "QUIPU_TEST_NETWORK";
/// Namespaces as root has them, and as everybody else does who is allowed to.
const NAMESPACES: [&[&str]; 2] = [&["-n"], &["-n", "--map-current-user", "--keep-caps"]];
/// What is dropped is dropped where it arrives: whoever sent it does not know.
const RULES: &str = "add table inet lines; add chain inet lines arriving { type filter hook input priority 0; }";

/// Runs the test of this name again in a network namespace, and there its work.
///
/// # Panics
/// When the test fails in there, or where nobody may make a namespace.
pub fn inside(name: &str, work: impl Future<Output = ()>) {
    if std::env::var_os(INSIDE).is_some() {
        return tokio::runtime::Runtime::new().expect("a runtime").block_on(work);
    }
    let run = |namespace: &[&str], script: &str| {
        let mut command = Command::new("unshare");
        command.args(namespace).args(["sh", "-c", &format!("ip link set lo up && {script}"), "sh"]);
        command.arg(std::env::current_exe().expect("this program")).args(["--exact", name, "--nocapture"]);
        command.env(INSIDE, "1").env("PATH", path()).stderr(Stdio::inherit()).output().expect("unshare runs")
    };
    let able = |namespace: &&[&str]| run(namespace, &format!("nft '{RULES}'")).status.success();
    let Some(namespace) = NAMESPACES.into_iter().find(able) else {
        panic!("this test cuts lines in a network of its own: run it as root, or allow user namespaces");
    };
    let output = run(namespace, &format!("nft '{RULES}' && exec \"$@\""));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "in a network of its own: {said}");
}

/// Drops every packet from and to an address.
pub fn cut(address: IpAddr) {
    nft(&format!("add rule inet lines arriving ip daddr {address} drop"));
    nft(&format!("add rule inet lines arriving ip saddr {address} drop"));
}

/// Lets everything through again.
pub fn mend() {
    nft("flush chain inet lines arriving");
}

fn nft(rules: &str) {
    assert!(std::env::var_os(INSIDE).is_some(), "nobody else's network is touched");
    let output = Command::new("nft").arg(rules).env("PATH", path()).output().expect("nft runs");
    assert!(output.status.success(), "nft {rules}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Debian keeps `nft` where only root looks.
fn path() -> std::ffi::OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    if Path::new("/usr/sbin/nft").exists() {
        path.push(":/usr/sbin");
    }
    path
}
