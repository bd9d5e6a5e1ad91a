//! The memory of operation ids, for ever: about eight bytes an operation.
//!
//! An origin numbers from 1 without gaps, so its operations lie in a list by number; what arrives ahead of its turn waits
//! aside until the gap closes. Most operations were accepted, so other verdicts lie aside too.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;

use event::Digest;
use fold::tables::{OriginRef, Seen};
use hashbrown::{DefaultHashBuilder, HashTable};
use types::{Held, Offset, Origin, Verdict};

use crate::page::insert_tight;
use crate::varint;
use crate::view::{Known, digest_prefix};

/// One offset in so many is kept whole, so that looking one up decodes few.
const STRIDE: usize = 32;

/// Every operation ever seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    origins: Vec<(Origin, Log)>,
    /// Operations that came under an id already used, by origin and number, in order of offset.
    pub conflicts: BTreeMap<(u32, u64), Vec<(Digest, Known)>>,
}

/// The operations of one origin.
#[derive(Clone, Debug)]
enum Log {
    Empty,
    /// Number 1 alone: a self-response numbers its operations in its own case.
    One(Box<Known>),
    Many(Box<Many>),
}

impl Log {
    /// Its operations of these offsets, in order of number.
    fn between(&self, offsets: &Range<Offset>) -> Vec<(u64, Known)> {
        let within = |(_, known): &(u64, Known)| offsets.contains(&known.offset);
        match self {
            Log::Empty => Vec::new(),
            Log::One(known) => [(1, **known)].into_iter().filter(within).collect(),
            Log::Many(many) => {
                let ahead = many.ahead.iter().map(|(number, known)| (*number, *known));
                many.listed(offsets).into_iter().chain(ahead.filter(within)).collect()
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Many {
    /// Of numbers 1, 2, …
    pub digests: Vec<[u8; 5]>,
    /// Differences of their offsets, the first of a stride from 0.
    pub offsets: Vec<u8>,
    /// Where each stride begins in `offsets`.
    strides: Vec<u32>,
    last: Offset,
    /// Numbers that came ahead of their turn.
    pub ahead: BTreeMap<u64, Known>,
    /// Numbers in the list that were not accepted, ascending.
    pub odd: Vec<(u64, Verdict, Held)>,
}

impl Many {
    fn get(&self, number: u64) -> Option<Known> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        #[cfg(feature = "plant")]
        if types::planted("dedup-off-by-one") && at + 1 == self.digests.len() {
            return None;
        }
        let Some(digest) = self.digests.get(at) else { return self.ahead.get(&number).copied() };
        let (verdict, held) = match self.odd.binary_search_by_key(&number, |odd| odd.0) {
            Ok(odd) => (self.odd[odd].1, self.odd[odd].2),
            Err(_) => (Verdict::Accepted, Held::Not),
        };
        Some(Known { offset: self.offset(at), digest_prefix: digest_prefix(digest), verdict, held })
    }

    fn offset(&self, at: usize) -> Offset {
        let mut byte = self.strides[at / STRIDE] as usize;
        let differences = (0..=at % STRIDE).map(|_| varint::take(&self.offsets, &mut byte).expect("one a number"));
        differences.fold(0, |offset: u64, difference| offset.wrapping_add_signed(varint::unzigzag(difference)))
    }

    /// Those of the list of these offsets, read in one go.
    fn listed(&self, offsets: &Range<Offset>) -> Vec<(u64, Known)> {
        let mut found = Vec::new();
        let (mut byte, mut offset, mut odd) = (0, 0_u64, self.odd.iter().peekable());
        for (at, digest) in self.digests.iter().enumerate() {
            let before = if at.is_multiple_of(STRIDE) { 0 } else { offset };
            let difference = varint::take(&self.offsets, &mut byte).expect("one a number");
            offset = before.wrapping_add_signed(varint::unzigzag(difference));
            let number = at as u64 + 1;
            let (_, verdict, held) =
                odd.next_if(|odd| odd.0 == number).copied().unwrap_or((number, Verdict::Accepted, Held::Not));
            if offsets.contains(&offset) {
                found.push((number, Known { offset, digest_prefix: digest_prefix(digest), verdict, held }));
            }
        }
        found
    }

    fn put(&mut self, number: u64, known: Known) {
        if number != self.digests.len() as u64 + 1 {
            self.ahead.insert(number, known);
            return;
        }
        self.push(known);
        while let Some(known) = self.ahead.remove(&(self.digests.len() as u64 + 1)) {
            self.push(known);
        }
    }

    fn push(&mut self, known: Known) {
        let at = self.digests.len();
        if at.is_multiple_of(STRIDE) {
            insert_tight(&mut self.strides, at / STRIDE, self.offsets.len() as u32);
            self.last = 0;
        }
        varint::push(&mut self.offsets, varint::zigzag(known.offset.wrapping_sub(self.last) as i64));
        self.last = known.offset;
        let digest = known.digest_prefix.to_be_bytes();
        insert_tight(&mut self.digests, at, digest[3..].try_into().expect("5 of 8 bytes"));
        if (known.verdict, known.held) != (Verdict::Accepted, Held::Not) {
            self.odd.push((at as u64 + 1, known.verdict, known.held));
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Many>()
            + self.digests.capacity() * 5
            + self.offsets.capacity()
            + self.strides.capacity() * 4
            + self.ahead.len() * 48
            + self.odd.capacity() * 16
    }
}

impl Operations {
    /// The number of an origin, given now if it is new.
    pub fn origin(&mut self, origin: Origin) -> OriginRef {
        let Operations { index, hasher, origins, .. } = self;
        let hash = hasher.hash_one(origin);
        if let Some(at) = index.find(hash, |at| origins[*at as usize].0 == origin) {
            return OriginRef(*at);
        }
        let at = origins.len() as u32;
        insert_tight(origins, at as usize, (origin, Log::Empty));
        index.insert_unique(hash, at, |at| hasher.hash_one(origins[*at as usize].0));
        OriginRef(at)
    }

    /// The number of an origin, if it has one.
    pub fn find(&self, origin: Origin) -> Option<OriginRef> {
        let at = self.index.find(self.hasher.hash_one(origin), |at| self.origins[*at as usize].0 == origin)?;
        Some(OriginRef(*at))
    }

    /// What took effect under an id.
    pub fn get(&self, origin: OriginRef, number: u64) -> Option<Known> {
        match &self.origins.get(origin.0 as usize)?.1 {
            Log::Empty => None,
            Log::One(known) => (number == 1).then_some(**known),
            Log::Many(many) => many.get(number),
        }
    }

    pub fn seen(&self, origin: OriginRef, number: u64, digest: &[u8]) -> Seen {
        let known = self.get(origin, number);
        if known.is_some_and(|known| known.digest_prefix == digest_prefix(digest)) {
            return Seen::Same;
        }
        match self.conflicts.get(&(origin.0, number)) {
            Some(conflicts) if conflicts.iter().any(|conflict| conflict.0 == digest) => Seen::Same,
            _ if known.is_some() => Seen::Other,
            _ => Seen::New,
        }
    }

    /// The highest number of an origin; 0 when it has none.
    pub fn last(&self, origin: OriginRef) -> u64 {
        match self.origins.get(origin.0 as usize).map(|origin| &origin.1) {
            None | Some(Log::Empty) => 0,
            Some(Log::One(_)) => 1,
            Some(Log::Many(many)) => many.ahead.last_key_value().map_or(many.digests.len() as u64, |(last, _)| *last),
        }
    }

    /// Remembers what an operation came to. The id is new.
    pub fn put(&mut self, origin: OriginRef, number: u64, known: Known) {
        let log = &mut self.origins[origin.0 as usize].1;
        match log {
            Log::Empty if number == 1 => *log = Log::One(Box::new(known)),
            Log::Empty => {
                let mut many = Box::<Many>::default();
                many.put(number, known);
                *log = Log::Many(many);
            }
            Log::One(first) => {
                let mut many = Box::<Many>::default();
                many.put(1, **first);
                many.put(number, known);
                *log = Log::Many(many);
            }
            Log::Many(many) => many.put(number, known),
        }
    }

    /// Remembers an operation under an id already used with other bytes.
    pub fn put_conflict(&mut self, origin: OriginRef, number: u64, digest: Digest, known: Known) {
        self.conflicts.entry((origin.0, number)).or_default().push((digest, known));
    }

    /// The number of the origin's operation at an offset.
    pub fn number_at(&self, origin: OriginRef, offset: Offset) -> Option<u64> {
        match &self.origins.get(origin.0 as usize)?.1 {
            Log::Empty => None,
            Log::One(known) => (known.offset == offset).then_some(1),
            Log::Many(many) => {
                let ahead = || many.ahead.iter().find(|(_, known)| known.offset == offset).map(|(number, _)| *number);
                let listed = (0..many.digests.len()).rev().find(|at| many.offset(*at) == offset);
                listed.map(|at| at as u64 + 1).or_else(ahead)
            }
        }
    }

    /// How many origins there are.
    pub fn count(&self) -> usize {
        self.origins.len()
    }

    /// The origins in this range, each with its operations of these offsets, in order of number. Origins without any are
    /// left out unless `all`.
    pub fn logs_between(
        &self,
        origins: Range<usize>,
        offsets: Range<Offset>,
        all: bool,
    ) -> Vec<(Origin, Vec<(u64, Known)>)> {
        let logs = self.origins[origins].iter().map(|(origin, log)| (*origin, log.between(&offsets)));
        logs.filter(|(_, log)| all || !log.is_empty()).collect()
    }

    pub fn bytes(&self) -> usize {
        let logs = self.origins.iter().map(|(_, log)| match log {
            Log::Empty => 0,
            Log::One(_) => size_of::<Known>(),
            Log::Many(many) => many.bytes(),
        });
        logs.sum::<usize>()
            + self.origins.capacity() * size_of::<(Origin, Log)>()
            + self.index.capacity() * 5
            + self.conflicts.values().map(|known| 48 + known.len() * 64).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(offset: Offset) -> Known {
        let (verdict, held) =
            if offset.is_multiple_of(7) { (Verdict::Held, Held::NotListed) } else { (Verdict::Accepted, Held::Not) };
        Known { offset, digest_prefix: (offset * 1_000_003) & 0xFF_FFFF_FFFF, verdict, held }
    }

    #[test]
    fn operations_are_remembered_whatever_the_order_they_came_in() {
        let mut operations = Operations::default();
        let origin = operations.origin(Origin([3; 16]));
        let numbers: Vec<u64> = (0..500).map(|at| at * 373 % 500 + 1).collect();
        for (offset, number) in numbers.iter().enumerate() {
            assert_eq!(operations.get(origin, *number), None);
            operations.put(origin, *number, known(offset as u64 * 1_000 + 5));
            assert_eq!(operations.last(origin), *numbers[..=offset].iter().max().unwrap());
        }
        for (offset, number) in numbers.iter().enumerate() {
            let offset = offset as u64 * 1_000 + 5;
            assert_eq!(operations.get(origin, *number), Some(known(offset)));
            assert_eq!(operations.number_at(origin, offset), Some(*number));
        }
        let all = |offsets| operations.logs_between(0..1, offsets, false).remove(0).1;
        let one_by_one = (1..=500).map(|number| (number, operations.get(origin, number).unwrap()));
        assert_eq!(all(0..Offset::MAX), one_by_one.clone().collect::<Vec<_>>());
        let middle = 100_000..200_005;
        assert_eq!(all(middle.clone()), one_by_one.filter(|(_, one)| middle.contains(&one.offset)).collect::<Vec<_>>());
        assert_eq!(operations.get(origin, 0), None);
        assert_eq!(operations.get(origin, 501), None);
    }

    #[test]
    fn the_same_bytes_are_a_repeat_and_other_bytes_a_conflict_also_the_second_time() {
        let mut operations = Operations::default();
        let origin = operations.origin(Origin([1; 16]));
        assert_eq!(operations.seen(origin, 1, &[1; 32]), Seen::New);
        let first = Known { offset: 0, digest_prefix: digest_prefix(&[1; 32]), ..known(1) };
        operations.put(origin, 1, first);
        assert_eq!(operations.seen(origin, 1, &[1; 32]), Seen::Same);
        assert_eq!(operations.seen(origin, 1, &[2; 32]), Seen::Other);
        operations.put_conflict(origin, 1, [2; 32], known(1));
        assert_eq!(operations.seen(origin, 1, &[2; 32]), Seen::Same);
        assert_eq!(operations.seen(origin, 1, &[3; 32]), Seen::Other);
    }
}
