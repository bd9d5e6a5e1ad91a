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
fn selects_have_a_list() {
    check(
        "| survey |
         | | type | name | label |
         | | select_one | a | A |
         | | select_one yn maybe | b | B |
         | | select_one nosuch | c | C |
         | | rank yn | d | D |
         | | select_one_external x | e | E |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/missing-list  survey!B2: `select_one` names no choice list
            form/bad-list  survey!B3: `select_one yn maybe` says too much; after the type comes the name of one list, and then at most `or_other`
            form/unknown-list  survey!B4: `select_one nosuch` names no choice list
            form/no-choice-filter  survey!B6: `select_one_external` is meant for choices that are filtered
            form/unknown-list  survey!B6: there is no `external_choices` sheet to take choices from
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_one yn | a | A |",
        expect![[r#"
            form/unknown-list  survey!B2: `select_one yn` needs a `choices` sheet, and there is none
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_one_from_file villages.txt | a | A |
         | | select_multiple_from_file a.b.csv | b | B |",
        expect![[r#"
            form/bad-file-name  survey!B2: `villages.txt` is no file of choices; it ends in .csv, .xml or .geojson
            form/bad-file-name  survey!B3: `a.b.csv` is no file of choices; it ends in .csv, .xml or .geojson
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_multiple l | a | A |
         | | select_one l | b | B |
         | choices |
         | | list_name | name | label |
         | | l | a b | Two words |
         | | l | c |  |
         | | l | | None |
         | |  | d | D |
         | | l | c | Again |",
        expect![[r#"
            form/bad-name  choices!C2: the choice name `a b` has a space in it; use `_` instead, since several can be chosen
            form/choice-without-label  choices!D3: the choice `c` of `l` has no label
            form/bad-choice  choices!C4: the choice has no name
            form/bad-choice  choices!B5: the choice has no list_name
            form/duplicate-choice  choices!C6: the list `l` has the choice `c` twice; if that is meant, say `yes` to `allow_choice_duplicates` in the settings
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | choice_filter |
         | | select_one_external x | a | A |  |
         | | select_one_external y | b | B | k = 1 |
         | external_choices |
         | | list_name | name | k |
         | | x | 1 | 1 |",
        expect![[r#"
            form/no-choice-filter  survey!B2: `select_one_external` is meant for choices that are filtered
            form/unknown-list  survey!B3: `select_one_external y` names no list of the external_choices sheet
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | choice_filter |
         | | select_one yn | a | A | ${b} |
         | | select_one ${c} | b | B |  |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/unknown-reference  survey!B3: `${c}` is not a question of this form
        "#]],
    );
}

#[test]
fn or_other_needs_choices_of_its_own() {
    check(
        "| survey |
         | | type | name | label | choice_filter |
         | | select_one yn or_other | a | A | name = 1 |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/or-other-with-filter  survey!E2: `or_other` does not go with a choice_filter
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_one ${b} or_other | a | A |
         | | begin repeat | r | R |
         | | text | b | B |
         | | end repeat | | |",
        expect![[r#"
            form/or-other-without-choices  survey!B2: `or_other` needs a list of the choices sheet
        "#]],
    );
    check(
        "| survey |
         | | type | name | label::English (en) | label::French (fr) |
         | | select_one yn or_other | a | A | Ah |
         | choices |
         | | list_name | name | label::English (en) | label::French (fr) |
         | | yn | 1 | Yes | Oui |",
        expect![[r#"
            form/or-other-untranslated  survey!B2: `or_other` adds a choice and a question in English, in every language of the form; add the choice `other` and a text question yourself
        "#]],
    );
}

#[test]
fn a_table_of_selects_has_one_list() {
    check(
        "| survey |
         | | type | name | label | appearance | choice_filter |
         | | begin group | g | G | table-list |  |
         | | select_one yn | a | A | | name != 1 |
         | | select_one l | b | B | |  |
         | | end group | | | |  |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |
         | | l | 1 | One |",
        expect![[r#"
            form/table-list  survey!F3: a choice_filter does not go with the appearance `table-list`
            form/table-list  survey!B4: a `table-list` has one choice list, `yn`, not also `l`
        "#]],
    );
}

#[test]
fn a_search_has_a_list_and_a_file_of_its_own() {
    check(
        "| survey |
         | | type | name | label | appearance |
         | | select_one yn | a | A | search('f') |
         | | select_one yn | b | B |  |
         | | select_one_from_file v.csv | c | C | search('f') |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/missing-file  survey!B2: the file `f.csv` is not here, so nothing is checked against it
            form/search-shares-list  survey!E2: `a` searches for its choices, and `b` uses the same list without; give the question with `search()` a list of its own
            form/missing-file  survey!B4: the file `v.csv` is not here, so nothing is checked against it
            form/search-from-file  survey!E4: `c` takes its choices from a file, so it cannot use `search()` as well
        "#]],
    );
}

#[test]
fn files_do_not_share_a_name() {
    check(
        "| survey |
         | | type | name | label |
         | | csv-external | v | |
         | | xml-external | v2 | |
         | | select_one_from_file yn.csv | a | A |
         | | select_one yn | b | B |
         | | xml-external | v |  |
         | | csv-external | | |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/missing-file  survey: the file `v.csv` is not here, so nothing is checked against it
            form/missing-file  survey: the file `v2.xml` is not here, so nothing is checked against it
            form/duplicate-file  survey!B4: `yn.csv` and the list `yn` are both called `yn` in expressions; rename one of them
            form/missing-file  survey!B4: the file `yn.csv` is not here, so nothing is checked against it
            form/duplicate-name  survey!C6: the name `v` is already used in row 2
            form/missing-name  survey!C7: the `csv-external` has no name
        "#]],
    );
}

#[test]
fn parameters_are_pairs_their_type_knows() {
    check(
        "| survey |
         | | type | name | label | parameters |
         | | text | a | A | rows |
         | | text | b | B | rows=x |
         | | text | c | C | colour=red |
         | | integer | d | D | anything=goes |",
        expect![[r#"
            form/bad-parameters  survey!E2: parameters are pairs of a key and a value; write them as `key=value key=value`
            form/bad-parameter  survey!E3: the parameter `rows` is a whole number
            form/unknown-parameter  survey!E4: `colour` is not a parameter of this type; it takes rows
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters |
         | | image | a | A | max-pixels=big |
         | | image | b | B | app=camera |
         | | audio | c | C | quality=best |
         | | background-audio | d | | quality=external |",
        expect![[r#"
            form/bad-parameter  survey!E2: the parameter `max-pixels` is a whole number
            form/bad-parameter  survey!E3: the parameter `app` is the name of an Android package, such as `org.example.camera`
            form/bad-parameter  survey!E4: the parameter `quality` is `voice-only`, `low`, `normal` or `external`
            form/bad-parameter  survey!E5: the parameter `quality` is `voice-only`, `low` or `normal`
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters |
         | | geopoint | a | A | capture-accuracy=x warning-accuracy=y |
         | | geotrace | b | B | incremental=false |
         | | geoshape | c | C | allow-mock-accuracy=maybe |
         | | geotrace | d | D | reference-geometry=nosuch |
         | | geotrace | e | E | reference-geometry=${a} |",
        expect![[r#"
            form/bad-parameter  survey!E2: the parameter `capture-accuracy` is a number of metres
            form/bad-parameter  survey!E2: the parameter `warning-accuracy` is a number of metres
            form/bad-parameter  survey!E3: the parameter `incremental` is `true` or left out
            form/bad-parameter  survey!E4: the parameter `allow-mock-accuracy` is `true` or `false`, not `maybe`
            form/unknown-geometry  survey!E5: `nosuch` is no list, file or repeat to show on the map
            form/unknown-geometry  survey!E6: `${a}` is no list, file or repeat to show on the map
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters |
         | | select_one yn | a | A | randomize=maybe |
         | | select_one yn | b | B | seed=3 |
         | | select_one yn | c | C | randomize=true, seed=x |
         | | select_one_from_file v.csv | d | D | value=my code |
         | | select_one_from_file w.csv | e | E | value=a+b label=ok |
         | | rank yn | f | F | value=x |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | Yes |
         | | yn | 2 | No |",
        expect![[r#"
            form/bad-parameter  survey!E2: the parameter `randomize` is `true` or `false`, not `maybe`
            form/bad-parameter  survey!E3: the parameter `seed` needs `randomize=true` beside it
            form/bad-parameter  survey!E4: the parameter `seed` is a number or a question, as in `${seed}`
            form/missing-file  survey!B5: the file `v.csv` is not here, so nothing is checked against it
            form/bad-parameters  survey!E5: parameters are pairs of a key and a value; write them as `key=value key=value`
            form/missing-file  survey!B6: the file `w.csv` is not here, so nothing is checked against it
            form/bad-parameter  survey!E6: the parameter `value` is the name of a column of the file
            form/unknown-parameter  survey!E7: `value` is not a parameter of this type; it takes randomize, seed
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters |
         | | audit | | | location-priority=best location-max-age=10 |
         | | text | a | A |  |",
        expect![[r#"
            form/bad-parameter  survey!E2: the parameter `location-priority` is `no-power`, `low-power`, `balanced` or `high-accuracy`
            form/bad-parameter  survey!E2: the parameter `location-min-interval` is missing: the three of the location go together
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters |
         | | audit | | | location-priority=balanced location-min-interval=60 location-max-age=10 track-changes=1 identify-user=2 track-changes-reasons=never |
         | | text | a | A |  |",
        expect![[r#"
            form/bad-parameter  survey!E2: the parameter `track-changes` is `true` or `false`, not `1`
            form/bad-parameter  survey!E2: the parameter `identify-user` is `true` or `false`, not `2`
            form/bad-parameter  survey!E2: the parameter `track-changes-reasons` can only be `on-form-edit`
            form/bad-parameter  survey!E2: the parameter `location-max-age` cannot be less than `location-min-interval`
        "#]],
    );
}

#[test]
fn a_range_is_a_scale() {
    check(
        "| survey |
         | | type | name | label | parameters | appearance |
         | | range | a | A | start=x |  |
         | | range | b | B | step=0 |  |
         | | range | c | C | start=1 end=3 step=5 |  |
         | | range | d | D | tick_interval=2 | picker |
         | | range | e | E | step=2 tick_interval=3 |  |
         | | range | f | F | placeholder=11 |  |
         | | range | g | G | start=0 step=2 placeholder=3 |  |
         | | range | h | H | tick_interval=0 |  |
         | | range | i | I | tick_interval=20 |  |",
        expect![[r#"
            form/bad-range  survey!E2: `start` of a range is a number, not `x`
            form/bad-range  survey!E3: `step` of a range is more than 0
            form/bad-range  survey!E4: `step` is larger than the range, 2
            form/bad-range  survey!E5: `tick_interval` does not go with the appearance `picker`
            form/bad-range  survey!E6: `tick_interval` is a multiple of the step, 2
            form/bad-range  survey!E7: `placeholder` lies between 1 and 10
            form/bad-range  survey!E8: `placeholder` is on a step: 0 and every 2
            form/bad-range  survey!E9: `tick_interval` of a range is more than 0
            form/bad-range  survey!E10: `tick_interval` is larger than the range, 9
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | parameters | appearance |
         | | range | a | A | tick_labelset=nosuch |  |
         | | range | b | B | tick_labelset=l |  |
         | | range | c | C | tick_labelset=far |  |
         | | range | d | D | tick_labelset=odd step=3 |  |
         | | range | e | E | tick_labelset=ends | no-ticks |
         | | range | f | F | tick_labelset=odd | no-ticks |
         | choices |
         | | list_name | name | label |
         | | l | x | X |
         | | far | 20 | T |
         | | odd | 2 | Two |
         | | ends | 1 | Low |
         | | ends | 10 | High |",
        expect![[r#"
            form/unknown-list  survey!E2: `nosuch` names no choice list
            form/bad-tick-labels  survey!E3: the choice `x` of `l` is not a number
            form/bad-tick-labels  survey!E4: the choice `20` of `far` is outside the range
            form/bad-tick-labels  survey!E5: the choice `2` of `odd` is not on a mark of the range
            form/bad-tick-labels  survey!E7: without ticks only the two ends can have labels: `odd` holds 1 and 10
        "#]],
    );
}

#[test]
fn references_name_one_question() {
    check(
        "| survey |
         | | type | name | label |
         | | text | a | Hello ${b |
         | | text | c | ${nosuch} and ${ a } |
         | |  note | n | ${not a name} |
         | | text | d | ${last-saved#a} ${last-saved#x} |",
        expect![[r#"
            form/bad-reference  survey!D2: `${b` refers to nothing; a reference is the name of a question in `${` and `}`
            form/unknown-reference  survey!D3: `${nosuch}` is not a question of this form
            form/bad-reference  survey!D4: `${not a name}` refers to nothing; a reference is the name of a question in `${` and `}`
            form/unknown-reference  survey!D5: `${x}` is not a question of this form
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | begin group | g | G |
         | | text | a | A |
         | | end group | | |
         | | begin group | h | H |
         | | text | a | A |
         | | end group | | |
         | | note | n | ${a} |",
        expect![[r#"
            form/ambiguous-reference  survey!D8: `${a}` is the name of several questions; the nearest is taken; give each question a name of its own
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_one yn | a | A |
         | choices |
         | | list_name | name | label |
         | | yn | 1 | ${nosuch} |",
        expect![[r#"
            form/unknown-reference  choices!D2: `${nosuch}` is not a question of this form
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | settings |
         | | instance_name | style |
         | | concat(${a}, ${nosuch}) | pages |",
        expect![[r#"
            form/unknown-reference  settings!B2: `${nosuch}` is not a question of this form
        "#]],
    );
    check(
        "| survey |
         | | type | name | label |
         | | select_one ${nosuch} | a | A |",
        expect![[r#"
            form/unknown-reference  survey!B2: `${nosuch}` is not a question of this form
        "#]],
    );
}

#[test]
fn media_and_labels() {
    check(
        "| survey |
         | | type | name | label | image | big-image | guidance_hint |
         | | text | a | A | | x.png |  |
         | | text | b | | x.png | |  |
         | | text | c | | | | only guidance |",
        expect![[r#"
            form/big-image-alone  survey!F2: `a` has a `big-image` and no `image`
            form/no-label  survey!D4: the question `c` has no label
        "#]],
    );
    check(
        "| survey |
         | | type | name | label::English | label::French (fr) |
         | | text | a | A | Ah |",
        expect![[r#"
            form/language-without-code  survey!D1: the language `English` has no code, so a phone cannot choose it by its own language; write the code behind it, as in `English (en)`
        "#]],
    );
    check(
        "| survey |
         | | type | name | label::English (en) | label::French (fr) |
         | | text | a | A | Ah |
         | settings |
         | | default_language |
         | | Spanish (es) |",
        expect![[r#"
            form/unknown-language  settings!B2: no text is in the default language `Spanish (es)`
        "#]],
    );
    check(
        "| survey |
         | | type | name | label::English (en) | hint::English (en) | hint::French (fr) |
         | | text | a | A | x |  |",
        expect![[r#"
            form/missing-translation  survey!D2: `a` has no label in French (fr)
            form/missing-translation  survey!F2: `a` has no hint in French (fr)
        "#]],
    );
}

#[test]
fn types_that_need_more() {
    check(
        "| survey |
         | | type | name | label | trigger | calculation |
         | | background-geopoint | a | | |  |
         | | text | b | B | |  |
         | | background-geopoint | c | | ${b} | 1 |
         | | calculate | d | | |  |
         | | simserial | e | | |  |",
        expect![[r#"
            form/missing-trigger  survey!E2: nothing says when `a` takes the place; name the question in the `trigger` column, as in `${start}`
            form/not-calculated  survey!F4: `c` is filled by the device and cannot be calculated
            form/no-calculation  survey!F5: `d` has nothing to calculate
            form/deprecated-type  survey!B6: `simserial` is no longer available on most devices
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | default |
         | | calculate | a | | words |
         | | calculate | b | | today() |",
        expect![[r#"
            form/no-calculation  survey!A2: `a` has nothing to calculate
        "#]],
    );
}

#[test]
fn a_trigger_is_a_question_somebody_answers() {
    check(
        "| survey |
         | | type | name | label | trigger | calculation |
         | | text | a | A | |  |
         | | calculate | b | | | 1 + 1 |
         | | calculate | c | | ${b} | 1 |
         | | calculate | d | | ${nosuch} | 1 |",
        expect![[r#"
            form/bad-trigger  survey!E4: `b` is not asked, so its answer never changes by itself; name a question that somebody answers
            form/unknown-reference  survey!E5: `${nosuch}` is not a question of this form
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

#[test]
fn entities_are_declared_whole() {
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A | height |",
        expect![[r#"
            form/missing-entities  survey!E2: there is no entity to save to; add an `entities` sheet that declares one
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A |  |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | __t | | | | x |
         | | t.u | | | | x |
         | |  | | | | x |
         | | t | | | 1 | x |
         | | u | ${a} | 1 | | x |
         | | v | | | |  |
         | | w | | | | x |
         | | w | | | | y |",
        expect![[r#"
            form/bad-name  entities!B2: `__t` begins with two underscores
            form/bad-name  entities!B3: `t.u` cannot be the name of an entity list; start with a letter or `_`; then letters, digits, `_` and `-`
            form/missing-name  entities!B4: the entity list has no name
            form/entity-without-id  entities!C5: nothing says which entity of `t` is changed; give its `entity_id`, or use `create_if` to make one
            form/entity-without-update-if  entities!E6: entities of `u` are made or changed, and nothing says when they are changed; add `update_if`, or remove the `entity_id`
            form/entity-without-label  entities!F7: new entities of `v` have no label; say in `label` what they are called
            form/duplicate-entity-list  entities!B9: the entity list `w` is declared twice
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A | height |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${nosuch} |",
        expect![[r#"
            form/unknown-reference  entities!F2: `${nosuch}` is not a question of this form
        "#]],
    );
}

#[test]
fn what_is_saved_has_a_property() {
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A | height |
         | | text | b | B | height |
         | | text | c | C | name |
         | | text | d | D | __x |
         | | text | e | E | 2nd |
         | | text | f | F | t#x#y |
         | | text | g | G | u#x |
         | | begin group | h | H | x |
         | | text | i | I |  |
         | | end group | | |  |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${a} |",
        expect![[r#"
            form/duplicate-save-to  survey!E3: row 2 already saves to the property `height`
            form/bad-save-to  survey!E4: the property `name` is kept for the entity itself
            form/bad-save-to  survey!E5: the property `__x` begins with two underscores
            form/bad-save-to  survey!E6: `2nd` cannot be the name of a property; start with a letter or `_`; then letters, digits, `_`, `-` and `.`
            form/bad-save-to  survey!E7: `t#x#y` has more than one `#`
            form/unknown-entity-list  survey!E8: `u` is no entity list
            form/save-to-group  survey!E9: a group or repeat cannot be saved to an entity
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A | height |
         | | text | b | B | u#size |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${a} |
         | | u | | | | ${a} |",
        expect![[r#"
            form/save-to-without-list  survey!E2: nothing says which entity list `height` belongs to; write the list in front, as in `trees#height`
        "#]],
    );
}

#[test]
fn an_entity_has_a_place() {
    check(
        "| survey |
         | | type | name | label | save_to |
         | | begin repeat | r | R |  |
         | | text | a | A | t#x |
         | | end repeat | | |  |
         | | begin repeat | q | Q |  |
         | | text | b | B | t#y |
         | | end repeat | | |  |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${a} |",
        expect![[r#"
            form/entity-scope  survey!E6: `b` is not in the repeat the other answers saved to `t` are in; bring the value there with a `calculate`, and save that
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | text | a | A | t#x |
         | | text | b | B | u#y |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${a} |
         | | u | | | | ${b} |",
        expect![[r#"
            form/entity-place  entities!B3: no group is left to hold an entity of `u`: row 2 has it; put the questions of each entity into a group of their own
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | begin repeat | r | R |  |
         | | text | a | A |  |
         | | end repeat | | |  |
         | | begin repeat | q | Q |  |
         | | text | b | B |  |
         | | end repeat | | |  |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | concat(${a}, ${b}) |",
        expect![[r#"
            form/entity-scope  entities!F2: `b` is not in the repeat the other answers of `t` are in; bring the value there with a `calculate`, and refer to that
        "#]],
    );
    check(
        "| survey |
         | | type | name | label | save_to |
         | | begin repeat | r | R |  |
         | | text | a | A | t#x |
         | | end repeat | | |  |
         | | text | b | B | u#y |
         | | begin group | g | G |  |
         | | text | c | C | v#z |
         | | end group | | |  |
         | entities |
         | | list_name | entity_id | create_if | update_if | label |
         | | t | | | | ${a} |
         | | u | | | | ${b} |
         | | v | | | | ${c} |",
        expect![""],
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
    let page = include_str!("../../../docs/form-messages.md");
    let told: Vec<&str> = page.lines().filter_map(|l| l.strip_prefix("| `form/")?.split('`').next()).collect();
    let told: Vec<String> = told.into_iter().map(|code| format!("form/{code}")).collect();
    assert_eq!(found.iter().filter(|c| !told.contains(c)).collect::<Vec<_>>(), Vec::<&String>::new(), "not told");
    assert_eq!(told.iter().filter(|c| !found.contains(*c)).collect::<Vec<_>>(), Vec::<&String>::new(), "not used");
    assert_eq!(told.len(), found.len());
}
