//! What changed between two versions of a form, and what breaks the data.

use expect_test::{Expect, expect};
use forms::workbench::Speech;
use forms::workbench::changes::{self, Weight};
use forms::{Form, compile, workbook};

const OLD: &str = "
| type           | name   | label::en | label::zh | required | relevant      | constraint | identifier | fact    | calculation      |
| begin group    | home   | Home      | 住房      |          |               |            |            |         |                  |
| integer        | rooms  | Rooms?    | 几间？    | yes      |               | . >= 1     |            |         |                  |
| decimal        | area   | Area?     | 面积？    |          |               |            |            |         |                  |
| select_one use | use    | Use?      | 用途？    |          |               |            |            |         |                  |
| end group      |        |           |           |          |               |            |            |         |                  |
| begin repeat   | person | Person    | 人        |          |               |            |            |         |                  |
| text           | name   | Name?     | 姓名？    | yes      |               |            | yes        |         |                  |
| integer        | age    | Age?      | 年龄？    |          |               |            |            |         |                  |
| text           | job    | Job?      | 工作？    |          | ${age} >= 15  |            |            |         |                  |
| end repeat     |        |           |           |          |               |            |            |         |                  |
| calculate      | n      | Persons   | 人数      |          |               |            |            | persons | count(${person}) |

# choices
| list_name | name | label::en | label::zh |
| use       | 1    | Living    | 居住      |
| use       | 2    | Work      | 工作      |

# settings
| form_id | version | table |
| home    | 1       | home  |
";

fn form(text: &str) -> Form {
    let (form, mistakes) = compile(&workbook::from_markdown(text).0);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    form.unwrap()
}

fn report(edits: &[(&str, &str)], speech: Speech) -> String {
    let mut text = OLD.replace("| home    | 1       |", "| home    | 2       |");
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    changes::compare(&form(OLD), &form(&text), speech).report(speech)
}

fn check(edits: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&report(edits, Speech::English));
}

#[test]
fn the_same_form_has_no_changes() {
    let same = changes::compare(&form(OLD), &form(OLD), Speech::English);
    assert_eq!((same.list.len(), same.verdict(Speech::English).as_str()), (0, "The forms are the same."));
}

#[test]
fn a_question_that_comes_goes_or_moves_keeps_the_columns() {
    check(
        &[
            ("| select_one use | use    |", "| text | note | Remark? | 备注？ ||||||\n| select_one use | use    |"),
            (
                "| text           | job    | Job?      | 工作？    |          | ${age} >= 15  |            |            |         |                  |\n",
                "",
            ),
            (
                "| integer        | rooms  | Rooms?    | 几间？    | yes      |               | . >= 1     |            |         |                  |\n| decimal        | area   | Area?     | 面积？    |          |               |            |            |         |                  |\n",
                "| decimal        | area   | Area?     | 面积？    |          |               |            |            |         |                  |\n| integer        | rooms  | Rooms?    | 几间？    | yes      |               | . >= 1     |            |         |                  |\n",
            ),
        ],
        expect![[r#"
            The form
              version: `1` → `2`

            Questions
              + note “Remark?” is new, after `rooms`
              - job “Job?” is gone
              > area “Area?” has moved: first in `home` (it was after `rooms`)

            What it means for the data
              home.note: a new column (text); nothing in rows of earlier versions
              person.job: the column stays; nothing in rows of this version

            Compatible: columns stay as they are.
        "#]],
    );
}

#[test]
fn texts_rules_and_choices_are_told_with_what_they_were() {
    check(
        &[
            ("Rooms?    | 几间？", "How many? | 几间？"),
            (". >= 1 ", ". >= 0 "),
            ("${age} >= 15 ", "${age} >= 16 "),
            ("count(${person})", "count(${person}) + 1"),
            ("| use       | 2    | Work      | 工作      |", "| use | 3 | Shop | 商店 |\n| use | 1b | Both | 两者 |"),
            ("| use       | 1    | Living    | 居住      |", "| use | 1 | Dwelling | 住 |"),
        ],
        expect![[r#"
            The form
              version: `1` → `2`

            Texts
              rooms, label in en:
                “Rooms?” → “How many?”

            Rules
              rooms constraint:
                `. >= 1` → `. >= 0`
              job relevant:
                `${age} >= 15` → `${age} >= 16`
            ? n calculation:
                `count(${person})` → `count(${person}) + 1`
                earlier rows keep what was computed then, until they are extracted anew

            Choices
              use: + 3 “Shop” is new
              use: + 1b “Both” is new
            ? use: - 2 “Work” is gone
                earlier rows keep the code; its label is only in the earlier version's codebook
            ? use 1
                en: “Living” → “Dwelling”
                zh: “居住” → “住”
                if the code means something else now, take a new code instead

            Compatible; 3 changes to know about (?).
        "#]],
    );
}

#[test]
fn what_breaks_the_data_says_what_to_do_instead() {
    check(
        &[("| rooms ", "| rooms_n ")],
        expect![[r#"
        The form
          version: `1` → `2`

        Questions
          ~ `rooms` is called rooms_n “Rooms?” now: the same label under another name

        What it means for the data
          home.rooms_n: a new column (whole number); nothing in rows of earlier versions
          home.rooms: the column stays; nothing in rows of this version
        ! `rooms` and `rooms_n` are two columns for one question
            keep the name and change the label

        1 change breaks the data (!).
    "#]],
    );
    check(
        &[("| decimal        | area", "| text           | area")],
        expect![[r#"
        The form
          version: `1` → `2`

        Questions
          ~ area “Area?”: number → text

        What it means for the data
        ! home.area: number → text
            the column keeps the type it was first published with, so new answers would be left empty
            give the question a new name

        1 change breaks the data (!).
    "#]],
    );
    check(
        &[(
            "| 姓名？    | yes      |               |            | yes ",
            "| 姓名？    | yes      |               |            |     ",
        )],
        expect![[r#"
            The form
              version: `1` → `2`

            What it means for the data
            ! person.name is no longer an identifier: its answers would leave the phone in the clear, and do not fit the column, which says only whether it was answered
                keep `identifier`, or give the question a new name

            1 change breaks the data (!).
        "#]],
    );
    check(
        &[("| begin repeat   | person", "| begin repeat   | member"), ("count(${person})", "count(${member})")],
        expect![[r#"
            The form
              version: `1` → `2`

            Questions
              ~ `person` is called member “Person” now: the same label under another name

            Rules
            ? n calculation:
                `count(${person})` → `count(${member})`
                earlier rows keep what was computed then, until they are extracted anew

            What it means for the data
              member: a new table of 3 columns
            ? person: no more rows; those of earlier versions stay
            ! rows of `person` and `member` lie in two tables
                keep the repeat's name and change its label

            1 change breaks the data (!).
        "#]],
    );
    check(
        &[("| persons | count", "|         | count")],
        expect![[r#"
        The form
          version: `1` → `2`

        What it means for the data
        ! the fact `persons` is gone: the census's counters no longer see it

        1 change breaks the data (!).
    "#]],
    );
    check(
        &[("| 2       | home ", "| 2       | house ")],
        expect![[r#"
        The form
          version: `1` → `2`

        What it means for the data
        ! the table `home` is called `house` now: rows of the two versions lie apart

        1 change breaks the data (!).
    "#]],
    );
    check(
        &[
            (
                "| integer        | age    | Age?      | 年龄？    |          |               |            |            |         |                  |\n",
                "",
            ),
            ("${age} >= 15", ""),
            ("| begin repeat   |", "| integer | age | Age? | 年龄？ ||||||\n| begin repeat   |"),
        ],
        expect![[r#"
            The form
              version: `1` → `2`

            Questions
              > age “Age?” has moved: after `home` (it was after `name`)

            Rules
              job relevant:
                `${age} >= 15` → nothing

            What it means for the data
            ! person.age is home.age now: answers of the two versions lie in two tables
                give the question a new name where it stands now

            1 change breaks the data (!).
        "#]],
    );
}

#[test]
fn a_wider_type_is_told_and_does_not_break() {
    check(
        &[("| select_one use | use ", "| text           | use ")],
        expect![[r#"
        The form
          version: `1` → `2`

        Questions
          ~ use “Use?”: one choice → text

        What it means for the data
        ? home.use: code → text
            the type is wider; the column stays, and holds both kinds of answers

        Compatible; 1 change to know about (?).
    "#]],
    );
    check(
        &[("| select_one use | use ", "| select_multiple use | use ")],
        expect![[r#"
        The form
          version: `1` → `2`

        Questions
          ~ use “Use?”: one choice → any choices

        What it means for the data
        ? home.use: code → codes, separated by spaces
            the type is wider; the column stays, and holds both kinds of answers

        Compatible; 1 change to know about (?).
    "#]],
    );
    check(
        &[("| decimal        | area", "| integer        | area")],
        expect![[r#"
        The form
          version: `1` → `2`

        Questions
          ~ area “Area?”: number → whole number

        What it means for the data
        ? home.area: number → whole number
            the type is narrower; the column stays, and earlier rows hold values this version does not allow

        Compatible; 1 change to know about (?).
    "#]],
    );
}

#[test]
fn an_unchanged_version_number_is_noticed() {
    let new = OLD.replace("Rooms?", "Rooms then?");
    let changes = changes::compare(&form(OLD), &form(&new), Speech::English);
    assert!(changes.list.iter().any(|c| c.weight == Weight::Look && c.text.contains("both version `1`")));
    assert!(changes.is_compatible());
}

#[test]
fn an_office_reads_it_in_chinese() {
    expect![[r#"
        表
          version：`1` → `2`

        问题
          ~ `rooms` 改名为 rooms_n “几间？”：文字相同，名称不同

        规则
          rooms_n constraint:
            `. >= 1` → `. >= 0`

        选项
        ? use：- 删去 2 “工作”
            以前的行保留该编码；其含义只见于旧版编码手册

        对数据的影响
          home.rooms_n：新列（整数）；旧版的行为空
          home.rooms：列保留；本版的行为空
        ! `rooms` 和 `rooms_n` 是同一问题的两列
            请保留名称，只改文字

        有 1 处改动会破坏数据的一致（!）。
    "#]]
    .assert_eq(&report(
        &[("| rooms ", "| rooms_n "), (". >= 1 ", ". >= 0 "), ("| use       | 2    | Work      | 工作      |\n", "")],
        Speech::Chinese,
    ));
}
