//! `quipu form diff`

use std::process::ExitCode;

use forms::workbench::changes;

use super::load::load;
use crate::cli::Diff;
use crate::error::Result;

pub fn run(command: &Diff) -> Result<ExitCode> {
    let speech = command.speech.get();
    let (old, _) = load(&command.old)?.sound(&command.old)?;
    let (new, _) = load(&command.new)?.sound(&command.new)?;
    println!("{} {} → {} {}", old.id(), old.version(), new.id(), new.version());
    println!();
    let changes = changes::compare(&old, &new, speech);
    print!("{}", changes.report(speech));
    let fails = command.check && !changes.is_compatible();
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
