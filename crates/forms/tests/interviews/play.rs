//! Our engine takes the steps of an interview and tells what JavaRosa's harness tells.

use std::sync::Arc;

use forms::definition::Kind;
use forms::interview::{Interview, Node};
use forms::xform::submission;
use forms::{Form, Inputs, Instance, RuleKind, Value};

use crate::told::{Facts, Moment, Told};

/// A form being answered.
pub struct Play {
    pub form: Arc<Form>,
    pub instance: Instance,
}

impl Play {
    /// A form as JavaRosa opens it: with the first instance of every repeat, also inside others.
    pub fn new(form: Arc<Form>) -> Play {
        let instance = Instance::new(form.clone(), &Inputs::default());
        let mut play = Play { form, instance };
        let mut done: Vec<String> = Vec::new();
        while let Some(empty) = play.repeats(false).into_iter().find(|(path, ..)| !done.contains(path)) {
            if empty.1 == 0 && !empty.2 {
                let added = play.instance.add_repeat(&empty.0);
                assert!(added.is_ok(), "{} cannot be opened", empty.0);
            }
            done.push(empty.0);
        }
        play
    }

    pub fn nodes(&self) -> Vec<Node> {
        Interview::open(self.instance.clone(), 0).nodes()
    }

    /// Path, count of instances, and whether `repeat_count` rules it; all repeats, or those that are asked.
    pub fn repeats(&self, asked: bool) -> Vec<(String, u32, bool)> {
        let kind = |node: &Node| self.form.item(node.item).map(|item| (item.kind, !item.repeat_count.is_empty()));
        let nodes = self.nodes();
        let repeats =
            nodes.iter().filter(|node| (node.relevant || !asked) && kind(node).is_some_and(|k| k.0 == Kind::Repeat));
        repeats.map(|node| (node.path.clone(), count(node), kind(node).is_some_and(|k| k.1))).collect()
    }

    /// Whether a person answers this node.
    pub fn is_asked(&self, node: &Node) -> bool {
        let item = self.form.item(node.item);
        node.relevant && item.is_some_and(|item| item.kind.is_question() || item.kind == Kind::Note)
    }

    /// Does one step; the verdict.
    pub fn take(&mut self, step: &str) -> String {
        let mut words = step.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (verb, path, rest) = (word(), word(), word());
        match verb {
            "set" => self.set(path, &rest.replace("\\n", "\n")),
            "add" => match self.repeats(true).iter().find(|r| r.0 == path) {
                Some((.., false)) => verdict(self.instance.add_repeat(path).is_ok()),
                _ => "not asked".into(),
            },
            "remove" => match self.repeats(true).iter().find(|r| r.0 == path) {
                Some((_, count, false)) if rest.parse().is_ok_and(|n: u32| n <= *count) => {
                    verdict(self.instance.remove_repeat(path, rest.parse().unwrap_or(0)).is_ok())
                }
                _ => "not asked".into(),
            },
            "finish" => self.finish(),
            _ => "unknown step".into(),
        }
    }

    fn set(&mut self, path: &str, text: &str) -> String {
        let nodes = self.nodes();
        let Some(node) = nodes.iter().find(|node| node.path == path && self.is_asked(node)) else {
            return "not asked".into();
        };
        if node.read_only {
            return "read-only".into();
        }
        let is_choice = |name: &str| node.choices.iter().any(|choice| choice == name);
        let offered = match self.form.item(node.item).map(|item| item.kind) {
            Some(Kind::SelectOne(_)) => text.is_empty() || is_choice(text),
            Some(kind) if kind.list().is_some() => text.split_whitespace().all(is_choice),
            _ => true,
        };
        if !offered {
            return "not offered".into();
        }
        if self.instance.set(path, &Value::from(text)).is_err() {
            return "unreadable".into();
        }
        let now = self.nodes().into_iter().find(|node| node.path == path);
        match now {
            Some(node) if node.broken.contains(&RuleKind::Constraint) => "constraint".into(),
            Some(node) if node.required && text.is_empty() => "required".into(),
            _ => "ok".into(),
        }
    }

    fn finish(&self) -> String {
        for node in self.nodes().iter().filter(|node| self.is_asked(node)) {
            for (kind, word) in [(RuleKind::Required, "required"), (RuleKind::Constraint, "constraint")] {
                if node.broken.contains(&kind) {
                    return format!("{word} {}", node.path);
                }
            }
        }
        "ok".into()
    }

    /// The nodes as the harness prints them.
    pub fn moment(&self, step: &str, verdict: String) -> Moment {
        let repeat = |node: &Node| self.form.item(node.item).is_none_or(|item| item.kind == Kind::Repeat);
        let nodes = self
            .nodes()
            .into_iter()
            .filter(|node| !repeat(node) && !node.path.starts_with("meta/") && !node.path.contains('@'));
        let nodes = nodes.map(|node| (node.path.clone(), facts(&node))).collect();
        Moment { step: step.to_owned(), verdict, nodes }
    }

    /// The submission our engine writes.
    pub fn xml(&self) -> String {
        let meta = submission::Meta { instance_id: Some("uuid:".into()), ..submission::Meta::default() };
        submission::write(&self.instance, &meta)
    }
}

/// A whole interview.
pub fn conduct<'a>(form: Arc<Form>, steps: impl Iterator<Item = &'a str>) -> (Told, Play) {
    let mut play = Play::new(form);
    let mut told = Told::default();
    told.moments.push(play.moment("start", "ok".into()));
    for step in steps {
        let verdict = play.take(step);
        told.moments.push(play.moment(step, verdict));
    }
    (told, play)
}

fn verdict(done: bool) -> String {
    if done { "ok" } else { "refused" }.into()
}

fn count(node: &Node) -> u32 {
    match node.value {
        Value::Number(n) => n as u32,
        _ => 0,
    }
}

fn facts(node: &Node) -> Facts {
    if !node.relevant {
        return Facts { state: "off".into(), ..Facts::default() };
    }
    let mut state = String::from("on");
    let answered = !node.value.is_empty();
    let broken = |kind| node.broken.contains(&kind);
    for (holds, word) in [
        (node.required && answered, " required"),
        (node.required && !answered, " missing"),
        (node.read_only, " readonly"),
        (broken(RuleKind::Constraint), " broken"),
        (broken(RuleKind::Choice), " unoffered"),
    ] {
        state += if holds { word } else { "" };
    }
    let value = node.value.text().replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
    Facts { state, value, choices: node.choices.join(" ") }
}
