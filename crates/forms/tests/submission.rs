//! Submissions that JavaRosa wrote (`scripts/javarosa.sh`), read and written again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forms::xform::submission::{self, Meta};
use forms::{Date, Form, Inputs, Instance, RuleKind, Value, compile, workbook, xform};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/submissions").join(name)
}

fn submissions(name: &str) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder(name)).unwrap().map(|e| e.unwrap().path());
    let xml = files.filter(|p| p.extension().is_some_and(|e| e == "xml") && p.file_stem().unwrap() != "form");
    xml.map(|p| (p.display().to_string(), std::fs::read_to_string(&p).unwrap())).collect()
}

fn of_xform(name: &str) -> Arc<Form> {
    let (form, mistakes) = xform::read(&std::fs::read(folder(name).join("form.xml")).unwrap());
    let codes: Vec<&str> = mistakes.iter().map(|m| m.code.as_str()).collect();
    assert!(codes.iter().all(|c| *c == "xform/unsupported-type"), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn of_table(table: &str) -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(table).0);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn inputs() -> Inputs {
    Inputs { today: Date::parse("2026-11-25"), reference: Date::parse("2020-11-01"), ..Inputs::default() }
}

/// Reads each submission, and writes it twice: as it came, and as if it had been filled here.
fn round(form: &Arc<Form>, name: &str) -> usize {
    let all = submissions(name);
    for (file, text) in &all {
        let received = submission::read(form, text.as_bytes(), &inputs()).unwrap();
        assert!(received.faults.is_empty() && received.differences.is_empty(), "{file} {:?}", received.differences);
        assert_eq!(received.write(), *text, "{file}");
        assert_eq!(submission::write(&received.instance, &received.meta), *text, "{file}");
        let again = Instance::from_answers(form.clone(), &received.instance.to_answers(), &inputs()).unwrap();
        assert_eq!(submission::write(&again, &received.meta), *text, "{file}");
    }
    all.len()
}

#[test]
fn households_javarosa_wrote_are_read_by_the_shipped_form_and_written_again_byte_for_byte() {
    let form = of_table(include_str!("../../../forms/cn2020_short.md"));
    assert_eq!(round(&form, "cn2020_short"), 8);
    assert_eq!(round(&of_xform("cn2020_short"), "cn2020_short"), 8);
}

#[test]
fn every_type_of_answer_is_written_as_javarosa_writes_it() {
    assert_eq!(round(&of_xform("types"), "types"), 2);
}

#[test]
fn what_the_form_does_not_know_is_kept() {
    let form = of_table(
        "| survey |
         | | type | name | relevant |
         | | integer | age | |
         | | text | job | ${age} >= 15 |
         | | begin repeat | pet | |
         | | text | kind | |
         | | end repeat | | |
         | settings |
         | | form_id | version |
         | | f | 2 |",
    );
    let text = "<?xml version='1.0' ?><!-- sent --><data id=\"f\" version=\"2\" xmlns:orx=\"http://openrosa.org/xforms\">\
        <old a='1'>x<y/></old><age >0030</age><job>cook &amp; &#x20AC; <![CDATA[<b>]]></job><new/>\
        <pet n=\"1\"><kind>cat</kind><food/></pet><pet><kind/></pet><orx:meta><orx:instanceID>uuid:7</orx:instanceID>\
        <orx:deprecatedID>uuid:6</orx:deprecatedID><entity dataset=\"d\"><label>L</label></entity></orx:meta></data>\n";
    let mut received = submission::read(&form, text.as_bytes(), &Inputs::default()).unwrap();
    assert_eq!(received.write(), text);
    assert_eq!(received.meta.instance_id.as_deref(), Some("uuid:7"));
    assert_eq!(received.meta.deprecated_id.as_deref(), Some("uuid:6"));
    assert_eq!(received.instance.value("job").unwrap(), Value::Text("cook & € <b>".into()));
    assert_eq!(received.instance.value("age").unwrap(), Value::Number(30.0));

    // What changes is written anew, what does not stays as it stood.
    received.instance.set("age", &9.into()).unwrap();
    received.instance.remove_repeat("pet", 1).unwrap();
    received.instance.add_repeat("pet").unwrap();
    received.instance.set("pet[2]/kind", &"do<g".into()).unwrap();
    let (_, after) = received.write().split_once("</old>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (answers, _) = after.split_once("<orx:meta>").unwrap();
    assert_eq!(answers, "<age >9</age><new/><pet><kind/></pet><pet><kind>do&lt;g</kind></pet>");
}

#[test]
fn what_is_no_answer_is_told_with_its_place_and_the_rest_is_read() {
    let form = of_table(
        "| survey |
         | | type | name | relevant | constraint |
         | | integer | age | | . < 120 |
         | | select_one yn | job | ${age} >= 15 | |
         | | begin repeat | pet | | |
         | | date | born | | |
         | | end repeat | | | |
         | choices |
         | | list_name | name |
         | | yn | y |
         | | yn | n |",
    );
    let text = "<data id='form'>\n  <age>130</age>\n  <job>maybe</job>\n  stray\n\
                <pet><born>2020-13-01</born></pet><pet><born>2020-01-01</born><born>2021-01-01</born></pet></data>";
    let received = submission::read(&form, text.as_bytes(), &Inputs::default()).unwrap();
    let faults: Vec<String> = received.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "submission/wrong-value  3:8 /data/job: `maybe` is no answer: it is none of the choices",
            "submission/stray-text  4:3 /data: there is text between the questions",
            "submission/wrong-value  5:12 /data/pet[1]/born: `2020-13-01` is no answer: a day is written YYYY-MM-DD",
            "submission/duplicate-node  5:63 /data/pet[2]/born: it is answered twice; the first answer counts",
        ]
    );
    assert_eq!(received.findings.iter().map(|f| f.kind).collect::<Vec<_>>(), [RuleKind::Constraint]);
    assert_eq!(received.outcome(), forms::Outcome::NeedsReview);
    let (checked, faults) = submission::check(&form, text.as_bytes(), &Inputs::default()).unwrap();
    assert_eq!(
        (checked.findings, checked.verdict, faults),
        (received.findings, forms::Outcome::NeedsReview, received.faults)
    );
}

#[test]
fn answers_that_are_not_asked_and_wrong_counts_are_found_and_left_as_they_are() {
    let form = of_table(
        "| type | name | relevant | repeat_count | calculation |
         | integer | n | | | |
         | text | job | ${n} > 5 | | |
         | begin repeat | pet | | ${n} | |
         | text | kind | | | |
         | end repeat | | | | |
         | calculate | twice | | | ${n} * 2 |",
    );
    let text = "<data id=\"form\"><n>2</n><job>cook</job><pet><kind>cat</kind></pet><twice>5</twice></data>";
    let received = submission::read(&form, text.as_bytes(), &Inputs::default()).unwrap();
    let kinds: Vec<RuleKind> = received.findings.iter().map(|f| f.kind).collect();
    assert_eq!(kinds, [RuleKind::NotRelevant, RuleKind::Count]);
    assert_eq!(received.instance.count("pet").unwrap(), 1);
    let difference = &received.differences[0];
    assert_eq!(
        (difference.path.as_str(), difference.given.as_str(), difference.computed.as_str()),
        ("twice", "5", "4")
    );
    assert_eq!(received.write(), text.replace("<job>cook</job>", ""));
    let written = submission::write(&received.instance, &Meta::default());
    assert!(written.ends_with("><n>2</n><pet><kind>cat</kind></pet><twice>4</twice><meta></meta></data>"), "{written}");
}

#[test]
fn what_is_hostile_or_meant_for_another_form_is_refused() {
    let form =
        of_table("| survey |\n| | type | name |\n| | text | t |\n| settings |\n| | form_id | version |\n| | f | 2 |");
    let refused = |text: &str| submission::read(&form, text.as_bytes(), &Inputs::default()).unwrap_err().to_string();
    let deep = format!("<data id='f'>{}", "<x>".repeat(1_000_000));
    for (text, message) in [
        ("<data id='g'/>", "submission/other-form  1:1: it answers the form `g`, not `f`"),
        ("<data id='f' version='1'/>", "submission/other-version  1:1: it answers the version `1`, not `2`"),
        (
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\">]><data id='f'><t>&b;</t></data>",
            "xml/doctype  1:1: document types are refused: forms and submissions have none",
        ),
        ("<data id='f'>\n<t>&b;</t></data>", "xml/unknown-entity  2:4 /data: `&b;` stands for nothing"),
        ("<data id='f'><t>x</data>", "xml/not-well-formed  1:18 /data: `</t>` is expected here"),
        ("not XML", "xml/not-well-formed  1:1: there is text outside of the root element"),
        (&deep, "xml/too-deep  1:299 /data: more than 96 elements are inside each other"),
    ] {
        assert_eq!(refused(text), message);
    }
    let long = vec![b' '; submission::BYTES_MAX + 1];
    assert_eq!(submission::read(&form, &long, &Inputs::default()).unwrap_err().code, "submission/too-large");
    assert_eq!(submission::heading(b"<d id='\xFF'/>").unwrap_err().code, "xml/not-utf8");
}

#[test]
fn an_empty_root_is_written_as_it_came_and_opened_when_something_is_answered() {
    let form = of_table("| type | name |\n| text | t |");
    let mut received =
        submission::read(&form, b"<?xml version='1.0' ?><data id='form'/>\n", &Inputs::default()).unwrap();
    assert_eq!(received.write(), received.source());
    received.instance.set("t", &"x".into()).unwrap();
    assert_eq!(received.write(), "<?xml version='1.0' ?><data id='form'><t>x</t></data>\n");
}

const TREES: &str = "| survey |
     | | type | name | save_to |
     | | text | place | |
     | | begin repeat | tree | |
     | | text | kind | species |
     | | integer | girth | girth |
     | | end repeat | | |
     | entities |
     | | list_name | label | create_if |
     | | trees | concat(${kind}, ' ', ${girth}) | ${girth} > 10 |
     | settings |
     | | form_id | version |
     | | trees | 1 |";

/// The values of an attribute, in order.
fn values<'x>(xml: &'x str, attribute: &str) -> Vec<&'x str> {
    let open = format!(" {attribute}=\"");
    xml.split(open.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn an_entity_keeps_its_id_and_follows_its_answers() {
    let form = of_table(TREES);
    let mut instance = Instance::new(form.clone(), &Inputs { seed: 7, ..Inputs::default() });
    for (kind, girth) in [("oak", 30), ("ash", 5)] {
        let at = instance.add_repeat("tree").unwrap();
        instance.set(&format!("tree[{at}]/kind"), &kind.into()).unwrap();
        instance.set(&format!("tree[{at}]/girth"), &girth.into()).unwrap();
    }
    let xml = submission::write(&instance, &Meta::default());
    assert_eq!(values(&xml, "create"), ["1", "0"]);
    let ids: Vec<String> = values(&xml, "id").into_iter().skip(1).map(str::to_owned).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1] && ids.iter().all(|id| id.len() == 36), "{ids:?}");
    assert!(xml.contains("<label>oak 30</label></entity></meta></tree><tree>"), "{xml}");

    // The ids stand in the answers, so that a copy of them makes no other entities.
    let again = Instance::from_answers(form.clone(), &instance.to_answers(), &Inputs::default()).unwrap();
    assert_eq!(submission::write(&again, &Meta::default()), xml);
    let other = of_table(&TREES.replace("| 1 |", "| 2 |"));
    let reread = forms::reread(&form, &instance.to_answers(), &other).unwrap();
    let later = Instance::from_answers(other, &reread.answers, &Inputs::default()).unwrap();
    assert_eq!(values(&submission::write(&later, &Meta::default()), "id")[1..], ids);

    // What was sent is read, and only what changes is written anew.
    let mut received = submission::read(&form, xml.as_bytes(), &Inputs::default()).unwrap();
    assert!(received.faults.is_empty() && received.differences.is_empty(), "{:?}", received.differences);
    assert_eq!(received.write(), xml);
    received.instance.set("tree[2]/girth", &50.into()).unwrap();
    let changed = xml.replace("create=\"0\"", "create=\"1\"").replace("<girth>5<", "<girth>50<");
    assert_eq!(received.write(), changed.replace("ash 5<", "ash 50<"));

    // A client that computes otherwise is told.
    let wrong = xml.replace("create=\"0\"", "create=\"1\"");
    let received = submission::read(&form, wrong.as_bytes(), &Inputs::default()).unwrap();
    let told: Vec<_> = received.differences.iter().map(|d| (d.path.as_str(), d.given.as_str())).collect();
    assert_eq!(told, [("tree[2]/@create", "1")]);
}

#[test]
fn names_of_what_tools_add_are_free_for_questions() {
    let form = of_table(
        "| survey |
         | | type | name | relevant | repeat_count |
         | | integer | label | | |
         | | text | entity | ${label} > 2 | |
         | | begin repeat | pet | | ${label} + 1 |
         | | text | kind | | |
         | | end repeat | | | |
         | entities |
         | | list_name | label |
         | | pets | concat('p', ${label}) |",
    );
    let mut instance = Instance::new(form, &Inputs::default());
    instance.set("label", &3.into()).unwrap();
    instance.set("entity", &"x".into()).unwrap();
    let xml = submission::write(&instance, &Meta::default());
    assert!(xml.contains("><label>3</label><entity>x</entity><pet_count>4</pet_count><pet><kind />"), "{xml}");
    assert!(xml.contains("<label>p3</label></entity></meta></data>"), "{xml}");
}
