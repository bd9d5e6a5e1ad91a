//! `quipu form docs`

use std::process::ExitCode;

use forms::workbench::codebook;

use super::load::{has_ending, load};
use crate::cli::Docs;
use crate::error::{Error, Result};

pub fn run(command: &Docs) -> Result<ExitCode> {
    let (form, _) = load(&command.workbook)?.sound(&command.workbook)?;
    let to = &command.output;
    let text = match () {
        () if has_ending(to, "html") || has_ending(to, "htm") => codebook::html(&form),
        () if has_ending(to, "md") => codebook::markdown(&form),
        () => {
            let to = to.display();
            return Err(Error::Refused(format!("a codebook is written as .html or .md, not as `{to}`")));
        }
    };
    std::fs::write(to, text).map_err(Error::file(to))?;
    println!("{} version {}: codebook in {}", form.id(), form.version(), to.display());
    Ok(ExitCode::SUCCESS)
}
