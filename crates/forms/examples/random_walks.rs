//! Random interviews with a form: steps for `crates/forms/tests/interviews` and `scripts/javarosa/Interview.java`.
//!
//! `cargo run -p forms --example random_walks FOLDER PREFIX WALKS STEPS FORM.md ...` writes `FOLDER/PREFIXform.N.steps`.
//! What is answered comes from the numbers, days and words in the form's own rules, so that they are met from both sides.
//! The same arguments give the same files.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use forms::definition::{Item, Kind};
use forms::interview::{Interview, Node};
use forms::{Form, Inputs, Instance, Severity, Value, compile, workbook};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides.max(1)
    }

    fn one<'a>(&mut self, from: &'a [String]) -> &'a str {
        from.get(self.roll(from.len())).map_or("", String::as_str)
    }
}

/// What the rules of a form speak of.
#[derive(Default)]
struct Words {
    numbers: Vec<String>,
    days: Vec<String>,
    texts: Vec<String>,
}

fn words(form: &Form) -> Words {
    let mut words = Words::default();
    let mut seen = BTreeSet::new();
    for item in &form.definition().items {
        for rule in [&item.relevant, &item.constraint, &item.calculation, &item.required, &item.choice_filter] {
            let quoted = rule.split(['\'', '"']).skip(1).step_by(2).map(str::to_owned);
            let bare = rule.split(|c: char| !c.is_ascii_digit() && c != '.').map(str::to_owned);
            for word in quoted.chain(bare).filter(|w| !w.is_empty() && w.len() < 30) {
                if !seen.insert(word.clone()) {
                    continue;
                }
                if let Ok(n) = word.parse::<f64>() {
                    words.numbers.extend([n - 1.0, n, n + 1.0].iter().map(f64::to_string));
                } else if forms::Date::parse(&word).is_some() {
                    words.days.push(word);
                } else {
                    words.texts.push(word);
                }
            }
        }
    }
    words.numbers.extend(["0", "1", "2", "7", "30", "-4", "65"].map(str::to_owned));
    words.days.extend(["2000-02-29", "2020-11-01", "1969-12-31", "2024-01-15"].map(str::to_owned));
    words.texts.extend(["a", "Li Na", "x y z", "42", "3.5", " ", "Ünï", "no", "2020-11-01"].map(str::to_owned));
    words
}

/// An answer as an interviewer types it; now and then none, or one that does not fit.
fn answer(dice: &mut Dice, kind: Kind, node: &Node, words: &Words) -> String {
    if dice.roll(12) == 0 {
        return String::new();
    }
    match kind {
        Kind::SelectOne(_) => dice.one(&node.choices).to_owned(),
        Kind::SelectMultiple(_) | Kind::Rank(_) => {
            let all = kind.list().is_some() && matches!(kind, Kind::Rank(_));
            let picked = node.choices.iter().filter(|_| all || dice.roll(2) == 0).map(String::as_str);
            picked.collect::<Vec<_>>().join(" ")
        }
        Kind::Integer => dice.one(&words.numbers).split('.').next().unwrap_or_default().to_owned(),
        Kind::Decimal => format!(
            "{}{}",
            dice.one(&words.numbers).split('.').next().unwrap_or_default(),
            ["", ".5", ".25"][dice.roll(3)]
        ),
        Kind::Date | Kind::YearMonth => dice.one(&words.days).to_owned(),
        Kind::Time => ["08:30:00.000Z", "23:59:00.000Z"][dice.roll(2)].to_owned(),
        Kind::DateTime => format!("{}T10:00:00.000Z", dice.one(&words.days)),
        Kind::Geopoint => ["39.9 116.4 0 0", "-1.5 30.25 1200 5", "0 0 0 0"][dice.roll(3)].to_owned(),
        Kind::Acknowledge => "OK".into(),
        Kind::Geotrace | Kind::Geoshape => String::new(),
        _ => dice.one(&words.texts).to_owned(),
    }
}

fn walk(form: &Arc<Form>, words: &Words, dice: &mut Dice, steps: usize) -> Vec<String> {
    let mut instance = Instance::new(form.clone(), &Inputs::default());
    let mut taken = Vec::new();
    for node in Interview::open(instance.clone(), 0).nodes() {
        // Interviews start with one instance of every repeat.
        let counted = form.item(node.item).is_none_or(|i| i.kind != Kind::Repeat || !i.repeat_count.is_empty());
        if !counted && node.value == Value::Number(0.0) {
            let _ = instance.add_repeat(&node.path);
        }
    }
    while taken.len() < steps {
        let nodes = Interview::open(instance.clone(), 0).nodes();
        let kind = |node: &Node| form.item(node.item).map_or(Kind::Note, |item| item.kind);
        let counted = |node: &Node| form.item(node.item).is_some_and(|item| !item.repeat_count.is_empty());
        let (repeats, rest): (Vec<_>, Vec<_>) = nodes.into_iter().partition(|n| kind(n) == Kind::Repeat);
        let repeats: Vec<_> = repeats.into_iter().filter(|n| n.relevant && !counted(n)).collect();
        let asked = |n: &Node| {
            let calculated = form.item(n.item).is_none_or(|i| !i.calculation.is_empty() || i.label.is_empty());
            n.relevant && !n.read_only && !calculated && kind(n).is_question() && !kind(n).is_attachment()
        };
        let rest: Vec<_> = rest.into_iter().filter(asked).collect();
        if !repeats.is_empty() && (dice.roll(6) == 0 || rest.is_empty()) {
            let repeat = &repeats[dice.roll(repeats.len())];
            let count = repeat.value.text().parse::<u32>().unwrap_or(0);
            if count > 0 && dice.roll(3) == 0 {
                let position = dice.roll(count as usize) as u32 + 1;
                let _ = instance.remove_repeat(&repeat.path, position);
                taken.push(format!("remove {} {position}", repeat.path));
            } else if count < 5 {
                let _ = instance.add_repeat(&repeat.path);
                taken.push(format!("add {}", repeat.path));
            } else if rest.is_empty() {
                break;
            }
        } else if !rest.is_empty() {
            let node = &rest[dice.roll(rest.len())];
            let text = answer(dice, kind(node), node, words);
            let _ = instance.set(&node.path, &Value::from(text.as_str()));
            taken.push(format!("set {} {text}", node.path).trim_end().to_owned());
        } else {
            break;
        }
    }
    taken.push("finish".into());
    taken
}

/// What a form reads that is not the same on every run, or that JavaRosa leaves to the app around it.
fn unpinned(form: &Form) -> Option<&'static str> {
    const NAMES: [&str; 7] = ["now()", "today()", "random()", "uuid()", "pulldata(", "property(", "last-saved"];
    let drawn = |item: &Item| !item.parameter("randomize").is_empty() && item.parameter("seed").is_empty();
    if form.definition().items.iter().any(drawn) {
        return Some("for an order without a seed");
    }
    // Ids of entities are drawn, too, and left out of what is compared.
    let authored = || form.definition().items.iter().filter(|item| !item.is_added());
    let reads = |name: &str| {
        authored().any(|item| {
            let rules =
                [&item.relevant, &item.constraint, &item.calculation, &item.default, &item.name, &item.appearance];
            rules.iter().any(|rule| rule.contains(name))
        })
    };
    let filled = authored().any(|i| ["deviceid", "audit", "start"].contains(&i.type_name.as_str()));
    NAMES.into_iter().find(|name| reads(name)).or(filled.then_some("the device"))
}

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, prefix, walks, steps, sources @ ..] = &args[..] else {
        eprintln!("random_walks FOLDER PREFIX WALKS STEPS FORM.md ...");
        return Ok(());
    };
    let number = |text: &str| text.parse::<usize>().unwrap_or(1);
    std::fs::create_dir_all(folder)?;
    for source in sources {
        let (book, _) = workbook::from_markdown(&std::fs::read_to_string(source)?);
        let (form, mistakes) = compile(&book);
        let stem = Path::new(source).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let form = match form {
            Some(form) if mistakes.iter().all(|m| m.severity != Severity::Error) => Arc::new(form),
            _ => {
                println!("{stem} is left out: it does not compile");
                continue;
            }
        };
        if let Some(what) = unpinned(&form) {
            println!("{stem} is left out: it asks {what}, which a harness cannot pin");
            continue;
        }
        let words = words(&form);
        for n in 1..=number(walks) {
            let seed = stem.bytes().fold(n as u64, |h, b| h.wrapping_mul(0x100_0000_01B3) ^ u64::from(b));
            let taken = walk(&form, &words, &mut Dice(seed.max(1)), number(steps));
            std::fs::write(Path::new(folder).join(format!("{prefix}{stem}.{n}.steps")), taken.join("\n") + "\n")?;
        }
    }
    Ok(())
}
