//! The commands, one a file.

mod area;
mod backup;
mod cell;
mod census;
mod form;
mod journal;
mod lease;
mod letter;
mod phase;
mod serve;
mod sql;
mod staff;
mod store;
mod vault;

use std::process::ExitCode;

use crate::cli::Command;
use crate::demo;
use crate::error::Result;

/// Runs a command.
pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve::run(&serve),
        Command::Demo(demo) => demo::run(&demo),
        Command::Area(area) => area::run(&area),
        Command::Vault(vault) => vault::run(&vault),
        Command::Census(census) => census::run(&census),
        Command::Phase(phase) => phase::run(&phase),
        Command::Staff(staff) => staff::run(&staff),
        Command::Lease(lease) => lease::run(&lease),
        Command::Letter(letter) => letter::run(&letter),
        Command::Form(form) => form::run(&form),
        Command::Cell(cell) => cell::run(&cell),
        Command::Journal(journal) => journal::run(&journal),
        Command::Backup(backup) => backup::run(&backup),
        Command::Restore(restore) => backup::restore(&restore),
        Command::Store(store) => store::run(&store),
        Command::Sql(sql) => sql::run(&sql),
        Command::Load(load) => done(load.run()),
        Command::GenerateLoad(generate) => done(generate.run()),
    }
}

fn done(measured: bench::Result<()>) -> Result<ExitCode> {
    measured?;
    Ok(ExitCode::SUCCESS)
}
