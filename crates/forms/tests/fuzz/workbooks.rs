//! Workbooks as files.

use forms::{compile, workbook};

use crate::{Chance, damage, root, run, seconds};

#[test]
fn damaged_workbooks_are_read_or_their_mistakes_are_told() {
    let mut chance = Chance::seeded();
    let mut files: Vec<Vec<u8>> = Vec::new();
    for folder in ["forms", "fixtures/forms", "fixtures/workbook"] {
        for entry in std::fs::read_dir(root(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| ["xlsx", "xls", "md", "csv"].iter().any(|known| e == *known)) {
                files.push(std::fs::read(path).unwrap());
            }
        }
    }
    // Long files are slow to read, and show nothing that short ones do not.
    files.retain(|bytes| bytes.len() < 40_000);
    assert!(files.len() > 10);
    let mut read = 0;
    let count = run(seconds(2.0), || {
        let bytes = damage(&files[chance.below(files.len())], &mut chance);
        let (book, _) = workbook::read(&bytes);
        let (form, _) = compile(&book);
        if let Some(form) = form {
            read += 1;
            let again = forms::Form::from_bytes(&form.to_bytes()).unwrap();
            assert_eq!(again.definition(), form.definition());
        }
    });
    println!("{count} workbooks, {read} forms made of them");
    assert!(read > 0);
}
