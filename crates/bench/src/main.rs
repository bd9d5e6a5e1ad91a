//! `quipu-load`: `quipu load` alone, without the query engine, so that a release build takes minutes less.

use std::error::Error as _;
use std::process::ExitCode;

use bench::{Fill, Generate, Grow, Load};
use clap::{Parser, Subcommand};

/// As in `quipu` itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures how fast a census is taken in.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    load: Load,
}

#[derive(Subcommand)]
enum Command {
    /// How cost grows up to a census of this size, and how long it takes to start again after a kill.
    Grow(Grow),
    /// The sending process.
    #[command(hide = true)]
    GenerateLoad(Generate),
    /// The process that is killed.
    #[command(hide = true)]
    Fill(Fill),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Grow(grow)) => grow.run(),
        Some(Command::GenerateLoad(generate)) => generate.run(),
        Some(Command::Fill(fill)) => fill.run(),
        None => arguments.load.run(),
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
