//! The keys of which a node knows the version: held ones with their values, and gone ones.
//!
//! What is known lies in one array; a table of numbers finds a key there. A table of the things
//! themselves would be half empty, and it is that table that a million entries outgrow. Key and
//! value are one piece of memory. Held entries have slots of [`Slots`], which decides who goes when
//! there is no room. Gone keys wait in a FIFO of twice as many; an eighth of the node's weight is
//! theirs. What leaves the FIFO is *fallen* and handed to the replica, which raises its cell.
//!
//! 48 bytes a key beside key and value, 6 to 11 in the table; 32 in the slots and what the policy
//! takes while it is held, 16 while it is gone.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use hashbrown::HashTable;

use crate::cluster::rules::{Rule, Rules};
use crate::index::{HashKey, NO_SLOT, Sequence, hash};
use crate::policy::STAMP_LIMIT;
use crate::store::{Capacity, RemovalReason, Slots};
use crate::time::Instant;
use crate::wire::Version;

use super::kept::{DEAD, ENTRY_BYTES, EVICTED, HELD, Kept};
use super::{ReplicaConfig, Write};

/// What is known exactly of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) version: Version,
    pub(super) expires_at_ms: u64,
    pub(super) flags: u32,
    /// The value, if it is here.
    pub(super) value: Option<&'a [u8]>,
    /// Whether it is deleted or expired, not only evicted.
    pub(super) is_dead: bool,
}

/// The keys of one node.
#[derive(Debug)]
pub(super) struct Memory {
    known: Vec<Kept>,
    /// The first place of `known` that is free.
    free: u32,
    /// The place of each key.
    index: HashTable<u32>,
    slots: Slots<Instant>,
    /// Whose each slot in use is.
    owners: Vec<u32>,
    stamp: u32,
    gone: Sequence<u32>,
    gone_weight: u64,
    next_seat: u64,
    gone_max: usize,
    gone_weight_max: u64,
    fallen: VecDeque<(Box<[u8]>, Version)>,
    rejects_next: bool,
    rules: Rules,
    hash_key: HashKey,
}

impl Memory {
    /// Returns a memory without keys.
    pub(super) fn new(config: &ReplicaConfig) -> Self {
        let gone_weight_max = config.weight / 8;
        let weight = config.weight - gone_weight_max;
        let capacity = Capacity { entries: config.entries, weight };
        Self {
            known: Vec::new(),
            free: NO_SLOT,
            index: HashTable::new(),
            slots: Slots::new(config.policy, capacity),
            owners: Vec::new(),
            stamp: 0,
            gone: Sequence::default(),
            gone_weight: 0,
            next_seat: 0,
            gone_max: config.entries as usize * 2,
            gone_weight_max,
            fallen: VecDeque::new(),
            rejects_next: false,
            rules: config.rules,
            hash_key: config.hash_key,
        }
    }

    /// Returns how many keys are held and how many are gone.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.slots.held() as usize, self.gone.len())
    }

    /// Returns what is known of `key`.
    pub(super) fn find(&self, key: &[u8]) -> Option<Known<'_>> {
        self.place_of(hash(self.hash_key, key), key).map(|at| self.at(at))
    }

    fn at(&self, at: u32) -> Known<'_> {
        let kept = &self.known[at as usize];
        let (flags, value) = kept.value().map_or((0, None), |(flags, value)| (flags, Some(value)));
        let Kept { version, expires_at_ms, .. } = *kept;
        let is_dead = kept.state() == DEAD;
        Known { version, expires_at_ms, flags, value, is_dead }
    }

    /// Returns the seat of a key that is gone.
    fn seat_of(&self, kept: &Kept) -> u64 {
        // Fewer than 2³² seats are taken at any time.
        self.next_seat - u64::from((self.next_seat as u32).wrapping_sub(kept.place))
    }

    /// Whether the value of `key` is here, also if its time is over.
    pub(super) fn is_held(&self, key: &[u8]) -> bool {
        self.find(key).is_some_and(|known| known.value.is_some())
    }

    /// Notes a use of `key`, if it is held, and returns what is known of it.
    pub(super) fn touch(&mut self, key: &[u8]) -> Option<Known<'_>> {
        let stamp = self.next_stamp();
        let at = self.place_of(hash(self.hash_key, key), key)?;
        let kept = &self.known[at as usize];
        if kept.state() == HELD {
            self.slots.touch(kept.place, stamp);
        }
        Some(self.at(at))
    }

    /// Gives the held record of `key` a later end; never an earlier one. A gone one stays gone.
    pub(super) fn extend(&mut self, key: &[u8], expires_at_ms: u64) {
        let Some(at) = self.place_of(hash(self.hash_key, key), key) else { return };
        let kept = &mut self.known[at as usize];
        if kept.state() == DEAD {
            return;
        }
        kept.expires_at_ms = kept.expires_at_ms.max(expires_at_ms);
        if kept.state() == HELD {
            self.slots.set_deadline(kept.place, instant(kept.expires_at_ms));
        }
    }

    /// Knows from now on that `key` has the version of `write`, and holds its value if there is one
    /// that lives and has room.
    pub(super) fn set(&mut self, wall_ms: u64, key: &[u8], write: Write) {
        let hash = hash(self.hash_key, key);
        let at = match self.place_of(hash, key) {
            Some(at) => {
                self.leave(at);
                at
            }
            None => self.add(hash, key),
        };
        let Write { version, expires_at_ms, flags, value, .. } = write;
        let value = value.filter(|_| expires_at_ms > wall_ms);
        let is_dead = value.is_none();
        let is_rejected = !is_dead && core::mem::take(&mut self.rejects_next);
        let slot = match &value {
            Some(value) if !is_rejected => {
                let weight = (key.len() + value.len()) as u64 + ENTRY_BYTES;
                // The policy knows keys by hash, also those that have left.
                self.claim(wall_ms, expires_at_ms, hash as u32, weight)
            }
            _ => None,
        };
        let kept = &mut self.known[at as usize];
        (kept.version, kept.expires_at_ms) = (version, expires_at_ms);
        if let (Some(slot), Some(value)) = (slot, value) {
            kept.hold(slot, flags, &value);
            if slot as usize == self.owners.len() {
                self.owners.push(at);
            } else {
                self.owners[slot as usize] = at;
            }
        } else {
            self.take_seat(at, is_dead);
        }
        self.bound_gone();
    }

    /// Marks the held record of `key` as expired.
    pub(super) fn expire(&mut self, key: &[u8]) {
        self.give_up(key, true);
    }

    /// Gives up the value of `key`, if it is held.
    pub(super) fn evict(&mut self, key: &[u8]) {
        self.give_up(key, false);
    }

    /// Turns the next new value away.
    pub(super) fn reject_next(&mut self) {
        self.rejects_next = true;
    }

    /// Forgets `key` without a trace: its version is at or below the floor of its namespace.
    pub(super) fn forget(&mut self, key: &[u8]) {
        if let Some(at) = self.place_of(hash(self.hash_key, key), key) {
            self.leave(at);
            self.remove(at);
        }
    }

    /// Returns the next key that fell out, with the version that was known of it.
    pub(super) fn pop_fallen(&mut self) -> Option<(Box<[u8]>, Version)> {
        self.fallen.pop_front()
    }

    fn place_of(&self, hash: u64, key: &[u8]) -> Option<u32> {
        self.index.find(hash, |&at| self.known[at as usize].key() == key).copied()
    }

    /// Makes a place for `key`, of which nothing is known yet.
    fn add(&mut self, hashed: u64, key: &[u8]) -> u32 {
        let known = Kept::new(key);
        let at = if self.free == NO_SLOT {
            self.known.push(known);
            self.known.len() as u32 - 1
        } else {
            let at = self.free;
            self.free = core::mem::replace(&mut self.known[at as usize], known).place;
            at
        };
        let Self { known, hash_key, .. } = self;
        let rehash = |&at: &u32| hash(*hash_key, known[at as usize].key());
        self.index.insert_unique(hashed, at, rehash);
        at
    }

    /// Frees the place of a key that has neither slot nor seat, and returns the key.
    fn remove(&mut self, at: u32) -> Box<[u8]> {
        let key = self.known[at as usize].release(self.free);
        self.free = at;
        let found = self.index.find_entry(hash(self.hash_key, &key), |&other| other == at);
        if let Ok(found) = found {
            found.remove();
        }
        key
    }

    /// Takes slot or seat from a key.
    fn leave(&mut self, at: u32) {
        let kept = &self.known[at as usize];
        if kept.state() == HELD {
            self.slots.remove(kept.place);
        } else {
            self.gone_weight -= kept.gone_weight();
            self.gone.remove(self.seat_of(kept));
        }
    }

    /// Takes a slot for a new entry; what must make room for it is gone.
    fn claim(&mut self, wall_ms: u64, expires: u64, hash: u32, weight: u64) -> Option<u32> {
        let stamp = self.next_stamp();
        let (now, deadline) = (instant(wall_ms), instant(expires));
        let slot = self.slots.insert_hashed(hash, stamp, now, deadline, weight);
        // What left is told by slot, and the new entry may have got one of these.
        let removed = self.slots.removals().iter();
        let removed: Vec<_> =
            removed.map(|one| (self.owners[one.slot as usize], one.reason)).collect();
        self.slots.forget_removals();
        for (at, reason) in removed {
            self.lose_value(at, reason == RemovalReason::Expired);
        }
        slot
    }

    /// Gives up the value and the slot of `key`, if it is held.
    fn give_up(&mut self, key: &[u8], is_dead: bool) {
        let Some(at) = self.place_of(hash(self.hash_key, key), key) else { return };
        if self.known[at as usize].state() == HELD {
            self.leave(at);
            self.lose_value(at, is_dead);
            self.bound_gone();
        }
    }

    /// Turns a held key, whose slot is free already, into a gone one.
    fn lose_value(&mut self, at: u32, is_dead: bool) {
        let rule = if is_dead { Rule::ExpiryRemembers } else { Rule::Memory };
        if self.rules.holds(rule) && self.rules.holds(Rule::Memory) {
            self.take_seat(at, is_dead);
        } else {
            self.remove(at);
        }
    }

    /// Puts a key at the end of the FIFO, without a value.
    fn take_seat(&mut self, at: u32, is_dead: bool) {
        let kept = &mut self.known[at as usize];
        kept.drop_value();
        kept.set_state(if is_dead { DEAD } else { EVICTED }, self.next_seat as u32);
        self.gone.push(self.next_seat, at);
        self.gone_weight += kept.gone_weight();
        self.next_seat += 1;
    }

    /// Lets the oldest gone keys fall until the others fit.
    fn bound_gone(&mut self) {
        while self.gone.len() > self.gone_max || self.gone_weight > self.gone_weight_max {
            let Some((_, &at)) = self.gone.first() else { return };
            self.leave(at);
            let version = self.known[at as usize].version;
            let key = self.remove(at);
            self.fallen.push_back((key, version));
        }
    }

    fn next_stamp(&mut self) -> u32 {
        if self.stamp >= STAMP_LIMIT {
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
    pub(super) fn validate(&self) {
        self.slots.validate();
        assert!(self.gone.len() <= self.gone_max && self.gone_weight <= self.gone_weight_max);
        assert_eq!(self.index.len(), self.gone.len() + self.slots.held() as usize);
        for &at in &self.index {
            let kept = &self.known[at as usize];
            assert_eq!(self.place_of(hash(self.hash_key, kept.key()), kept.key()), Some(at));
            assert_eq!(kept.value().is_some(), kept.state() == HELD);
            if kept.state() == HELD {
                assert_eq!(self.owners[kept.place as usize], at);
            } else {
                assert_eq!(self.gone.get(self.seat_of(kept)), Some(&at));
            }
        }
        let free = self.known.iter().filter(|kept| kept.is_free()).count();
        assert_eq!(free + self.index.len(), self.known.len());
    }
}

/// Returns a wall clock's milliseconds as the slots count time.
fn instant(ms: u64) -> Instant {
    Instant::from_nanos(ms.saturating_mul(1_000_000))
}
