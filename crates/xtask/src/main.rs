//! Builds what cargo alone does not: `cargo run -p xtask -- wasm` makes the browser's engine.
//!
//! Left out: what the Makefile does in one line. Start at `wasm/mod.rs`.

mod wasm;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- wasm\n\n  wasm   build crates/wasm into web/engine/";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["wasm"] => match wasm::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("xtask wasm: {error}");
                let mut source = std::error::Error::source(&error);
                while let Some(cause) = source {
                    eprintln!("  because: {cause}");
                    source = cause.source();
                }
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}
