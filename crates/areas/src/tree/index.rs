//! The shape of the tree: what is above, below and beside an area. A preorder numbering answers about subtrees in
//! constant time.

use types::AreaId;

use super::{AreaTree, NONE};

impl AreaTree {
    /// The area and its ancestors, upwards.
    pub fn upwards(&self, area: AreaId) -> impl Iterator<Item = AreaId> + '_ {
        std::iter::successors(self.has(area).then_some(area), |area| self.parent(*area))
    }

    /// `inner` is `outer` or lies in it. False when either is unknown.
    pub fn contains(&self, outer: AreaId, inner: AreaId) -> bool {
        if self.enter.is_empty() {
            return self.has(outer) && self.upwards(inner).any(|area| area == outer);
        }
        let (Some(&enter), Some(&last)) = (self.enter.get(outer.0 as usize), self.last.get(outer.0 as usize)) else {
            return false;
        };
        self.enter.get(inner.0 as usize).is_some_and(|at| (enter..=last).contains(at))
    }

    /// The areas without a parent.
    pub fn tops(&self) -> Vec<AreaId> {
        if self.enter.is_empty() {
            return (0..self.len()).filter(|id| self.parent[*id as usize] == NONE).map(AreaId).collect();
        }
        self.siblings(0, self.len())
    }

    /// The areas directly in `area`, in order of id.
    pub fn children(&self, area: AreaId) -> Vec<AreaId> {
        if !self.has(area) {
            return Vec::new();
        }
        if self.enter.is_empty() {
            return (0..self.len()).filter(|id| self.parent[*id as usize] == area.0).map(AreaId).collect();
        }
        self.siblings(self.enter[area.0 as usize] + 1, self.last[area.0 as usize] + 1)
    }

    fn siblings(&self, from: u32, end: u32) -> Vec<AreaId> {
        let mut siblings = Vec::new();
        let mut at = from;
        while at < end {
            let id = self.order[at as usize];
            siblings.push(AreaId(id));
            at = self.last[id as usize] + 1;
        }
        siblings
    }

    /// The area and all in it, parents before children.
    ///
    /// # Panics
    /// While the index is stale; see [`AreaTree::rebuild_index`].
    pub fn subtree(&self, area: AreaId) -> impl Iterator<Item = AreaId> + '_ {
        assert!(self.is_indexed(), "rebuild_index comes before subtree");
        let range = match self.enter.get(area.0 as usize) {
            Some(&enter) => enter as usize..self.last[area.0 as usize] as usize + 1,
            None => 0..0,
        };
        self.order[range].iter().map(|id| AreaId(*id))
    }

    /// How many areas of `level` lie in `area` (itself included).
    ///
    /// # Panics
    /// While the index is stale; see [`AreaTree::rebuild_index`].
    pub fn count_at_level(&self, area: AreaId, level: u8) -> u32 {
        assert!(self.is_indexed(), "rebuild_index comes before count_at_level");
        self.positions_of(area, level).len() as u32
    }

    /// The enumeration areas in `area`, in order of the tree: the areas of the lowest level there is. An area above that
    /// level with nothing in it has not been divided into enumeration areas yet.
    ///
    /// # Panics
    /// While the index is stale; see [`AreaTree::rebuild_index`].
    pub fn enumeration_areas(&self, area: AreaId) -> impl ExactSizeIterator<Item = AreaId> + '_ {
        assert!(self.is_indexed(), "rebuild_index comes before enumeration_areas");
        let lowest = self.levels().saturating_sub(1) as u8;
        self.positions_of(area, lowest).iter().map(|at| AreaId(self.order[*at as usize]))
    }

    /// Where the areas of `level` in `area` stand in preorder.
    fn positions_of(&self, area: AreaId, level: u8) -> &[u32] {
        let (Some(&enter), Some(positions)) = (self.enter.get(area.0 as usize), self.positions.get(level as usize))
        else {
            return &[];
        };
        let last = self.last[area.0 as usize];
        let below = |end: u32| positions.partition_point(|at| *at < end);
        &positions[below(enter)..below(last + 1)]
    }

    /// How many levels there are.
    pub fn levels(&self) -> usize {
        if self.positions.is_empty() {
            self.level.iter().max().map_or(0, |deepest| *deepest as usize + 1)
        } else {
            self.positions.len()
        }
    }

    /// Nothing lies in it.
    pub fn is_leaf(&self, area: AreaId) -> bool {
        if self.enter.is_empty() {
            self.children(area).is_empty()
        } else {
            self.enter[area.0 as usize] == self.last[area.0 as usize]
        }
    }

    /// The preorder index is up to date. While it is not, questions about one area still answer, by walking.
    pub fn is_indexed(&self) -> bool {
        self.enter.len() == self.parent.len()
    }

    pub(super) fn stale(&mut self) {
        self.enter.clear();
        self.last.clear();
        self.order.clear();
        self.positions.clear();
    }

    /// Numbers the tree in preorder: after an import, a replay or a move. Linear in the number of areas.
    pub fn rebuild_index(&mut self) {
        if self.is_indexed() {
            return;
        }
        let count = self.parent.len();
        // Children by parent, in order of id: a counting sort.
        let mut first = vec![0u32; count + 2];
        let slot = |parent: u32| if parent == NONE { 0 } else { parent as usize + 1 };
        self.parent.iter().for_each(|parent| first[slot(*parent) + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut fill = first.clone();
        let mut children = vec![0u32; count];
        for (id, parent) in self.parent.iter().enumerate() {
            children[fill[slot(*parent)] as usize] = id as u32;
            fill[slot(*parent)] += 1;
        }
        let range = |slot: usize| first[slot] as usize..first[slot + 1] as usize;
        self.enter = vec![0; count];
        self.last = vec![0; count];
        self.order = Vec::with_capacity(count);
        let levels = self.levels();
        self.positions = vec![Vec::new(); levels];
        let mut stack: Vec<(u32, bool)> = children[range(0)].iter().rev().map(|id| (*id, false)).collect();
        while let Some((id, done)) = stack.pop() {
            if done {
                self.last[id as usize] = self.order.len() as u32 - 1;
                continue;
            }
            let at = self.order.len() as u32;
            self.enter[id as usize] = at;
            self.order.push(id);
            self.positions[self.level[id as usize] as usize].push(at);
            stack.push((id, true));
            stack.extend(children[range(id as usize + 1)].iter().rev().map(|id| (*id, false)));
        }
    }
}
