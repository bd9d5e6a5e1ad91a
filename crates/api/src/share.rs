//! No one takes all there is: how many places each holder has of what is shared.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts the places of each holder.
#[derive(Clone)]
pub(crate) struct Shares<K> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    max: usize,
}

/// A place; dropping it gives it back.
pub(crate) struct Share<K: Hash + Eq> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    holder: K,
}

impl<K: Hash + Eq + Copy> Shares<K> {
    /// At most `max` places a holder.
    pub fn new(max: usize) -> Shares<K> {
        Shares { held: Arc::default(), max }
    }

    /// A place; `None` when the holder has as many as it may.
    pub fn take(&self, holder: K) -> Option<Share<K>> {
        let mut held = self.held.lock();
        let count = held.entry(holder).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Share { held: self.held.clone(), holder })
    }
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        // Nobody is remembered who holds nothing.
        if let Some(count) = held.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_with_all_its_places_keeps_nobody_else_out() {
        let shares = Shares::new(2);
        let (first, second) = (shares.take(1), shares.take(1));
        assert!(first.is_some() && second.is_some() && shares.take(1).is_none());
        assert!(shares.take(2).is_some());
        drop(first);
        let again = shares.take(1);
        assert!(again.is_some());
        drop((second, again));
        assert!(shares.held.lock().is_empty());
    }
}
