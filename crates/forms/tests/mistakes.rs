//! What a form's author is told: every mistake at once, with sheet and cell.

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
fn headers_and_ends_that_do_not_fit_are_named() {
    check(
        "| type       | name | label::English (en) | label::中文 (zh) | relevent |
         | text       | a    | A                   |                  |          |
         | end repeat |      |                     |                  |          |
         | begin group | g   | G                   | 组               |          |
         | end repeat |      |                     |                  |          |",
        expect![[r#"
            form/unknown-column  survey!E1: the column `relevent` means nothing to XLSForm and is left out; did you mean `relevant`?
            form/missing-translation  survey!D2: `a` has no label in 中文 (zh)
            form/unopened-group  survey!A3: `end repeat` closes nothing
            form/wrong-end  survey!A5: `end repeat` closes the group opened in row 4
        "#]],
    );
    check(
        "| name |\n| a |",
        expect![[r#"
        form/missing-column  survey!A1: the `survey` sheet has no `type` column
    "#]],
    );
}

#[test]
fn identifiers_and_facts_are_only_where_they_can_be() {
    check(
        "| type         | name | relevant    | identifier | fact | calculation |
         | text         | name |             | yes        |      |             |
         | text         | a    | ${name} = 'x' |          |      |             |
         | text         | b    | ${name} != '' |          |      |             |
         | begin repeat | r    |             |            |      |             |
         | calculate    | n    |             |            | n    | position(..) |
         | end repeat   |      |             |            |      |             |",
        expect![[r#"
            form/no-label  survey!A2: the question `name` has no label
            form/no-label  survey!A3: the question `a` has no label
            form/relevant-reads-identifier  survey!C3: `a` depends on an identifier's text, which the server never sees; compute it in a `calculate` and depend on that
            form/no-label  survey!A4: the question `b` has no label
            form/no-label  survey!A5: the repeat `r` has no label
            form/fact-in-repeat  survey!E6: `n` is in a repeat; a fact is one number a form; sum it in a `calculate` outside
        "#]],
    );
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
fn groups_nested_without_end_are_refused() {
    let rows: String = (0..500).map(|i| format!("| begin repeat | r{i} |\n")).collect();
    let (book, _) = workbook::from_markdown(&format!("| type | name |\n{rows}"));
    let (form, mistakes) = compile(&book);
    assert!(mistakes.iter().any(|m| m.code == "form/too-large"));
    let mut definition = form.unwrap().definition().clone();
    for i in 1..500u32 {
        let item = forms::definition::Item { parent: Some(i - 1), ..definition.items[0].clone() };
        definition.items.truncate(i as usize);
        definition.items.push(item);
    }
    assert!(forms::Form::from_bytes(&serde_json::to_vec(&definition).unwrap()).is_err());
}

#[test]
fn a_function_that_is_not_here_says_what_to_do_instead() {
    check(
        "| type      | name | calculation                  |
         | calculate | a    | extract-signed('x', 'key')   |
         | calculate | b    | count(${a}[ancestor::r > 1]) |
         | calculate | c    | instance('lst')/root/item/a  |",
        expect![[r#"
            form/unsupported-function  survey!C2: `extract-signed()` is not supported; a signature cannot be checked in a form; check it where the answers are used
            form/bad-expression  survey!C3: the axis `ancestor::` is not supported here (character 12); count(${a}[ancestor::r > 1])
                       ^
            form/unknown-list  survey!C4: there is no choice list `lst`
        "#]],
    );
}
