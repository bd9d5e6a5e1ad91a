//! Where two tellings of an interview part, and the table of those that are meant to.

use std::collections::BTreeMap;

use crate::told::{Facts, Told};

/// What differs at one place after one step.
#[derive(Clone, Debug)]
pub struct Difference {
    pub interview: String,
    pub step: String,
    pub path: String,
    /// `verdict`, `state`, `value`, `choices` (`repeated` when one is only there more often), `node` or `submission`.
    pub what: &'static str,
    pub ours: String,
    pub theirs: String,
}

/// A line of `differ.tsv`: interview, path and what with `*` for any characters, and why.
pub struct Known {
    interview: String,
    path: String,
    what: String,
    pub why: String,
    pub count: usize,
}

pub fn known(table: &str) -> Vec<Known> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            Known { interview: part(), path: part(), what: part(), why: part(), count: 0 }
        })
        .collect()
}

impl Known {
    pub fn covers(&self, difference: &Difference) -> bool {
        is_like(&self.interview, &difference.interview)
            && is_like(&self.path, &difference.path)
            && is_like(&self.what, difference.what)
    }

    pub fn name(&self) -> String {
        format!("{} {} {}", self.interview, self.path, self.what)
    }
}

/// Whether a text fits a pattern, in which `*` stands for any characters.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            let Some(left) = text.strip_prefix(start) else { return false };
            (0..=left.len()).filter(|i| left.is_char_boundary(*i)).any(|i| is_like(rest, &left[i..]))
        }
    }
}

/// Compares step by step: how many facts agree, and what does not. A fact counts once for every time it changes.
pub fn compare(interview: &str, ours: &Told, theirs: &Told) -> (usize, Vec<Difference>) {
    let (mut agree, mut differences) = (0, Vec::new());
    let mut before: BTreeMap<(String, &str), (String, String)> = BTreeMap::new();
    for (our, their) in ours.moments.iter().zip(&theirs.moments) {
        let mut judge = |path: &str, what: &'static str, ours: &str, theirs: &str, once: bool| {
            let pair = (ours.to_owned(), theirs.to_owned());
            if once && before.get(&(path.to_owned(), what)) == Some(&pair) {
                return;
            }
            before.insert((path.to_owned(), what), pair.clone());
            if is_same(ours, theirs) {
                agree += 1;
            } else {
                let (interview, step, path) = (interview.to_owned(), our.step.clone(), path.to_owned());
                differences.push(Difference { interview, step, path, what, ours: pair.0, theirs: pair.1 });
            }
        };
        judge(our.step.split(' ').nth(1).unwrap_or("/"), "verdict", &our.verdict, &their.verdict, false);
        let paths: std::collections::BTreeSet<&String> = our.nodes.keys().chain(their.nodes.keys()).collect();
        for path in paths {
            match (our.nodes.get(path), their.nodes.get(path)) {
                (Some(o), Some(t)) => {
                    judge(path, "state", &o.state, &t.state, true);
                    judge(path, "value", &o.value, &t.value, true);
                    let what = if once_each(&o.choices) == once_each(&t.choices) { "repeated" } else { "choices" };
                    judge(path, what, &o.choices, &t.choices, true);
                }
                (o, t) => {
                    let there = |facts: Option<&Facts>| if facts.is_some() { "there" } else { "absent" };
                    judge(path, "node", there(o), there(t), true);
                }
            }
        }
    }
    if ours.moments.len() != theirs.moments.len() {
        let words = format!("stopped: {}", theirs.stopped);
        differences.push(Difference {
            interview: interview.to_owned(),
            step: "start".into(),
            path: "/".into(),
            what: "verdict",
            ours: "goes on".into(),
            theirs: words,
        });
    }
    (agree, differences)
}

/// Choices without those that stand there already.
fn once_each(choices: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for choice in choices.split_whitespace() {
        if !out.contains(&choice) {
            out.push(choice);
        }
    }
    out
}

/// Whether two texts say the same: both engines write truths, days, numbers and places their own way.
pub fn is_same(ours: &str, theirs: &str) -> bool {
    let near = |ours: &str, theirs: &str| match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-11 * b.abs(),
        _ => false,
    };
    let (a, b): (Vec<&str>, Vec<&str>) = (ours.split(' ').collect(), theirs.split(' ').collect());
    let place = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| near(a, b));
    let truth = |text: &str| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    let midnight = "T00:00:00.000Z";
    let day = ours.strip_suffix(midnight).unwrap_or(ours) == theirs.strip_suffix(midnight).unwrap_or(theirs);
    day || place || (truth(ours).is_some() && truth(ours) == truth(theirs))
}
