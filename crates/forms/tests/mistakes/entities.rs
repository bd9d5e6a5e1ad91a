//! Entities and what is saved to them.

use expect_test::expect;

use super::check;

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
            form/bad-expression  entities!F2: write `${x}` for the answer to a question (character 1); x
            ^
            form/bad-name  entities!B3: `t.u` cannot be the name of an entity list; start with a letter or `_`; then letters, digits, `_` and `-`
            form/bad-expression  entities!F3: write `${x}` for the answer to a question (character 1); x
            ^
            form/missing-name  entities!B4: the entity list has no name
            form/bad-expression  entities!F4: write `${x}` for the answer to a question (character 1); x
            ^
            form/entity-without-id  entities!C5: nothing says which entity of `t` is changed; give its `entity_id`, or use `create_if` to make one
            form/bad-expression  entities!F5: write `${x}` for the answer to a question (character 1); x
            ^
            form/entity-without-update-if  entities!E6: entities of `u` are made or changed, and nothing says when they are changed; add `update_if`, or remove the `entity_id`
            form/bad-expression  entities!F6: write `${x}` for the answer to a question (character 1); x
            ^
            form/entity-without-label  entities!F7: new entities of `v` have no label; say in `label` what they are called
            form/bad-expression  entities!F8: write `${x}` for the answer to a question (character 1); x
            ^
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

#[test]
fn a_question_called_meta_is_told_beside_entities() {
    check(
        "| survey |
         | | type | name | label |
         | | text | meta | M |
         | entities |
         | | list_name | label |
         | | t | 'x' |",
        expect![[r#"
            form/reserved-name  survey!C2: the name `meta` is kept for the form's metadata
        "#]],
    );
}
