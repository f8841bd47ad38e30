//! The core that the native cache and the JavaScript door share: slots with deadlines, weights, a
//! policy and reasons.
//!
//! Invariants, checked by `validate`:
//! - no more entries and no more weight than the capacity;
//! - the weight held is the exact sum of the entries' weights;
//! - no deadline held is earlier than [`Slots::next_deadline`].
//!
//! A slot that is given up without its owner asking (evicted, expired) is reported in
//! [`Slots::removals`]; the owner drops its key and value, then calls [`Slots::forget_removals`].
//! The owner may find such a slot already taken by the entry that caused the removal.

use alloc::vec::Vec;

use crate::index::{FREE, Moment, NO_SLOT, Slab};
use crate::policy::{
    AnyPolicy, Candidates, Newcomer, Policies, PolicyKind, STAMP_LIMIT, Settled, Share,
    sort_by_mark,
};

use super::config::Capacity;
use super::expiry::Expiry;
use super::removal::{Removal, RemovalReason};
use super::stats::Stats;

/// Slots that entries take, use and leave, with one of the policies `P`.
#[derive(Debug)]
pub struct Slots<T, P = AnyPolicy> {
    slab: Slab<T>,
    policy: P,
    /// What the policy was made from.
    made_from: (PolicyKind, Share),
    capacity: Capacity,
    expiry: Expiry<T>,
    removals: Vec<Removal>,
    stats: Stats,
    /// Whether operations sweep; a stopped cache keeps its data.
    sweeping: bool,
}

impl<T: Moment, P: Policies> Slots<T, P> {
    /// Returns slots without entries. Allocates nothing.
    pub fn new(kind: PolicyKind, mut capacity: Capacity) -> Self {
        capacity.entries = capacity.entries.clamp(1, Capacity::UNLIMITED.entries);
        let room = Share { entries: capacity.entries, weight: capacity.weight };
        Self {
            slab: Slab::new(),
            policy: P::new(kind, room),
            made_from: (kind, room),
            capacity,
            expiry: Expiry::new(),
            removals: Vec::new(),
            stats: Stats::default(),
            sweeping: true,
        }
    }

    /// Takes memory for so many entries at once.
    pub fn reserve(&mut self, entries: u32) {
        self.slab.reserve(entries);
    }

    /// Takes a slot for a new entry whose owner has no hash of its key: a policy that counts keys
    /// by hash forgets such a key when its entry leaves. Otherwise as [`Slots::insert_hashed`].
    pub fn insert(&mut self, stamp: u32, now: T, deadline: T, weight: u64) -> Option<u32> {
        // The golden ratio spreads neighbours; a policy mixes the bits again.
        self.insert_hashed(stamp.wrapping_mul(0x9e37_79b9), stamp, now, deadline, weight)
    }

    /// Takes a slot for a new entry whose key has this `hash`, giving up others to make room.
    /// `None` if it is heavier than all the room there is, or too heavy for how seldom it is asked
    /// for, in the eyes of a policy with admission; then no living entry has left for it. Amortised
    /// O(1).
    ///
    /// When the clock has moved by a [tick](Moment::is_tick_after), one step of the sweep comes
    /// first, so that dead entries go before living ones: all of them in a cache of up to
    /// [`SWEEP_SLOTS`](super::SWEEP_SLOTS) entries.
    pub fn insert_hashed(
        &mut self,
        hash: u32,
        stamp: u32,
        now: T,
        deadline: T,
        weight: u64,
    ) -> Option<u32> {
        debug_assert!(stamp < STAMP_LIMIT, "the owner renumbers in time");
        if weight > self.capacity.weight {
            return None;
        }
        self.sweep_on_the_way(now);
        let newcomer = Newcomer { hash, weight, stamp };
        if !self.policy.with(|policy| policy.admit(&self.slab, newcomer)) {
            return None;
        }
        self.make_room(NO_SLOT, stamp, now, weight);
        let slot = self.slab.claim(stamp, deadline);
        self.slab.set_hash(slot, hash);
        self.slab.set_weight(slot, weight);
        self.policy.with(|policy| policy.on_claim(&mut self.slab, slot, stamp));
        self.expiry.note(deadline);
        Some(slot)
    }

    /// Gives the entry in `slot` another weight and deadline, giving up others to make room; false
    /// if it is heavier than all the room there is, and then it has gone and its slot is free,
    /// unreported. Sweeps as [`Slots::insert`] does. Amortised O(1).
    pub fn replace(&mut self, slot: u32, stamp: u32, now: T, deadline: T, weight: u64) -> bool {
        if weight > self.capacity.weight {
            self.remove(slot);
            return false;
        }
        // The old deadline goes first: the sweep must not free the slot that is being replaced.
        self.slab.set_deadline(slot, T::NEVER);
        self.sweep_on_the_way(now);
        self.set_deadline(slot, deadline);
        self.policy.with(|policy| policy.on_replace(&mut self.slab, slot, stamp, weight));
        self.slab.set_weight(slot, weight);
        self.make_room(slot, stamp, now, 0);
        true
    }

    /// Notes that the entry in `slot` was used. O(1).
    pub fn touch(&mut self, slot: u32, stamp: u32) {
        self.policy.with(|policy| policy.on_hit(&mut self.slab, slot, stamp));
    }

    /// Moves the deadline of the entry in `slot`. O(1).
    pub fn set_deadline(&mut self, slot: u32, deadline: T) {
        self.slab.set_deadline(slot, deadline);
        self.expiry.note(deadline);
    }

    /// Gives back what memory of the records is for more entries than there may be, if `slot` is
    /// the newest; returns how many there may be. For owners that hold the slots alone.
    pub fn trim(&mut self, slot: u32) -> u32 {
        if slot + 1 == self.slab.extent() {
            self.slab.trim(self.capacity.entries);
        }
        self.capacity.entries
    }

    /// Frees `slot` at its owner's wish; not reported. O(1).
    pub fn remove(&mut self, slot: u32) {
        self.policy.with(|policy| policy.on_release(&mut self.slab, slot));
        self.slab.release(slot);
    }

    /// Frees `slot`, whose entry its owner found dead; counted as an expiration, not reported.
    pub fn expire(&mut self, slot: u32) {
        self.remove(slot);
        self.stats.expirations += 1;
    }

    /// Frees the dead among the next [`SWEEP_SLOTS`](super::SWEEP_SLOTS) slots; returns whether
    /// there may be more. Bounded work.
    pub fn sweep(&mut self, now: T) -> bool {
        if !self.expiry.is_due(now) {
            return false;
        }
        let mut survivor = T::NEVER;
        for slot in self.expiry.step(now, self.slab.extent()) {
            let deadline = self.slab.deadline(slot);
            // A free slot has no deadline, but a clock may show the end of time.
            if deadline <= now && self.slab.holds(slot) {
                self.expire(slot);
                self.removals.push(Removal { slot, reason: RemovalReason::Expired });
            } else if deadline < survivor {
                survivor = deadline;
            }
        }
        self.expiry.finish_step(survivor, self.slab.extent());
        self.expiry.is_due(now)
    }

    /// Frees every slot and the memory of all of them, unreported. Counters go on.
    pub fn clear(&mut self) {
        self.slab.clear();
        self.policy = P::new(self.made_from.0, self.made_from.1);
        self.expiry = Expiry::new();
        self.removals = Vec::new();
    }

    /// Gives the marks new numbers from 0 in the same order and returns the next stamp. O(n), once
    /// in 2³⁰ operations.
    ///
    /// A policy that keeps no stamps in the marks loses none: the stamps begin anew at 0.
    pub fn renumber(&mut self) -> u32 {
        self.policy.with::<T, _>(|policy| policy.on_renumber());
        if !self.policy.get::<T>().keeps_stamps() {
            return 0;
        }
        let records = (0_u32..).zip(self.slab.records());
        let mut pairs: Vec<u64> = records
            .filter(|(_, record)| record.mark != FREE)
            .map(|(slot, record)| u64::from(record.mark) << 32 | u64::from(slot))
            .collect();
        sort_by_mark(&mut pairs);
        for (mark, &pair) in (0_u32..).zip(&pairs) {
            self.slab.set_mark(pair as u32, mark);
        }
        pairs.len() as u32
    }

    /// Changes how much weight may be held, giving up others until what is held fits. The policy
    /// keeps the proportions that it was made with.
    pub fn limit_weight(&mut self, weight: u64, stamp: u32, now: T) {
        self.capacity.weight = weight;
        while self.is_too_heavy_with(0) && self.give_up_one(NO_SLOT, stamp, now) {}
    }

    /// Whether operations sweep on their way; they do until told otherwise.
    pub fn set_sweeping(&mut self, sweeping: bool) {
        self.sweeping = sweeping;
    }

    /// Returns how many entries are held, dead ones that were not swept included. O(1).
    pub fn held(&self) -> u32 {
        self.slab.len()
    }

    /// Returns how many entries are alive at `now`. O(1) unless some have died unswept, then O(n).
    pub fn alive(&self, now: T) -> u32 {
        if !self.expiry.is_due(now) {
            return self.slab.len();
        }
        let records = self.slab.records().iter();
        records.filter(|record| record.mark != FREE && record.deadline > now).count() as u32
    }

    /// Returns the deadline of `slot`. O(1).
    pub fn deadline(&self, slot: u32) -> T {
        self.slab.deadline(slot)
    }

    /// Returns a moment that is not later than the first deadline held, [`Moment::NEVER`] if no
    /// entry can expire. It is earlier than that deadline only while the entry that had it has
    /// left by another way; one pass of the sweep corrects it. O(1).
    pub fn next_deadline(&self) -> T {
        if self.slab.is_empty() { T::NEVER } else { self.expiry.earliest() }
    }

    /// Returns a moment such that an owner may write a deadline not before it into a record by
    /// itself: [`Slots::next_deadline`] stays honest. O(1).
    pub fn deadline_floor(&self) -> T {
        self.expiry.floor()
    }

    /// Returns the next victims, for an owner that gives their slots to new entries by itself: it
    /// writes the record and tells by [`Slots::note_evicted`] later, before it calls anything else.
    /// It may do so while the cache is full, nothing is weighed, nothing is dead, and the deadlines
    /// it writes are not before [`Slots::deadline_floor`]. Empty where that cannot be. O(1).
    pub fn candidates(&self) -> Candidates<'_> {
        self.policy.get::<T>().candidates()
    }

    /// Names candidates where [`Slots::candidates`] has none and that can be. Bounded work.
    pub fn name_candidates(&mut self) {
        self.policy.with::<T, _>(|policy| policy.name_candidates());
    }

    /// Returns which hits the owner need not tell of by [`Slots::touch`]. O(1).
    pub fn settled(&self) -> Settled {
        self.policy.get::<T>().settled()
    }

    /// Notes that the owner has evicted `evicted` candidates by itself and left the first `left`.
    pub fn note_evicted(&mut self, evicted: u32, left: u32) {
        self.stats.evictions += u64::from(evicted);
        self.policy.with::<T, _>(|policy| policy.leave_candidates(left));
    }

    /// Returns how many keys the policy remembers of entries that left. Bounded: at most two and a
    /// half times as many as were ever held at once, and an eighth more. O(1).
    pub fn ghosts(&self) -> u32 {
        self.policy.get::<T>().ghosts()
    }

    /// Returns how often the policy thinks that a key was asked for lately, 0 if it does not count.
    #[doc(hidden)]
    pub fn frequency(&self, hash: u32) -> u32 {
        self.policy.get::<T>().frequency(hash)
    }

    /// Returns the weight held, dead entries that were not swept included. O(1).
    pub fn weight(&self) -> u64 {
        u64::try_from(self.slab.weight_held()).unwrap_or(u64::MAX)
    }

    /// Returns the weight of the entry in `slot`. O(1).
    pub fn weight_of(&self, slot: u32) -> u64 {
        self.slab.weight(slot)
    }

    /// Returns how many bytes of memory the slots, their weights and the policy take. O(1).
    pub fn bytes(&self) -> usize {
        self.slab.bytes()
            + self.policy.get::<T>().bytes()
            + self.removals.capacity() * size_of::<Removal>()
    }

    /// Returns the counters. O(1).
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns the counters, to be written.
    pub fn stats_mut(&mut self) -> &mut Stats {
        &mut self.stats
    }

    /// Returns the slots given up and not yet forgotten, in order.
    pub fn removals(&self) -> &[Removal] {
        &self.removals
    }

    /// Forgets the reported removals; their owner has dropped the keys and values.
    pub fn forget_removals(&mut self) {
        self.removals.clear();
    }

    /// Returns the slots' records, for the door's views.
    pub fn slab(&self) -> &Slab<T> {
        &self.slab
    }

    /// Makes one step of the sweep if it is worth it.
    fn sweep_on_the_way(&mut self, now: T) {
        if self.sweeping && self.expiry.wants_step(now) {
            self.sweep(now);
        }
    }

    /// Whether all would be too heavy with `weight` more.
    fn is_too_heavy_with(&self, weight: u64) -> bool {
        self.capacity.weight != u64::MAX
            && self.slab.weight_held() + u128::from(weight) > u128::from(self.capacity.weight)
    }

    /// Gives up entries other than `slot` until what `slot` holds fits, or, if that is [`NO_SLOT`],
    /// until there is room for one more entry, of `weight`.
    fn make_room(&mut self, slot: u32, stamp: u32, now: T, weight: u64) {
        let entries = self.capacity.entries - u32::from(slot == NO_SLOT);
        while self.slab.len() > entries || self.is_too_heavy_with(weight) {
            if !self.give_up_one(slot, stamp, now) {
                return;
            }
        }
    }

    /// Gives up one entry other than `slot`; false if there is none.
    fn give_up_one(&mut self, slot: u32, stamp: u32, now: T) -> bool {
        let victim = self.policy.with(|policy| policy.victim(&mut self.slab, slot, stamp));
        // There is one: whatever is left alone in the cache fits. To say so by a panic would bring
        // its machinery into the WebAssembly module.
        debug_assert!(victim.is_some(), "what is too full or too heavy holds another entry");
        if let Some(victim) = victim {
            self.evict(victim, now);
        }
        victim.is_some()
    }

    /// Gives up the policy's victim. One that is dead already counts as expired.
    fn evict(&mut self, slot: u32, now: T) {
        let reason = if self.slab.deadline(slot) <= now {
            self.stats.expirations += 1;
            RemovalReason::Expired
        } else {
            self.stats.evictions += 1;
            RemovalReason::Evicted
        };
        self.remove(slot);
        self.removals.push(Removal { slot, reason });
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        self.slab.validate();
        self.policy.get::<T>().validate(&self.slab);
        assert!(self.slab.len() <= self.capacity.entries, "more entries than the capacity");
        assert!(self.weight() <= self.capacity.weight, "more weight than the capacity");
        for record in self.slab.records() {
            assert!(record.deadline >= self.next_deadline(), "a deadline before the next one");
        }
    }
}

#[cfg(test)]
mod tests;
