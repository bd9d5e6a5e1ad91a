//! `quipu form check`

use std::path::Path;
use std::process::ExitCode;

use super::load::load;
use crate::error::Result;

pub fn run(workbook: &Path) -> Result<ExitCode> {
    let loaded = load(workbook)?;
    for mistake in &loaded.mistakes {
        println!("{mistake}");
    }
    if let Some(form) = &loaded.form {
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
    let sound = loaded.form.is_some() && forms::is_sound(&loaded.mistakes);
    let said = if sound { "remarks; the form can be used" } else { "remarks; mend them first" };
    println!("{} {said}", loaded.mistakes.len());
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
