//! What can be asked of a cache without using it: no mark, no count, nothing freed.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use crate::time::{Clock, Instant, Timer};

use super::cache::Cache;
use super::entry::Entry;
use super::iter::{Iter, Keys};
use super::stats::Stats;

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> Cache<K, V, C, S> {
    /// Returns the value of `key` without a mark or a count. O(1).
    pub fn peek<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entry(key).map(|entry| entry.value)
    }

    /// Returns what there is to know about `key`'s entry, without a mark or a count. O(1).
    pub fn entry<Q>(&self, key: &Q) -> Option<Entry<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.now();
        let slot = self.pairs.find(self.pairs.hash(key), key)?;
        let deadline = self.slots.deadline(slot);
        let pair = self.pairs.get(slot).filter(|_| deadline > now)?;
        let (key, value, created) = (&pair.key, &pair.value, pair.created.moment());
        Some(Entry { key, value, weight: self.slots.weight_of(slot), created, deadline, now })
    }

    /// Whether `key` has a living entry; no mark, no count. O(1).
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entry(key).is_some()
    }

    /// Returns how many entries are alive. O(1) unless some have died unswept, then O(n).
    pub fn len(&self) -> usize {
        self.slots.alive(self.now()) as usize
    }

    /// Whether no entry is alive. As [`Cache::len`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the weight held, that of dead entries still unswept included. O(1).
    pub fn weight(&self) -> u64 {
        self.slots.weight()
    }

    /// Returns the living entries in no particular order; no marks, no counts.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.pairs.of_slots(), &self.slots, self.now())
    }

    /// Returns the keys of the living entries in no particular order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// Returns the moment at which [`Cache::advance`] is wanted, `None` if no entry can expire. It
    /// is never later than the first deadline held, and may be earlier if that entry has left.
    /// O(1).
    pub fn next_deadline(&self) -> Option<Instant> {
        let next = self.slots.next_deadline();
        (next != Instant::NEVER).then_some(next)
    }

    /// Tells `timer` the one moment at which [`Cache::advance`] is wanted next. O(1).
    pub fn arm(&self, timer: &mut impl Timer) {
        timer.arm(self.next_deadline());
    }

    /// Returns how many bytes of memory the cache takes: the entries themselves, room for more that
    /// it holds already, its index, and what its policy keeps. What keys and values point to is
    /// theirs. O(1).
    pub fn bytes(&self) -> usize {
        let ttls = self.sliding.as_ref().map_or(0, |ttls| ttls.capacity() * size_of::<Duration>());
        self.slots.bytes() + self.pairs.bytes() + ttls
    }

    /// Returns the counters. O(1).
    pub fn stats(&self) -> Stats {
        self.slots.stats()
    }
}

impl<'a, K: Hash + Eq, V, C: Clock, S: BuildHasher> IntoIterator for &'a Cache<K, V, C, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V, C, S> fmt::Debug for Cache<K, V, C, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cache")
            .field("held", &self.slots.held())
            .field("weight", &self.slots.weight())
            .field("stats", &self.slots.stats())
            .finish_non_exhaustive()
    }
}
