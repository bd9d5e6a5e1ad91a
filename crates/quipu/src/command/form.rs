//! `quipu form …`

use std::process::ExitCode;

use std::path::Path;

use forms::Diagnostic;
use node::office::{self, HOUSEHOLD, LISTING};

use crate::cli::{Form, FormKind};
use crate::error::{Error, Result};
use crate::office::open;

pub fn run(form: &Form) -> Result<ExitCode> {
    match form {
        Form::Check { workbook } => check(workbook),
        Form::Publish { data, workbook, kind } => publish(&data.data, workbook, *kind),
    }
}

/// The form of a workbook, as far as it could be read, and every mistake.
fn compile(workbook: &Path) -> Result<(Option<forms::Form>, Vec<Diagnostic>)> {
    let bytes = std::fs::read(workbook).map_err(Error::file(workbook))?;
    let (book, mut mistakes) = match workbook.extension().is_some_and(|ext| ext == "md") {
        true => forms::workbook::from_markdown(&String::from_utf8_lossy(&bytes)),
        false => forms::workbook::read(&bytes),
    };
    let (compiled, more) = forms::compile(&book);
    mistakes.extend(more);
    Ok((compiled, mistakes))
}

fn publish(data: &Path, workbook: &Path, kind: Option<FormKind>) -> Result<ExitCode> {
    let (compiled, mistakes) = compile(workbook)?;
    for mistake in &mistakes {
        println!("{mistake}");
    }
    let Some(form) = compiled.filter(|_| forms::is_sound(&mistakes)) else {
        return Err(Error::Refused("mend the workbook first; nothing was published".into()));
    };
    let node = open(data)?;
    let purpose = kind.map(|kind| match kind {
        FormKind::Listing => LISTING,
        FormKind::Household => HOUSEHOLD,
    });
    let publication = office::publication(&node, &form, purpose)?;
    let (version, fresh) = (publication.version, publication.event.is_some());
    office::append(&node, publication.event.into_iter().collect())?;
    node.stop()?;
    let said = if fresh { "published" } else { "was published already; nothing changed" };
    println!("{} version {version} {said}", form.id());
    Ok(ExitCode::SUCCESS)
}

fn check(workbook: &Path) -> Result<ExitCode> {
    let (compiled, mistakes) = compile(workbook)?;
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
