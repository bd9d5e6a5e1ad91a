//! Ascending journal offsets as differences, one to three bytes each as a rule.

use types::Offset;

use crate::varint;

/// A list of offsets that only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offsets {
    bytes: Vec<u8>,
    next: Offset,
}

impl Offsets {
    /// Adds an offset, which is larger than all before it.
    pub fn push(&mut self, offset: Offset) {
        assert!(offset >= self.next, "offsets ascend");
        varint::push(&mut self.bytes, offset - self.next);
        self.next = offset + 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = Offset> + '_ {
        let (mut at, mut next) = (0, 0);
        std::iter::from_fn(move || {
            let difference = varint::take(&self.bytes, &mut at)?;
            let offset = next + difference;
            next = offset + 1;
            Some(offset)
        })
    }

    /// Those from `from` on, ascending. Read from the end, so that it costs what is new and not what there is.
    pub fn since(&self, from: Offset) -> Vec<Offset> {
        let mut found = Vec::new();
        let (mut end, mut next) = (self.bytes.len(), self.next);
        while end > 0 && next > from {
            found.push(next - 1);
            // Only the last byte of a number has its high bit clear: this one begins after the end of the one before.
            let start = self.bytes[..end - 1].iter().rposition(|byte| *byte < 0x80).map_or(0, |before| before + 1);
            let mut at = start;
            let Some(difference) = varint::take(&self.bytes, &mut at) else { break };
            next = next - 1 - difference;
            end = start;
        }
        found.reverse();
        found
    }

    /// The encoding, for checkpoints.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads an encoding.
    pub fn from_bytes(bytes: Vec<u8>) -> Offsets {
        let mut offsets = Offsets { bytes, next: 0 };
        offsets.next = offsets.iter().last().map_or(0, |last| last + 1);
        offsets
    }

    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_what_a_walk_from_the_start_finds() {
        let mut offsets = Offsets::default();
        assert!(offsets.since(0).is_empty());
        let mut offset: Offset = 0;
        for step in 1..400_u64 {
            // Differences of one to four bytes.
            offset += 1 + step.wrapping_mul(0x9E37_79B9) % (1 << (step % 28));
            offsets.push(offset);
        }
        for from in offsets.iter().flat_map(|known| [known, known + 1]).chain([0, 1, Offset::MAX]) {
            let walked: Vec<Offset> = offsets.iter().filter(|known| *known >= from).collect();
            assert_eq!(offsets.since(from), walked, "from {from}");
        }
    }

    #[test]
    fn offsets_come_back_in_order_and_after_a_checkpoint_the_list_goes_on() {
        let mut offsets = Offsets::default();
        let given = [0, 1, 2, 130, 1 << 20, 1 << 39];
        given.iter().for_each(|offset| offsets.push(*offset));
        let mut again = Offsets::from_bytes(offsets.as_bytes().to_vec());
        assert_eq!(again, offsets);
        again.push((1 << 39) + 1);
        assert_eq!(again.iter().take(6).collect::<Vec<_>>(), given);
        assert_eq!(again.iter().last(), Some((1 << 39) + 1));
    }
}
