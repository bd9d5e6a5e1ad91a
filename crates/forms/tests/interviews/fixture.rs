//! The files of `fixtures/interviews/` and `fixtures/forms/`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forms::{Form, Severity, compile_with, workbook};

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Files of a folder with this extension, in order.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).map(|dir| dir.flatten().map(|entry| entry.path()).collect());
    let mut paths: Vec<PathBuf> = listed.unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|e| e == extension));
    paths.sort();
    paths
}

pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads and compiles a form with the files beside it. A mistake in it is an error.
pub fn open(path: &Path) -> Result<Arc<Form>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut book, _) = workbook::from_markdown(&text);
    book.name = stem(path);
    let beside: Vec<(String, Vec<u8>)> = ["csv", "xml", "geojson"]
        .iter()
        .flat_map(|extension| files(path.parent().unwrap_or(path), extension))
        .filter(|file| !files(path.parent().unwrap_or(path), "md").iter().any(|md| stem(md) == stem(file)))
        .filter_map(|file| Some((file.file_name()?.to_string_lossy().into_owned(), std::fs::read(&file).ok()?)))
        .collect();
    let beside: Vec<(&str, &[u8])> = beside.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let (form, mistakes) = compile_with(&book, &beside);
    if let Some(mistake) = mistakes.iter().find(|m| m.severity == Severity::Error) {
        return Err(format!("{}: {}", mistake.code, mistake.message));
    }
    Ok(Arc::new(form.ok_or("the form has no question")?))
}
