//! The tree as bytes, for checkpoints of the store: lengths, then the arrays, little endian. The caller adds a checksum.

use crate::tree::{AreaTree, Text};

impl AreaTree {
    /// The encoding. The preorder index and the code index are rebuilt when it is read.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(9 * self.parent.len() + 8 * self.texts.len() + self.arena.len() + 16);
        for length in [self.parent.len(), self.texts.len(), self.arena.len()] {
            bytes.extend_from_slice(&(length as u32).to_le_bytes());
        }
        self.parent.iter().chain(&self.text).for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        bytes.extend_from_slice(&self.level);
        for text in &self.texts {
            bytes.extend_from_slice(&text.at.to_le_bytes());
            bytes.extend_from_slice(&text.code_bytes.to_le_bytes());
            bytes.extend_from_slice(&text.names_bytes.to_le_bytes());
        }
        bytes.extend_from_slice(self.arena.as_bytes());
        bytes
    }

    /// Reads an encoding; `None` when the bytes are none.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<AreaTree> {
        let mut take = |count: usize| {
            let (taken, rest) = bytes.split_at_checked(count)?;
            bytes = rest;
            Some(taken)
        };
        let mut length = || Some(u32::from_le_bytes(take(4)?.try_into().ok()?) as usize);
        let (areas, texts, arena) = (length()?, length()?, length()?);
        let words = |bytes: &[u8]| -> Vec<u32> {
            bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().expect("4 bytes"))).collect()
        };
        let mut tree = AreaTree::new();
        tree.parent = words(take(areas.checked_mul(4)?)?);
        tree.text = words(take(areas.checked_mul(4)?)?);
        tree.level = take(areas)?.to_vec();
        let half = |bytes: &[u8]| u16::from_le_bytes(bytes.try_into().expect("2 bytes"));
        tree.texts = take(texts.checked_mul(8)?)?
            .chunks_exact(8)
            .map(|text| Text {
                at: u32::from_le_bytes(text[..4].try_into().expect("4 bytes")),
                code_bytes: half(&text[4..6]),
                names_bytes: half(&text[6..]),
            })
            .collect();
        tree.arena = String::from_utf8(take(arena)?.to_vec()).ok()?;
        if !bytes.is_empty() {
            return None;
        }
        tree.reindex_codes();
        tree.rebuild_index();
        Some(tree)
    }
}
