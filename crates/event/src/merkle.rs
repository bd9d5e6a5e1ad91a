//! The Merkle tree over a batch's events. Construction of RFC 6962 section 2.1 (leaf and node prefixes, an odd node is
//! promoted), with blake3 in place of SHA-256.

use crate::Digest;

/// The hash of a leaf: binds an event to the operation that caused it, so that a device can check its own receipt.
///
/// `operation` is the digest of the operation's bytes as sent (zeros without one); `event` covers head and body as
/// written to the journal.
pub fn leaf(operation: &Digest, event: &Digest) -> Digest {
    let mut bytes = [0; 65];
    bytes[1..33].copy_from_slice(operation);
    bytes[33..].copy_from_slice(event);
    *blake3::hash(&bytes).as_bytes()
}

fn node(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    *blake3::hash(&bytes).as_bytes()
}

/// All levels of the tree, leaves first, for roots and paths of one batch.
#[derive(Debug)]
pub struct Tree {
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// Builds the tree.
    ///
    /// # Panics
    /// On an empty batch: a frame has at least one event.
    pub fn new(leaves: Vec<Digest>) -> Tree {
        assert!(!leaves.is_empty(), "a batch has at least one event");
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let above = below.chunks(2).map(|pair| if let [l, r] = pair { node(l, r) } else { pair[0] }).collect();
            levels.push(above);
        }
        Tree { levels }
    }

    /// The root.
    pub fn root(&self) -> Digest {
        self.levels[self.levels.len() - 1][0]
    }

    /// The siblings from leaf `index` up to the root, 32 bytes each, without gaps for promoted nodes.
    pub fn path(&self, mut index: usize) -> Vec<u8> {
        let mut path = Vec::with_capacity(32 * self.levels.len());
        for level in &self.levels[..self.levels.len() - 1] {
            if let Some(sibling) = level.get(index ^ 1) {
                path.extend_from_slice(sibling);
            }
            index /= 2;
        }
        path
    }
}

/// The root that follows from one leaf and its path; `None` when the path does not fit `index` of `count`.
pub fn root_from(leaf: Digest, index: u32, count: u32, path: &[u8]) -> Option<Digest> {
    if index >= count || !path.len().is_multiple_of(32) {
        return None;
    }
    let (mut hash, mut index, mut width) = (leaf, index as usize, count as usize);
    let mut siblings = path.chunks_exact(32).map(|bytes| Digest::try_from(bytes).expect("chunks of 32 bytes"));
    while width > 1 {
        if index ^ 1 < width {
            let sibling = siblings.next()?;
            hash = if index.is_multiple_of(2) { node(&hash, &sibling) } else { node(&sibling, &hash) };
        }
        index /= 2;
        width = width.div_ceil(2);
    }
    siblings.next().is_none().then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_of_every_small_batch_proves_itself_and_no_other() {
        for count in 1..40u32 {
            let leaves: Vec<Digest> = (0..count).map(|i| *blake3::hash(&i.to_le_bytes()).as_bytes()).collect();
            let tree = Tree::new(leaves.clone());
            for index in 0..count {
                let path = tree.path(index as usize);
                assert_eq!(root_from(leaves[index as usize], index, count, &path), Some(tree.root()));
                let wrong = leaves[(index as usize + 1) % count as usize];
                if count > 1 {
                    assert_ne!(root_from(wrong, index, count, &path), Some(tree.root()));
                }
            }
            assert_eq!(root_from(leaves[0], count, count, &tree.path(0)), None);
        }
    }
}
