//! The column `matrix`: who is what to whom.

use std::path::Path;
use std::sync::Arc;

use forms::interview::Interview;
use forms::workbench::{Speech, scenario};
use forms::{Form, Inputs, compile, is_sound, workbook, xform};

fn text(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/extensions");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

fn family() -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(&text("family.md")).0);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    Arc::new(form.unwrap())
}

#[test]
fn a_family_does_what_its_scenarios_say() {
    let (scenarios, mistakes) = scenario::read(&text("family.scenarios.md"), Speech::English);
    assert_eq!(mistakes, []);
    let report = scenario::run(&family(), &scenarios, Speech::English);
    let failures = report.scenarios.iter().flat_map(|s| s.failures.iter().map(|f| format!("{}: {f}", f.line)));
    assert_eq!(failures.collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(report.passed(), 6);
}

#[test]
fn no_rule_of_the_family_goes_unnoticed() {
    let (scenarios, _) = scenario::read(&text("family.scenarios.md"), Speech::English);
    let form = family();
    let survey = scenario::mutate(&form, &scenarios);
    let shown = |m: &scenario::Mutant| format!("{} {}: {}", form.item(m.item).unwrap().name, m.column, m.becomes);
    assert_eq!(survey.unnoticed.iter().map(shown).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Three persons, the third one too old to be a child of the second.
fn told() -> Interview {
    let mut i = Interview::new(family(), &Inputs::default(), 0);
    assert_eq!(i.id(), "person");
    for (name, age) in [("Li", "40"), ("Mei", "39"), ("Bo", "30")] {
        i.goto("person");
        let at = i.add_person(name).unwrap();
        i.goto(&format!("person[{at}]/d2_age"));
        i.answer(age).unwrap();
    }
    for (pair, kin) in [("person[2]/relationship[1]", "1"), ("person[3]/relationship[1]", "9")] {
        assert!(i.goto(&format!("{pair}/kinship")));
        i.answer(kin).unwrap();
    }
    i
}

#[test]
fn what_does_not_fit_is_told_where_it_is_asked_and_kept_with_a_reason() {
    let mut i = told();
    i.goto("person[3]/relationship[2]/kinship");
    assert_eq!(i.screen().label, "What is Bo to Mei?");
    i.answer("2").unwrap();
    assert!(!i.next(false));
    let problems = i.screen().problems;
    assert_eq!(problems[0].message, "The ages of Bo and Mei do not fit this relationship.");
    assert_eq!((problems.len(), problems[0].id.as_str()), (1, "person[3]/relationship[2]/kinship"));
    i.goto("review");
    assert_eq!(i.screen().problems[0].id, "person[3]/relationship[2]/kinship");
    i.goto("person[3]/relationship[2]/kinship");
    i.confirm("adopted");
    assert!(i.next(false));
    let finished = i.finish();
    assert_eq!(finished.findings.len(), 1);
    let sealed = forms::identifiers_decode(&family(), &finished.split.identifiers).unwrap();
    assert!(sealed.iter().any(|(path, text)| path.ends_with("kinship_age#reason") && text == "adopted"), "{sealed:?}");
}

#[test]
fn the_picture_shows_who_is_what_to_whom() {
    let mut i = told();
    let shown = |i: &Interview| {
        let person = |p: &forms::interview::Relative| {
            let ties = p.ties.iter().map(|t| format!(" {} of {} ({})", t.relationship, t.to, t.generation));
            format!("{}{}", p.name, ties.collect::<String>())
        };
        i.family().persons.iter().map(person).collect::<Vec<_>>()
    };
    i.goto("person[3]/relationship[2]/kinship");
    assert!(i.family().asked);
    i.answer("2").unwrap();
    assert_eq!(shown(&i), ["Li", "Mei spouse of 1 (0)", "Bo other_relative of 1 () child of 2 (-1)"]);
    i.goto("person");
    i.remove_person(1).unwrap();
    assert_eq!(shown(&i), ["Mei", "Bo child of 1 (-1)"]);
    assert!(!i.family().asked);
}

#[test]
fn without_a_matrix_the_picture_follows_the_relationship_to_the_head() {
    let table = "
        | type           | name   | label |
        | begin repeat   | person | P     |
        | text           | name   | N     |
        | select_one kin | kin    | K     |
        | end repeat     |        |       |

        # choices
        | list_name | name | label | relationship | generation |
        | kin       | 0    | Head  |              |            |
        | kin       | 2    | Child | child        | -1         |";
    let (form, mistakes) = compile(&workbook::from_markdown(table).0);
    assert!(is_sound(&mistakes), "{mistakes:?}");
    let mut i = Interview::new(Arc::new(form.unwrap()), &Inputs::default(), 0);
    for (name, kin) in [("Li", "0"), ("Bo", "2")] {
        i.goto("person");
        let at = i.add_person(name).unwrap();
        i.goto(&format!("person[{at}]/kin"));
        i.answer(kin).unwrap();
    }
    let family = i.family();
    assert_eq!((family.persons[0].ties.len(), family.asked), (0, false));
    let tie = &family.persons[1].ties[0];
    assert_eq!((tie.to, tie.relationship.as_str(), tie.generation.as_str()), (1, "child", "-1"));
}

#[test]
fn the_xform_is_a_standard_one() {
    let (document, mistakes) = xform::write(&workbook::from_markdown(&text("family.md")).0, "family");
    assert_eq!(mistakes, []);
    let count =
        r#"<repeat nodeset="/data/person/relationship" jr:count=" ../relationship_count " appearance="matrix">"#;
    for part in [count, r#"calculate="position(..) - 1""#, "<older_by>12</older_by>"] {
        assert!(document.contains(part), "{part} in {document}");
    }
    // What another client reads from it has the same tables and rules.
    let (form, mistakes) = xform::read(document.as_bytes());
    assert!(is_sound(&mistakes), "{mistakes:?}");
    let columns = |form: &Form| {
        let tables =
            form.tables().into_iter().map(|t| (t.name, t.columns.into_iter().map(|c| c.name).collect::<Vec<_>>()));
        tables.filter(|(name, _)| name == "relationship").collect::<Vec<_>>()
    };
    assert_eq!(columns(&form.unwrap())[0].1, columns(&family())[0].1);
}

#[test]
fn mistakes_are_told_with_their_cell() {
    let check = |cell: &str, kind: &str, word: &str, expected: &str| {
        let (_, mistakes) = compile(
            &workbook::from_markdown(&format!(
                "| type         | name   | label | matrix |
             | begin repeat | person | P     |        |
             | text         | name   | N     |        |
             | {kind}       | kin    | K     | {cell} |
             | end repeat   |        |       |        |

             # choices
             | list_name | name | label | relationship |
             | kin       | 1    | Wife  | {word}       |"
            ))
            .0,
        );
        let shown =
            mistakes.iter().filter(|m| m.code == "form/bad-matrix").map(|m| format!("{}: {}", m.place, m.message));
        assert_eq!(shown.collect::<Vec<_>>().join("; "), expected, "{mistakes:?}");
    };
    check("pairs", "select_one kin", "spouse", "");
    check("pairs", "select_one kin", "wife", "choices!D2: `wife` is no relationship");
    check("pairs", "select_one kin", "", "choices!D2: nothing says what the relationships of `kin` are");
    check("pairs", "integer", "spouse", "survey!A4: a matrix asks a `select_one` of the choices sheet");
    check("pairs size=1", "select_one kin", "spouse", "survey!D4: the cell does not say what the matrix is");
    check("pairs parent_age=old", "select_one kin", "spouse", "survey!D4: `parent_age` is no number of years");
}
