//! Headers, names, groups and settings.

use expect_test::expect;
use forms::{compile, workbook};

use super::check;

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
fn answers_that_are_choices_are_sealed_where_their_choices_are() {
    check(
        "| type               | name | label | identifier | choice_filter |
         | begin repeat       | p    | P     |            |               |
         | text               | name | N     | yes        |               |
         | integer            | age  | A     |            |               |
         | end repeat         |      |       |            |               |
         | select_one ${name} | a    | A     |            |               |
         | select_one ${name} | b    | B     | yes        | ${age} > 14   |
         | select_one ${age}  | c    | C     |            | ${agee} > 14  |
         | select_one ${nam}  | d    | D     |            |               |",
        expect![[r#"
            form/choices-are-identifiers  survey!A6: `a` offers what identifiers say, and its answer would not be sealed; write `yes` in its column `identifier`
            form/unknown-reference  survey!E8: `${agee}` is not a question of this form; did you mean `age`?
            form/unknown-reference  survey!A9: `${nam}` is not a question of this form; did you mean `name`?
        "#]],
    );
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
fn columns_that_cannot_be_told_apart_or_mean_nothing_are_named() {
    check(
        "| survey |
         | | type | name | label | relevant | bind::relevant |
         | | text | a | A | . | . |",
        expect![[r#"
            form/duplicate-column  survey!F1: `relevant` and `bind::relevant` are one and the same column; rename or remove one of them
            form/cycle  survey!E2: depends on itself: a → a; the circle goes through survey!E2
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | choices |
         | | list_name | name | label | my note |
         | | l | 1 | One | x |",
        expect![[r#"
            form/bad-column  choices!E1: the column `my note` has a space in its name and is left out; use `_` instead
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | entities |
         | | list_name | label | colour |
         | | trees | ${a} | red |",
        expect![[r#"
            form/unknown-column  entities!D1: the column `colour` means nothing to XLSForm and is left out
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | settings |
         | | form_id | id_string | submision_url |
         | | a | b | c |",
        expect![[r#"
            form/duplicate-column  settings!C1: `form_id` and `id_string` are one and the same column; rename or remove one of them
            form/unknown-column  settings!D1: the column `submision_url` means nothing to XLSForm and is left out; did you mean `submission_url`?
        "#]],
    );
    check(
        "| survey |
         | | type | label |
         | | text | a |",
        expect![[r#"
            form/missing-column  survey!A1: the `survey` sheet has no `name` column
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | choices |
         | | list_name | label |
         | | l | One |",
        expect![[r#"
            form/missing-column  choices!A1: the `choices` sheet has no `name` column
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | disabled | media::smell |
         | | text | a | A | 1 | x |",
        expect![[r#"
            form/disabled-column  survey!E1: `disabled` is no longer part of XLSForm; use `relevant` instead
            form/unknown-column  survey!F1: the column `media::smell` means nothing to XLSForm and is left out; did you mean `media`?
        "#]],
    );
}

#[test]
fn names_keep_to_their_rules() {
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | | text | A | Again |
         | | text | meta | Meta |
         | | begin repeat | data | Data |
         | | text | b | B |
         | | end repeat | | |
         | | begin group | g | G |
         | | begin repeat | r | R |
         | | text | b | B |
         | | end repeat | |  |
         | | end group | |  |
         | | begin repeat | r | R |
         | | text | c | C |
         | | end repeat | | |",
        expect![[r#"
            form/similar-name  survey!C3: `A` and `a` differ only in capital letters; some programs that read the data cannot tell them apart
            form/reserved-name  survey!C4: the name `meta` is kept for the form's metadata
            form/reserved-name  survey!C5: a repeat cannot be called `data` like the form's root
            form/duplicate-name  survey!C13: the repeat in row 9 is called `r` already; repeats need names of their own in the whole form
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | begin group | | No name |
         | | text | a | A |
         | | end group | | |
         | | note | | A note needs none |",
        expect![[r#"
            form/missing-name  survey!C2: the `begin group` has no name
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | audit | log |  |",
        expect![[r#"
            form/reserved-name  survey!C2: the audit log is always called `audit`; leave the name empty
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | settings |
         | | name |
         | | my form |",
        expect![[r#"
            form/bad-name  settings!B2: `my form` cannot be the name of the form's root; start with a letter or `_`; then letters, digits, `_`, `-` and `.`
        "#]],
    );
}

#[test]
fn groups_close_what_they_open() {
    check(
        "| survey |
         | | type | name | label |
         | | begin group | g | G |
         | | text | a | A |
         | | end repeat | |  |",
        expect![[r#"
            form/wrong-end  survey!B4: `end repeat` closes the group opened in row 2
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | begin loop over yn | l | L |
         | | text | a_%(name)s | A %(label)s |
         | | end loop | | |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/bad-name  survey!C4: `1` is not a name; start with a letter or `_`; then letters, digits, `_`, `-` and `.`
            form/bad-name  survey!C4: `2` is not a name; start with a letter or `_`; then letters, digits, `_`, `-` and `.`
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | begin loop | l | L |
         | | text | a | A |
         | | end loop | | |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/missing-list  survey!B2: the loop names no choice list
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | begin loop over nosuch | l | L |
         | | text | a | A |
         | | end loop | | |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/unknown-list  survey!B2: `begin loop over nosuch` names no choice list
        "#]],
    );
}

#[test]
fn rows_that_are_left_out_are_told() {
    check(
        "| survey |
         | | type | name | label | hint | remark |
         | |  | | A label alone |
         | |  | | | | a remark |
         | | text | a | A |  |",
        expect![[r#"
            form/unknown-column  survey!F1: the column `remark` means nothing to XLSForm and is left out
            form/missing-type  survey!B2: the row has a label and no type
            form/row-left-out  survey!B3: the row has no type, name or label and is left out
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | settings |
         | | form_id |
         | | one |
         | | two |",
        expect![[r#"
            form/row-left-out  settings!A3: only the first row of settings counts
        "#]],
    );
}

#[test]
fn a_form_that_is_encrypted_needs_its_id() {
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | settings |
         | | omit_instanceID | public_key |
         | | yes | abc |",
        expect![[r#"
            form/instance-id-needed  settings!B2: a form that is encrypted needs the instanceID that `omit_instanceID` leaves out
        "#]],
    );
}
