//! Forms from files of every kind.

use std::path::Path;

use forms::Diagnostic;
use forms::workbench::convert;
use forms::workbook::{self, Workbook};

use crate::error::{Error, Result};

/// A form as far as it could be read.
pub struct Loaded {
    /// The compiled form.
    pub form: Option<forms::Form>,
    /// The workbook it was made of; `None` for a compiled form and an XForm.
    pub book: Option<Workbook>,
    /// Everything that is wrong.
    pub mistakes: Vec<Diagnostic>,
}

impl Loaded {
    /// The form, when nothing was left out of it. Otherwise the mistakes are printed and the command is refused.
    pub fn sound(self, path: &Path) -> Result<(forms::Form, Option<Workbook>)> {
        let sound = forms::is_sound(&self.mistakes);
        match self.form.filter(|_| sound) {
            Some(form) => Ok((form, self.book)),
            None => {
                self.mistakes.iter().for_each(|mistake| println!("{mistake}"));
                let path = path.display();
                Err(Error::Refused(format!("`{path}` has mistakes: mend them first (`quipu form check {path}`)")))
            }
        }
    }
}

/// Reads a form: a compiled one and an XForm by their endings, every kind of workbook by what is in it, a folder as CSV sheets.
pub fn load(path: &Path) -> Result<Loaded> {
    if has_ending(path, "json") {
        let form = forms::Form::from_bytes(&std::fs::read(path).map_err(Error::file(path))?)?;
        return Ok(Loaded { form: Some(form), book: None, mistakes: Vec::new() });
    }
    if has_ending(path, "xml") {
        let (form, mistakes) = forms::xform::read(&std::fs::read(path).map_err(Error::file(path))?);
        return Ok(Loaded { form, book: None, mistakes });
    }
    let (book, mut mistakes) = book(path)?;
    let files = beside(path)?;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let (form, more) = forms::compile_with(&book, &files);
    mistakes.extend(more);
    Ok(Loaded { form, book: Some(book), mistakes })
}

/// Reads a workbook without compiling it.
pub fn book(path: &Path) -> Result<(Workbook, Vec<Diagnostic>)> {
    if path.is_dir() {
        return folder(path);
    }
    let bytes = std::fs::read(path).map_err(Error::file(path))?;
    // Markdown is known by its ending as well: a page may have prose before its first table.
    if has_ending(path, "md") {
        let (mut book, mistakes) = workbook::from_markdown(&String::from_utf8_lossy(&bytes));
        book.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok((book, mistakes));
    }
    Ok(workbook::read_named(&bytes, &path.to_string_lossy()))
}

fn folder(path: &Path) -> Result<(Workbook, Vec<Diagnostic>)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(Error::file(path))? {
        let file = entry.map_err(Error::file(path))?.path();
        if has_ending(&file, "csv") {
            let text = std::fs::read_to_string(&file).map_err(Error::file(&file))?;
            files.push((file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text));
        }
    }
    files.sort();
    let sheets: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(convert::from_csv_sheets(&sheets))
}

/// Files of choices beside the workbook: `.csv`, `.xml` and `.geojson`, all but the workbook itself.
fn beside(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    const BYTES_MAX: u64 = 64 << 20;
    let folder = folder_of(path);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let file = entry.map_err(Error::file(folder))?.path();
        let wanted = ["csv", "xml", "geojson"].iter().any(|ending| has_ending(&file, ending));
        let small = file.metadata().is_ok_and(|m| m.is_file() && m.len() <= BYTES_MAX);
        if wanted && small && file != path {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, std::fs::read(&file).map_err(Error::file(&file))?));
        }
    }
    Ok(files)
}

/// The folder a workbook is in; of one that is a folder of CSV sheets, itself.
pub fn folder_of(path: &Path) -> &Path {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Whether a path ends in `.ending`, in any case.
pub fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
