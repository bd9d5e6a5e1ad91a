//! What a form's author is told: every mistake at once, with sheet and cell.

mod choices;
mod entities;
mod questions;
mod sheets;

use expect_test::{Expect, expect};
use forms::{compile, workbook};

fn check(table: &str, expected: Expect) {
    let (book, mut mistakes) = workbook::from_markdown(table);
    mistakes.extend(compile(&book).1);
    expected.assert_eq(&mistakes.iter().map(|m| format!("{m}\n")).collect::<String>());
}

#[test]
fn all_mistakes_of_a_workbook_come_at_once() {
    check(
        "| type            | name   | label | relevant     | calculation |
         | select_one sexx | sex    | Sex   |              |             |
         | select_multiple sex | many | Many |          |             |
         | integr          | age    | Age   |              |             |
         | text            | age    | Again |              |             |
         | text            | 2nd    | Name  |              |             |
         | calculate       | double |       |              | ${agee} * 2 |
         | calculate       | empty  |       |              |             |
         | begin group     | g      | Group |              |             |
         | text            | job    | Job   | ${age} >= (1 |             |
         | text            |        | Lost  |              |             |
         |                 | lost   |       |              |             |
         | calculate       | c      |       |              | cont(${g}) + if(1, 2) |

         # choices
         | list_name | name | label |
         | sex       | 1    | Male  |
         | sex       | 1    | Man   |
         | sex       | 2    |       |
         | sex       | a b  | Other |",
        expect![[r#"
            form/duplicate-choice  choices!B3: the list `sex` has the choice `1` twice; if that is meant, say `yes` to `allow_choice_duplicates` in the settings
            form/choice-without-label  choices!C4: the choice `2` of `sex` has no label
            form/bad-name  choices!B5: the choice name `a b` has a space in it; use `_` instead, since several can be chosen
            form/unknown-list  survey!A2: `select_one sexx` names no choice list; did you mean `sex`?
            form/unknown-type  survey!A4: `integr` is not a question type; did you mean `integer`?
            form/duplicate-name  survey!B5: the name `age` is already used in row 4
            form/bad-name  survey!B6: `2nd` is not a name; start with a letter or `_`; then letters, digits, `_`, `-` and `.`
            form/unknown-reference  survey!E7: `${agee}` is not a question of this form; did you mean `age`?
            form/no-calculation  survey!E8: `empty` has nothing to calculate
            form/unclosed-group  survey!A9: the group `g` is never closed; add a row `end group`
            form/bad-expression  survey!D10: `)` is missing before the end (character 13); ${age} >= (1
                        ^
            form/missing-name  survey!B11: the `text` has no name
            form/missing-type  survey!A12: the row has a name and no type
            form/unknown-function  survey!E13: there is no function `cont()`; did you mean `count`?
        "#]],
    );
}

#[test]
fn a_cycle_is_refused_and_shown() {
    check(
        "| type      | name | calculation | relevant |
         | calculate | a    | ${b} + 1    |          |
         | calculate | b    | ${c} + 1    |          |
         | calculate | c    | ${d} + 1    |          |
         | text      | d    |             | ${a} > 0 |",
        expect![[r#"
            form/cycle  survey!C2: depends on itself: a → b → c → d → a; the circle goes through survey!C2, survey!C3, survey!C4, survey!D5
            form/no-label  survey!A5: the question `d` has no label
        "#]],
    );
}

#[test]
fn a_form_with_mistakes_is_read_as_far_as_it_goes() {
    let (book, _) = workbook::from_markdown(
        "| type    | name | calculation |
         | integer | a    |             |
         | calculate | b  | ${a} +      |
         | calculate | c  | ${a} + 1    |",
    );
    let (form, mistakes) = compile(&book);
    assert_eq!(mistakes.iter().filter(|m| m.severity == forms::Severity::Error).count(), 1);
    let mut instance = forms::Instance::new(std::sync::Arc::new(form.unwrap()), &forms::Inputs::default());
    instance.set("a", &2.into()).unwrap();
    assert_eq!(instance.value("c").unwrap(), forms::Value::Number(3.0));
}

#[test]
fn bytes_that_are_no_workbook_are_refused_in_words() {
    let (_, mistakes) = workbook::read(b"PK\x03\x04 not a zip");
    assert_eq!(mistakes[0].code, "form/not-a-workbook");
    for bytes in [&b"{}"[..], b"[1", br#"{"format":"quipu-form/2"}"#] {
        assert!(forms::Form::from_bytes(bytes).is_err());
    }
}

#[test]
fn a_function_that_is_not_here_says_what_to_do_instead() {
    check(
        "| type      | name | calculation                  |
         | calculate | a    | jr:itext('x')                |
         | calculate | b    | count(${a}[ancestor::r > 1]) |
         | calculate | c    | instance('lst')/root/item/a  |",
        expect![[r#"
            form/unsupported-function  survey!C2: `jr:itext()` is not supported; translations are columns of the workbook: `label::English (en)`
            form/bad-expression  survey!C3: the axis `ancestor::` is not supported here (character 12); count(${a}[ancestor::r > 1])
                       ^
            form/unknown-list  survey!C4: there is no choice list `lst`
        "#]],
    );
}

#[test]
fn a_repeat_named_from_inside_is_the_instance_around() {
    check(
        "| type         | name   | label  | calculation                |
         | begin repeat | person | Person |                            |
         | calculate    | one    |        | count(${person})           |
         | calculate    | all    |        | count(../../person)        |
         | calculate    | some   |        | count(${person}[${all} > 1]) |
         | calculate    | third  |        | indexed-repeat(${all}, ${person}, 3) |
         | begin group  | g      | G      |                            |
         | begin repeat | pet    | Pet    |                            |
         | calculate    | pets   |        | count(${pet})              |
         | calculate    | owner  |        | count(${person})           |
         | end repeat   |        |        |                            |
         | end group    |        |        |                            |
         | end repeat   |        |        |                            |
         | calculate    | oldest |        | count(${person}[count(${person}) > 1]) |",
        expect![[r#"
            form/instance-around  survey!D3: inside `person`, `${person}` is the one around, not all of them; write `../../person` for all
            form/instance-around  survey!D10: inside `person`, `${person}` is the one around, not all of them; write `../../../../person` for all
            form/instance-around  survey!D14: inside `person`, `${person}` is the one around, not all of them; count all of them in a `calculate` of its own
        "#]],
    );
}

/// Every `"form/…"` in the source of a folder.
fn codes(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, found);
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            let quoted = source.split("\"form/").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(quoted.map(|code| format!("form/{code}")));
        }
    }
}

#[test]
fn the_page_of_messages_holds_every_code_once_and_no_other() {
    let mut found = std::collections::BTreeSet::new();
    codes(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 60);
    let page = include_str!("../../../../docs/form-messages.md");
    let told: Vec<&str> = page.lines().filter_map(|l| l.strip_prefix("| `form/")?.split('`').next()).collect();
    let told: Vec<String> = told.into_iter().map(|code| format!("form/{code}")).collect();
    assert_eq!(found.iter().filter(|c| !told.contains(c)).collect::<Vec<_>>(), Vec::<&String>::new(), "not told");
    assert_eq!(told.iter().filter(|c| !found.contains(*c)).collect::<Vec<_>>(), Vec::<&String>::new(), "not used");
    assert_eq!(told.len(), found.len());
}
