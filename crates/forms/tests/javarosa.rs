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

/// Where an expression stands: in the root, in each person or in each pet.
fn place(line: &str) -> (&str, &str) {
    match line.split_once(": ") {
        Some((repeat @ ("person" | "pet"), expression)) => (repeat, expression),
        _ => ("", line),
    }
}

fn evaluate(line: &str) -> String {
    let (repeat, expression) = place(line);
    let cell = |here: &str| if here == repeat { expression.replace('|', "\\|") } else { "''".to_owned() };
    let (root, person, pet) = (cell(""), cell("person"), cell("pet"));
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
         | | time | clock | C | |
         | | dateTime | at | A | |
         | | dateTime | later | L | |
         | | geopoint | spot | S | |
         | | geotrace | line | L | |
         | | geoshape | shape | S | |
         | | begin group | g | G | |
         | | integer | x | X | |
         | | text | y | Y | |
         | | begin group | inner | I | |
         | | integer | z | Z | |
         | | end group | | | |
         | | end group | | | |
         | | begin repeat | person | P | |
         | | integer | age | A | |
         | | text | who | W | |
         | | geopoint | place | P | |
         | | calculate | mine | | {person} |
         | | begin repeat | pet | Q | |
         | | text | kind | K | |
         | | integer | legs | L | |
         | | calculate | own | | {pet} |
         | | end repeat | | | |
         | | end repeat | | | |
         | | calculate | result | | {root} |
         | choices |
         | | list_name | name | label | province | size |
         | | l | a | A | | |
         | | l | b | B | | |
         | | l | c | C | | |
         | | town | bd | Baoding | 1 | 9 |
         | | town | sz | Shenzhen | 2 | 13 |
         | | town | gz | Guangzhou | 2 | 15 |
         | | town | ts | Tangshan | 1 | 8 |"
    ));
    let (form, mistakes) = compile(&book);
    if let Some(mistake) = mistakes.iter().find(|m| m.severity == Severity::Error) {
        return format!("!{}", mistake.message);
    }
    let now = Some("2024-05-06T07:08:09.000Z".to_owned());
    let mut instance = Instance::new(Arc::new(form.unwrap()), &Inputs { now, ..Inputs::default() });
    let answers = "t=hello world|n=7|d=2.5|day=2020-11-01|s=b|m=a c|clock=10:30:00.000Z|at=2020-11-01T10:30:15.250Z\
        |later=2020-11-02T00:15:00.000Z|spot=0.5 0.5 0 0|line=0 0 0 0; 0 1 0 0; 1 1 0 0\
        |shape=0 0 0 0; 0 1 0 0; 1 1 0 0; 1 0 0 0; 0 0 0 0|g/x=3|g/y=four|g/inner/z=5";
    for (path, value) in answers.split('|').map(|a| a.split_once('=').unwrap()) {
        instance.set(path, &Value::from(value)).unwrap();
    }
    let persons = [
        ("30", "Li", "10 20 0 0", &[("cat", "4"), ("hen", "2")][..]),
        ("5", "Wang", "10 21 0 0", &[]),
        ("62", "Zhao", "11 21 0 0", &[("dog", "3")]),
    ];
    for (age, who, spot, pets) in persons {
        let person = instance.add_repeat("person").unwrap();
        for (name, value) in [("age", age), ("who", who), ("place", spot)] {
            instance.set(&format!("person[{person}]/{name}"), &Value::from(value)).unwrap();
        }
        for (kind, legs) in pets {
            let pet = instance.add_repeat(&format!("person[{person}]/pet")).unwrap();
            instance.set(&format!("person[{person}]/pet[{pet}]/kind"), &Value::from(*kind)).unwrap();
            instance.set(&format!("person[{person}]/pet[{pet}]/legs"), &Value::from(*legs)).unwrap();
        }
    }
    let paths = match repeat {
        "person" => &["person[1]/mine", "person[2]/mine", "person[3]/mine"][..],
        "pet" => &["person[1]/pet[1]/own", "person[1]/pet[2]/own", "person[3]/pet[1]/own"],
        _ => &["result"],
    };
    let answer = |path: &&str| match instance.value(path).unwrap() {
        Value::Truth(truth) => u8::from(truth).to_string(),
        value => value.text(),
    };
    paths.iter().map(answer).collect::<Vec<_>>().join(" ; ")
}

fn agree(ours: &str, javarosa: &str) -> bool {
    if ours.contains(" ; ") || javarosa.contains(" ; ") {
        let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.split(" ; ").collect(), javarosa.split(" ; ").collect());
        return ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| agree(a, b));
    }
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
    assert!(count > 700, "only {count} expressions");
    println!("{} agree, {found} differ", count - found);
}
