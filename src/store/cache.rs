//! The native cache: keys and values beside the shared slots.
//!
//! Everything about time, room, order and reasons happens in [`Slots`]; this shell finds the slot
//! of a key, keeps the pair, counts hits and hands out what leaves. Each operation walks the same
//! way: read the clock once, find the slot, let the slots decide, collect what they gave up, and
//! at the very end tell the listener, when the cache is whole again. Operations that only look are
//! in `look.rs`.
//!
//! A pair that leaves goes to exactly one place: to the caller of the operation that returns it,
//! or to the listener, or it is dropped.
//!
//! The cache is `Send` (if its clock, hasher and pairs are) but not `Sync`: a read writes too, so
//! share it behind a `Mutex`.
//!
//! 16 bytes for the record, 8 for the creation, 5.7 to 11.5 for the index beside key and value; 8
//! more with a weigher, 16 with sliding, and what the policy takes ([`crate::policy`]): at most 48
//! bytes in all for `lru`, `fifo` and `sieve`, when as many are held as may be. An entry whose key
//! and value leave a gap takes that too, as in a struct. [`Cache::bytes`] counts them.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cell::Cell;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use hashbrown::DefaultHashBuilder;

use crate::policy::{PolicyKind, STAMP_LIMIT};
use crate::time::{Clock, Instant};

use super::builder::{CacheBuilder, Listener, Weigher};
use super::config::Capacity;
use super::pairs::{Created, Pair, Pairs};
use super::refused::TooHeavy;
use super::removal::{Removal, RemovalReason};
use super::slots::Slots;
use super::stats::Stats;

/// Entries that live for a time, in a limited room.
///
/// An entry is dead at its deadline, not after it, and a dead entry is a miss from then on, whether
/// its memory was freed or not. Every operation is O(1), amortised where it says so.
///
/// ```
/// use std::time::Duration;
/// use tidecache::{CacheBuilder, ManualClock, RemovalReason};
///
/// let clock = ManualClock::new();
/// let mut cache = CacheBuilder::new()
///     .max_entries(2)
///     .on_removal(|key, _value, reason| println!("{key}: {reason:?}"))
///     .build_with_clock(clock.clone())?;
/// cache.insert_with_ttl("session", "Ada", Duration::from_secs(30));
/// cache.insert("theme", "dark");
/// assert_eq!(cache.get("session"), Some(&"Ada"));
/// cache.insert("language", "en"); // prints "theme: Evicted"
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(cache.get("session"), None); // prints "session: Expired"
/// assert_eq!(cache.len(), 1);
/// # Ok::<(), tidecache::ConfigError>(())
/// ```
pub struct Cache<K, V, C, S = DefaultHashBuilder> {
    pub(super) slots: Slots<Instant>,
    pub(super) pairs: Pairs<K, V, S>,
    clock: C,
    /// The latest moment seen: a clock that steps back revives nothing.
    latest: Cell<Instant>,
    /// The number of the next operation, below [`STAMP_LIMIT`] when it is used.
    stamp: u32,
    default_ttl: Duration,
    /// The time to live of each slot, kept only if uses start it anew.
    pub(super) sliding: Option<Vec<Duration>>,
    weigher: Option<Weigher<K, V>>,
    listener: Option<Listener<K, V>>,
    /// What left and was not told yet; empty between operations and without a listener.
    left: Vec<(K, V, RemovalReason)>,
}

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> Cache<K, V, C, S> {
    pub(super) fn new(
        kind: PolicyKind,
        capacity: Capacity,
        clock: C,
        wishes: CacheBuilder<K, V, S>,
    ) -> Self {
        Self {
            slots: Slots::new(kind, capacity),
            pairs: Pairs::new(wishes.hasher),
            latest: Cell::new(Instant::ORIGIN),
            clock,
            stamp: wishes.first_stamp,
            default_ttl: wishes.default_ttl,
            sliding: wishes.sliding.then(Vec::new),
            weigher: wishes.weigher,
            listener: wishes.listener,
            left: Vec::new(),
        }
    }

    /// Holds `value` for `key` for the default time to live; false if the two are heavier than the
    /// cache may be, or than its policy admits. An older value leaves as replaced either way, a
    /// refused pair as refused. Amortised O(1).
    pub fn insert(&mut self, key: K, value: V) -> bool {
        self.insert_with_ttl(key, value, self.default_ttl)
    }

    /// Holds `value` for `key` for `ttl`, otherwise as [`Cache::insert`]. With a `ttl` of zero the
    /// entry is dead from the start; with [`Duration::MAX`] it does not expire.
    pub fn insert_with_ttl(&mut self, key: K, value: V, ttl: Duration) -> bool {
        let put = self.put(key, value, ttl);
        let held = put.is_ok();
        if let Err(refused) = put {
            self.leave(refused.key, refused.value, RemovalReason::Refused);
        }
        self.tell();
        held
    }

    /// Holds `value` for `key` for the default time to live, or gives both back.
    ///
    /// # Errors
    ///
    /// [`TooHeavy`] if they are heavier than the cache may be, or than its policy admits; an older
    /// value has left even so.
    pub fn try_insert(&mut self, key: K, value: V) -> Result<(), TooHeavy<K, V>> {
        self.try_insert_with_ttl(key, value, self.default_ttl)
    }

    /// Holds `value` for `key` for `ttl`, or gives both back.
    ///
    /// # Errors
    ///
    /// [`TooHeavy`] if they are heavier than the cache may be, or than its policy admits; an older
    /// value has left even so.
    pub fn try_insert_with_ttl(
        &mut self,
        key: K,
        value: V,
        ttl: Duration,
    ) -> Result<(), TooHeavy<K, V>> {
        let put = self.put(key, value, ttl);
        self.tell();
        put
    }

    /// Returns the value of `key` and marks it used; counts a hit or a miss. Amortised O(1).
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.used(key)?;
        self.pairs.get(slot).map(|pair| &pair.value)
    }

    /// Returns the value of `key`, to be changed, and marks it used; counts a hit or a miss. The
    /// entry keeps the weight it was inserted with. Amortised O(1).
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.used(key)?;
        self.pairs.get_mut(slot).map(|pair| &mut pair.value)
    }

    /// Removes `key`'s entry; false if it has none that lives. O(1).
    pub fn remove<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let living = self.living(self.now(), self.pairs.hash(key), key);
        if let Some(slot) = living {
            self.slots.remove(slot);
            self.give_up(slot, RemovalReason::Deleted);
        }
        self.tell();
        living.is_some()
    }

    /// Removes `key`'s entry and returns its value, which the listener does not get; counts a hit
    /// or a miss. O(1).
    pub fn take<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.used(key)?;
        self.slots.remove(slot);
        self.pairs.take(slot).map(|pair| pair.value)
    }

    /// Lets `key`'s entry live for `ttl` from now on; false if it has none that lives. Not a use.
    /// O(1).
    pub fn touch<Q>(&mut self, key: &Q, ttl: Duration) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.now();
        let living = self.living(now, self.pairs.hash(key), key);
        if let Some(slot) = living {
            self.slots.set_deadline(slot, now + ttl);
            self.note_ttl(slot, ttl);
        }
        self.tell();
        living.is_some()
    }

    /// Removes every entry and returns the memory to the allocator; the counters go on. O(n).
    pub fn clear(&mut self) {
        self.slots.clear();
        for pair in self.pairs.clear() {
            self.leave(pair.key, pair.value, RemovalReason::Cleared);
        }
        self.tell();
    }

    /// Frees the dead among the next [`SWEEP_SLOTS`](super::SWEEP_SLOTS) slots and returns whether
    /// there may be more: bounded work, for whoever has time to spare. Inserts do the same when
    /// the clock has moved.
    pub fn advance(&mut self) -> bool {
        let more = self.slots.sweep(self.now());
        self.collect();
        self.tell();
        more
    }

    /// Sets the counters back to zero.
    pub fn reset_stats(&mut self) {
        *self.slots.stats_mut() = Stats::default();
    }

    /// Reads the clock, never back and never as far as [`Instant::NEVER`].
    pub(super) fn now(&self) -> Instant {
        let now = self.clock.now().max(self.latest.get()).min(LAST_MOMENT);
        self.latest.set(now);
        now
    }

    fn put(&mut self, key: K, value: V, ttl: Duration) -> Result<(), TooHeavy<K, V>> {
        let now = self.now();
        let weight = self.weigher.as_ref().map_or(0, |weigh| weigh(&key, &value));
        let hash = self.pairs.hash(&key);
        let (stamp, deadline) = (self.next_stamp(), now + ttl);
        let created = Created::at(now);
        let slot = if let Some(slot) = self.living(now, hash, &key) {
            if !self.slots.replace(slot, stamp, now, deadline, weight) {
                self.give_up(slot, RemovalReason::Replaced);
                return Err(TooHeavy { key, value, weight });
            }
            if let Some(old) = self.pairs.swap(slot, Pair { key, value, created }) {
                self.leave(old.key, old.value, RemovalReason::Replaced);
            }
            self.collect();
            slot
        } else {
            let folded = (hash >> 32 ^ hash) as u32;
            let claimed = self.slots.insert_hashed(folded, stamp, now, deadline, weight);
            // Before the pair: one of the slots given up may be the one just taken.
            self.collect();
            let Some(slot) = claimed else { return Err(TooHeavy { key, value, weight }) };
            let limit = self.slots.trim(slot);
            self.pairs.put(slot, hash, Pair { key, value, created }, limit);
            slot
        };
        self.note_ttl(slot, ttl);
        Ok(())
    }

    /// Returns the slot of `key` after marking it used and counting.
    fn used<Q>(&mut self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.now();
        let Some(slot) = self.living(now, self.pairs.hash(key), key) else {
            self.slots.stats_mut().misses += 1;
            self.tell();
            return None;
        };
        let stamp = self.next_stamp();
        self.slots.touch(slot, stamp);
        if let Some(ttls) = &self.sliding {
            self.slots.set_deadline(slot, now + ttls[slot as usize]);
        }
        self.slots.stats_mut().hits += 1;
        Some(slot)
    }

    /// Returns the slot of `key` if its entry lives; a dead one is freed on the way. The caller
    /// tells the listener.
    fn living<Q>(&mut self, now: Instant, hash: u64, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let slot = self.pairs.find(hash, key)?;
        if self.slots.deadline(slot) > now {
            return Some(slot);
        }
        self.slots.expire(slot);
        self.give_up(slot, RemovalReason::Expired);
        None
    }

    /// Returns the number of this operation.
    fn next_stamp(&mut self) -> u32 {
        if self.stamp >= STAMP_LIMIT {
            self.stamp = self.slots.renumber();
        }
        self.stamp += 1;
        self.stamp - 1
    }

    fn note_ttl(&mut self, slot: u32, ttl: Duration) {
        let Some(ttls) = &mut self.sliding else { return };
        if slot as usize >= ttls.len() {
            ttls.resize(slot as usize + 1, Duration::MAX);
        }
        ttls[slot as usize] = ttl;
    }

    /// Takes the pairs out of the slots that were given up on the way.
    fn collect(&mut self) {
        if self.slots.removals().is_empty() {
            return;
        }
        for at in 0..self.slots.removals().len() {
            let Removal { slot, reason } = self.slots.removals()[at];
            self.give_up(slot, reason);
        }
        self.slots.forget_removals();
    }

    fn give_up(&mut self, slot: u32, reason: RemovalReason) {
        if let Some(pair) = self.pairs.take(slot) {
            self.leave(pair.key, pair.value, reason);
        }
    }

    fn leave(&mut self, key: K, value: V, reason: RemovalReason) {
        if self.listener.is_some() {
            self.left.push((key, value, reason));
        }
    }

    /// Tells the listener what left. The last step of every operation that may remove.
    fn tell(&mut self) {
        if let Some(listener) = &mut self.listener {
            for (key, value, reason) in self.left.drain(..) {
                listener(key, value, reason);
            }
        }
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    #[doc(hidden)]
    pub fn validate(&self) {
        self.slots.validate();
        self.pairs.validate(self.slots.slab());
        assert!(self.slots.removals().is_empty() && self.left.is_empty(), "all left were told");
    }
}

/// The latest moment a cache knows, so that what never expires does not expire then.
const LAST_MOMENT: Instant = Instant::from_nanos(Instant::NEVER.as_nanos() - 1);
