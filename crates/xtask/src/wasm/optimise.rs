//! `wasm-opt` of npm's `binaryen`, when the web folder has it: about a tenth smaller.

use std::path::Path;
use std::process::Command;

use super::Error;
use super::toolchain::check;

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
        println!("engine: web/node_modules has no binaryen; left as the compiler made it");
        return Ok(());
    }
    let mut command = Command::new("node");
    command.arg(tool).args(["-Oz", "--strip-debug", "--strip-producers"]).args(FEATURES).arg(wasm).arg("-o").arg(wasm);
    check(&mut command)
}
