//! What changed between two versions of a form, and what it means for the data. `docs/form-versions.md` has the rules.
//!
//! Start at [`compare`]. `questions.rs` finds what was added, dropped, renamed and moved; `rules.rs` compares cells;
//! `tables.rs` compares columns and decides what breaks.

mod questions;
mod rules;
mod tables;

pub(super) use questions::kind as kind_name;
pub(super) use tables::type_name;

use super::Speech;
use super::speech::say;
use crate::form::Form;

/// How much a change matters to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Columns stay as they are, and mean what they meant.
    Fine,
    /// Columns stay; somebody who reads the data over both versions should know.
    Look,
    /// Rows of both versions do not fit together, or counting stops.
    Breaks,
}

/// What a change is about; reports are ordered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The form as a whole.
    Form,
    /// Questions added, dropped, renamed, moved.
    Questions,
    /// Labels, hints and messages.
    Texts,
    /// Relevance, constraints and the like.
    Rules,
    /// Choice lists.
    Choices,
    /// Tables, columns and facts.
    Data,
}

impl Topic {
    /// The heading of its part of a report.
    pub fn heading(self, speech: Speech) -> &'static str {
        match self {
            Topic::Form => speech.pick("The form", "表"),
            Topic::Questions => speech.pick("Questions", "问题"),
            Topic::Texts => speech.pick("Texts", "文字"),
            Topic::Rules => speech.pick("Rules", "规则"),
            Topic::Choices => speech.pick("Choices", "选项"),
            Topic::Data => speech.pick("What it means for the data", "对数据的影响"),
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub topic: Topic,
    /// How much it matters.
    pub weight: Weight,
    /// What changed, in the language asked for; further lines are indented.
    pub text: String,
}

/// Everything that changed, by topic and in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes.
    pub list: Vec<Change>,
}

impl Changes {
    /// How many changes weigh this much.
    pub fn count(&self, weight: Weight) -> usize {
        self.list.iter().filter(|c| c.weight == weight).count()
    }

    /// Whether rows of both versions fit together.
    pub fn is_compatible(&self) -> bool {
        self.count(Weight::Breaks) == 0
    }

    fn add(&mut self, topic: Topic, weight: Weight, text: String) {
        self.list.push(Change { topic, weight, text });
    }

    /// One sentence: compatible, or how many changes break the data.
    pub fn verdict(&self, speech: Speech) -> String {
        let (breaks, look) = (self.count(Weight::Breaks), self.count(Weight::Look));
        match (breaks, look) {
            _ if self.list.is_empty() => speech.pick("The forms are the same.", "两版表完全相同。").into(),
            (0, 0) => speech.pick("Compatible: columns stay as they are.", "兼容：数据列保持不变。").into(),
            (0, 1) => speech.pick("Compatible; 1 change to know about (?).", "兼容；有 1 处需要知晓（?）。").into(),
            (0, n) => say!(speech, "Compatible; {n} changes to know about (?).", "兼容；有 {n} 处需要知晓（?）。"),
            (1, _) => speech.pick("1 change breaks the data (!).", "有 1 处改动会破坏数据的一致（!）。").into(),
            (n, _) => say!(speech, "{n} changes break the data (!).", "有 {n} 处改动会破坏数据的一致（!）。"),
        }
    }

    /// The whole report as text: a line a change, marked `!` when it breaks the data, `?` when somebody should know.
    pub fn report(&self, speech: Speech) -> String {
        let mut out = String::new();
        let mut topic = None;
        for change in &self.list {
            if topic != Some(change.topic) {
                out.push_str(if topic.is_some() { "\n" } else { "" });
                out.push_str(&format!("{}\n", change.topic.heading(speech)));
                topic = Some(change.topic);
            }
            let mark = match change.weight {
                Weight::Fine => ' ',
                Weight::Look => '?',
                Weight::Breaks => '!',
            };
            for (at, line) in change.text.lines().enumerate() {
                out.push_str(&if at == 0 { format!("{mark} {line}\n") } else { format!("    {line}\n") });
            }
        }
        if !self.list.is_empty() {
            out.push('\n');
        }
        out.push_str(&self.verdict(speech));
        out.push('\n');
        out
    }
}

/// Compares an older version of a form with a newer one.
pub fn compare(old: &Form, new: &Form, speech: Speech) -> Changes {
    let mut changes = Changes::default();
    let pairs = questions::pair(old, new);
    questions::form(old, new, speech, &mut changes);
    questions::questions(old, new, &pairs, speech, &mut changes);
    rules::texts(old, new, &pairs, speech, &mut changes);
    rules::rules(old, new, &pairs, speech, &mut changes);
    rules::choices(old, new, speech, &mut changes);
    tables::columns(old, new, speech, &mut changes);
    tables::facts(old, new, &pairs, speech, &mut changes);
    changes.list.sort_by_key(|c| c.topic);
    changes
}

/// A text short enough for a line of a report.
fn short(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
