//! `wasm-opt` of npm's `binaryen`, when the web folder has it. Its result is kept only when it downloads faster: with
//! binaryen 132 the module was a tenth shorter, and 18 kB longer once compressed.

use std::path::Path;
use std::process::Command;

use super::toolchain::check;
use super::{Error, size};

/// What the Rust compiler uses of WebAssembly beyond its first version, so that wasm-opt reads it. Every browser that
/// can store strictly has all of these.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
];

pub fn run(root: &Path, wasm: &Path) -> Result<(), Error> {
    let tool = root.join("web/node_modules/binaryen/bin/wasm-opt");
    if !tool.exists() {
        return Ok(());
    }
    let shorter = wasm.with_extension("opt");
    let file = |source| Error::File { path: shorter.clone(), source };
    let mut command = Command::new("node");
    command.arg(tool).args(["-Oz", "--strip-debug", "--strip-producers"]).args(FEATURES).arg(wasm);
    check(command.arg("-o").arg(&shorter))?;
    if size::measure(&shorter)?.brotli < size::measure(wasm)?.brotli {
        std::fs::rename(&shorter, wasm).map_err(file)
    } else {
        std::fs::remove_file(&shorter).map_err(file)
    }
}
