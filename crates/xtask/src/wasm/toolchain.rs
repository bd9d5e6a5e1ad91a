//! The compiler for WebAssembly: rustup's target; fetched when missing; else Debian's packages, which bring the
//! standard library's source.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Error;

const TARGET: &str = "wasm32-unknown-unknown";
/// `rustup target add` may hang where there is no way out: no longer than this.
const FETCH_MAX: Duration = Duration::from_secs(90);

/// Compiles crates/wasm and returns the module.
pub fn compile(root: &Path) -> Result<PathBuf, Error> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    let mut cargo = if rustlib.join(TARGET).join("lib").exists() || fetch() {
        Command::new("cargo")
    } else if Path::new("/usr/bin/cargo").exists() && debian_source() {
        // RUSTC_BOOTSTRAP lets a stable compiler build its own standard library; the linker is rustup's.
        let mut cargo = Command::new("/usr/bin/cargo");
        let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
        let path = std::env::var("PATH").unwrap_or_default();
        cargo
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("PATH", format!("{}:{path}", rustlib.join(host.trim()).join("bin").display()))
            .env_remove("RUSTUP_TOOLCHAIN")
            .arg("-Zbuild-std=std,panic_abort");
        cargo
    } else {
        return Err(Error::NoTarget);
    };
    cargo.current_dir(root).args(["build", "--quiet", "--package", "wasm", "--profile", "wasm", "--target", TARGET]);
    // What `cargo run` says about this program is not about the module.
    cargo.env_remove("CARGO_MANIFEST_DIR").env_remove("RUSTFLAGS");
    check(&mut cargo)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join(TARGET).join("wasm/wasm.wasm"))
}

fn debian_source() -> bool {
    let mut installed = Command::new("dpkg");
    installed.args(["-s", "rustc-web", "cargo-web", "rust-web-src"]);
    installed.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn fetch() -> bool {
    println!("engine: fetching the target {TARGET}");
    let Ok(mut child) = Command::new("rustup").args(["target", "add", TARGET]).spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < FETCH_MAX {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => sleep(Duration::from_millis(200)),
            Err(_) => break,
        }
    }
    // It may have ended in this moment; then there is nothing to end.
    let _ = child.kill();
    let _ = child.wait();
    false
}

fn output(command: &mut Command) -> Result<String, Error> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|source| Error::Run { command: name.clone(), source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::Failed { command: name, status: output.status })
    }
}

pub fn check(command: &mut Command) -> Result<(), Error> {
    let name = format!("{command:?}");
    let status = command.status().map_err(|source| Error::Run { command: name.clone(), source })?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: name, status }) }
}
