//! Slots and their records: 16 bytes an entry, the same for every runtime, and 8 more where entries
//! weigh something.
//!
//! A record is what a hit needs and nothing else: the deadline to compare and the mark to write.
//! Both sit in one 16-byte record so that a hit touches one cache line. At the WebAssembly door the
//! records are read and written by JavaScript through typed-array views, which is why the layout is
//! `repr(C)` and why a free slot needs no flag of its own: its deadline is [`Moment::NEVER`], so a
//! sweep passes over it, and its mark is [`FREE`], so a policy does.
//!
//! Free slots form a list through the fourth word; the slot freed last is given out first. While a
//! slot is in use, that word is the hash of its key, for policies that know keys by hash.
//!
//! Cost: every operation is O(1); `claim` allocates when the slab grows (amortised O(1)).

use alloc::vec::Vec;
use core::fmt::Debug;

use super::weights::Weights;

/// A point in time as a record holds it: nanoseconds natively, milliseconds at the JavaScript door.
pub trait Moment: Copy + PartialOrd + Debug {
    /// Later than every other moment: an entry with this deadline does not expire.
    const NEVER: Self;

    /// Whether so much time has passed since `earlier` that a look at the deadlines is worth it.
    /// A clock that moves with every reading calls for more than "any".
    fn is_tick_after(self, earlier: Self) -> bool {
        self > earlier
    }
}

/// No slot: the end of a list, or the answer that there is none.
pub const NO_SLOT: u32 = u32::MAX;

/// The mark of a slot that holds no entry; no stamp grows that far.
pub const FREE: u32 = u32::MAX;

/// What is kept of one slot: 16 bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Record<T> {
    /// The entry is dead from this moment on.
    pub deadline: T,
    /// The policy's word: a stamp, or whatever else it keeps of a slot, or [`FREE`].
    pub mark: u32,
    /// The next free slot while this one is free, the hash of its key while it is in use.
    link_or_hash: u32,
}

/// A growing array of records with a list of the free ones.
#[derive(Debug)]
pub struct Slab<T> {
    records: Vec<Record<T>>,
    weights: Weights,
    free: u32,
    len: u32,
}

impl<T: Moment> Slab<T> {
    /// Returns an empty slab; allocates nothing.
    pub const fn new() -> Self {
        Self { records: Vec::new(), weights: Weights::new(), free: NO_SLOT, len: 0 }
    }

    /// Returns how many slots are in use. O(1).
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether no slot is in use. O(1).
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many slots there are, free ones included. O(1).
    pub fn extent(&self) -> u32 {
        self.records.len() as u32
    }

    /// Returns how many bytes the records and weights take, room for more included. O(1).
    pub fn bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record<T>>() + self.weights.bytes()
    }

    /// Returns the address of the first record, for a typed-array view. It moves when `claim` grows
    /// the slab.
    pub fn as_ptr(&self) -> *const Record<T> {
        self.records.as_ptr()
    }

    /// Takes memory for so many slots, so that it need not move while they come into use.
    pub fn reserve(&mut self, slots: u32) {
        self.records.reserve_exact(slots as usize);
    }

    /// Takes a free slot for an entry that dies at `deadline`; it weighs nothing and its hash is 0.
    /// Amortised O(1).
    ///
    /// # Panics
    ///
    /// Panics if memory runs out. Its owner keeps the number of slots below [`NO_SLOT`].
    pub fn claim(&mut self, mark: u32, deadline: T) -> u32 {
        let record = Record { deadline, mark, link_or_hash: 0 };
        self.len += 1;
        if self.free == NO_SLOT {
            let slot = self.extent();
            debug_assert!(slot < NO_SLOT, "no slot may look like none");
            self.records.push(record);
            return slot;
        }
        let slot = self.free;
        self.free = self.records[slot as usize].link_or_hash;
        self.records[slot as usize] = record;
        slot
    }

    /// Gives a slot back. O(1).
    pub fn release(&mut self, slot: u32) {
        debug_assert!(self.holds(slot), "slot {slot} is released twice");
        self.weights.set(slot, 0);
        self.records[slot as usize] =
            Record { deadline: T::NEVER, mark: FREE, link_or_hash: self.free };
        self.free = slot;
        self.len -= 1;
    }

    /// Gives back the memory for more records than `limit`. O(1), O(n) once.
    pub fn trim(&mut self, limit: u32) {
        if self.records.capacity() > limit as usize {
            self.records.shrink_to(limit as usize);
        }
    }

    /// Forgets every slot and returns the memory to the allocator. O(1).
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Whether `slot` is in use. O(1).
    pub fn holds(&self, slot: u32) -> bool {
        self.records.get(slot as usize).is_some_and(|record| record.mark != FREE)
    }

    /// Returns the deadline of `slot`. O(1).
    pub fn deadline(&self, slot: u32) -> T {
        self.records[slot as usize].deadline
    }

    /// Moves the deadline of `slot`. O(1).
    pub fn set_deadline(&mut self, slot: u32, deadline: T) {
        self.records[slot as usize].deadline = deadline;
    }

    /// Returns the mark of `slot`, [`FREE`] if it is free. O(1).
    // A call is more code than this, and the module that is small inlines nothing by itself.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn mark(&self, slot: u32) -> u32 {
        self.records[slot as usize].mark
    }

    /// Writes the mark of `slot`. O(1).
    pub fn set_mark(&mut self, slot: u32, mark: u32) {
        debug_assert!(mark != FREE && self.holds(slot));
        self.records[slot as usize].mark = mark;
    }

    /// Returns the hash of the key in `slot`, which is in use. O(1).
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn hash(&self, slot: u32) -> u32 {
        debug_assert!(self.holds(slot), "the word of a free slot is a link");
        self.records[slot as usize].link_or_hash
    }

    /// Writes the hash of the key in `slot`, which is in use. O(1).
    pub fn set_hash(&mut self, slot: u32, hash: u32) {
        debug_assert!(self.holds(slot), "the word of a free slot is a link");
        self.records[slot as usize].link_or_hash = hash;
    }

    /// Returns the weight of the entry in `slot`. O(1).
    pub fn weight(&self, slot: u32) -> u64 {
        self.weights.of(slot)
    }

    /// Writes the weight of the entry in `slot`. Amortised O(1).
    pub fn set_weight(&mut self, slot: u32, weight: u64) {
        self.weights.set(slot, weight);
    }

    /// Returns the weight of all entries together. O(1).
    pub const fn weight_held(&self) -> u128 {
        self.weights.total()
    }

    /// Returns all records in slot order, the free ones included.
    pub fn records(&self) -> &[Record<T>] {
        &self.records
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if the free list and the marks disagree.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        let in_use = self.records.iter().filter(|record| record.mark != FREE).count();
        assert_eq!(in_use, self.len as usize, "len counts the slots in use");
        let (mut free, mut at) = (0, self.free);
        while at != NO_SLOT {
            assert!(!self.holds(at), "slot {at} is free and in use");
            assert!(free < self.records.len(), "the free list has a loop");
            free += 1;
            at = self.records[at as usize].link_or_hash;
        }
        assert_eq!(free + in_use, self.records.len(), "every slot is free or in use");
        self.weights.validate();
    }
}

impl<T: Moment> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Moment for u64 {
        const NEVER: Self = u64::MAX;
    }

    #[test]
    fn the_slot_freed_last_is_given_out_first() {
        let mut slab = Slab::new();
        let slots = [slab.claim(0, 1_u64), slab.claim(1, 2), slab.claim(2, 3)];
        assert_eq!(slots, [0, 1, 2]);
        slab.release(0);
        slab.release(2);
        assert_eq!([slab.claim(3, 4), slab.claim(4, 5), slab.claim(5, 6)], [2, 0, 3]);
        slab.validate();
    }

    #[test]
    fn a_free_slot_never_looks_dead_or_marked() {
        let mut slab = Slab::new();
        let slot = slab.claim(7, 1_u64);
        slab.release(slot);
        assert_eq!((slab.deadline(slot), slab.mark(slot)), (u64::NEVER, FREE));
        assert!(!slab.holds(slot) && slab.is_empty());
    }

    #[test]
    fn a_record_is_sixteen_bytes() {
        assert_eq!(size_of::<Record<u64>>(), 16);
        assert_eq!(size_of::<Record<f64>>(), 16);
    }
}
