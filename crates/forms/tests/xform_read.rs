//! XForms that pyxform wrote, read and compared with the workbooks they came from: the same answers give the same
//! relevance, values, verdicts and XML.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forms::definition::Definition;
use forms::generator::{Mix, generate};
use forms::xform::submission::{self, Meta, Received};
use forms::{Form, Inputs, compile, workbook, xform};

/// Where the two do not yet behave alike, and why. A form here that does is an error, so that the table stays true.
const DIFFER: &[(&str, &str)] = &[(
    "068-none-of-these",
    "`add_none_option` adds a choice and a rule; pyxform writes the rule for one question a list and no choice, so that \
     no client offers it",
)];

fn forms_of(folder: &Path) -> Vec<(PathBuf, Arc<Form>, Arc<Form>)> {
    let mut out = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "xml")) {
        let md = path.with_extension("md");
        let shipped = root("forms").join(md.file_name().unwrap());
        let sources = [md, path.with_extension("xlsx"), shipped];
        let source = sources.iter().find(|source| source.exists()).unwrap_or_else(|| panic!("{path:?} has no source"));
        let (mut book, _) = workbook::read(&std::fs::read(source).unwrap());
        book.name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (from_book, _) = compile(&book);
        let (from_xml, mistakes) = xform::read(&std::fs::read(&path).unwrap());
        for mistake in mistakes {
            println!("{}: {mistake}", path.file_stem().unwrap().to_string_lossy());
        }
        out.push((path, Arc::new(plain(&from_book.unwrap())), Arc::new(from_xml.unwrap())));
    }
    out
}

/// The form without what no XForm can say: identifiers and soft checks.
fn plain(form: &Form) -> Form {
    let mut definition = form.definition().clone();
    for item in &mut definition.items {
        item.identifier = false;
        item.check_soft.clear();
    }
    Form::from_bytes(&serde_json::to_vec(&definition).unwrap()).unwrap()
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

/// Path of an item in the definition: `/person/age`.
fn path(definition: &Definition, item: u32) -> String {
    let item = &definition.items[item as usize];
    item.parent.map_or(String::new(), |p| path(definition, p)) + "/" + &item.name
}

/// Everything a submission comes to, by paths instead of indexes.
fn account(form: &Arc<Form>, received: &Received) -> String {
    let definition = form.definition();
    let mut out = String::new();
    let mut findings: Vec<String> = received
        .findings
        .iter()
        .map(|f| format!("{:?} {}{:?}", f.kind, path(definition, f.item), f.position))
        .collect();
    findings.sort();
    writeln!(out, "{findings:#?}").unwrap();
    for fault in &received.faults {
        writeln!(out, "{} {}", fault.code, fault.path).unwrap();
    }
    for difference in &received.differences {
        writeln!(out, "{} given {} computed {}", difference.path, difference.given, difference.computed).unwrap();
    }
    let written = submission::write(&received.instance, &Meta::default());
    // Each draws ids of its own.
    let words = written.replace('>', ">\n");
    out + &without_ids(&words)
}

/// The XML with the drawn ids of entities left out.
fn without_ids(xml: &str) -> String {
    let mut parts = xml.split(" id=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (value, rest) = part.split_once('"').unwrap();
        let drawn = value.len() == 36 && value.matches('-').count() == 4;
        write!(out, " id=\"{}\"{rest}", if drawn { "" } else { value }).unwrap();
    }
    out
}

/// Changes some answers, so that rules break and relevance moves.
fn disturb(xml: &str, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut out = String::new();
    for (i, part) in xml.split('>').enumerate() {
        if i > 2 && part.contains("</") && !part.contains("ID</") && random(6) == 0 {
            let (_, end) = part.split_once("</").unwrap();
            let value =
                ["", "1", "2", "0", "7", "150", "abc", "2020-02-30", "2.5", "1999-12-31", "a b"][random(11) as usize];
            write!(out, "{value}</{end}>").unwrap();
        } else {
            out += part;
            out.push('>');
        }
    }
    out.pop();
    out
}

fn compare(folder: &Path) -> String {
    let mut wrong = String::new();
    for (file, book, xml) in forms_of(folder) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        let before = wrong.len();
        for seed in 0..40u64 {
            let filled = generate(&book, seed / 4, &Mix::default());
            let meta = Meta { instance_id: Some("uuid:1".into()), ..Meta::default() };
            let written = submission::write(&filled, &meta);
            let text = if seed % 4 == 0 { written } else { disturb(&written, seed) };
            let reference = book.definition().reference_date;
            let inputs = Inputs { today: forms::Date::parse("2020-11-10"), reference, ..Inputs::default() };
            let read = |form: &Arc<Form>| submission::read(form, text.as_bytes(), &inputs).map(|r| account(form, &r));
            match (read(&book), read(&xml)) {
                (Ok(a), Ok(b)) if a == b => *seen.entry("same").or_default() += 1,
                (Ok(a), Ok(b)) => {
                    *seen.entry("differ").or_default() += 1;
                    if seen["differ"] <= 1 {
                        let lines = a.lines().zip(b.lines()).filter(|(a, b)| a != b).take(6);
                        for (a, b) in lines {
                            writeln!(wrong, "{name} {seed}\n  book {a}\n  xml  {b}").unwrap();
                        }
                    }
                }
                (a, b) => writeln!(wrong, "{name} {seed}: {:?} {:?}", a.err(), b.err()).unwrap(),
            }
        }
        println!("{name}: {seen:?}");
        if let Some((_, why)) = DIFFER.iter().find(|(form, _)| *form == name) {
            assert!(seen.contains_key("differ"), "{name} behaves alike now; take it off the table ({why})");
            wrong.truncate(before);
        }
    }
    wrong
}

#[test]
fn an_xform_behaves_as_the_workbook_it_came_from() {
    let folder = std::env::var("FORMS").map_or_else(|_| root("fixtures/forms"), PathBuf::from);
    let wrong = compare(&folder);
    assert!(wrong.is_empty(), "{wrong}");
}
