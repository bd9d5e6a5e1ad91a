//! XML that is made to cost much.

use std::time::{Duration, Instant};

use forms::xform;

#[test]
fn bombs_are_refused_before_they_cost_anything() {
    let laughs: String = (1..30).map(|i| format!("<!ENTITY l{i} \"&l{0};&l{0};&l{0};\">", i - 1)).collect();
    let bomb = format!("<!DOCTYPE d [<!ENTITY l0 \"ha\">{laughs}]><h:html><h:head>&l29;</h:head></h:html>");
    let deep = format!("<h:html>{}", "<a>".repeat(5_000_000));
    let deep_instance = format!(
        "<h:html><h:head><model><instance><data id='d'>{}{}</data></instance></model></h:head><h:body/></h:html>",
        "<a>".repeat(60),
        "</a>".repeat(60)
    );
    let calls = format!(
        "<h:html><h:head><model><instance><data id='d'><a/></data></instance><bind nodeset='/data/a' calculate='{}'/></model></h:head></h:html>",
        "(".repeat(500_000)
    );
    let regex = "<h:html><h:head><model><instance><data id='d'><a/></data></instance><bind nodeset='/data/a' \
        constraint='regex(., \"((((a{1,100}){1,100}){1,100}){1,100}){1,100}\")'/></model></h:head></h:html>";
    let attributes = format!("<h:html {}/>", "a='1' ".repeat(500_000));
    for (text, code) in [
        (bomb.as_str(), "xml/doctype"),
        (&deep, "xml/too-deep"),
        (&deep_instance, "form/too-large"),
        (&calls, "form/bad-expression"),
        (regex, "form/bad-expression"),
        (&attributes, "xform/no-model"),
    ] {
        let started = Instant::now();
        let (_, diagnostics) = xform::read(text.as_bytes());
        assert!(diagnostics.iter().any(|d| d.code == code), "{code}: {diagnostics:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{code} took {:?}", started.elapsed());
    }
}
