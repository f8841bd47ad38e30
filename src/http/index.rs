//! Which responses stay: slots that weigh as many bytes as they hold.
//!
//! The policy is one of a set of [`crate::policy`], chosen by name; a new one there is a name more
//! here and nothing else. Weights are bytes, so capacity, admission and victims are counted in
//! bytes; entries do not expire by themselves, since a stale response is worth a validation.

use crate::index::{Moment, NO_SLOT};
use crate::policy::{AnyPolicy, Policies, PolicyKind, STAMP_LIMIT};
use crate::store::{Capacity, Removal, Slots};

/// What was asked for and what was here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteCounts {
    /// Requests that were answered from here.
    pub hits: u64,
    /// Requests that were not.
    pub misses: u64,
    /// The bytes of the hits.
    pub hit_bytes: u64,
    /// The bytes of the misses.
    pub miss_bytes: u64,
    /// Entries that had to go.
    pub evictions: u64,
    /// Entries that were not let in.
    pub refusals: u64,
}

/// Slots by bytes.
#[derive(Debug)]
pub struct ByteIndex<T, P = AnyPolicy> {
    slots: Slots<T, P>,
    stamp: u32,
    counts: ByteCounts,
    /// The clock stands still: no entry here has a deadline.
    now: T,
}

impl<T: Moment, P: Policies> ByteIndex<T, P> {
    /// Returns an index without entries; `origin` is any moment. Allocates nothing.
    pub fn new(kind: PolicyKind, capacity: Capacity, origin: T) -> Self {
        let slots = Slots::new(kind, capacity);
        Self { slots, stamp: 0, counts: ByteCounts::default(), now: origin }
    }

    /// Takes in an entry of `bytes` whose key has `hash`, or gives the one in `held`
    /// ([`NO_SLOT`]: none) another weight. Returns its slot; `None` if it may not stay, and then
    /// `held` is free. [`ByteIndex::victims`] says who had to go. Amortised O(1).
    pub fn put(&mut self, held: u32, hash: u32, bytes: u64) -> Option<u32> {
        self.slots.forget_removals();
        let stamp = self.next_stamp();
        let slot = if held == NO_SLOT {
            self.slots.insert_hashed(hash, stamp, self.now, T::NEVER, bytes)
        } else {
            self.slots.replace(held, stamp, self.now, T::NEVER, bytes).then_some(held)
        };
        self.counts.evictions += self.slots.removals().len() as u64;
        self.counts.refusals += u64::from(slot.is_none());
        slot
    }

    /// Returns the slots that the last [`ByteIndex::put`] or [`ByteIndex::resize`] took from their
    /// entries; the first of them may already be another's.
    pub fn victims(&self) -> &[Removal] {
        self.slots.removals()
    }

    /// Counts a hit of `bytes` of the entry in `slot`. O(1).
    pub fn touch(&mut self, slot: u32, bytes: u64) {
        let stamp = self.next_stamp();
        self.slots.touch(slot, stamp);
        self.counts.hits += 1;
        self.counts.hit_bytes += bytes;
    }

    /// Counts a miss of `bytes`. O(1).
    pub fn miss(&mut self, bytes: u64) {
        self.counts.misses += 1;
        self.counts.miss_bytes += bytes;
    }

    /// Frees `slot` at its owner's wish. O(1).
    pub fn remove(&mut self, slot: u32) {
        self.slots.remove(slot);
    }

    /// Frees every slot. What was counted stays.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.stamp = 0;
    }

    /// Changes how many bytes may be held; who has to go for it are the victims.
    pub fn resize(&mut self, bytes: u64) {
        self.slots.forget_removals();
        let stamp = self.next_stamp();
        self.slots.limit_weight(bytes, stamp, self.now);
        self.counts.evictions += self.slots.removals().len() as u64;
    }

    /// Returns the bytes held. O(1).
    pub fn bytes(&self) -> u64 {
        self.slots.weight()
    }

    /// Returns how many entries are held. O(1).
    pub fn held(&self) -> u32 {
        self.slots.held()
    }

    /// Returns what was counted. O(1).
    pub fn counts(&self) -> ByteCounts {
        self.counts
    }

    fn next_stamp(&mut self) -> u32 {
        if self.stamp >= STAMP_LIMIT - 1 {
            self.stamp = self.slots.renumber();
        }
        self.stamp += 1;
        self.stamp - 1
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        self.slots.validate();
    }
}

/// Returns the policy called `name`; `None` for a name that is not known.
pub fn policy_named(name: &str) -> Option<PolicyKind> {
    const NAMES: [(&str, PolicyKind); 7] = [
        ("lru", PolicyKind::Lru),
        ("lfu", PolicyKind::Lfu),
        ("fifo", PolicyKind::Fifo),
        ("sieve", PolicyKind::Sieve),
        ("s3-fifo", PolicyKind::S3Fifo),
        ("w-tinylfu", PolicyKind::WTinyLfu),
        ("adaptive", PolicyKind::Adaptive),
    ];
    NAMES.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
}
