//! The nodes of a form's primary instance, made for finding them by name.

use std::collections::HashMap;

use crate::definition::Definition;

/// Children of every group, in the order of the form. Made once a form.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Name of the root element.
    pub root: String,
    /// By item + 1; the root's first.
    children: Vec<Children>,
    /// Attributes that are worked out: name and item, by item + 1 of the node.
    attributes: HashMap<usize, Vec<(Box<str>, u32)>>,
    /// The group `meta` of the root, as item + 1.
    pub meta: Option<usize>,
}

#[derive(Debug, Default)]
struct Children {
    list: Vec<(Box<str>, u32)>,
    /// Indexes into `list`, by name.
    sorted: Vec<u32>,
}

impl Tree {
    pub fn new(definition: &Definition) -> Tree {
        let mut children: Vec<Children> = (0..=definition.items.len()).map(|_| Children::default()).collect();
        let mut attributes: HashMap<usize, Vec<_>> = HashMap::new();
        for (i, item) in definition.items.iter().enumerate() {
            let node = item.parent.map_or(0, |p| p as usize + 1);
            if let Some(name) = item.name.strip_prefix('@') {
                attributes.entry(node).or_default().push((name.into(), i as u32));
            } else if !item.name.contains('#') {
                // What was saved last comes in from outside and is no node.
                children[node].list.push((item.name.as_str().into(), i as u32));
            }
        }
        for one in &mut children {
            one.sorted = (0..one.list.len() as u32).collect();
            one.sorted.sort_by(|a, b| one.list[*a as usize].0.cmp(&one.list[*b as usize].0));
        }
        let root = match definition.setting("name") {
            "" => "data",
            name => name,
        };
        let meta = definition.items.iter().position(|i| i.parent.is_none() && i.name == "meta").map(|i| i + 1);
        Tree { root: root.to_owned(), children, attributes, meta }
    }

    /// Names and items under a node, in the order of the form.
    pub fn children(&self, node: usize) -> &[(Box<str>, u32)] {
        &self.children[node].list
    }

    /// Names and items of the attributes of a node that are worked out.
    pub fn attributes(&self, node: usize) -> &[(Box<str>, u32)] {
        self.attributes.get(&node).map_or(&[], Vec::as_slice)
    }

    /// The child of a node by name, as an index into its children. Submissions keep the form's order, so it is most
    /// often at or just behind `cursor`.
    #[inline]
    pub fn find(&self, node: usize, name: &str, cursor: usize) -> Option<usize> {
        let children = &self.children[node];
        let near = children.list.iter().skip(cursor).take(4).position(|(n, _)| &**n == name);
        near.map(|n| n + cursor).or_else(|| {
            let by_name = |i: &u32| (*children.list[*i as usize].0).cmp(name);
            children.sorted.binary_search_by(by_name).ok().map(|found| children.sorted[found] as usize)
        })
    }
}
