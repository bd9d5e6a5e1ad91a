//! How fast is the engine beside JavaRosa, with the same form and the same answers?
//!
//! `cargo run --release -p forms --example beside_javarosa [SECONDS FORM.xml SUBMISSION.xml …]`, as
//! `scripts/javarosa/Speed.java`, which does the same with JavaRosa. `check`: µs to read a submission, work everything out
//! and check every rule; `answer`: µs to take an answer away or give it back, with all that depends on it. Without
//! arguments, the fixtures for a moment. `scripts/javarosa/speed.sh` runs both and prints the ratios.

use std::sync::Arc;
use std::time::{Duration, Instant};

use forms::interview::Interview;
use forms::xform::{self, submission};
use forms::{Inputs, Value};

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() < 3 {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/submissions/cn2020_short");
        args = vec!["0.01".into(), format!("{folder}/form.xml"), format!("{folder}/0.xml"), format!("{folder}/1.xml")];
    }
    let time = Duration::from_secs_f64(args[0].parse()?);
    let (form, mistakes) = xform::read(&std::fs::read(&args[1])?);
    mistakes.iter().filter(|m| m.severity == forms::Severity::Error).for_each(|m| eprintln!("{m}"));
    let form = Arc::new(form.ok_or("no form")?);
    let submissions = args[2..].iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let inputs = Inputs::default();
    let (mut check, mut answer) = (f64::INFINITY, f64::INFINITY);
    let (mut valid, mut changes) = (0, 0);
    for warm in [false, true] {
        let until = Instant::now() + time;
        while warm == (check == f64::INFINITY) || Instant::now() < until {
            let started = Instant::now();
            valid = 0;
            for submission in &submissions {
                let (checked, faults) = submission::check(&form, submission, &inputs)?;
                valid += usize::from(checked.findings.is_empty() && faults.is_empty());
            }
            if warm {
                check = check.min(started.elapsed().as_secs_f64() * 1e6 / submissions.len() as f64);
            }
        }
        let until = Instant::now() + time;
        while warm == (answer == f64::INFINITY) || Instant::now() < until {
            let mut took = Duration::ZERO;
            changes = 0;
            for submission in &submissions {
                let mut instance = submission::read(&form, submission, &inputs)?.instance;
                let nodes = Interview::open(instance.clone(), 0).nodes();
                let asked = |item: u32| form.item(item).is_some_and(|i| i.kind.is_question() && !i.is_computed());
                let given: Vec<(String, Value)> = nodes
                    .into_iter()
                    .filter(|node| asked(node.item) && !node.value.is_empty())
                    .map(|node| (node.path, node.value))
                    .collect();
                let started = Instant::now();
                for (path, value) in &given {
                    instance.set(path, &Value::Empty)?;
                    instance.set(path, value)?;
                    changes += 2;
                }
                took += started.elapsed();
            }
            if warm {
                answer = answer.min(took.as_secs_f64() * 1e6 / f64::from(changes));
            }
        }
    }
    println!("check {check:.2}\nanswer {answer:.3}\nvalid {valid}\nchanges {changes}");
    Ok(())
}
