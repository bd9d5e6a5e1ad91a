//! `quipu form …`, a command a file. What they compute is in `forms::workbench`; here are files and the terminal.

mod check;
mod convert;
mod diff;
mod docs;
mod load;
mod publish;
mod reread;
mod run;
mod test;
mod xlsx;

use std::process::ExitCode;

use crate::cli::Form;
use crate::error::Result;

pub fn run(form: &Form) -> Result<ExitCode> {
    match form {
        Form::Check { workbook } => check::run(workbook),
        Form::Test(command) => test::run(command),
        Form::Run(command) => run::run(command),
        Form::Diff(command) => diff::run(command),
        Form::Docs(command) => docs::run(command),
        Form::Convert(command) => convert::run(command),
        Form::Reread(command) => reread::run(command),
        Form::Publish { data, workbook, kind } => publish::run(data, workbook, *kind),
    }
}
