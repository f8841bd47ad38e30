//! Pairs of keys and values by slot, and slots by key.

use hashbrown::HashTable;

use crate::index::{HashKey, hash};

use super::chunks::{Chunks, PIECE_HEADER, Shape};

/// The longest pair, key and value together, in bytes.
const PAYLOAD_MAX: usize = i32::MAX as usize - 16;

/// There is no memory for the pair. Nothing has changed, but that free pages may have been added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

/// Keys and values as bytes.
///
/// A pair *weighs* the bytes of its key and value and [`PIECE_HEADER`] more; the memory it takes
/// is bounded by that: docs/bytes.md.
#[derive(Debug)]
pub struct BytePairs {
    chunks: Chunks,
    index: HashTable<u32>,
    key: HashKey,
    weight: u64,
}

impl BytePairs {
    /// Returns no pairs. Nobody who chooses keys may know the hashes' `key`.
    pub fn new(key: HashKey) -> Self {
        Self { chunks: Chunks::new(), index: HashTable::new(), key, weight: 0 }
    }

    /// Returns the hash by which `key` is found here.
    pub fn hash(&self, key: &[u8]) -> u64 {
        hash(self.key, key)
    }

    /// Returns the slot of `key`, whose hash this is. O(length of the key).
    pub fn find(&self, hash: u64, key: &[u8]) -> Option<u32> {
        self.index.find(hash, |&slot| self.chunks.has_key(slot, key)).copied()
    }

    /// Makes sure that pairs with these payloads (bytes of key and value) can be opened in slots
    /// that follow those in use.
    ///
    /// # Errors
    ///
    /// [`NoRoom`]: they do not fit memory.
    pub fn reserve(&mut self, payloads: &[usize]) -> Result<(), NoRoom> {
        let fits = payloads.iter().all(|&payload| payload <= PAYLOAD_MAX)
            && match payloads {
                [payload] => self.chunks.reserve(self.chunks.extent(), *payload),
                _ => self.chunks.reserve_all(payloads),
            };
        if fits { self.reserve_index(payloads.len()) } else { Err(NoRoom) }
    }

    /// Gives `slot` a pair, instead of the one with the same key that it may have. The value is to
    /// be written by [`BytePairs::part_mut`]; `tag` (below 32) comes back with it. Amortised O(1)
    /// beside the copying.
    ///
    /// # Errors
    ///
    /// [`NoRoom`]: there is no memory for it.
    pub fn open(
        &mut self,
        slot: u32,
        hash: u64,
        key: &[u8],
        value_length: usize,
        tag: u8,
    ) -> Result<(), NoRoom> {
        debug_assert!(tag < 32, "a tag has five bits");
        let shape = Shape { key_length: key.len(), value_length, tag };
        let payload = key.len().checked_add(value_length).ok_or(NoRoom)?;
        if payload > PAYLOAD_MAX || !self.chunks.reserve(slot, payload) {
            return Err(NoRoom);
        }
        let held = self.chunks.holds(slot);
        debug_assert!(!held || self.chunks.has_key(slot, key), "slot {slot} has another key");
        let before = if held { self.weight_of(slot) } else { 0 };
        if !held {
            self.reserve_index(1)?;
        }
        if !self.chunks.open(slot, hash, key, shape) {
            return Err(NoRoom);
        }
        if !held {
            let Self { chunks, index, key, .. } = self;
            index.insert_unique(hash, slot, |&slot| chunks.hash_of(slot, *key));
        }
        self.weight = self.weight - before + (payload + PIECE_HEADER) as u64;
        Ok(())
    }

    /// Gives `slot` a pair as [`BytePairs::open`] does, and its value.
    ///
    /// # Errors
    ///
    /// [`NoRoom`]: there is no memory for it.
    pub fn put(&mut self, slot: u32, key: &[u8], value: &[u8], tag: u8) -> Result<(), NoRoom> {
        self.open(slot, self.hash(key), key, value.len(), tag)?;
        self.write(slot, value);
        Ok(())
    }

    /// Writes the value of an opened pair, which is as long as was said.
    pub fn write(&mut self, slot: u32, value: &[u8]) {
        let Shape { key_length, value_length, .. } = self.chunks.shape(slot);
        debug_assert_eq!(value.len(), value_length);
        let mut at = 0;
        while at < value.len() {
            let part = self.chunks.part_mut(slot, key_length + at);
            part.copy_from_slice(&value[at..at + part.len()]);
            at += part.len();
        }
    }

    /// Forgets the pair in `slot`; whether there was one. O(1) beside hashing the key.
    pub fn remove(&mut self, slot: u32) -> bool {
        if !self.chunks.holds(slot) {
            return false;
        }
        let hash = self.chunks.hash_of(slot, self.key);
        if let Ok(entry) = self.index.find_entry(hash, |&held| held == slot) {
            entry.remove();
        }
        self.weight -= self.weight_of(slot);
        self.chunks.release(slot);
        true
    }

    /// Forgets all pairs and returns the memory to the allocator.
    pub fn clear(&mut self) {
        *self = Self::new(self.key);
    }

    /// Whether `slot` has a pair.
    pub fn holds(&self, slot: u32) -> bool {
        self.chunks.holds(slot)
    }

    /// Returns the lengths of key and value, and the tag, of the pair in `slot`, which has one.
    pub fn shape(&self, slot: u32) -> (usize, usize, u8) {
        let Shape { key_length, value_length, tag } = self.chunks.shape(slot);
        (key_length, value_length, tag)
    }

    /// Returns the bytes of key and value in `slot` from `at` on, as far as they lie together:
    /// all of them if they are at most [`PIECE_MAX`](super::PIECE_MAX) with the header.
    pub fn part(&self, slot: u32, at: usize) -> &[u8] {
        self.chunks.part(slot, at)
    }

    /// The same, to be written.
    pub fn part_mut(&mut self, slot: u32, at: usize) -> &mut [u8] {
        self.chunks.part_mut(slot, at)
    }

    /// Returns the value in `slot`, which has one, in pieces.
    pub fn value(&self, slot: u32) -> impl Iterator<Item = &[u8]> {
        let Shape { key_length, value_length, .. } = self.chunks.shape(slot);
        self.parts(slot, key_length, key_length + value_length)
    }

    /// Returns the key in `slot`, which has one, in pieces.
    pub fn key(&self, slot: u32) -> impl Iterator<Item = &[u8]> {
        self.parts(slot, 0, self.chunks.shape(slot).key_length)
    }

    /// Returns how many pairs there are. O(1).
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none. O(1).
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Returns what all pairs weigh. O(1).
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Returns how many bytes of memory all of this takes: pages, lists and the index.
    pub fn bytes(&self) -> usize {
        self.chunks.bytes() + self.index.allocation_size()
    }

    /// Returns how many pages are in use and how many are free.
    pub fn pages(&self) -> (usize, usize) {
        self.chunks.pages.counts()
    }

    fn parts(&self, slot: u32, from: usize, to: usize) -> impl Iterator<Item = &[u8]> {
        let mut at = from;
        core::iter::from_fn(move || {
            let part = (at < to).then(|| self.chunks.part(slot, at))?;
            let part = &part[..part.len().min(to - at)];
            at += part.len();
            Some(part)
        })
    }

    fn weight_of(&self, slot: u32) -> u64 {
        (self.chunks.shape(slot).payload() + PIECE_HEADER) as u64
    }

    /// Makes sure that `count` more keys fit the index.
    fn reserve_index(&mut self, count: usize) -> Result<(), NoRoom> {
        let Self { chunks, index, key, .. } = self;
        index.try_reserve(count, |&slot| chunks.hash_of(slot, *key)).map_err(|_| NoRoom)
    }

    /// Checks what must always hold, the bound on what is lost included (docs/bytes.md).
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        use super::classes::{CLASSES, PAGE};
        let chunks = self.chunks.validate();
        let slots = (0..self.chunks.extent()).filter(|&slot| self.holds(slot));
        let (mut count, mut weight, mut rest) = (0, 0, 0);
        for slot in slots {
            count += 1;
            weight += self.weight_of(slot);
            let payload = self.chunks.shape(slot).payload();
            rest += payload / 8 + 16 * payload.div_ceil(super::PIECE_MAX - PIECE_HEADER).max(1);
            let hash = self.chunks.hash_of(slot, self.key);
            let found = self.index.find(hash, |&held| held == slot);
            assert!(found.is_some(), "slot {slot} is in the index");
        }
        assert_eq!((count, weight), (self.len(), self.weight), "exact accounts");
        assert!(chunks <= weight as usize + rest, "chunks waste an eighth and 16 bytes");
        let (used, _) = self.pages();
        assert!(used * PAGE * 63 / 64 <= chunks + CLASSES * PAGE, "a page a class is not full");
    }
}
