//! Counters above the enumeration areas, kept up to date from page to top. Only areas with field work have any.

use areas::AreaTree;
use hashbrown::HashMap;
use types::AreaId;

use crate::counts::{Change, Counts};

/// No node: the page's area is a top.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Node {
    parent: u32,
    counts: Counts,
}

/// Counters by area; a node knows its parent's, so adding walks no map.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rollup {
    by_area: HashMap<u32, u32>,
    nodes: Vec<Node>,
}

impl Rollup {
    /// The node of the area above `area`, made now with all above it if need be.
    pub fn above(&mut self, areas: &AreaTree, area: AreaId) -> u32 {
        match areas.parent(area) {
            None => NONE,
            Some(parent) => match self.by_area.get(&parent.0) {
                Some(node) => *node,
                None => {
                    let above = self.above(areas, parent);
                    let node = self.nodes.len() as u32;
                    self.nodes.push(Node { parent: above, counts: Counts::default() });
                    self.by_area.insert(parent.0, node);
                    node
                }
            },
        }
    }

    /// Adds a change to a node and all above it.
    pub fn add(&mut self, mut node: u32, change: &Change) {
        while node != NONE {
            let here = &mut self.nodes[node as usize];
            #[cfg(feature = "plant")]
            if types::planted("wrong-rollup") && here.parent == NONE && change.counts().progress().visits > 0 {
                return;
            }
            here.counts.add(change);
            node = here.parent;
        }
    }

    pub fn get(&self, area: AreaId) -> Option<&Counts> {
        self.by_area.get(&area.0).map(|node| &self.nodes[*node as usize].counts)
    }

    pub fn bytes(&self) -> usize {
        let nodes: usize = self.nodes.iter().map(|node| node.counts.bytes() + 8).sum();
        nodes + self.by_area.capacity() * 9
    }
}
