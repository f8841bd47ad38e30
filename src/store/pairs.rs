//! Keys and values beside the slots, and the way from a key to its slot.
//!
//! The pairs stand in one array indexed by slot; the index is a hash table of bare slot numbers
//! that compares keys through that array, so a key is stored once. About 6 to 11 bytes an entry for
//! the index, and 8 for the moment of creation, whose spare value says that a slot has no pair.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use core::num::NonZero;

use hashbrown::HashTable;

#[cfg(any(test, debug_assertions))]
use crate::index::Slab;
use crate::time::Instant;

/// What the native cache keeps of one entry beside its slot.
#[derive(Debug)]
pub(super) struct Pair<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    pub(super) created: Created,
}

/// The moment of creation plus one: never zero, so that no pair takes no more than a pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Created(NonZero<u64>);

impl Created {
    /// Returns `moment`, which is not the last of all.
    pub(super) const fn at(moment: Instant) -> Self {
        Self(NonZero::<u64>::MIN.saturating_add(moment.as_nanos()))
    }

    /// Returns the moment.
    pub(super) const fn moment(self) -> Instant {
        Instant::from_nanos(self.0.get() - 1)
    }
}

/// The least number of places for which memory is asked.
const PLACES_MIN: usize = 4;

/// The pairs of all slots.
#[derive(Debug)]
pub(super) struct Pairs<K, V, S> {
    index: HashTable<u32>,
    of_slot: Vec<Option<Pair<K, V>>>,
    hasher: S,
}

impl<K: Hash + Eq, V, S: BuildHasher> Pairs<K, V, S> {
    pub(super) const fn new(hasher: S) -> Self {
        Self { index: HashTable::new(), of_slot: Vec::new(), hasher }
    }

    /// Returns the hash that [`Pairs::find`] and [`Pairs::put`] ask for.
    pub(super) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Returns the slot that holds `key`. O(1).
    pub(super) fn find<Q>(&self, hash: u64, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let holds = |&slot: &u32| {
            self.of_slot[slot as usize].as_ref().is_some_and(|pair| pair.key.borrow() == key)
        };
        self.index.find(hash, holds).copied()
    }

    /// Puts a pair whose key is not held into the empty `slot`, below `limit`. Amortised O(1).
    pub(super) fn put(&mut self, slot: u32, hash: u64, pair: Pair<K, V>, limit: u32) {
        let at = slot as usize;
        if at >= self.of_slot.len() {
            self.grow(at + 1, limit as usize);
        }
        debug_assert!(self.of_slot[at].is_none(), "slot {slot} still holds a pair");
        self.of_slot[at] = Some(pair);
        let (of_slot, hasher) = (&self.of_slot, &self.hasher);
        self.index.insert_unique(hash, slot, |&slot| {
            of_slot[slot as usize].as_ref().map_or(0, |pair| hasher.hash_one(&pair.key))
        });
    }

    /// Makes `len` places: room for twice as many as there were, but for no more than `limit`.
    #[cold]
    fn grow(&mut self, len: usize, limit: usize) {
        if len > self.of_slot.capacity() {
            let room = (2 * self.of_slot.capacity()).clamp(PLACES_MIN, limit.max(PLACES_MIN));
            self.of_slot.reserve_exact(room.max(len) - self.of_slot.len());
        }
        self.of_slot.resize_with(len, || None);
    }

    /// Returns how many bytes the index and the places of the pairs take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.index.allocation_size() + self.of_slot.capacity() * size_of::<Option<Pair<K, V>>>()
    }

    /// Puts a pair into `slot`, which holds an equal key, and returns the one it held. O(1).
    pub(super) fn swap(&mut self, slot: u32, pair: Pair<K, V>) -> Option<Pair<K, V>> {
        self.of_slot[slot as usize].replace(pair)
    }

    /// Takes the pair out of `slot`. O(1).
    pub(super) fn take(&mut self, slot: u32) -> Option<Pair<K, V>> {
        let pair = self.of_slot[slot as usize].take()?;
        let hash = self.hasher.hash_one(&pair.key);
        if let Ok(place) = self.index.find_entry(hash, |&held| held == slot) {
            place.remove();
        }
        Some(pair)
    }

    /// Forgets every slot, gives the memory back and returns the pairs in slot order.
    pub(super) fn clear(&mut self) -> impl Iterator<Item = Pair<K, V>> + use<K, V, S> {
        self.index = HashTable::new();
        core::mem::take(&mut self.of_slot).into_iter().flatten()
    }

    /// Checks that the slots in use, the pairs and the index agree.
    ///
    /// # Panics
    ///
    /// Panics if they do not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self, slots: &Slab<Instant>) {
        assert_eq!(self.index.len(), slots.len() as usize, "the index holds every slot in use");
        for (slot, pair) in (0_u32..).zip(&self.of_slot) {
            assert_eq!(pair.is_some(), slots.holds(slot), "slot {slot} and its pair disagree");
            if let Some(Pair { key, .. }) = pair {
                let found = self.find(self.hash(key), key);
                assert_eq!(found, Some(slot), "the index leads to the key of slot {slot}");
            }
        }
    }
}

impl<K, V, S> Pairs<K, V, S> {
    /// Returns the pair in `slot`. O(1).
    pub(super) fn get(&self, slot: u32) -> Option<&Pair<K, V>> {
        self.of_slot.get(slot as usize)?.as_ref()
    }

    /// Returns the pair in `slot`, to be changed. O(1).
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Pair<K, V>> {
        self.of_slot.get_mut(slot as usize)?.as_mut()
    }

    /// Returns all slots in order, with their pairs.
    pub(super) fn of_slots(&self) -> core::slice::Iter<'_, Option<Pair<K, V>>> {
        self.of_slot.iter()
    }
}
