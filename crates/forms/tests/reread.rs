//! Answers of one version of a form read as another.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::{Form, Inputs, Instance, Value, compile, reread, workbook};

const OLD: &str = "
| type           | name   | label | identifier | calculation      | repeat_count |
| begin group    | home   | Home  |            |                  |              |
| integer        | rooms  | R     |            |                  |              |
| text           | remark | T     |            |                  |              |
| select_one use | use    | U     |            |                  |              |
| end group      |        |       |            |                  |              |
| begin repeat   | person | P     |            |                  |              |
| text           | name   | N     | yes        |                  |              |
| integer        | age    | A     |            |                  |              |
| calculate      | grown  | G     |            | ${age} >= 18     |              |
| begin repeat   | job    | J     |            |                  |              |
| text           | title  | T     |            |                  |              |
| end repeat     |        |       |            |                  |              |
| end repeat     |        |       |            |                  |              |
| calculate      | n      | N     |            | count(${person}) |              |

# choices
| list_name | name | label |
| use       | 1    | Living |
| use       | 2    | Work   |

# settings
| form_id | version | table |
| home    | 1       | home  |
";

fn form(text: &str) -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(text).0);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn filled() -> Instance {
    let mut i = Instance::new(form(OLD), &Inputs::default());
    for repeat in ["person", "person", "person[2]/job"] {
        i.add_repeat(repeat).unwrap();
    }
    for (path, value) in [
        ("rooms", "4"),
        ("remark", "near the well"),
        ("use", "2"),
        ("person[1]/name", "Li"),
        ("person[1]/age", "16"),
        ("person[2]/name", "Wang"),
        ("person[2]/age", "50"),
        ("person[2]/job[1]/title", "smith"),
    ] {
        i.set(path, &Value::from(value)).unwrap();
    }
    i
}

/// Reads answers as an edited version; shows what changes, and what has no place.
fn check(edits: &[(&str, &str)], expected: Expect) {
    let mut text = OLD.replace("| home    | 1       |", "| home    | 2       |");
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (old, new) = (form(OLD), form(&text));
    let mut shown = Vec::new();
    for answers in [filled().to_answers(), filled().split_identifiers().answers] {
        let found = reread(&old, &answers, &new).unwrap();
        let mut out = String::new();
        for change in &found.changes {
            let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
            let (before, after) = (side(&change.before), side(&change.after));
            writeln!(out, "{}{:?} {}: {before} -> {after}", change.table, change.row, change.column).unwrap();
        }
        for one in &found.left_out {
            let why = if one.has_question { "does not fit" } else { "no such question" };
            writeln!(out, "{} = {}: {why}", one.path, one.value).unwrap();
        }
        // What came out are answers of the other version, and reading them as itself changes nothing.
        new.check(&found.answers).unwrap();
        let again = reread(&new, &found.answers, &new).unwrap();
        assert_eq!((again.answers, again.changes.len(), again.left_out.len()), (found.answers, 0, 0));
        shown.push(out);
    }
    assert_eq!(shown[0], shown[1], "sealed or not");
    expected.assert_eq(&shown[0]);
}

#[test]
fn the_same_questions_read_the_same() {
    check(&[], expect![""]);
    // Moved out of its group, lists in another order, labels changed.
    check(
        &[
            ("| integer        | rooms  | R     |            |                  |              |\n", ""),
            ("| begin group    | home", "| integer | rooms | Rooms? | | | |\n| begin group    | home"),
            (
                "| use       | 1    | Living |\n| use       | 2    | Work   |",
                "| use | 3 | Farm |\n| use | 2 | Work |\n| use | 1 | Home |",
            ),
        ],
        expect![""],
    );
}

#[test]
fn calculations_are_worked_out_anew() {
    check(
        &[
            ("${age} >= 18", "${age} >= 15"),
            ("| calculate      | n      |", "| calculate | sum | S | | sum(${age}) | |\n| calculate      | n      |"),
        ],
        expect![[r#"
            home[] sum: - -> 66
            person[1] grown: false -> true
        "#]],
    );
}

#[test]
fn what_has_no_place_is_told() {
    check(
        &[
            ("| text           | remark | T     |            |                  |              |\n", ""),
            ("| integer        | age    | A ", "| date           | age    | A "),
            ("${age} >= 18", "${age} != ''"),
            ("| use       | 2    | Work   |\n", ""),
            ("| begin repeat   | job ", "| begin repeat   | work "),
        ],
        expect![[r#"
            home[] use: 2 -> -
            person[1] age: 16 -> -
            person[2] age: 50 -> -
            person[2] grown: true -> false
            remark = near the well: no such question
            use = 2: does not fit
            person[1]/age = 16: does not fit
            person[2]/age = 50: does not fit
            person[2]/job[1]/title = smith: no such question
        "#]],
    );
}
