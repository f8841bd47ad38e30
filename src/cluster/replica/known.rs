//! The keys of which a node knows the version: held ones with their values, and gone ones.
//!
//! Held entries have slots of [`Slots`], which decides who goes when there is no room. Gone keys
//! wait in a FIFO of twice as many; an eighth of the node's weight is theirs. What leaves the FIFO
//! is *fallen* and handed to the replica, which raises its cell.
//!
//! 40 bytes a key beside key and value, 24 more while it is gone.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::cluster::rules::{Rule, Rules};
use crate::index::{HashKey, Keyed, Sequence, hash};
use crate::policy::STAMP_LIMIT;
use crate::store::{Capacity, RemovalReason, Slots};
use crate::time::Instant;
use crate::wire::Version;

use super::{ReplicaConfig, Write};

/// What is known exactly of one key.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) version: Version,
    pub(super) expires_at_ms: u64,
    pub(super) flags: u32,
    pub(super) state: State,
}

/// Where the value is.
#[derive(Debug)]
pub(super) enum State {
    /// Here.
    Held { slot: u32, value: Box<[u8]> },
    /// Nowhere; the key is the `seat`th of the FIFO.
    Gone { seat: u64, dead: bool },
}

/// The keys of one node.
#[derive(Debug)]
pub(super) struct Memory {
    known: HashMap<Arc<[u8]>, Known, Keyed>,
    slots: Slots<Instant>,
    /// The key of each slot in use.
    keys: Vec<Arc<[u8]>>,
    stamp: u32,
    gone: Sequence<Arc<[u8]>>,
    gone_weight: u64,
    next_seat: u64,
    gone_max: usize,
    gone_weight_max: u64,
    fallen: VecDeque<(Arc<[u8]>, Known)>,
    rejects_next: bool,
    rules: Rules,
    hash_key: HashKey,
}

impl Known {
    pub(super) const fn is_held(&self) -> bool {
        matches!(self.state, State::Held { .. })
    }

    /// Whether it is deleted or expired, not only evicted.
    pub(super) const fn is_dead(&self) -> bool {
        matches!(self.state, State::Gone { dead: true, .. })
    }
}

impl Memory {
    /// Returns a memory without keys.
    pub(super) fn new(config: &ReplicaConfig) -> Self {
        let gone_weight_max = config.weight / 8;
        let weight = config.weight - gone_weight_max;
        let capacity = Capacity { entries: config.entries, weight };
        Self {
            known: HashMap::with_hasher(Keyed(config.hash_key)),
            slots: Slots::new(config.policy, capacity),
            keys: Vec::new(),
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
    pub(super) fn find(&self, key: &[u8]) -> Option<&Known> {
        self.known.get(key)
    }

    /// Whether the value of `key` is here, also if its time is over.
    pub(super) fn is_held(&self, key: &[u8]) -> bool {
        self.find(key).is_some_and(Known::is_held)
    }

    /// Notes a use of `key`, if it is held, and returns what is known of it.
    pub(super) fn touch(&mut self, key: &[u8]) -> Option<&Known> {
        let stamp = self.next_stamp();
        let known = self.known.get(key)?;
        if let State::Held { slot, .. } = known.state {
            self.slots.touch(slot, stamp);
        }
        Some(known)
    }

    /// Gives the held record of `key` a later end; never an earlier one. A gone one stays gone.
    pub(super) fn extend(&mut self, key: &[u8], expires_at_ms: u64) {
        let Some(known) = self.known.get_mut(key) else { return };
        if known.is_dead() {
            return;
        }
        known.expires_at_ms = known.expires_at_ms.max(expires_at_ms);
        if let State::Held { slot, .. } = known.state {
            self.slots.set_deadline(slot, instant(known.expires_at_ms));
        }
    }

    /// Knows from now on that `key` has the version of `write`, and holds its value if there is one
    /// that lives and has room.
    pub(super) fn set(&mut self, wall_ms: u64, key: &[u8], write: Write) {
        // The key that was there serves the new record, too.
        let key = self.take(key).unwrap_or_else(|| key.into());
        let Write { version, expires_at_ms, flags, value, .. } = write;
        let value = value.filter(|_| expires_at_ms > wall_ms);
        let is_dead = value.is_none();
        let is_rejected = !is_dead && core::mem::take(&mut self.rejects_next);
        let slot = match &value {
            Some(value) if !is_rejected => self.claim(wall_ms, expires_at_ms, &key, value.len()),
            _ => None,
        };
        let state = match (slot, value) {
            (Some(slot), Some(value)) => State::Held { slot, value: value.into_boxed_slice() },
            _ => self.take_seat(&key, is_dead),
        };
        self.known.insert(key, Known { version, expires_at_ms, flags, state });
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

    /// Forgets `key` without a trace: its version is at or below the floor of its namespace, or is
    /// about to be replaced by a higher one.
    pub(super) fn forget(&mut self, key: &[u8]) {
        self.take(key);
    }

    /// Forgets `key` and returns it as it was kept.
    fn take(&mut self, key: &[u8]) -> Option<Arc<[u8]>> {
        let (key, known) = self.known.remove_entry(key)?;
        match known.state {
            State::Held { slot, .. } => self.slots.remove(slot),
            State::Gone { seat, .. } => {
                self.leave_seat(seat);
            }
        }
        Some(key)
    }

    /// Returns the next key that fell out, with what was known of it.
    pub(super) fn pop_fallen(&mut self) -> Option<(Arc<[u8]>, Known)> {
        self.fallen.pop_front()
    }

    /// Takes a slot for a new entry; what must make room for it is gone.
    fn claim(&mut self, wall_ms: u64, expires: u64, key: &Arc<[u8]>, bytes: usize) -> Option<u32> {
        let stamp = self.next_stamp();
        let weight = (key.len() + bytes) as u64 + ENTRY_BYTES;
        // The policy knows keys by hash, also those that have left.
        let hash = hash(self.hash_key, key) as u32;
        let (now, deadline) = (instant(wall_ms), instant(expires));
        let slot = self.slots.insert_hashed(hash, stamp, now, deadline, weight);
        // What left is told by slot, and the new entry may have got one of these.
        let removed = self.slots.removals().iter();
        let removed: Vec<_> =
            removed.map(|one| (Arc::clone(&self.keys[one.slot as usize]), one.reason)).collect();
        self.slots.forget_removals();
        for (key, reason) in removed {
            let is_dead = reason == RemovalReason::Expired;
            self.lose_value(&key, is_dead);
        }
        let slot = slot?;
        if slot as usize == self.keys.len() {
            self.keys.push(Arc::clone(key));
        } else {
            self.keys[slot as usize] = Arc::clone(key);
        }
        Some(slot)
    }

    /// Gives up the value and the slot of `key`, if it is held.
    fn give_up(&mut self, key: &[u8], is_dead: bool) {
        let Some((key, known)) = self.known.get_key_value(key) else { return };
        let State::Held { slot, .. } = known.state else { return };
        let key = Arc::clone(key);
        self.slots.remove(slot);
        self.lose_value(&key, is_dead);
        self.bound_gone();
    }

    /// Turns a held key, whose slot is free already, into a gone one.
    fn lose_value(&mut self, key: &Arc<[u8]>, is_dead: bool) {
        let rule = if is_dead { Rule::ExpiryRemembers } else { Rule::Memory };
        if !self.rules.holds(rule) || !self.rules.holds(Rule::Memory) {
            self.known.remove(key);
            return;
        }
        let state = self.take_seat(key, is_dead);
        if let Some(known) = self.known.get_mut(key) {
            known.state = state;
        }
    }

    /// Puts `key` at the end of the FIFO.
    fn take_seat(&mut self, key: &Arc<[u8]>, dead: bool) -> State {
        let seat = self.next_seat;
        self.next_seat += 1;
        self.gone.push(seat, Arc::clone(key));
        self.gone_weight += key.len() as u64 + ENTRY_BYTES;
        State::Gone { seat, dead }
    }

    fn leave_seat(&mut self, seat: u64) -> Option<Arc<[u8]>> {
        let key = self.gone.remove(seat)?;
        self.gone_weight -= key.len() as u64 + ENTRY_BYTES;
        Some(key)
    }

    /// Lets the oldest gone keys fall until the others fit.
    fn bound_gone(&mut self) {
        while self.gone.len() > self.gone_max || self.gone_weight > self.gone_weight_max {
            let Some((seat, _)) = self.gone.first() else { return };
            let Some(key) = self.leave_seat(seat) else { return };
            if let Some(known) = self.known.remove(&key) {
                self.fallen.push_back((key, known));
            }
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
        assert_eq!(self.known.len(), self.gone.len() + self.slots.held() as usize);
        for (key, known) in &self.known {
            match known.state {
                State::Held { slot, .. } => assert_eq!(&self.keys[slot as usize], key),
                State::Gone { seat, .. } => assert_eq!(self.gone.get(seat), Some(key)),
            }
        }
    }
}

/// Returns a wall clock's milliseconds as the slots count time.
fn instant(ms: u64) -> Instant {
    Instant::from_nanos(ms.saturating_mul(1_000_000))
}

/// What an entry weighs beside its key and value.
const ENTRY_BYTES: u64 = 64;
