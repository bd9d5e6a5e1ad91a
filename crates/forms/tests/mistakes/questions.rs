//! What single questions ask for: parameters, scales, references, media, triggers.

use expect_test::expect;

use super::check;

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
            form/bad-expression  survey!E4: write `${x}` for the answer to a question (character 1); x
            ^
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
fn a_default_that_only_looks_like_an_expression_is_told_and_gives_nothing() {
    check(
        "| survey |
         | | type | name | label | default |
         | | text | a | A | one - two |
         | | text | b | B | string('one - two') |
         | | text | c | C | one-two |
         | | integer | d | D | ${e} - 1 |
         | | integer | e | E | 3 - |",
        expect![[r#"
            form/default-names-nothing  survey!E2: `one - two` is read as an expression that names nothing, so there is no default; write `string('one - two')` when it is meant as a text
        "#]],
    );
}
