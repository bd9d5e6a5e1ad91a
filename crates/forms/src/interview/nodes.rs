//! Every node of a form being answered, with what an interviewer would be shown of it: for tests against other engines,
//! and for tools that look at a whole form at once.

use super::{Interview, choices, screen};
use crate::definition::Kind;
use crate::instance::Spot;
use crate::program::RuleKind;
use crate::state::NONE;
use crate::value::Value;

/// A question, note, calculation or repeat of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Names from the root, groups included, with the positions of repeat instances from 1: `person[2]/job/title`.
    /// [`crate::Instance::set`] takes it.
    pub path: String,
    /// Index of the item; see [`crate::Form::item`].
    pub item: u32,
    /// Whether it is asked. What is not relevant has no value, no choices and breaks no rule.
    pub relevant: bool,
    /// Whether an answer is required now.
    pub required: bool,
    /// Whether it cannot be edited.
    pub read_only: bool,
    /// The answer; for a repeat, how many instances it has.
    pub value: Value,
    /// Rules that are broken.
    pub broken: Vec<RuleKind>,
    /// Names of the choices offered, in order.
    pub choices: Vec<String>,
}

impl Interview {
    /// All nodes in document order; a repeat is followed by what its instances hold. Groups are not listed.
    pub fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        collect(self, None, 0, "", &mut nodes);
        nodes
    }
}

fn collect(interview: &mut Interview, parent: Option<u32>, block: u32, prefix: &str, nodes: &mut Vec<Node>) {
    let form = interview.instance.form.clone();
    let items = form.definition.items.iter().enumerate().filter(|(_, item)| item.parent == parent);
    for (i, item) in items {
        let spot = Spot { block, item: i as u32 };
        let path = format!("{prefix}{}", item.name);
        if item.kind == Kind::Group {
            collect(interview, Some(spot.item), block, &format!("{path}/"), nodes);
            continue;
        }
        let mut node = look(interview, spot, path);
        let Some(opens) = form.compiled.nodes[i].opens else {
            nodes.push(node);
            continue;
        };
        let kids = interview.instance.state.kids(block, form.compiled.scopes[opens as usize].kid);
        node.value = Value::Number(f64::from(kids.count));
        let path = node.path.clone();
        nodes.push(node);
        let mut here = kids.first;
        while here != NONE {
            let shape = interview.instance.state.blocks[here as usize];
            collect(interview, Some(spot.item), here, &format!("{path}[{}]/", shape.position), nodes);
            here = shape.next;
        }
    }
}

fn look(interview: &mut Interview, spot: Spot, path: String) -> Node {
    let form = interview.instance.form.clone();
    let item = &form.definition.items[spot.item as usize];
    let relevant = interview.instance.relevant_at(spot);
    let offered = if relevant { choices::offered(interview, spot) } else { Vec::new() };
    let broken = if relevant { interview.instance.broken_at(spot) } else { Vec::new() };
    Node {
        path,
        item: spot.item,
        relevant,
        required: relevant && screen::required(interview, spot),
        read_only: item.read_only || item.kind == Kind::Note,
        value: interview.instance.value_at(spot),
        broken: broken.iter().map(|b| b.kind).collect(),
        choices: offered.into_iter().map(|c| c.value).collect(),
    }
}
