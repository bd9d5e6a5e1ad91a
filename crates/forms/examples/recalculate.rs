//! How long does one answer take in a long form with a large roster, and how long does a large workbook take to compile?
//!
//! `cargo run --release -p forms --example recalculate [toy]`. Prints the mean time of an answer over many different
//! ones, for rosters of 3, 30 and 800 persons, and a hash of the answers, so that two runs can be compared.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use forms::{Inputs, Instance, Value, compile, workbook};

/// A form of 400 questions: 100 of the household and 300 of each person, a quarter of them computed, a third asked only
/// by condition, with totals over the roster and comparisons between persons.
fn long_form() -> String {
    let mut out = String::from("| type | name | label | calculation | relevant | constraint |\n");
    for i in 0..100 {
        let _ = match i % 4 {
            3 => writeln!(out, "| calculate | h{i} | | ${{h{}}} + ${{h{}}} | | |", i - 3, i - 2),
            2 => writeln!(out, "| integer | h{i} | H | | ${{h{}}} > 3 | . < 100 |", i - 1),
            _ => writeln!(out, "| integer | h{i} | H | | | . >= 0 |"),
        };
    }
    out += "| begin repeat | person | P | | | |\n| integer | age | A | | | . < 120 |\n| text | who | W | | | |\n";
    for i in 0..298 {
        let _ = match i % 12 {
            3 | 7 => writeln!(out, "| calculate | p{i} | | ${{p{}}} * 2 + ${{age}} | | |", i - 1),
            9 => writeln!(out, "| calculate | p{i} | | if(position(..) > 1, ${{p{}}}, ${{h0}}) | | |", i - 1),
            4 | 8 => writeln!(out, "| integer | p{i} | Q | | ${{age}} >= {} | . < 1000 |", i % 40),
            5 => writeln!(out, "| text | p{i} | Q | | ${{p{}}} > 2 and ${{age}} > 5 | |", i - 1),
            _ => writeln!(out, "| integer | p{i} | Q | | | . < 1000 |"),
        };
    }
    out += "| end repeat | | | | | |\n";
    for (name, source) in [
        ("total", "sum(${age})"),
        ("adults", "count(${person}[${age} >= 18])"),
        ("oldest", "max(${age})"),
        ("first", "indexed-repeat(${who}, ${person}, 1)"),
        ("check", "${total} + ${adults} * ${oldest}"),
    ] {
        let _ = writeln!(out, "| calculate | {name} | | {source} | | |");
    }
    out
}

/// A workbook of many rows and choices, with names, references and labels in two languages.
fn large_workbook(rows: usize, choices: usize) -> String {
    let mut out = String::from(
        "| type | name | label::English (en) | label::中文 (zh) | calculation | relevant | choice_filter |\n",
    );
    for i in 0..rows {
        let before = i.saturating_sub(7) / 5 * 5;
        let _ = match i % 5 {
            0 => writeln!(out, "| integer | q{i} | Number {i} | 数 {i} | | | |"),
            1 => writeln!(out, "| select_one l{} | q{i} | Choice {i} | 选 {i} | | | group = ${{q{before}}} |", i % 100),
            2 => writeln!(out, "| text | q{i} | Text {i} | 文 {i} | | ${{q{before}}} > {i} | |"),
            3 => writeln!(out, "| calculate | q{i} | | | concat('row {i}', ${{q{before}}}) | | |"),
            _ => writeln!(out, "| note | q{i} | Note {i} | 注 {i} | | ${{q{before}}} = {i} | |"),
        };
    }
    out += "\n# choices\n| list_name | name | label::English (en) | label::中文 (zh) | group |\n";
    for i in 0..choices {
        let _ = writeln!(out, "| l{} | c{i} | Label {i} | 项 {i} | {} |", i % 100, i % 17);
    }
    out
}

fn main() {
    let toy = std::env::args().any(|a| a == "toy");
    let (book, _) = workbook::from_markdown(&long_form());
    let (Some(form), mistakes) = compile(&book) else { return eprintln!("the long form does not compile") };
    mistakes.iter().filter(|m| m.code != "form/no-label").for_each(|m| eprintln!("{m}"));
    let form = Arc::new(form);
    let mut least_us: Option<f64> = None;
    for persons in if toy { [3, 5, 8] } else { [3, 30, 800] } {
        let mut instance = Instance::new(form.clone(), &Inputs::default());
        let started = Instant::now();
        for n in 1..=persons {
            let _ = instance.add_repeat("person");
            let _ = instance.set(&format!("person[{n}]/who"), &Value::from(format!("person {n}").as_str()));
        }
        let added_us = started.elapsed().as_secs_f64() * 1e6 / f64::from(persons);
        let times = added_us / *least_us.get_or_insert(added_us);
        let mut line =
            format!("{persons} persons: add and name {added_us:.1} µs ({times:.1} times the least roster's)");
        let rounds = if toy { 3 } else { 2_000 };
        for question in ["h0", "h50", "person[2]/p0", "person[3]/p2", "person[2]/age"] {
            let started = Instant::now();
            for round in 0..rounds {
                let _ = instance.set(question, &Value::Number(f64::from(round % 90 + 1)));
            }
            let _ = write!(line, ", {question} {:.2} µs", started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
        }
        let started = Instant::now();
        let found = instance.findings().len();
        let hash = instance.to_answers().iter().fold(0u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(*b)));
        let check_us = started.elapsed().as_secs_f64() * 1e6;
        println!("{line}; all rules {check_us:.0} µs, {found} broken; hash {hash:016x}");
    }
    let (rows, choices) = if toy { (100, 1_000) } else { (5_000, 100_000) };
    let source = large_workbook(rows, choices);
    let started = Instant::now();
    let (book, _) = workbook::from_markdown(&source);
    let read_ms = started.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    let (form, mistakes) = compile(&book);
    let compile_ms = started.elapsed().as_secs_f64() * 1e3;
    let wrong = mistakes.iter().filter(|m| m.severity == forms::Severity::Error).count();
    let started = Instant::now();
    let again = form.and_then(|form| forms::Form::from_bytes(&form.to_bytes()).ok());
    let load_ms = started.elapsed().as_secs_f64() * 1e3;
    let items = again.map_or(0, |form| form.definition().items.len());
    println!(
        "{rows} rows and {choices} choices: read {read_ms:.0} ms, compile {compile_ms:.0} ms, load {load_ms:.0} ms"
    );
    println!("{items} items, {wrong} mistakes, {} MB at most", memory_mb_max());
}

/// The most memory this process had, where the system tells.
fn memory_mb_max() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}
