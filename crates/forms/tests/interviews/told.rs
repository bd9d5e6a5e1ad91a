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

/// The nodes of a submission in order: path, with positions where a name comes again, and text; attributes as
/// `path@name`, without those that declare a prefix. Ids that are drawn are left out.
pub fn nodes(xml: &str) -> Vec<(String, String)> {
    use quick_xml::events::{BytesStart, Event};
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut nodes: Vec<(String, String)> = Vec::new();
    // Index into `nodes`, and children counted by name.
    let mut open: Vec<(usize, BTreeMap<String, usize>)> = Vec::new();
    let enter =
        |open: &mut Vec<(usize, BTreeMap<String, usize>)>, nodes: &mut Vec<(String, String)>, tag: &BytesStart<'_>| {
            let name = tag.name().as_ref().to_owned();
            let path = match open.last_mut() {
                None => String::new(),
                Some((above, counted)) => {
                    let count = counted.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
                    let position = if *count > 1 { format!("[{count}]") } else { String::new() };
                    let above = &nodes[*above].0;
                    format!("{above}{}{name}{position}", if above.is_empty() { "" } else { "/" })
                }
            };
            open.push((nodes.len(), BTreeMap::new()));
            nodes.push((path.clone(), String::new()));
            for attribute in tag.attributes().flatten() {
                let key = attribute.key.as_ref().to_owned();
                if !key.starts_with("xmlns") {
                    nodes.push((format!("{path}@{key}"), without_id(&attribute.value)));
                }
            }
        };
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => enter(&mut open, &mut nodes, &tag),
            Event::Empty(tag) => {
                enter(&mut open, &mut nodes, &tag);
                open.pop();
            }
            Event::Text(words) => {
                if let Some((at, _)) = open.last() {
                    nodes[*at].1 += &words;
                }
            }
            Event::GeneralRef(name) => {
                if let Some((at, _)) = open.last() {
                    nodes[*at].1.extend(["&", &*name, ";"]);
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    nodes
}

fn without_id(text: &str) -> String {
    let drawn = text.len() == 36 && text.matches('-').count() == 4;
    if drawn { String::new() } else { text.to_owned() }
}
