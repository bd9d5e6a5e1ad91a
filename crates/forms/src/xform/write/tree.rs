//! The form as a flat tree in document order, with the paths of its nodes.

use std::collections::HashMap;

use super::item::Item;
use super::kinds::Class;

pub(super) type NodeId = usize;

pub(super) struct Node {
    /// The item; its children have moved to nodes of their own.
    pub item: Item,
    pub class: Class,
    /// Control of a question: its element name.
    pub tag: &'static str,
    pub parent: Option<NodeId>,
    pub children: Vec<NodeId>,
    /// Absolute path, as `/data/person/age`.
    pub path: String,
}

/// All nodes, parents before their children.
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    names: HashMap<String, Option<NodeId>>,
}

/// What a name leads to.
pub(super) enum Named {
    One(NodeId),
    Several,
    None,
}

impl Tree {
    /// `class` says what to make of an item; items it has no class for are left out.
    pub fn new(root: Item, class: &mut impl FnMut(&mut Item) -> Option<(Class, &'static str)>) -> Tree {
        let mut tree = Tree { nodes: Vec::new(), names: HashMap::new() };
        tree.add(root, None, class);
        for (id, node) in tree.nodes.iter().enumerate() {
            if node.class.is_question() || node.class.is_section() {
                tree.names.entry(node.item.name.clone()).and_modify(|id| *id = None).or_insert(Some(id));
            }
        }
        tree
    }

    fn add(
        &mut self,
        mut item: Item,
        parent: Option<NodeId>,
        class: &mut impl FnMut(&mut Item) -> Option<(Class, &'static str)>,
    ) {
        let Some((kind, tag)) = class(&mut item) else { return };
        let id = self.nodes.len();
        let mut path = parent.map_or(String::new(), |p| self.nodes[p].path.clone());
        path.push('/');
        if kind == Class::Attribute {
            path.push('@');
        }
        path.push_str(&item.name);
        let children = std::mem::take(&mut item.children);
        self.nodes.push(Node { item, class: kind, tag, parent, children: Vec::new(), path });
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        }
        for child in children {
            self.add(child, Some(id), class);
        }
    }

    /// Nodes in document order.
    pub fn ids(&self) -> std::ops::Range<NodeId> {
        0..self.nodes.len()
    }

    pub fn named(&self, name: &str) -> Named {
        match self.names.get(name) {
            Some(Some(id)) => Named::One(*id),
            Some(None) => Named::Several,
            None => Named::None,
        }
    }

    /// Names a reference can lead to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The nodes above a node with their distance, nearest first.
    pub fn above(&self, id: NodeId) -> impl Iterator<Item = (usize, NodeId)> + '_ {
        std::iter::successors(self.nodes[id].parent, |id| self.nodes[*id].parent).zip(1..).map(|(id, n)| (n, id))
    }

    fn is_repeat(&self, id: NodeId) -> bool {
        self.nodes[id].class == Class::Repeat
    }

    /// The repeat a node is in.
    pub fn repeat_of(&self, id: NodeId) -> Option<NodeId> {
        self.above(id).map(|(_, id)| id).find(|id| self.is_repeat(*id))
    }

    /// The nearest node above both that passes, and how far it is above the first.
    fn common(&self, from: NodeId, to: NodeId, passes: impl Fn(&Node) -> bool) -> Option<(usize, NodeId)> {
        self.above(from).find(|(_, id)| passes(&self.nodes[*id]) && self.above(to).any(|(_, other)| other == *id))
    }

    /// The path from one node to another that share a repeat: steps up, and the way down from there.
    ///
    /// With `over_repeat` the way leads, where it can, over the parent of the shared repeat, so that a predicate can
    /// be put on the repeat itself.
    pub fn relative(&self, from: NodeId, to: NodeId, over_repeat: bool) -> Option<(usize, &str)> {
        let (steps, shared) = self.common(from, to, |node| node.class == Class::Repeat)?;
        let below = |id: NodeId| &self.nodes[to].path[self.nodes[id].path.len()..];
        if over_repeat
            && self.repeat_of(to) == Some(shared)
            && (self.repeat_of(shared).is_none() || self.repeat_of(from) != Some(shared))
            && let Some(parent) = self.nodes[shared].parent
        {
            return Some((steps + 1, below(parent)));
        }
        // Groups made of a choice list (`loop`) are no stop on the way.
        let group = |node: &Node| matches!(node.item.kind.as_str(), "group" | "repeat");
        let (steps, shared) = self.common(from, to, group)?;
        Some((steps, below(shared)))
    }
}
