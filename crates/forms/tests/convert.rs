//! Workbooks written and read again keep every cell; a compiled form becomes a workbook that compiles to it.

use std::path::Path;

use forms::compile;
use forms::definition::Definition;
use forms::workbench::convert;
use forms::workbook::{self, Row, Sheet, Workbook};
use proptest::prelude::*;

fn folder(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let mut out: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "md") && !p.to_string_lossy().contains(".scenarios."))
        .map(|p| (p.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap()))
        .collect();
    out.sort();
    out
}

/// Sheets without the name of the file they came in.
fn cells(book: &Workbook) -> Vec<Sheet> {
    convert::sheets(book).into_iter().cloned().collect()
}

fn every_way(book: &Workbook) {
    let sheets = cells(book);
    assert_eq!(cells(&workbook::from_markdown(&convert::markdown(book)).0), sheets, "{}", convert::markdown(book));
    assert_eq!(cells(&workbook::read(convert::markdown(book).as_bytes()).0), sheets);
    let files: Vec<(String, String)> = sheets.iter().map(|s| (s.name.clone(), convert::csv_sheet(s))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    assert_eq!(cells(&convert::from_csv_sheets(&files).0), sheets);
    // In one file the first column holds the sheets' names, so cells stand one column to the right.
    let (one, _) = workbook::read(convert::csv(book).as_bytes());
    let moved: Vec<Sheet> = cells(&one)
        .into_iter()
        .map(|s| Sheet {
            header: s.header[1..].to_vec(),
            rows: s.rows.into_iter().map(|r| Row { cells: r.cells[1..].to_vec(), ..r }).collect(),
            ..s
        })
        .collect();
    assert_eq!(moved, sheets);
}

#[test]
fn every_cell_of_the_forms_here_is_kept() {
    for (_, text) in folder("forms").into_iter().chain(folder("fixtures/forms")) {
        every_way(&workbook::from_markdown(&text).0);
    }
}

fn definition(book: &Workbook) -> Option<Definition> {
    let (form, mistakes) = compile(book);
    forms::is_sound(&mistakes).then(|| {
        let mut definition = form.unwrap().definition().clone();
        // The order of their columns means nothing.
        definition.items.iter_mut().for_each(|item| item.attributes.sort());
        definition
    })
}

#[test]
fn a_compiled_form_becomes_a_workbook_that_compiles_to_it() {
    let mut tried = 0;
    for (name, text) in folder("forms").into_iter().chain(folder("fixtures/forms")) {
        let Some(was) = definition(&workbook::from_markdown(&text).0) else { continue };
        // Kept by a rule of its own: written out, so no longer a setting.
        let mut was = was;
        was.settings.retain(|(n, _)| n != "add_none_option");
        let book = convert::from_definition(&was);
        let mut again = definition(&book).unwrap_or_else(|| panic!("{name}: {:?}", compile(&book).1));
        for (a, b) in was.items.iter().zip(&again.items) {
            assert_eq!(a, b, "{name}");
        }
        // Spaces that a path brought in are kept by a setting.
        if was.setting("clean_text_values").is_empty() {
            again.settings.retain(|(n, _)| n != "clean_text_values");
        }
        assert_eq!(again, was, "{name}");
        tried += 1;
    }
    assert!(tried >= 2, "{tried}");
}

fn cell() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "|", "\\", "\\|", "&#10;", "&amp;", "\n", "-", ":", "\"", ",", ";", "survey", "#", "'", "字", " ",
    ]);
    prop::collection::vec(odd, 0..6).prop_map(|parts| parts.concat().trim().to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn odd_cells_are_kept_too(rows in prop::collection::vec(prop::collection::vec(cell(), 3), 1..8)) {
        let rows = rows.into_iter().enumerate().map(|(at, mut cells)| {
            cells[0] = "text".into();
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            Row { number: 2 + 2 * at as u32, cells }
        });
        let survey = Sheet {
            name: "survey".into(),
            header: ["type", "name", "label"].map(str::to_owned).to_vec(),
            rows: rows.collect(),
        };
        let book = Workbook { survey, ..Workbook::default() };
        every_way(&book);
    }
}
