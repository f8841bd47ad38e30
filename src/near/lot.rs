//! Keys with a version each, by name and by age.

use alloc::sync::Arc;

use hashbrown::HashMap;

use crate::index::{HashKey, Keyed, Sequence};
use crate::time::Instant;

/// Keys and what is known of them; the oldest leads.
#[derive(Debug)]
pub(super) struct Lot<V> {
    seats: HashMap<Arc<[u8]>, u64, Keyed>,
    items: Sequence<Item<V>>,
}

/// What is known of a key.
#[derive(Debug)]
pub(super) struct Item<V> {
    pub(super) key: Arc<[u8]>,
    pub(super) version: V,
    /// Where a copy came from; nothing to what voids, as is the next.
    pub(super) node: u32,
    /// When its record dies, in milliseconds of the wall clock.
    pub(super) expires_at_ms: u64,
    /// Since when it is there.
    pub(super) at: Instant,
}

impl<V> Lot<V> {
    /// Returns an empty one; allocates nothing.
    pub(super) fn new(hash_key: HashKey) -> Self {
        Self { seats: HashMap::with_hasher(Keyed(hash_key)), items: Sequence::default() }
    }

    /// Returns how many keys there are. O(1).
    pub(super) const fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns what is known of `key`. O(log n).
    pub(super) fn get(&self, key: &[u8]) -> Option<&Item<V>> {
        self.items.get(*self.seats.get(key)?)
    }

    /// Adds a key, which is not there, with a seat above all. Amortised O(log n).
    pub(super) fn push(&mut self, seat: u64, item: Item<V>) {
        self.seats.insert(Arc::clone(&item.key), seat);
        self.items.push(seat, item);
    }

    /// Removes a key. Amortised O(log n).
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Item<V>> {
        self.items.remove(self.seats.remove(key)?)
    }

    /// Returns the oldest. O(1).
    pub(super) fn oldest(&self) -> Option<&Item<V>> {
        self.items.first().map(|(_, item)| item)
    }

    /// Removes the oldest, and returns its seat too. Amortised O(log n).
    pub(super) fn pop_oldest(&mut self) -> Option<(u64, Item<V>)> {
        let (seat, item) = self.items.pop_first()?;
        self.seats.remove(&item.key);
        Some((seat, item))
    }

    /// Iterates by age. O(n).
    pub(super) fn iter(&self) -> impl Iterator<Item = &Item<V>> {
        self.items.iter().map(|(_, item)| item)
    }

    /// Checks that the two ways to a key agree.
    ///
    /// # Panics
    ///
    /// Panics if they do not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        assert_eq!(self.seats.len(), self.items.len());
        for (seat, item) in self.items.iter() {
            assert_eq!(self.seats[&item.key], seat);
        }
    }
}
