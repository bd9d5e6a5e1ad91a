//! Codebooks of the shipped questionnaires.

use std::path::Path;

use forms::workbench::codebook;
use forms::{Form, compile, workbook};

fn shipped(name: &str) -> Form {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../forms/{name}.md"));
    let (book, _) = workbook::from_markdown(&std::fs::read_to_string(path).unwrap());
    compile(&book).0.unwrap()
}

/// Texts between a start and an end.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(inner, _)| inner).collect()
}

#[test]
fn every_text_code_rule_and_column_is_in_the_codebook() {
    for name in ["cn2020_short", "listing"] {
        let form = shipped(name);
        if let Ok(folder) = std::env::var("QUIPU_CODEBOOKS") {
            std::fs::write(Path::new(&folder).join(format!("{name}.html")), codebook::html(&form)).unwrap();
            std::fs::write(Path::new(&folder).join(format!("{name}.md")), codebook::markdown(&form)).unwrap();
        }
        let html = codebook::html(&form)
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        let markdown = codebook::markdown(&form).replace('\\', "");
        for page in [&html, &markdown] {
            for item in form.definition().items.iter() {
                let words = [&item.label, &item.hint, &item.constraint_message, &item.check_soft_message];
                for text in words.iter().flat_map(|w| &w.0) {
                    assert!(page.contains(text.as_str()), "{name}: {text}");
                }
                for rule in [&item.relevant, &item.constraint, &item.check_soft, &item.calculation] {
                    assert!(page.contains(rule.as_str()), "{name}: {rule}");
                }
            }
            for choice in form.definition().lists.iter().flat_map(|l| &l.choices) {
                assert!(choice.label.0.iter().all(|l| page.contains(l.as_str())), "{name}: {}", choice.name);
            }
            for column in form.tables().iter().flat_map(|t| t.columns.clone()) {
                assert!(
                    page.contains(&format!("<code>{}</code>", column.name))
                        || page.contains(&format!("`{}`", column.name))
                );
            }
            for fact in form.fact_names() {
                assert!(page.contains(fact));
            }
        }
    }
}

#[test]
fn every_link_of_a_codebook_leads_somewhere() {
    for name in ["cn2020_short", "listing"] {
        let form = shipped(name);
        let html = codebook::html(&form);
        let targets = between(&html, "id=\"", "\"");
        let links = between(&html, "href=\"#", "\"");
        assert!(links.len() > 20);
        for link in &links {
            assert_eq!(targets.iter().filter(|t| t == &link).count(), 1, "{name}: {link}");
        }
        let markdown = codebook::markdown(&form);
        let targets = between(&markdown, "<a id=\"", "\"");
        for link in between(&markdown, "](#", ")") {
            assert!(targets.contains(&link), "{name}: {link}");
        }
    }
}

#[test]
fn a_text_with_markup_in_it_stays_text() {
    let book = "| type | name | label | relevant |\n| text | a | <b>Bold?</b> & more | . < 3 |\n";
    let (form, _) = compile(&workbook::from_markdown(book).0);
    let html = codebook::html(&form.unwrap());
    assert!(html.contains("&lt;b&gt;Bold?&lt;/b&gt; &amp; more") && !html.contains("<b>"));
}

#[test]
fn rules_are_said_in_plain_words_in_both_languages() {
    let markdown = codebook::markdown(&shipped("cn2020_short"));
    for said in [
        "(#h5_dwelling) is “An ordinary dwelling” (1)",
        "为“普通住宅”（1）",
        "the answer is from 0 to 800",
        "答案在 0 到 800 之间",
        "is 15 or more",
        "this is number 1 of",
    ] {
        assert!(markdown.contains(said), "{said}");
    }
}
