//! Whole interviews, conducted by JavaRosa (`scripts/conformance.sh` writes what it told) and by our engine, compared
//! step by step: what is relevant, required, read-only, refused, offered, calculated and handed in.
//!
//! `fixtures/interviews/README.md` describes the files. With `QUIPU_WALKS` naming a folder, the random interviews in it
//! are compared too.

mod differ;
mod features;
mod fixture;
mod play;
mod told;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use differ::{Difference, Known};
use forms::Form;

/// How one folder of interviews went.
#[derive(Default)]
struct Run {
    interviews: usize,
    steps: usize,
    agree: usize,
    differ: usize,
    /// What `differ.tsv` does not cover.
    wrong: Vec<Difference>,
    /// Forms our compiler refuses, and JavaRosa's harness could not read.
    unread: BTreeMap<String, String>,
}

fn known(table: &str) -> Vec<Known> {
    differ::known(&std::fs::read_to_string(fixture::fixtures().join(table)).unwrap_or_default())
}

/// The form of an interview: `012-name` is beside it, `f012-name` one of `fixtures/forms/`.
fn form_of(interview: &str) -> PathBuf {
    let name = interview.split('.').next().unwrap_or(interview);
    match name.strip_prefix('f') {
        Some(own) => fixture::fixtures().join(format!("forms/{own}.md")),
        None => fixture::fixtures().join(format!("interviews/{name}.md")),
    }
}

fn run(folder: &Path, known: &mut [Known], forms: &mut BTreeMap<PathBuf, Result<Arc<Form>, String>>) -> Run {
    let mut run = Run::default();
    for golden in fixture::files(folder, "golden") {
        let name = fixture::stem(&golden);
        let path = form_of(&name);
        let form = forms.entry(path.clone()).or_insert_with(|| fixture::open(&path));
        let theirs = told::read(&std::fs::read_to_string(&golden).unwrap_or_default());
        let form = match form {
            Ok(form) if theirs.stopped.is_empty() => form.clone(),
            Ok(_) => {
                run.unread.insert(name, format!("JavaRosa: {}", theirs.stopped));
                continue;
            }
            Err(why) => {
                run.unread.insert(name, why.clone());
                continue;
            }
        };
        let steps: Vec<String> = theirs.moments.iter().skip(1).map(|m| m.step.clone()).collect();
        let (ours, play) = play::conduct(form, steps.iter().map(String::as_str));
        let (agree, mut differences) = differ::compare(&name, &ours, &theirs);
        run.interviews += 1;
        run.steps += steps.len();
        run.agree += agree;
        submission(&name, &play, &theirs.xml, &mut run.agree, &mut differences);
        for difference in differences {
            match known.iter_mut().find(|k| k.covers(&difference)) {
                Some(known) => {
                    known.count += 1;
                    run.differ += 1;
                }
                None => run.wrong.push(difference),
            }
        }
    }
    run
}

/// Compares what is handed in, node by node: names, attributes, texts and their order. Ids that are drawn count as one.
fn submission(name: &str, play: &play::Play, xml: &str, agree: &mut usize, differences: &mut Vec<Difference>) {
    let (ours, theirs) = (told::nodes(&play.xml()), told::nodes(xml));
    let mut part = |path: &str, ours: &str, theirs: &str| {
        let (interview, step, path) = (name.to_owned(), "submission".to_owned(), path.to_owned());
        let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
        differences.push(Difference { interview, step, path, what: "submission", ours, theirs });
    };
    let at = |nodes: &[(String, String)]| -> BTreeMap<String, String> { nodes.iter().cloned().collect() };
    let (ours_at, theirs_at) = (at(&ours), at(&theirs));
    for (path, value) in &theirs_at {
        match ours_at.get(path) {
            Some(our) if differ::is_same(our, value) => *agree += 1,
            Some(our) => part(path, our, value),
            None => part(path, "absent", value),
        }
    }
    for (path, value) in ours_at.iter().filter(|(path, _)| !theirs_at.contains_key(*path)) {
        part(path, value, "absent");
    }
    let order = |nodes: &[(String, String)], other: &BTreeMap<String, String>| -> Vec<String> {
        nodes.iter().map(|(path, _)| path.clone()).filter(|path| other.contains_key(path)).collect()
    };
    if order(&ours, &theirs_at) != order(&theirs, &ours_at) {
        part("/", "another order", "");
    }
}

fn report(run: &Run) -> String {
    let mut text = String::new();
    for d in run.wrong.iter().take(400) {
        let _ = writeln!(
            text,
            "{}\t{}\t{}\tours `{}`\tJavaRosa `{}`\tafter `{}`",
            d.interview, d.path, d.what, d.ours, d.theirs, d.step
        );
    }
    text
}

#[test]
fn interviews_go_as_with_javarosa_or_differ_as_written() {
    let mut known = known("interviews/differ.tsv");
    let own_lines = known.len();
    if std::env::var_os("QUIPU_WALKS").is_some() {
        // What only long walks meet.
        known.extend(self::known("interviews/walks/differ.tsv"));
    }
    let mut forms = BTreeMap::new();
    let own = fixture::fixtures().join("interviews");
    let mut folders = vec![own.clone(), own.join("walks")];
    folders.extend(std::env::var_os("QUIPU_WALKS").map(PathBuf::from));
    let mut failed = String::new();
    let mut unread: BTreeMap<String, String> = BTreeMap::new();
    for folder in folders {
        let run = run(&folder, &mut known, &mut forms);
        println!(
            "{}: {} interviews, {} steps; {} facts agree, {} differ as written, {} differ otherwise",
            fixture::stem(&folder),
            run.interviews,
            run.steps,
            run.agree,
            run.differ,
            run.wrong.len()
        );
        failed += &report(&run);
        unread.extend(run.unread);
    }
    for line in &known {
        println!("{:6}  {}: {}", line.count, line.name(), line.why);
    }
    for (name, why) in &unread {
        match known.iter_mut().find(|k| k.covers(&not_read(name))) {
            Some(line) => line.count += 1,
            None => failed += &format!("{name} is not read: {why}\n"),
        }
    }
    for line in known[..own_lines].iter().filter(|k| k.count == 0 || k.why.is_empty()) {
        failed += &format!("differ.tsv: `{}` covers nothing, or gives no reason\n", line.name());
    }
    assert!(failed.is_empty(), "not as JavaRosa, and not in differ.tsv:\n{failed}");
}

/// A form that cannot be read stands in the table as the difference `form`.
fn not_read(name: &str) -> Difference {
    let word = String::new;
    Difference { interview: name.into(), step: word(), path: "/".into(), what: "form", ours: word(), theirs: word() }
}
