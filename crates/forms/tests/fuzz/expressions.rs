//! XPath: expressions put together from pieces, and known ones with pieces put in and taken out, in a form with repeats.

use std::sync::Arc;

use forms::{Form, Inputs, Instance, Value, compile, workbook};

use crate::{Chance, root, run, seconds};

const PIECES: &[&str] = &[
    "${n}",
    "${t}",
    "${age}",
    "${person}",
    "${who}",
    "${pet}",
    "${one}",
    "${day}",
    "${",
    ".",
    "..",
    "../age",
    "../../pet/legs",
    "/data/person/who",
    "/data",
    "//age",
    "*",
    "@a",
    "[",
    "]",
    "(",
    ")",
    "[1]",
    "[. > 3]",
    "[position() = last()]",
    "[age > current()/../age]",
    ",",
    ", ",
    " = ",
    " != ",
    " < ",
    " and ",
    " or ",
    " div ",
    " mod ",
    " - ",
    "-",
    " | ",
    "'a'",
    "''",
    "\"b",
    "0",
    "1",
    "-1.5",
    "1e9",
    "99999999999999999999",
    "0.1",
    "position(..)",
    "count(",
    "sum(",
    "max(",
    "join(' ', ",
    "indexed-repeat(${age}, ${person}, ",
    "once(",
    "if(",
    "coalesce(",
    "concat(",
    "selected(",
    "selected-at(",
    "substr(",
    "regex(., '",
    "regex(${t}, '(a|b)*c')",
    "format-date(",
    "date(",
    "today()",
    "now()",
    "decimal-date-time(",
    "random()",
    "randomize(",
    "digest(",
    "base64-decode(",
    "pow(",
    "round(",
    "number(",
    "string(",
    "boolean(",
    "not(",
    "true()",
    "jr:choice-name(${one}, '${one}')",
    "instance('l')/root/item",
    "[name = ${t}]",
    "/label",
    "uuid()",
    "area(",
    "distance(",
    "checklist(",
    "weighted-checklist(",
    "translate(",
    "string-length(",
    "count-selected(",
    "current()/..",
    "é",
    "\u{202e}",
    "\0",
];

fn table(expression: &str, column: usize) -> String {
    let cell = expression.replace('|', "\\|");
    let cell_or = |n: usize, other| if n == column { cell.as_str() } else { other };
    let own = |n: usize| cell_or(n, "");
    format!(
        "| type | name | label | relevant | calculation | constraint | choice_filter | repeat_count |\n\
         | integer | n | N | | | | | |\n| text | t | T | | | {0} | | |\n| date | day | D | | | | | |\n\
         | begin repeat | person | P | | | | | |\n| text | who | W | | | | | |\n| integer | age | A | {1} | | | | |\n\
         | begin repeat | pet | Q | | | | | {2} |\n| integer | legs | L | | | | | |\n| end repeat | | | | | | | |\n\
         | select_one l | one | O | | | | {3} | |\n| calculate | inside | | | {4} | | | |\n| end repeat | | | | | | | |\n\
         | calculate | outside | | | {5} | | | |\n\n\
         # choices\n| list_name | name | label | size |\n| l | a | A | 1 |\n| l | b | B | 2 |\n",
        own(0),
        own(1),
        own(2),
        own(3),
        cell_or(4, "1"),
        cell_or(5, "1"),
    )
}

fn expression(chance: &mut Chance, known: &[String]) -> String {
    if chance.below(3) == 0 {
        return (0..=chance.below(12)).map(|_| PIECES[chance.below(PIECES.len())]).collect();
    }
    let mut text = known[chance.below(known.len())].clone();
    for _ in 0..chance.below(5) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (from, len) = (chance.below(ends.len()), chance.below(8));
        let to = (from + if chance.below(2) == 0 { 0 } else { len }).min(ends.len() - 1);
        text.replace_range(ends[from]..ends[to], PIECES[chance.below(PIECES.len())]);
    }
    text.replace("/data/g/", "/data/").replace(['\n', '\r'], " ")
}

#[test]
fn any_expression_is_evaluated_or_its_mistakes_are_told() {
    let mut chance = Chance::seeded();
    let known = std::fs::read_to_string(root("fixtures/xpath/expressions.txt")).unwrap();
    let known: Vec<String> =
        known.lines().map(|line| line.split_once(": ").map_or(line, |(_, rest)| rest).to_owned()).collect();
    let mut sound = 0;
    let count = run(seconds(2.0), || {
        let (text, column) = (expression(&mut chance, &known), chance.below(6));
        let (form, mistakes) = compile(&workbook::from_markdown(&table(&text, column)).0);
        let Some(form) = form else { return };
        sound += u32::from(forms::is_sound(&mistakes));
        let again = Form::from_bytes(&form.to_bytes()).unwrap();
        assert_eq!(again.definition(), form.definition());
        let inputs = Inputs { today: forms::Date::parse("2020-11-10"), ..Inputs::default() };
        let mut instance = Instance::new(Arc::new(form), &inputs);
        for n in 1..=3 {
            let _ = instance.add_repeat("person");
            let _ = instance.set(&format!("person[{n}]/age"), &Value::from(n * 17));
            let _ = instance.set(&format!("person[{n}]/one"), &Value::from(if n == 2 { "b" } else { "a" }));
        }
        for (path, value) in [("n", "3"), ("t", "aab c"), ("day", "2020-02-29"), ("person[2]/who", "Li")] {
            let _ = instance.set(path, &Value::from(value));
        }
        let _ = instance.remove_repeat("person", 1);
        let _ = instance.findings();
        let _ = instance.to_answers();
    });
    println!("{count} expressions, {sound} of them sound");
    assert!(sound > 0);
}
