//! A table in order of key, of which a checkpoint can take the rows in slices, as they were when it began.

use std::collections::BTreeMap;
use std::ops::{Bound, Deref};

/// See the module's documentation. Read it as the map it is.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    taking: Option<Taking<K, V>>,
}

/// How far a checkpoint has come.
#[derive(Clone, Debug)]
struct Taking<K, V> {
    /// The last key it has come to.
    last: Option<K>,
    /// Rows that changed before it came to them, as they were; `None` for those that were not there.
    before: BTreeMap<K, Option<V>>,
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub fn insert(&mut self, key: K, row: V) {
        self.keep(&key);
        self.rows.insert(key, row);
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.keep(key);
        self.rows.remove(key)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.keep(key);
        self.rows.get_mut(key)
    }

    fn keep(&mut self, key: &K) {
        if let Some(taking) = &mut self.taking
            && taking.last.as_ref() < Some(key)
            && !taking.before.contains_key(key)
        {
            taking.before.insert(key.clone(), self.rows.get(key).cloned());
        }
    }

    /// A checkpoint begins: [`Table::take`] gives the rows as they are now.
    pub fn begin(&mut self) {
        self.taking = Some(Taking { last: None, before: BTreeMap::new() });
    }

    /// Lets go of a checkpoint that failed.
    pub fn end(&mut self) {
        self.taking = None;
    }

    /// Calls `each` with the next `max` rows or so. Says whether there may be more; after the last it lets go.
    pub fn take(&mut self, max: usize, mut each: impl FnMut(&K, &V)) -> bool {
        let Some(Taking { last, before }) = &mut self.taking else { return false };
        let from = last.take().map_or(Bound::Unbounded, Bound::Excluded);
        let mut count = 0;
        for (key, row) in self.rows.range((from, Bound::Unbounded)).take(max) {
            match before.remove(key) {
                None => each(key, row),
                Some(Some(old)) => each(key, &old),
                Some(None) => {}
            }
            count += 1;
            if count == max {
                *last = Some(key.clone());
            }
        }
        if count == max {
            return true;
        }
        // What is left was there when it began and has been removed since.
        for (key, old) in before.iter() {
            old.iter().for_each(|old| each(key, old));
        }
        self.end();
        false
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { rows: BTreeMap::new(), taking: None }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.rows
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(rows: I) -> Table<K, V> {
        Table { rows: rows.into_iter().collect(), taking: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Method: between slices of every size rows are changed, added, removed and put back in a pattern from a seed.
    #[test]
    fn slices_give_the_rows_of_the_moment_they_began() {
        for (max, seed) in (1..9).flat_map(|max| (0..40_u64).map(move |seed| (max, seed))) {
            let mut table: Table<u64, u64> = (0..20).map(|key| (key * 3, key)).collect();
            let expected: Vec<(u64, u64)> = table.iter().map(|(key, row)| (*key, *row)).collect();
            let mut random = seed * 2 + 1;
            let mut taken = Vec::new();
            table.begin();
            while table.take(max, |key, row| taken.push((*key, *row))) {
                for _ in 0..5 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let key = (random >> 33) % 64;
                    match random >> 62 {
                        0 => drop(table.remove(&key)),
                        1 => drop(table.get_mut(&key).map(|row| *row += 100)),
                        _ => table.insert(key, 1_000 + seed),
                    }
                }
            }
            taken.sort_unstable();
            assert_eq!(taken, expected, "slices of {max}, seed {seed}");
        }
    }
}
