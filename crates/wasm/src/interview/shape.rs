//! The shapes of screens.

use std::collections::BTreeMap;

use forms::Form;
use forms::definition::Item;
use forms::interview::{self, ScreenKind};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

use super::{is_end, item, naming};
use crate::convert::Bytes;

/// As in the form: numbers and dates as text, `2020-11-01`; names of choices.
#[derive(Serialize, Deserialize, Tsify)]
#[serde(untagged)]
pub enum Value {
    One(String),
    Many(Vec<String>),
}

#[derive(Serialize, Tsify)]
pub struct Screen {
    /// `roster` is the list of persons, where somebody may be added or removed.
    #[tsify(type = r#""question" | "roster" | "end""#)]
    kind: &'static str,
    /// `goto` takes it.
    path: String,
    /// Of the group it is in.
    title: String,
    /// Of the repeat, on a roster.
    label: String,
    /// A roster whose length follows from an answer: nobody to add or remove.
    fixed: bool,
    /// Inside an instance of a repeat.
    #[tsify(optional)]
    person: Option<Person>,
    /// On a roster.
    #[tsify(optional)]
    persons: Option<Vec<RosterEntry>>,
    /// One; on a roster, those that name each person, in their order.
    questions: Vec<Question>,
    progress: Progress,
    first: bool,
    last: bool,
}

#[derive(Serialize, Tsify)]
struct Person {
    repeat: String,
    /// From 0.
    index: u32,
    count: u32,
    label: String,
}

#[derive(Serialize, Tsify)]
struct RosterEntry {
    index: u32,
    label: String,
    path: String,
    complete: bool,
}

#[derive(Serialize, Tsify)]
struct Progress {
    done: u32,
    persons: u32,
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
struct Question {
    path: String,
    name: String,
    #[tsify(type = "QuestionType")]
    r#type: ScreenKind,
    /// Where the form's type says more: `barcode`, `range`.
    type_name: String,
    label: String,
    hint: String,
    guidance: String,
    appearance: String,
    /// Start, end and step of a range …
    parameters: Vec<(String, String)>,
    required: bool,
    read_only: bool,
    identifier: bool,
    choices: Vec<Choice>,
    #[tsify(type = "Value | null")]
    value: Nullable,
    /// About the answer as it stands.
    findings: Vec<Finding>,
}

/// `null` rather than `undefined`: the question has no answer.
struct Nullable(Option<Value>);

impl Serialize for Nullable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => value.serialize(serializer),
            None => serde_wasm_bindgen::preserve::serialize(&wasm_bindgen::JsValue::NULL, serializer),
        }
    }
}

#[derive(Serialize, Tsify)]
struct Choice {
    name: String,
    label: String,
}

#[derive(Serialize, Tsify)]
pub struct Finding {
    /// Of the screen it is mended on.
    path: String,
    #[tsify(type = r#""error" | "warning""#)]
    level: &'static str,
    /// `required`, `constraint`, `soft`, `choice`, `count`, `not_relevant`; `type`: no answer of this type, such as half a date.
    rule: &'static str,
    /// "" for the app's own words.
    text: String,
    label: String,
    person: String,
}

#[derive(Serialize, Tsify)]
pub struct FinishedForm {
    /// 0 clean, 1 warned, 2 needs review.
    pub outcome: u32,
    pub findings: Vec<Finding>,
    pub split: Split,
}

#[derive(Serialize, Tsify)]
pub struct Split {
    pub answers: Bytes,
    pub identifiers: Bytes,
    #[tsify(type = "Record<string, number>")]
    pub facts: Facts,
}

/// Who is what to whom on a roster.
#[derive(Serialize, Tsify)]
pub struct Family {
    /// Whether the screen asks about two of them.
    asked: bool,
    persons: Vec<Relative>,
}

#[derive(Serialize, Tsify)]
struct Relative {
    name: String,
    ties: Vec<Tie>,
}

#[derive(Serialize, Tsify)]
struct Tie {
    /// Position of the other, from 1.
    to: u32,
    /// `child` …
    relationship: String,
    /// Steps above the other; "" for unknown.
    generation: String,
}

impl From<interview::Family> for Family {
    fn from(family: interview::Family) -> Family {
        let tie = |tie: interview::Tie| Tie { to: tie.to, relationship: tie.relationship, generation: tie.generation };
        let relative =
            |one: interview::Relative| Relative { name: one.name, ties: one.ties.into_iter().map(tie).collect() };
        Family { asked: family.asked, persons: family.persons.into_iter().map(relative).collect() }
    }
}

/// Numbers by name.
pub struct Facts(pub Vec<(String, i32)>);

impl Serialize for Facts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, number)| (name, number)))
    }
}

pub fn finding(problem: interview::Problem) -> Finding {
    Finding {
        path: problem.id,
        level: if problem.hard { "error" } else { "warning" },
        rule: problem.kind.code(),
        text: problem.message,
        label: problem.label,
        person: problem.person,
    }
}

pub fn screen(form: &Form, screen: interview::Screen, typed: &BTreeMap<String, String>, language: usize) -> Screen {
    let kind = match screen.kind {
        kind if is_end(kind) => "end",
        ScreenKind::Roster => "roster",
        _ => "question",
    };
    let person = screen.person.as_ref().map(|person| Person {
        repeat: screen.id.rsplit_once('[').map_or_else(String::new, |(repeat, _)| repeat.to_owned()),
        index: person.index.saturating_sub(1),
        count: person.count,
        label: person.name.clone(),
    });
    let persons = (kind == "roster").then(|| {
        let path = |m: &interview::Member| {
            if m.first.is_empty() { format!("{}[{}]", screen.id, m.index) } else { m.first.clone() }
        };
        let member = |m: &interview::Member| RosterEntry {
            index: m.index.saturating_sub(1),
            label: m.name.clone(),
            path: path(m),
            complete: m.done,
        };
        screen.members.iter().map(member).collect()
    });
    let (path, title, first) = (screen.id.clone(), screen.section.clone(), !screen.can_go_back);
    let about = item(form, &screen.id);
    let label = if kind == "roster" { screen.label.clone() } else { String::new() };
    let fixed = kind == "roster" && about.is_some_and(|repeat| !repeat.repeat_count.is_empty());
    let progress = Progress { done: screen.progress.persons_done, persons: screen.progress.persons };
    let questions = match kind {
        "end" => Vec::new(),
        "roster" => names(form, screen),
        _ => vec![question(screen, typed, about, language)],
    };
    Screen { kind, path, title, label, fixed, person, persons, questions, progress, first, last: kind == "end" }
}

/// On a roster: the question that names each member.
fn names(form: &Form, screen: interview::Screen) -> Vec<Question> {
    let Some(naming) = naming(form, &screen.id) else { return Vec::new() };
    let question = |member: &interview::Member| Question {
        path: format!("{}[{}]/{naming}", screen.id, member.index),
        name: naming.clone(),
        r#type: ScreenKind::Text,
        type_name: String::new(),
        label: screen.label.clone(),
        hint: screen.hint.clone(),
        guidance: String::new(),
        appearance: String::new(),
        parameters: Vec::new(),
        required: true,
        read_only: false,
        identifier: true,
        choices: Vec::new(),
        value: Nullable((!member.name.is_empty()).then(|| Value::One(member.name.clone()))),
        findings: Vec::new(),
    };
    screen.members.iter().map(question).collect()
}

fn question(
    screen: interview::Screen,
    typed: &BTreeMap<String, String>,
    about: Option<&Item>,
    language: usize,
) -> Question {
    let mut findings: Vec<Finding> = screen.problems.into_iter().map(finding).collect();
    let text = match typed.get(&screen.id) {
        Some(text) => {
            findings.retain(|finding| finding.rule != "required");
            findings.push(Finding {
                path: screen.id.clone(),
                level: "error",
                rule: "type",
                text: String::new(),
                label: screen.label.clone(),
                person: String::new(),
            });
            text.clone()
        }
        None => screen.value,
    };
    let value = match screen.kind {
        _ if text.is_empty() => None,
        ScreenKind::SelectMultiple => Some(Value::Many(text.split_whitespace().map(str::to_owned).collect())),
        _ => Some(Value::One(text)),
    };
    Question {
        name: screen.id.rsplit('/').next().unwrap_or_default().to_owned(),
        path: screen.id,
        r#type: screen.kind,
        type_name: about.map_or_else(String::new, |item| item.type_name.clone()),
        label: screen.label,
        hint: screen.hint,
        guidance: about.map_or_else(String::new, |item| item.guidance.get(language).to_owned()),
        appearance: screen.appearance,
        parameters: about.map_or_else(Vec::new, |item| item.parameters.clone()),
        required: screen.required,
        read_only: screen.kind == ScreenKind::Note || about.is_some_and(|item| item.read_only),
        identifier: screen.identifier,
        choices: screen.choices.into_iter().map(|c| Choice { name: c.value, label: c.label }).collect(),
        value: Nullable(value),
        findings,
    }
}

/// The position in `roster[3]/name` when `roster` is the screen.
pub fn position_on(screen: &str, path: &str) -> Option<u32> {
    path.strip_prefix(screen)?.strip_prefix('[')?.split_once(']')?.0.parse().ok()
}
