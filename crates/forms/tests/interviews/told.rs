//! What an engine told about an interview: the verdict of each step and every node after it.
//!
//! The text is that of `scripts/javarosa/Interview.java`: `> step, verdict`, then a line for every node that changed
//! (path, state, value, choices), and at the end `= ` and the submission.

use std::collections::BTreeMap;

/// State, value and choices of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `off`; or `on` and any of `required`, `missing` (required and not answered), `readonly`, `broken`, `unoffered`.
    pub state: String,
    pub value: String,
    /// Names separated by spaces.
    pub choices: String,
}

/// What was told after a step.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    pub step: String,
    pub verdict: String,
    /// Every node of the form, by path.
    pub nodes: BTreeMap<String, Facts>,
}

/// A whole interview.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub moments: Vec<Moment>,
    /// The submission.
    pub xml: String,
    /// Why it stopped.
    pub stopped: String,
}

/// Reads what the harness wrote.
pub fn read(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines() {
        if let Some(step) = line.strip_prefix("> ") {
            let (step, verdict) = step.split_once('\t').unwrap_or((step, "ok"));
            let nodes = told.moments.last().map(|m| m.nodes.clone()).unwrap_or_default();
            told.moments.push(Moment { step: step.to_owned(), verdict: verdict.to_owned(), nodes });
        } else if let Some(xml) = line.strip_prefix("= ") {
            told.xml = xml.to_owned();
        } else if let Some(words) = line.strip_prefix("! ") {
            told.stopped = words.to_owned();
        } else if let Some(moment) = told.moments.last_mut() {
            let mut parts = line.split('\t');
            let mut part = || parts.next().unwrap_or_default().to_owned();
            let path = part();
            let facts = Facts { state: part(), value: part(), choices: part() };
            if facts.state == "gone" {
                moment.nodes.remove(&path);
            } else {
                moment.nodes.insert(path, facts);
            }
        }
    }
    told
}

/// The leaves of a submission, in order: path with the positions of those that `repeats` names, and text.
pub fn leaves(xml: &str, repeats: &[String]) -> Vec<(String, String)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut leaves = Vec::new();
    // Name without position, path, children counted by name, and whether there was any child.
    let mut open: Vec<(String, String, BTreeMap<String, usize>, bool)> = Vec::new();
    let mut text = String::new();
    let enter = |open: &mut Vec<(String, String, BTreeMap<String, usize>, bool)>, name: String| {
        let Some((plain, path, counted, parent)) = open.last_mut() else {
            return open.push((String::new(), String::new(), BTreeMap::new(), false));
        };
        *parent = true;
        let count = counted.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
        let slash = if path.is_empty() { "" } else { "/" };
        let plain = format!("{plain}{slash}{name}");
        let position = if repeats.contains(&plain) { format!("[{count}]") } else { String::new() };
        let path = format!("{path}{slash}{name}{position}");
        open.push((plain, path, BTreeMap::new(), false));
    };
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                text.clear();
                enter(&mut open, tag.name().as_ref().to_owned());
            }
            Event::Empty(tag) => {
                enter(&mut open, tag.name().as_ref().to_owned());
                leaves.extend(open.pop().map(|(_, path, ..)| (path, String::new())));
            }
            Event::Text(words) => text += &words,
            Event::GeneralRef(name) => {
                let name = name.to_string();
                let number = name
                    .strip_prefix('#')
                    .map(|n| n.strip_prefix('x').map_or(n.parse(), |h| u32::from_str_radix(h, 16)));
                let code = number.and_then(|n| n.ok()).and_then(char::from_u32);
                let named = [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("apos", '\'')];
                text.extend(code.or_else(|| named.iter().find(|(n, _)| *n == name).map(|(_, c)| *c)));
            }
            Event::End(_) => {
                let closed = open.pop();
                leaves.extend(closed.filter(|c| !c.3).map(|(_, path, ..)| (path, std::mem::take(&mut text))));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    leaves.retain(|(path, _)| path != "meta" && !path.starts_with("meta/"));
    leaves
}
