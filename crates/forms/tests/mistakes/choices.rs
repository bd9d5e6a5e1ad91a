//! Lists, searches and files.

use expect_test::expect;

use super::check;

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
