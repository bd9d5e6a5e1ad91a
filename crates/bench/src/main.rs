//! `quipu-load`: measures and prints a table; see the library's documentation.

use std::error::Error as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use bench::{Result, Size, generator, table};
use clap::{Parser, Subcommand};

/// Measures how fast a census is taken in.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Households sent one by one, and as many again in batches.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    households: u32,
    /// A size for tests: the figures mean nothing.
    #[arg(long)]
    toy: bool,
    /// Where the figures go, as JSON.
    #[arg(long, default_value = "target/bench.json")]
    out: PathBuf,
    /// The disk that is measured: a temporary folder is made here.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// The sending process.
    #[command(hide = true)]
    Generate { addr: SocketAddr, connections: usize, requests: PathBuf },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Generate { addr, connections, requests }) => generate(*addr, *connections, requests),
        None => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("quipu-load: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                eprint!(": {inner}");
                cause = inner.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let size = if arguments.toy { Size::toy() } else { Size::full(arguments.households) };
    let figures = bench::run(&size, &arguments.folder)?;
    std::fs::write(&arguments.out, serde_json::to_vec_pretty(&figures)?)?;
    print!("{}", table(&figures));
    Ok(())
}

fn generate(addr: SocketAddr, connections: usize, requests: &std::path::Path) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let report = runtime.block_on(generator::generate(addr, connections, requests))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
