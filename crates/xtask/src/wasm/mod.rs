//! `xtask wasm`: compile, generate the JavaScript half, shrink, measure.

mod optimise;
mod size;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::{fs, io};

use wasm_bindgen_cli_support::Bindgen;

/// The engine's budget: what a phone downloads, brotli, bytes.
const BROTLI_BYTES_MAX: usize = 300_000;

/// Why the engine was not built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A command could not be started or waited for.
    #[error("cannot run `{command}`")]
    Run { command: String, source: io::Error },
    /// A command ended badly.
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
    /// Neither way to a standard library for WebAssembly worked.
    #[error(
        "there is no standard library for wasm32-unknown-unknown, and `rustup target add` could not fetch it.\n\
         On Debian, install another way to it: apt-get install rustc-web cargo-web rust-web-src, then run this again.\n\
         Elsewhere, copy lib/rustlib/wasm32-unknown-unknown of the same Rust version into `rustc --print sysroot`"
    )]
    NoTarget,
    /// A file could not be written or read.
    #[error("cannot use `{path}`")]
    File { path: PathBuf, source: io::Error },
    /// The JavaScript half could not be generated.
    #[error("cannot generate JavaScript: {text}")]
    Bindgen { text: String },
    /// The engine is too large for a phone.
    #[error("the engine is {bytes} bytes compressed, more than its budget of {BROTLI_BYTES_MAX}")]
    TooLarge { bytes: usize },
}

/// Builds `web/engine/`.
pub fn run() -> Result<(), Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let module = toolchain::compile(&root)?;
    let out = root.join("web/engine");
    let file = |source| Error::File { path: out.clone(), source };
    fs::create_dir_all(&out).map_err(file)?;
    Bindgen::new()
        .input_path(&module)
        .out_name("quipu_engine")
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(true).generate(&out))
        .map_err(|error| Error::Bindgen { text: format!("{error:#}") })?;
    let wasm = out.join("quipu_engine_bg.wasm");
    optimise::run(&root, &wasm)?;
    let size = size::measure(&wasm)?;
    println!("engine: {} bytes, gzip {}, brotli {} of {BROTLI_BYTES_MAX}", size.plain, size.gzip, size.brotli);
    if size.brotli > BROTLI_BYTES_MAX { Err(Error::TooLarge { bytes: size.brotli }) } else { Ok(()) }
}
