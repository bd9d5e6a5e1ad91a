//! `quipu form …`

use std::process::ExitCode;

use crate::cli::Form;
use crate::error::{Error, Result};

pub fn run(form: &Form) -> Result<ExitCode> {
    let Form::Check { workbook } = form;
    let bytes = std::fs::read(workbook).map_err(Error::file(workbook))?;
    let (book, mut mistakes) = match workbook.extension().is_some_and(|ext| ext == "md") {
        true => forms::workbook::from_markdown(&String::from_utf8_lossy(&bytes)),
        false => forms::workbook::read(&bytes),
    };
    let (compiled, more) = forms::compile(&book);
    mistakes.extend(more);
    for mistake in &mistakes {
        println!("{mistake}");
    }
    if let Some(form) = &compiled {
        let languages: Vec<&str> = form.languages().iter().map(|language| language.name.as_str()).collect();
        println!("{} version {}: {}", form.id(), form.version(), form.title(0));
        println!("  languages: {}", languages.join(", "));
        for table in form.tables() {
            let identifiers = table.columns.iter().filter(|column| column.identifier).count();
            println!(
                "  table {}: {} columns, {identifiers} of them sealed identifiers",
                table.name,
                table.columns.len()
            );
        }
    }
    let sound = compiled.is_some() && forms::is_sound(&mistakes);
    println!("{} {}", mistakes.len(), if sound { "remarks; the form can be used" } else { "remarks; mend them first" });
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
