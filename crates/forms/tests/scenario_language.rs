//! What the scenario language understands, and how it tells what does not hold.

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::workbench::{Speech, scenario};
use forms::{Form, compile, workbook};

const FORM: &str = "
| type              | name   | label::en | label::zh | required | relevant    | constraint        | constraint_message::en | constraint_message::zh | check_soft | check_soft_message::en | check_soft_message::zh | choice_filter | identifier | fact | calculation |
| integer           | rooms  | Rooms?    | 几间？    | yes      |             | . >= 1 and . <= 9 | From 1 to 9.           | 1 到 9。               | . <= 5     | That many?             | 这么多？               |               |            |      |             |
| select_one region | region | Region?   | 省？      |          |             |                   |                        |                        |            |                        |                        |               |            |      |             |
| select_one town   | town   | Town?     | 市？      |          | ${region} != '' |               |                        |                        |            |                        |                        | region = ${region} |       |      |             |
| begin repeat      | person | Person    | 人        |          |             |                   |                        |                        |            |                        |                        |               |            |      |             |
| text              | name   | Name?     | 姓名？    | yes      |             |                   |                        |                        |            |                        |                        |               | yes        |      |             |
| integer           | age    | Age?      | 年龄？    |          |             |                   |                        |                        |            |                        |                        |               |            |      |             |
| begin repeat      | job    | Job       | 工作      |          | ${age} >= 15 |                  |                        |                        |            |                        |                        |               |            |      |             |
| decimal           | pay    | Pay?      | 收入？    |          |             | . > 0             |                        |                        |            |                        |                        |               |            |      |             |
| end repeat        |        |           |           |          |             |                   |                        |                        |            |                        |                        |               |            |      |             |
| end repeat        |        |           |           |          |             |                   |                        |                        |            |                        |                        |               |            |      |             |
| calculate         | n      | Persons   | 人数      |          |             |                   |                        |                        |            |                        |                        |               |            | all  | count(${person}) |

# choices
| list_name | name | label::en | label::zh | region |
| region    | n    | North     | 北        |        |
| region    | s    | South     | 南        |        |
| town      | a    | Aby       | 甲        | n      |
| town      | b    | Bo, lower | 乙        | s      |
| town      | c    | Cy        | 丙        | s      |
";

fn form() -> Arc<Form> {
    Arc::new(compile(&workbook::from_markdown(FORM).0).0.unwrap())
}

fn told(text: &str, speech: Speech) -> String {
    let (scenarios, mistakes) = scenario::read(text, speech);
    let mut out: String = mistakes.iter().map(|m| format!("{}: {}\n", m.line, m.message)).collect();
    for failure in scenario::run(&form(), &scenarios, speech).scenarios.iter().flat_map(|s| &s.failures) {
        out.push_str(&format!("{}: expected {} / found {}\n", failure.line, failure.expected, failure.found));
    }
    out
}

fn check(lines: &str, expected: Expect) {
    expected.assert_eq(&told(&format!("## Test\n{lines}"), Speech::English));
}

#[test]
fn what_holds_says_nothing() {
    check(
        r#"
- given: rooms = 2
- recorded: rooms = 2, all = 0
- asks: rooms, region
- does not ask: town
- offers only: town = b (Bo, lower) or c (Cy) when region = South
- does not offer: town = Aby when region = s
- refuses: rooms = 0 or 10 "From 1 to 9." "1 到 9。"
- warns: rooms = 6 or 9 "这么多？"
- does not refuse: rooms = 9
- name of person 1 = "Ann; or Bob"; age of person 1 = 40
- pay of job 1 of person 1 = 3.5
- recorded: pay of job 1 of person 1 = 3.50; 
- recorded: 1 row in job
- refuses: pay of job 1 of person 1 = 0
- sealed: name of person 1 = "Ann; or Bob"
- needs review when rooms = nothing and region = n or s
- remove: job 1 of person 1
- recorded: 0 rows in job
"#,
        expect![""],
    );
}

#[test]
fn what_does_not_hold_is_told_with_its_line() {
    check(
        r#"
- rooms = 3
- asks: town
- does not ask: rooms
- does not ask: town when region = n or s
- refuses: rooms = 0 "From 1 to 8."
- refuses: rooms = 5
- warns: rooms
- accepts: rooms = 6
- requires: region, town
- does not require: rooms
- offers: town = a when region = s
- cannot take: rooms = 3
- asks in order: region, rooms
- needs review
- clean when rooms = 12
- recorded: rooms = 4
- recorded: all = 1
- recorded: 2 rows in person
- recorded: n of person 1 = 1
- sealed: name of person 1
- name of person 1 = Ann
- sealed: name of person 1 = Bob
- recorded: name of person 1 = nothing
"#,
        expect![[r#"
            4: expected town is asked / found town is not asked
            5: expected rooms is not asked / found rooms is asked
            6: expected town is not asked when region = n / found town is asked
            6: expected town is not asked when region = s / found town is asked
            7: expected rooms is refused “From 1 to 8.” when rooms = 0 / found rooms is refused “From 1 to 9.”
            8: expected rooms is refused when rooms = 5 / found no rule is broken there
            9: expected rooms is warned about / found no rule is broken there
            10: expected rooms is accepted when rooms = 6 / found rooms is warned about “That many?”
            11: expected region may not stay empty / found region may stay empty
            12: expected rooms may stay empty / found rooms may not stay empty
            13: expected town offers a when region = s / found it offers b, c
            14: expected rooms cannot take `3` / found it takes it
            15: expected region comes before rooms / found rooms comes first
            16: expected needs review / found clean
            17: expected clean when rooms = 12 / found needs review: rooms is refused “From 1 to 9.”; rooms is warned about “That many?”
            18: expected rooms = 4 / found rooms = 3
            19: expected all = 1 / found all = 0
            20: expected 2 rows in person / found 0
            21: expected  / found `n` is found elsewhere: write `n`
            22: expected name of person 1 is sealed / found nothing is sealed of it
            24: expected name of person 1 = Bob is sealed / found = Ann
            25: expected name of person 1 = nothing / found name of person 1 = sealed
        "#]],
    );
}

#[test]
fn what_cannot_be_tried_says_what_to_write() {
    check(
        r#"
- town = a
- region = x
- region = n (South)
- rooms = many
- room = 3
- age = 3
- name of person 2 = Bob
- asks: age of person 1
- as in: Nowhere
- as in: Test
- rooms = 2
- given: today = 2020-11-01
- remove: rooms
- clean
"#,
        expect![[r#"
            3: expected  / found town is not asked here, so it cannot be answered
            4: expected  / found `x` is no choice of `region`: n, s
            5: expected  / found n is not `South` but `North, 北`
            6: expected  / found `many` is not an answer to rooms
            7: expected  / found no question of this form is called `room`; did you mean `rooms`?
            8: expected  / found `age` is found elsewhere: write `age of person 1`
            9: expected  / found person 2 comes before person 1
            10: expected  / found there is no age of person 1
            11: expected  / found there is no scenario `Nowhere`
            12: expected  / found `Test` leads back to itself
            14: expected  / found write `given` before the first answer
            15: expected  / found say whom: `remove: person 2`
        "#]],
    );
}

#[test]
fn a_line_that_cannot_be_read_is_told_before_anything_runs() {
    expect![[r#"
        1: this line stands before the first scenario: write a heading `## Name` above it
        2: `Nothing` expects nothing, so it can never fail: add a line such as `- clean`
        4: `Again` expects nothing, so it can never fail: add a line such as `- clean`
        5: `ask` is not understood; did you mean `asks`?
        6: not understood: write an answer `name = value`, or one of asks, does not ask, refuses, warns, accepts, recorded, needs review (docs/form-scenarios.md has all)
        7: this looks like a line of a scenario: start it with `- `
        8: this looks like a line of a scenario: start it with `- `
        9: write the reason in quotes behind the question
        10: `rooms two` is not a question: write `name`, or `name of person 2` inside a repeat
        11: name the questions after the colon
        12: `Again` is the name of the scenario in line 4 already
    "#]]
    .assert_eq(&{
        let text = "- rooms = 3\n## Nothing\n- rooms = 3\n## Again\n- ask: rooms\n- good luck\nrooms = 3\nasks: rooms\n\
                    - confirm: rooms\n- asks: rooms two\n- asks:\n## Again\n- clean\n";
        let (_, mistakes) = scenario::read(text, Speech::English);
        mistakes.iter().map(|m| format!("{}: {}\n", m.line, m.message)).collect::<String>()
    });
}

#[test]
fn the_same_language_is_there_in_chinese() {
    let text = r#"
## 三间房

- rooms = 3
- 询问：rooms、region
- 不询问：town
- 不接受：rooms = 0 或 10 “1 到 9。”
- 提示：rooms = 6 “这么多？”
- 只可选：town = 乙、丙 当 region = 南
- person 1 的 name = 李芳；person 1 的 age = 20
- 封存：person 1 的 name = 李芳
- 记录：person 1 行
- 无问题
- 需复核 当 rooms = 空
- 接受：rooms = 7
"#;
    expect![[r#"
        15: expected 当 rooms = 7 时，接受 rooms / found 提示 rooms “这么多？”
    "#]]
    .assert_eq(&told(text, Speech::Chinese));
}

#[test]
fn a_table_answers_for_persons_and_for_what_lies_inside_them() {
    let text = "
## Two persons

| person | name | age |
|--------|------|-----|
| 1      | Ann  | 40  |
| 2      | Bob  |     |

| job of person 1 | pay |
|-----------------|-----|
| 1               | 3   |
| 2               | 4.5 |

- recorded: 2 rows in person
- recorded: pay of job 2 of person 1 = 4.5, age of person 2 = nothing, all = 2
- recorded: 3 rows in job

| person | name |
|--------|------|
| x      | Cy   |
";
    expect![[r#"
        20: a table starts with the repeat's name and each row with a number; found `x`
        16: expected 3 rows in job / found 2
    "#]]
    .assert_eq(&told(text, Speech::English));
}

#[test]
fn a_rule_nobody_tries_is_found_by_changing_it() {
    let (scenarios, _) =
        scenario::read("## Rooms\n- refuses: rooms = 0\n- accepts: rooms = 5\n- requires: rooms\n", Speech::English);
    let survey = scenario::mutate(&form(), &scenarios);
    let unnoticed: Vec<String> = survey
        .unnoticed
        .iter()
        .filter(|m| form().item(m.item).unwrap().name == "rooms")
        .map(|m| format!("{} {:?} {}", m.column, m.mutation, m.becomes))
        .collect();
    // 1 and 9 themselves, and the warning above 5, are never tried.
    assert_eq!(
        unnoticed,
        ["constraint Moved . > 1 and . <= 9", "constraint Moved . >= 1 and . < 9", "check_soft Removed "]
    );
}
