//! The XForm of every form in `fixtures/forms/`, and of the two we ship, against the one pyxform 4.5.0 writes.
//!
//! `scripts/pyxform.sh` writes what is expected. Both documents are brought to one shape first: attributes sorted, white
//! space between elements dropped, white space in attributes normalised as XML says. The forms of one text in `itext`
//! are sorted too, since pyxform keeps them in a set and writes them in any order.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use forms::workbook::{self, Workbook};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Forms where we write something else, and why.
const DIFFER: &[(&str, &str)] = &[];

enum Node {
    Element { name: String, attributes: Vec<(String, String)>, children: Vec<Node> },
    Text(String),
}

fn start(element: &BytesStart<'_>) -> Node {
    let name = element.name().as_ref().to_owned();
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.unwrap();
        let key = attribute.key.as_ref().to_owned();
        let raw = attribute.value.replace(['\n', '\t', '\r'], " ");
        assert!(attributes.iter().all(|(other, _)| *other != key), "`{name}` has `{key}` twice");
        attributes.push((key, quick_xml::escape::unescape(&raw).unwrap().into_owned()));
    }
    attributes.sort();
    Node::Element { name, attributes, children: Vec::new() }
}

fn parse(xml: &str) -> Node {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Node::Element { name: String::new(), attributes: Vec::new(), children: Vec::new() }];
    let add = |open: &mut Vec<Node>, node: Node| {
        let Some(Node::Element { children, .. }) = open.last_mut() else { panic!("a text holds nothing") };
        match (children.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (_, node) => children.push(node),
        }
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => open.push(start(&element)),
            Event::Empty(element) => add(&mut open, start(&element)),
            Event::End(_) => {
                let node = open.pop().unwrap();
                add(&mut open, node);
            }
            Event::Text(text) => add(&mut open, Node::Text(text.to_string())),
            Event::GeneralRef(name) => {
                let text = format!("&{};", &*name);
                add(&mut open, Node::Text(quick_xml::escape::unescape(&text).unwrap().into_owned()));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "an element is not closed");
    open.remove(0)
}

fn render(node: &Node, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match node {
        Node::Text(text) => writeln!(out, "{indent}{text:?}").unwrap(),
        Node::Element { name, attributes, children } => {
            write!(out, "{indent}<{name}").unwrap();
            for (key, value) in attributes {
                write!(out, " {key}={value:?}").unwrap();
            }
            out.push_str(">\n");
            let elements = children.iter().any(|child| matches!(child, Node::Element { .. }));
            let blank = |child: &Node| matches!(child, Node::Text(text) if text.trim().is_empty());
            let mut parts: Vec<String> = Vec::new();
            for child in children.iter().filter(|child| !(elements && blank(child))) {
                let mut part = String::new();
                render(child, depth + 1, &mut part);
                parts.push(part);
            }
            if name == "text" {
                parts.sort();
            }
            out.extend(parts);
        }
    }
}

fn canonical(xml: &str) -> String {
    let mut out = String::new();
    render(&parse(xml), 0, &mut out);
    out
}

/// The lines that differ, with a few before and after.
fn difference(ours: &str, theirs: &str) -> String {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), theirs.lines().collect());
    let common = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&str]| lines.len() - common;
    let most = rest(&ours).min(rest(&theirs));
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    for line in &ours[common.saturating_sub(3)..common] {
        writeln!(out, "   {line}").unwrap();
    }
    for (mark, lines) in [("-", &theirs), ("+", &ours)] {
        let lines = &lines[common..lines.len() - tail];
        for line in lines.iter().take(20) {
            writeln!(out, " {mark} {line}").unwrap();
        }
        if lines.len() > 20 {
            writeln!(out, " {mark} … {} lines more", lines.len() - 20).unwrap();
        }
    }
    out
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Name, workbook and expected XForm of every form.
fn forms() -> Vec<(String, Workbook, String)> {
    let folder = root().join("fixtures/forms");
    let mut expected: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    expected.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    expected.sort();
    let forms = expected.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (sheet, markdown) = (path.with_extension("xlsx"), path.with_extension("md"));
        let (book, mistakes) = if sheet.exists() {
            workbook::read(&std::fs::read(sheet).unwrap())
        } else {
            let source = if markdown.exists() { markdown } else { root().join(format!("forms/{name}.md")) };
            workbook::from_markdown(&std::fs::read_to_string(source).unwrap())
        };
        assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
        (name, book, std::fs::read_to_string(path).unwrap())
    });
    forms.collect()
}

#[test]
fn every_form_is_written_as_pyxform_writes_it() {
    let (mut agree, mut differ, mut wrong) = (0, 0, String::new());
    for (name, book, expected) in forms() {
        let (xml, mistakes) = forms::xform::write(&book, &name);
        for mistake in mistakes {
            writeln!(wrong, "{name}: {mistake}").unwrap();
        }
        let (ours, theirs) = (canonical(&xml), canonical(&expected));
        match (ours == theirs, DIFFER.iter().find(|(form, _)| *form == name)) {
            (true, None) => agree += 1,
            (false, Some((_, why))) => {
                differ += 1;
                println!("{name} differs: {why}");
            }
            (true, Some(_)) => writeln!(wrong, "{name} agrees now: take it out of the table").unwrap(),
            (false, None) => writeln!(wrong, "{name}\n{}", difference(&ours, &theirs)).unwrap(),
        }
    }
    println!("{agree} forms agree, {differ} differ");
    assert!(wrong.is_empty(), "`-` is pyxform's, `+` is ours\n{wrong}");
    assert!(agree >= 60, "only {agree} forms were compared");
}

#[test]
fn the_comparison_sees_a_space_an_attribute_and_an_order() {
    let base = "<a x='1'><b>t</b><c/></a>";
    let same = "<a\n x = \"1\" >\n <b>t</b>\n\n<c></c></a>";
    assert_eq!(canonical(base), canonical(same));
    for other in
        ["<a x='1'><b>t </b><c/></a>", "<a x='2'><b>t</b><c/></a>", "<a x='1'><c/><b>t</b></a>", "<a><b>t</b><c/></a>"]
    {
        assert_ne!(canonical(base), canonical(other), "{other}");
    }
}
