//! Goal: whatever is edited, the state that grew answer by answer is the one a fresh evaluation gives.
//! Method: random forms (groups and repeats in each other, calculations and relevance over siblings, parents and
//! children, counted repeats), random edits; after each edit the answers are loaded anew and everything that is visible
//! is compared. `RECALCULATION_FORMS` says how many forms.

use std::fmt::Write;
use std::sync::Arc;

use forms::definition::{Definition, Kind};
use forms::{Form, Inputs, Instance, Severity, Value, compile, workbook};

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(&from[self.below(from.len())]) }
    }
}

/// A row of a random form: what it is, and the rows of the repeats around it.
struct Row {
    kind: &'static str,
    repeats: Vec<usize>,
}

fn skeleton(chance: &mut Chance, rows: &mut Vec<Row>, repeats: &[usize], depth: usize) {
    for _ in 0..2 + chance.below(4) {
        let kind = match chance.below(10) {
            0..=3 => "integer",
            4..=6 => "calculate",
            7 if depth < 3 => "begin group",
            8 | 9 if depth < 3 => "begin repeat",
            _ => "integer",
        };
        rows.push(Row { kind, repeats: repeats.to_vec() });
        if kind.starts_with("begin") {
            let mut inside = repeats.to_vec();
            if kind == "begin repeat" {
                inside.push(rows.len() - 1);
            }
            skeleton(chance, rows, &inside, depth + 1);
            rows.push(Row {
                kind: if kind == "begin repeat" { "end repeat" } else { "end group" },
                repeats: Vec::new(),
            });
        }
    }
}

/// An expression that may stand in a row.
fn expression(chance: &mut Chance, rows: &[Row], at: usize, depth: usize) -> String {
    if depth > 2 || chance.one_in(6) {
        return chance.below(5).to_string();
    }
    let own = &rows[at].repeats;
    let answers: Vec<usize> = (0..rows.len()).filter(|i| matches!(rows[*i].kind, "integer" | "calculate")).collect();
    let (Some(other), false) = (chance.pick(&answers).copied(), chance.one_in(5)) else {
        let operator = ["+", "-", "*", ">", "="][chance.below(5)];
        let (left, right) = (expression(chance, rows, at, depth + 1), expression(chance, rows, at, depth + 1));
        return format!("({left} {operator} {right})");
    };
    let line = &rows[other].repeats;
    let value = format!("${{q{other}}}");
    if own.starts_with(line) {
        return match chance.below(5) {
            3 if !line.is_empty() => {
                let least = expression(chance, rows, at, depth + 2).replace("position(..)", "position(current()/..)");
                format!("count(${{q{}}}[{value} > {least}])", line[line.len() - 1])
            }
            4 if !line.is_empty() => {
                format!("indexed-repeat({value}, ${{q{}}}, position(..) + 1)", line[line.len() - 1])
            }
            0 if !own.is_empty() => format!("({value} + position(..))"),
            1 => format!("if({value} > 1, {value}, {})", expression(chance, rows, at, depth + 1)),
            _ => value,
        };
    }
    let last = line[line.len() - 1];
    let repeat = format!("${{q{last}}}");
    match chance.below(7) {
        0 => format!("count({repeat})"),
        1 => {
            // Inside a predicate `..` is the group of what is asked about.
            let least = expression(chance, rows, at, depth + 2).replace("position(..)", "position(current()/..)");
            format!("count({repeat}[{value} > {least}])")
        }
        2 => format!("count-non-empty({value})"),
        3 => format!("coalesce(max({value}), 0)"),
        4 => format!("count({repeat}[position() = last()])"),
        5 => format!("indexed-repeat({value}, {repeat}, 2)"),
        _ => format!("sum({value})"),
    }
}

/// A random form as a Markdown table.
fn form(chance: &mut Chance) -> String {
    let mut rows = Vec::new();
    skeleton(chance, &mut rows, &[], 0);
    let mut out = String::from("| type | name | label | calculation | relevant | repeat_count | default | trigger |\n");
    for (i, row) in rows.iter().enumerate() {
        let mut made = |when: bool| if when { expression(chance, &rows, i, 0) } else { String::new() };
        let calculation = made(row.kind == "calculate");
        let relevant = made(i % 4 == 3 && !row.kind.starts_with("end"));
        let count = made(row.kind == "begin repeat" && i % 2 == 0);
        let default = if row.kind == "integer" && i % 5 == 1 { "1" } else { "" };
        let count = if count.is_empty() { count } else { format!("min(3, {count})") };
        let relevant = if relevant.is_empty() { relevant } else { format!("{relevant} > 1") };
        let name = if row.kind.starts_with("end") { String::new() } else { format!("q{i}") };
        let _ =
            writeln!(out, "| {} | {name} | {name} | {calculation} | {relevant} | {count} | {default} | |", row.kind);
    }
    out
}

/// Every node of an item: the paths to it.
fn paths(instance: &Instance, definition: &Definition, item: usize) -> Vec<String> {
    let mut line = Vec::new();
    let mut above = definition.items[item].parent;
    while let Some(parent) = above {
        if definition.items[parent as usize].kind == Kind::Repeat {
            line.push(parent as usize);
        }
        above = definition.items[parent as usize].parent;
    }
    let mut prefixes = vec![String::new()];
    for repeat in line.into_iter().rev() {
        let named = |prefix: &String| format!("{prefix}{}", definition.items[repeat].name);
        prefixes = prefixes
            .iter()
            .flat_map(|p| (1..=instance.count(&named(p)).unwrap()).map(move |n| format!("{}[{n}]/", named(p))))
            .collect();
    }
    prefixes.into_iter().map(|p| format!("{p}{}", definition.items[item].name)).collect()
}

/// What can be seen: every relevant value, and how many instances each relevant repeat has.
fn seen(instance: &Instance) -> String {
    let form = instance.form().clone();
    let mut out = String::new();
    for item in 0..form.definition().items.len() {
        for path in paths(instance, form.definition(), item) {
            if !instance.is_relevant(&path).unwrap() {
                continue;
            }
            let _ = match form.definition().items[item].kind {
                Kind::Repeat => writeln!(out, "{path} × {}", instance.count(&path).unwrap()),
                _ => writeln!(out, "{path} = {}", instance.value(&path).unwrap().text()),
            };
        }
    }
    out
}

fn edit(chance: &mut Chance, instance: &mut Instance) -> String {
    let form: Arc<Form> = instance.form().clone();
    let kinds = |kind: Kind| {
        let items = form.definition().items.iter().enumerate();
        items.filter(move |(_, item)| item.kind == kind).map(|(i, _)| i).collect::<Vec<_>>()
    };
    let nodes = |instance: &Instance, items: Vec<usize>| {
        items.into_iter().flat_map(|i| paths(instance, form.definition(), i)).collect::<Vec<_>>()
    };
    if chance.one_in(3)
        && let Some(repeat) = chance.pick(&nodes(instance, kinds(Kind::Repeat))).cloned()
    {
        let count = instance.count(&repeat).unwrap();
        if count > 3 || (count > 0 && chance.one_in(3)) {
            let position = chance.below(count as usize) as u32 + 1;
            instance.remove_repeat(&repeat, position).unwrap();
            return format!("-{repeat}[{position}]");
        }
        instance.add_repeat(&repeat).unwrap();
        return format!("+{repeat}");
    }
    let Some(path) = chance.pick(&nodes(instance, kinds(Kind::Integer))).cloned() else { return String::new() };
    let value = if chance.one_in(6) { Value::Empty } else { Value::Number(chance.below(5) as f64) };
    instance.set(&path, &value).unwrap();
    format!("{path}={}", value.text())
}

#[test]
fn what_grew_by_edits_is_what_a_fresh_evaluation_gives() {
    let forms = std::env::var("RECALCULATION_FORMS").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let (mut edits, mut steps) = (0, 0);
    for seed in 0..forms {
        let mut chance = Chance(seed);
        let table = form(&mut chance);
        let (book, _) = workbook::from_markdown(&table);
        let (form, mistakes) = compile(&book);
        for mistake in mistakes.iter().filter(|m| m.severity == Severity::Error) {
            // A circle is cut where it was found; the rest of the form is as good as any other.
            assert_eq!(mistake.code, "form/cycle", "form {seed}\n{table}{mistake}");
        }
        let form = Arc::new(form.unwrap());
        steps += form.definition().items.len();
        let mut instance = Instance::new(form.clone(), &Inputs::default());
        let mut done = Vec::new();
        for _ in 0..40 {
            done.push(edit(&mut chance, &mut instance));
            edits += 1;
            let fresh = Instance::from_answers(form.clone(), &instance.to_answers(), &Inputs::default()).unwrap();
            assert_eq!(seen(&instance), seen(&fresh), "form {seed} after {}\n{table}", done.join(" "));
        }
    }
    assert!(edits >= 40 * forms as usize && steps > 5 * forms as usize);
    println!("{forms} forms, {edits} edits");
}
