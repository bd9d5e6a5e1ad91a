//! The `quipu` binary: one program for the server, the office's command line, the vault and the demonstration.
//!
//! Each command is a file of `command`; what several share is in `server.rs` (a running data folder), `office.rs` (setting
//! a census up, also for the demonstration) and `glue.rs` (the query side over a cell). Nothing is decided here: that is `fold`'s job.

mod cell;
mod cli;
mod command;
mod config;
mod demo;
mod error;
mod glue;
mod letter;
mod office;
mod output;
mod packs;
mod place;
mod server;

use clap::Parser;

/// Half of what the system's allocator cost the cell's thread was finding room in fragmented heaps.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    output::start_logging(cli.log_json);
    output::end_with_the_reader();
    match command::run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            output::report(&error);
            std::process::ExitCode::FAILURE
        }
    }
}
