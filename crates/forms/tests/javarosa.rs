//! JavaRosa's answers to the expressions of `fixtures/xpath/`, and where ours are others on purpose.
//!
//! `scripts/javarosa.sh` writes the answers. Both write truth and days their own way, so those are brought to one: a
//! truth is `1` or `0`, a day is `YYYY-MM-DD`. Where JavaRosa stops with an error its answer starts with `!`; we agree by
//! refusing the expression, or by leaving it blank, since a form that is being filled is never stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

use forms::{Inputs, Instance, Severity, Value, compile, workbook};

const JAVAROSA: &str = include_str!("../../../fixtures/xpath/javarosa.tsv");
const DIFFER: &str = include_str!("../../../fixtures/xpath/differ.tsv");

fn evaluate(expression: &str) -> String {
    let cell = expression.replace('|', "\\|");
    let (book, _) = workbook::from_markdown(&format!(
        "| survey |
         | | type | name | label | calculation |
         | | text | t | T | |
         | | integer | n | N | |
         | | decimal | d | D | |
         | | text | e | E | |
         | | date | day | D | |
         | | select_one l | s | S | |
         | | select_multiple l | m | M | |
         | | begin repeat | person | P | |
         | | integer | age | A | |
         | | text | who | W | |
         | | end repeat | | | |
         | | calculate | result | | {cell} |
         | choices |
         | | list_name | name | label |
         | | l | a | A |
         | | l | b | B |
         | | l | c | C |"
    ));
    let (form, mistakes) = compile(&book);
    if let Some(mistake) = mistakes.iter().find(|m| m.severity == Severity::Error) {
        return format!("!{}", mistake.message);
    }
    let mut instance = Instance::new(Arc::new(form.unwrap()), &Inputs::default());
    let answers = [("t", "hello world"), ("n", "7"), ("d", "2.5"), ("day", "2020-11-01"), ("s", "b"), ("m", "a c")];
    for (name, value) in answers {
        instance.set(name, &Value::from(value)).unwrap();
    }
    for (i, (age, who)) in [("30", "Li"), ("5", "Wang"), ("62", "Zhao")].into_iter().enumerate() {
        if instance.count("person").unwrap() <= i as u32 {
            instance.add_repeat("person").unwrap();
        }
        instance.set(&format!("person[{}]/age", i + 1), &Value::from(age)).unwrap();
        instance.set(&format!("person[{}]/who", i + 1), &Value::from(who)).unwrap();
    }
    match instance.value("result").unwrap() {
        Value::Truth(truth) => u8::from(truth).to_string(),
        value => value.text(),
    }
}

fn agree(ours: &str, javarosa: &str) -> bool {
    let theirs = javarosa.strip_suffix("T00:00:00.000Z").unwrap_or(javarosa);
    // Sines, and times and places reckoned from them, may differ in the last digits.
    let near = match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-11 * b.abs(),
        _ => false,
    };
    let refused = javarosa.starts_with('!') && (ours.is_empty() || ours.starts_with('!'));
    ours == theirs || near || refused
}

#[test]
fn expressions_answer_as_javarosa_or_differ_as_written() {
    let differ: BTreeMap<&str, (&str, &str)> = DIFFER
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t');
            Some((parts.next()?, (parts.next()?, parts.next()?)))
        })
        .collect();
    let (mut count, mut found, mut wrong) = (0, 0, String::new());
    for line in JAVAROSA.lines() {
        let (expression, theirs) = line.split_once('\t').unwrap();
        let ours = evaluate(expression);
        count += 1;
        match (agree(&ours, theirs), differ.get(expression)) {
            (true, None) => {}
            (false, Some((expected, why))) if *expected == ours && !why.is_empty() => found += 1,
            _ => wrong += &format!("{expression}\tours {ours}\tJavaRosa {theirs}\n"),
        }
    }
    assert!(wrong.is_empty(), "not as written in differ.tsv:\n{wrong}");
    assert_eq!(found, differ.len(), "differ.tsv names expressions that are not in javarosa.tsv");
    assert!(count > 250, "only {count} expressions");
    println!("{} agree, {found} differ", count - found);
}
