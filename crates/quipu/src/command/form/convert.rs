//! `quipu form convert`

use std::path::Path;
use std::process::ExitCode;

use forms::workbench::convert;
use forms::workbook::Workbook;

use super::load::{Loaded, book, has_ending, load};
use super::xlsx;
use crate::cli::Convert;
use crate::error::{Error, Result};

/// What a form is written as.
enum Target {
    Xlsx,
    Markdown,
    Csv,
    /// A CSV file a sheet.
    Folder,
    Compiled,
    /// ODK's XForm.
    Xform,
}

impl Target {
    fn of(path: &Path) -> Result<Target> {
        let endings = [
            ("xlsx", Target::Xlsx),
            ("md", Target::Markdown),
            ("csv", Target::Csv),
            ("json", Target::Compiled),
            ("xml", Target::Xform),
        ];
        if path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', '\\']) {
            return Ok(Target::Folder);
        }
        endings.into_iter().find(|(ending, _)| has_ending(path, ending)).map(|(_, target)| target).ok_or_else(|| {
            let path = path.display();
            Error::Refused(format!(
                "cannot tell what to write by `{path}`: end it in .xlsx, .md, .csv, .json, .xml or `/`"
            ))
        })
    }
}

pub fn run(command: &Convert) -> Result<ExitCode> {
    let (from, to) = (&command.from, &command.to);
    let target = Target::of(to)?;
    if same_file(from, to) {
        return Err(Error::Refused("the form would be written over itself: name another file".into()));
    }
    if let Target::Compiled = target {
        let (form, _) = load(from)?.sound(from)?;
        write(to, &form.to_bytes())?;
    } else {
        let book = workbook(from)?;
        match target {
            Target::Xlsx => write(to, &xlsx::write(&book)?)?,
            Target::Markdown => write(to, convert::markdown(&book).as_bytes())?,
            Target::Csv => write(to, convert::csv(&book).as_bytes())?,
            Target::Xform => {
                let name = from.file_stem().unwrap_or_default().to_string_lossy();
                let (xml, mistakes) = forms::xform::write(&book, &name);
                mistakes.iter().for_each(|mistake| println!("{mistake}"));
                if !forms::is_sound(&mistakes) {
                    return Err(Error::Refused("the form has mistakes: mend them first; nothing was written".into()));
                }
                write(to, xml.as_bytes())?;
            }
            Target::Folder | Target::Compiled => {
                std::fs::create_dir_all(to).map_err(Error::file(to))?;
                for sheet in convert::sheets(&book) {
                    write(&to.join(format!("{}.csv", sheet.name)), convert::csv_sheet(sheet).as_bytes())?;
                }
            }
        }
    }
    println!("{} → {}", from.display(), to.display());
    Ok(ExitCode::SUCCESS)
}

/// The workbook of a file, mistakes and all: a form need not be right to be written another way. That of a compiled form
/// and of an XForm is made from it.
fn workbook(from: &Path) -> Result<Workbook> {
    if has_ending(from, "json") || has_ending(from, "xml") {
        let Loaded { form, mistakes, .. } = load(from)?;
        mistakes.iter().for_each(|mistake| println!("{mistake}"));
        let form = form.ok_or_else(|| Error::Refused("there is no form in the file".into()))?;
        return Ok(convert::from_definition(form.definition()));
    }
    let (book, mistakes) = book(from)?;
    mistakes.iter().for_each(|mistake| println!("{mistake}"));
    if !forms::is_sound(&mistakes) {
        return Err(Error::Refused("the workbook cannot be read; nothing was written".into()));
    }
    Ok(book)
}

fn write(to: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(to, bytes).map_err(Error::file(to))
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b && !a.is_dir())
}
