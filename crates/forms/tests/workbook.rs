//! Files an XLSForm comes in: all kinds say the same, and none takes more room than it should.

use std::io::{Cursor, Write};

use forms::workbook::{Workbook, read, read_named};
use proptest::prelude::*;

const XLS: &[u8] = include_bytes!("../../../fixtures/workbook/excel97.xls");
const CSV: &str = include_str!("../../../fixtures/workbook/excel97.csv");

const TABLES: &str = "
| survey |
| | type | name | label |
| | select_one yn | owns | Do you own it, \"all\" of it? |
| | text | why | Why\\|not? |
| choices |
| | list_name | name | label |
| | yn | 1 | Yes |
| | yn | 2 | No |
| settings |
| | form_id | version |
| | tables | 3 |";

/// Cells by place, without the empty first column one-file forms have.
fn cells(book: &Workbook) -> Vec<String> {
    let mut out = Vec::new();
    for sheet in [&book.survey, &book.choices, &book.settings] {
        let margin = usize::from(sheet.header.first().is_some_and(String::is_empty));
        let rows = sheet.rows.iter().map(|row| (row.number, &row.cells));
        for (number, cells) in std::iter::once((1, &sheet.header)).chain(rows) {
            let filled = cells.iter().enumerate().skip(margin).filter(|(_, cell)| !cell.is_empty());
            out.extend(filled.map(|(i, cell)| format!("{}!{}:{number}={cell}", sheet.name, i - margin)));
        }
    }
    out
}

fn same(bytes: &[u8], expected: &Workbook) {
    let (book, mistakes) = read(bytes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let (found, wanted) = (cells(&book), cells(expected));
    assert_eq!(found.iter().find(|c| !wanted.contains(c)), None);
    assert_eq!(wanted.iter().find(|c| !found.contains(c)), None);
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn xlsx(book: &Workbook) -> Vec<u8> {
    let mut out = rust_xlsxwriter::Workbook::new();
    for sheet in [&book.survey, &book.choices, &book.settings] {
        let page = out.add_worksheet();
        page.set_name(&sheet.name).unwrap();
        let margin = usize::from(sheet.header.first().is_some_and(String::is_empty));
        let rows = sheet.rows.iter().map(|row| (row.number, &row.cells));
        for (number, cells) in std::iter::once((1, &sheet.header)).chain(rows) {
            for (i, cell) in cells.iter().enumerate().skip(margin).filter(|(_, cell)| !cell.is_empty()) {
                match cell.parse::<f64>() {
                    Ok(n) => page.write_number(number - 1, (i - margin) as u16, n).unwrap(),
                    Err(_) => page.write_string(number - 1, (i - margin) as u16, cell).unwrap(),
                };
            }
        }
    }
    out.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_of_excel_97_says_what_its_csv_says() {
    let (mut expected, mistakes) = read(CSV.as_bytes());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    // The program that wrote the .xls kept no result with its formula.
    let row = expected.survey.rows.iter_mut().find(|r| r.cells.get(2).is_some_and(|c| c == "f")).unwrap();
    assert_eq!(row.cells.pop().as_deref(), Some("3"));
    same(XLS, &expected);
    assert!(cells(&expected).contains(&"survey!5:122=2020-11-01".to_owned()));
}

#[test]
fn every_kind_of_file_gives_the_same_workbook() {
    let (expected, _) = read(TABLES.as_bytes());
    assert_eq!(cells(&expected)[3], "survey!0:2=select_one yn");
    same(&xlsx(&expected), &expected);
    let survey = "type,name,label\nselect_one yn,owns,\"Do you own it, \"\"all\"\" of it?\"\ntext,why,Why|not?\n";
    let (choices, settings) = ("list_name;name;label\r\nyn;1;Yes\r\nyn;2;No\r\n", "form_id\tversion\ntables\t3");
    let sheets = [("form/survey.csv", survey), ("form/Choices.csv", choices), ("form/settings.csv", settings)];
    let zipped = zip(&sheets.map(|(name, text)| (name, text.as_bytes())));
    let (mut book, mistakes) = read(&zipped);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    book.choices.name = "choices".into();
    assert_eq!(cells(&book), cells(&expected));
    let wide: Vec<u8> = [0xFFu8, 0xFE].into_iter().chain(TABLES.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    same(&wide, &expected);
}

#[test]
fn a_file_without_a_form_id_goes_by_its_name() {
    let (book, _) = read_named(b"type,name,label\ntext,a,A\n", "forms/dwelling list.csv");
    assert_eq!(forms::compile(&book).0.unwrap().id(), "dwelling list");
    let (book, _) = read_named(TABLES.as_bytes(), "other.md");
    assert_eq!(forms::compile(&book).0.unwrap().id(), "tables");
}

#[test]
fn what_is_no_workbook_is_refused_in_words() {
    let refused = |bytes: &[u8], words: &str| {
        let (_, mistakes) = read(bytes);
        assert_eq!(mistakes[0].code, "form/not-a-workbook");
        assert!(mistakes[0].message.contains(words), "{}", mistakes[0]);
    };
    refused(b"PK\x03\x04 not a zip", "not an .xlsx workbook");
    refused(b"hello", "no tables");
    refused(b"type,name\ntext,\xC4\xE3\xBA\xC3\n", "UTF-8");
    refused(&zip(&[("readme.txt", b"hello")]), "neither");
    refused(&XLS[..600], ".xls workbook cannot be read");
    refused(b"", "no tables");
}

#[test]
fn a_zip_that_unfolds_without_end_is_refused_before_it_is_read() {
    let zeros = vec![0u8; 300 << 20];
    let bomb = zip(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &zeros)]);
    assert!(bomb.len() < 2 << 20);
    let (_, mistakes) = read(&bomb);
    assert!(mistakes[0].message.contains("unfolds to more than"), "{}", mistakes[0]);
    // A directory that lies about the size changes nothing.
    let mut lying = bomb.clone();
    let size = (300u32 << 20).to_le_bytes();
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == size {
            lying[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
        }
    }
    assert_ne!(lying, bomb);
    assert_eq!(read(&lying).1[0].code, "form/not-a-workbook");
}

#[test]
fn two_cells_in_far_corners_take_the_room_of_two_cells() {
    let mut out = rust_xlsxwriter::Workbook::new();
    let page = out.add_worksheet().set_name("survey").unwrap();
    for (column, text) in ["type", "name", "label"].into_iter().enumerate() {
        page.write_string(0, column as u16, text).unwrap();
        page.write_string(1, column as u16, ["text", "a", "A"][column]).unwrap();
    }
    page.write_string(1_048_575, 16_383, "far away").unwrap();
    let (book, mistakes) = read(&out.save_to_buffer().unwrap());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(book.survey.rows.len(), 1);
}

#[test]
fn a_sheet_with_a_name_that_is_nearly_right_is_told() {
    let (_, mistakes) = read(b"survey\n,type,name\n,text,a\nchoises\n,list_name,name\n_choice\n,x,y\n");
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let expected = "form/misspelt-sheet  choises: the sheet `choises` is left out; is it meant as `choices`?; \
                    call it `choices`, or `_choises` when it is not part of the form";
    assert_eq!(told, [expected]);
}

const TYPES: &[&str] = &[
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "dateTime",
    "note",
    "calculate",
    "range",
    "geotrace",
    "geoshape",
    "select_one a",
    "select_multiple b or_other",
    "rank a",
    "select_one_from_file a.csv",
    "select_one ${b}",
    "select_one_external c",
    "begin group",
    "end group",
    "begin repeat",
    "end repeat",
    "begin loop over a",
    "end loop",
    "audit",
    "start",
    "csv-external",
    "background-geopoint",
    "osm a",
    "nonsense",
    "",
    "image",
    "acknowledge",
];

const NAMES: &[&str] = &["a", "b", "c", "d", "e", "A", "meta", "data", "2x", ""];

const CELLS: &[&str] = &[
    "",
    "",
    "",
    "",
    "yes",
    "no",
    "1",
    "2",
    "a",
    "b",
    "${a}",
    "${b} + 1",
    "${c",
    "${last-saved#a}",
    ". > 3",
    "a = ${b}",
    "grp = 'x'",
    "count(${d})",
    "start=1 end=3 step=0.5",
    "value=x",
    "randomize=true seed=${a}",
    "search('f')",
    "today() + 1",
    "position(..)",
    "${",
    "a#b",
    "\u{201c}x\u{201d}",
    "English (en)",
    "pulldata('a', 'b', 'c', ${d})",
    "((",
    "%(name)s",
    "indexed-repeat(${a}, ${b}, 1)",
    "../a",
    "instance('a')/root/item[name = ${b}]/label",
    "-1",
    "table-list",
    "2020-11-01",
];

fn mutated(bytes: &[u8], changes: &[(prop::sample::Index, u8)], cut: prop::sample::Index) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if changes.len().is_multiple_of(3) {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_are_read_or_refused_and_nothing_else(
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let (book, _) = read(TABLES.as_bytes());
        for file in [XLS.to_vec(), xlsx(&book), CSV.as_bytes().to_vec(), TABLES.as_bytes().to_vec()] {
            let (book, _) = read(&mutated(&file, &changes, cut));
            let _ = forms::compile(&book);
        }
    }

    #[test]
    fn any_table_is_read_or_its_mistakes_are_told(
        rows in prop::collection::vec((0..TYPES.len(), 0..NAMES.len(), prop::collection::vec(0..CELLS.len(), 9)), 0..25),
        choices in prop::collection::vec((0..NAMES.len(), 0..CELLS.len(), 0..CELLS.len()), 0..6),
        settings in prop::collection::vec(0..CELLS.len(), 5),
        entities in prop::collection::vec((0..NAMES.len(), 0..CELLS.len(), 0..CELLS.len()), 0..3),
        seed in any::<u64>(),
    ) {
        let mut table = String::from(
            "| survey |\n| | type | name | label::English (en) | relevant | constraint | calculation | choice_filter | parameters \
             | default | repeat_count | trigger | save_to |\n",
        );
        for (ty, name, cells) in rows {
            let cells: Vec<&str> = cells.into_iter().map(|i| CELLS[i]).collect();
            table += &format!("| | {} | {} | {} |\n", TYPES[ty], NAMES[name], cells.join(" | "));
        }
        table += "| choices |\n| | list_name | name | label | grp |\n";
        for (list, name, label) in choices {
            table += &format!("| | {} | {} | {} | x |\n", NAMES[list], CELLS[name], CELLS[label]);
        }
        table += "| settings |\n| | instance_name | default_language | form_id | allow_choice_duplicates | name |\n| | ";
        table += &settings.into_iter().map(|i| CELLS[i]).collect::<Vec<_>>().join(" | ");
        table += " |\n| entities |\n| | list_name | label | entity_id |\n";
        for (list, label, id) in entities {
            table += &format!("| | {} | {} | {} |\n", NAMES[list], CELLS[label], CELLS[id]);
        }
        let (book, mut mistakes) = read(table.as_bytes());
        let (form, more) = forms::compile(&book);
        mistakes.extend(more);
        for mistake in &mistakes {
            prop_assert!(!mistake.message.is_empty() && !mistake.place.sheet.is_empty(), "{:?}", mistake);
        }
        if let Some(form) = form {
            let again = forms::Form::from_bytes(&form.to_bytes()).unwrap();
            prop_assert_eq!(again.definition(), form.definition());
            let form = std::sync::Arc::new(form);
            // A count of thousands is no mistake, only slow to fill by chance.
            let empty = forms::Instance::new(form.clone(), &forms::Inputs::default());
            let instance = match empty.to_answers().len() {
                0..500 => forms::generator::generate(&form, seed, &forms::generator::Mix::default()),
                _ => empty,
            };
            let answers = instance.to_answers();
            prop_assert!(form.check(&answers).is_ok());
            prop_assert!(form.extract(&answers).is_ok());
        }
    }
}
