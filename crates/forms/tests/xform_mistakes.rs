//! XForms of other makers, and what is said about those that cannot be read as they are.

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::{Inputs, Instance, Value, xform};

/// An XForm with nodes, binds and a body.
fn form(nodes: &str, model: &str, body: &str) -> String {
    format!(
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' \
         xmlns:jr='http://openrosa.org/javarosa'>\n<h:head><h:title>T</h:title><model>\n<instance><data id='t' version='1'>\
         {nodes}</data></instance>\n{model}</model></h:head>\n<h:body>{body}</h:body></h:html>"
    )
}

fn check(nodes: &str, model: &str, body: &str, expected: Expect) {
    let (_, diagnostics) = xform::read(form(nodes, model, body).as_bytes());
    let said: Vec<String> = diagnostics.iter().map(|d| format!("{:?} {d}\n", d.severity)).collect();
    expected.assert_eq(&said.concat());
}

#[test]
fn a_form_without_mistakes_says_nothing() {
    check("<a/>", "<bind nodeset='/data/a' type='int'/>", "<input ref='/data/a'><label>A</label></input>", expect![""]);
}

#[test]
fn what_is_not_supported_is_named_with_its_line() {
    check(
        "<a/><b/>",
        "<bind nodeset='/data/a' type='intent'/>\n<bind nodeset='/data/b' readonly='/data/a = 1'/>\n<action/>",
        "<input ref='/data/a'/>\n<carousel ref='/data/b'/>\n<input ref='/data/b'><setvalue event='xforms-focus' \
         ref='/data/a' value='1'/></input>",
        expect![[r#"
            Warning xform/unsupported-type  line 4, column 1: answers of the type `intent` are kept as text
            Warning xform/readonly-expression  line 5, column 1: `/data/a = 1` decides whether it can be edited; here it always can
            Warning xform/unsupported-element  line 6, column 1: `action` in the model is left out
            Warning xform/unsupported-element  line 8, column 1: `carousel` in the body is left out
            Warning xform/unsupported-action  line 9, column 22: an action on `xforms-focus` is left out
        "#]],
    );
}

#[test]
fn references_that_lead_nowhere_are_errors() {
    check(
        "<a/><g><a/></g><g/>",
        "<bind nodeset='/data/x' type='int'/>\n<bind nodeset='count(/data/a)'/>\n<bind nodeset='/data/a' relevant='/data/y = 1' \
         constraint='. &lt;'/>",
        "<input ref='/data/z'><label ref=\"jr:itext('none')\"/></input>\n<select1 ref='/data/a'><itemset \
         nodeset=\"instance('l')/root/item\"><value ref='name'/></itemset></select1>\n<select1 ref='/data/g/a'/>",
        expect![[r#"
            Error form/duplicate-name  line 3, column 51: there are two nodes `/data/g`
            Warning xform/unknown-node  line 4, column 1: there is no node `/data/x`
            Error xform/bad-reference  line 5, column 1: `count(/data/a)` is not the path of a node
            Error form/bad-expression  line 6, column 1: a value is missing before the end (character 4); . <
               ^
            Error form/unknown-reference  line 6, column 1: `${y}` is not a question of this form
            Error xform/unknown-node  line 7, column 9: there is no node `/data/z`
            Error xform/unknown-instance  line 8, column 24: there is no instance `l`
            Error xform/no-choices  line 9, column 1: `a` offers no choices
        "#]],
    );
}

#[test]
fn what_is_no_xform_is_refused() {
    for (text, code) in [
        ("", "xml/not-well-formed"),
        ("<html/>", "xform/no-model"),
        ("<!DOCTYPE html><html/>", "xml/doctype"),
        ("<h:html><h:head><model/></h:head></h:html>", "xform/no-instance"),
        ("<h:html><h:head><model><instance/></model></h:head></h:html>", "xform/no-instance"),
    ] {
        let (form, diagnostics) = xform::read(text.as_bytes());
        assert!(form.is_none());
        assert_eq!(diagnostics.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), [code], "{text}");
    }
    let (_, diagnostics) = xform::read(b"<h:html>\n\xFF</h:html>");
    assert_eq!(diagnostics[0].to_string(), "xml/not-utf8  line 2, column 1: the bytes are not UTF-8");
}

#[test]
fn forms_written_by_hand_or_by_other_converters_are_read_too() {
    // Relative references, binds by id, choices in the question, prefixes, a repeat without a group, messages and
    // translations in another order than pyxform's.
    let text = form(
        "<orx:meta xmlns:orx='http://openrosa.org/xforms'><orx:instanceID/></orx:meta><hh><n>2</n><kind/></hh>\
         <p jr:template=''><name/><age/></p><total/>",
        "<itext><translation lang='fr'><text id='k'><value>Nature</value></text></translation>\
         <translation lang='English (en)' default='true()'><text id='k'><value>Kind of <output value='/data/hh/n'/></value>\
         <value form='image'>jr://images/k.png</value></text></translation></itext>\
         <bind id='kind' nodeset='/data/hh/kind' required='true()' jr:requiredMsg='Needed'/>\
         <bind nodeset='/data/hh/n' type='xsd:int'/><bind nodeset='/data/p/age' type='int' relevant=\"../name != ''\"/>\
         <bind nodeset='/data/total' calculate='sum(/data/p/age)'/>\
         <setvalue event='odk-instance-first-load' ref='/data/p/name' value=\"concat('a', 'b')\"/>",
        "<group ref='/data/hh'><input ref='n'><label>N</label></input><select1 bind='kind'><label ref=\"jr:itext('k')\"/>\
         <item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select1></group>\
         <repeat nodeset='/data/p' jr:count='/data/hh/n'><input ref='name'><label>Name</label></input>\
         <input ref='age'><label>Age</label></input></repeat>",
    );
    let (form, diagnostics) = xform::read(text.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let form = Arc::new(form.unwrap());
    assert_eq!(form.languages()[0].code, "en");
    let kind = form.definition().items.iter().find(|i| i.name == "kind").unwrap();
    assert_eq!((kind.label.get(0), kind.label.get(1)), ("Kind of ${n}", "Nature"));
    assert_eq!(kind.media.as_ref().unwrap().image.get(0), "k.png");
    assert_eq!(kind.required_message.get(0), "Needed");
    let mut instance = Instance::new(form, &Inputs::default());
    assert_eq!(instance.count("p").unwrap(), 2);
    instance.set("hh/kind", &"b".into()).unwrap();
    for (path, age) in [("p[1]/age", 30), ("p[2]/age", 4)] {
        instance.set(path, &age.into()).unwrap();
    }
    instance.set("p[1]/name", &"Li".into()).unwrap();
    instance.set("p[2]/name", &Value::Empty).unwrap();
    assert!(!instance.is_relevant("p[2]/age").unwrap());
    assert_eq!(instance.value("total").unwrap(), Value::Number(30.0));
}

/// Every `"xml/…"`, `"xform/…"` and `"submission/…"` in the source of a folder.
fn codes(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, found);
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            for word in source.split('"').filter(|w| !w.contains(char::is_whitespace)) {
                let known =
                    ["xml/", "xform/", "submission/"].iter().any(|p| word.len() > p.len() && word.starts_with(p));
                found.extend(known.then(|| word.to_owned()));
            }
        }
    }
}

#[test]
fn the_page_of_messages_holds_every_code_of_xml_once_and_no_other() {
    let mut found = std::collections::BTreeSet::new();
    codes(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/xform"), &mut found);
    assert!(found.len() > 30);
    let page = include_str!("../../../docs/xml-messages.md");
    let mut told: Vec<String> =
        page.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect();
    told.sort();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), told);
}
