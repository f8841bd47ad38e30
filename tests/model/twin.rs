//! The naive twin: a list of entries, searched from end to end.
//!
//! It holds what the cache should hold, dead entries that were not freed yet included, and judges
//! the removals: a swept entry must be dead, a victim must be the policy's choice among all held
//! (for the newer policies, whose choice `tests/policies_twins.rs` judges, it must be held at all),
//! room must have been needed, and in a small cache no dead entry may be left when a living one
//! goes. In which order one step of the sweep reports the dead is the cache's own affair.

use std::collections::VecDeque;
use std::time::Duration;

use tidecache::{Instant, PolicyKind, RemovalReason, Stats};

use super::{Removed, Setup, Value};

/// One entry, with all that any policy could ask.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) key: u16,
    pub(crate) value: Value,
    pub(crate) weight: u64,
    pub(crate) created: Instant,
    pub(crate) deadline: Instant,
    ttl: Duration,
    /// How often it was used, its insert included.
    uses: u64,
    /// The step of its last use; a new value is one.
    used: u64,
    /// The step of its last use that LFU counts; a new value is none.
    counted: u64,
    /// The step of its first insert.
    arrived: u64,
}

/// The cache as the documents describe it.
pub(crate) struct Twin {
    pub(crate) now: Instant,
    pub(crate) stats: Stats,
    /// What the listener got and was not judged yet.
    pub(crate) events: VecDeque<Removed>,
    /// Whether one step of the sweep sees every slot.
    pub(crate) is_small: bool,
    kind: PolicyKind,
    setup: Setup,
    held: Vec<Held>,
    step: u64,
}

impl Twin {
    pub(crate) fn new(kind: PolicyKind, setup: &Setup) -> Self {
        Self {
            now: Instant::ORIGIN,
            stats: Stats::default(),
            events: VecDeque::new(),
            is_small: setup.keys <= 4096,
            kind,
            setup: setup.clone(),
            held: Vec::new(),
            step: 0,
        }
    }

    pub(crate) fn insert(
        &mut self,
        key: u16,
        value: Value,
        ttl: Option<Duration>,
        given_back: bool,
    ) -> bool {
        let at = self.living_at(key);
        if value.weight > self.max_weight() {
            if let Some(at) = at {
                self.leave(at, RemovalReason::Replaced);
            }
            if !given_back {
                self.expect((key, value, RemovalReason::Refused));
            }
            return false;
        }
        let mut entry = self.new_entry(key, value, ttl.unwrap_or(self.setup.default_ttl));
        if let Some(at) = at {
            let old = self.held[at].clone();
            self.leave(at, RemovalReason::Replaced);
            (entry.uses, entry.counted, entry.arrived) = (old.uses, old.counted, old.arrived);
        }
        self.accept_swept();
        if at.is_none() && self.is_turned_away(key, value, given_back) {
            return false;
        }
        if self.is_small {
            let is_dead = |held: &Held| held.deadline <= self.now;
            assert!(!self.held.iter().any(is_dead), "the dead go before the living");
        }
        self.make_room(entry.weight);
        self.held.push(entry);
        true
    }

    pub(crate) fn get(&mut self, key: u16) -> Option<Value> {
        let Some(at) = self.living_at(key) else {
            self.stats.misses += 1;
            return None;
        };
        self.stats.hits += 1;
        self.step += 1;
        let held = &mut self.held[at];
        held.uses += 1;
        (held.used, held.counted) = (self.step, self.step);
        if self.setup.sliding {
            held.deadline = self.now + held.ttl;
        }
        Some(held.value)
    }

    /// A value that is changed in place keeps its weight.
    pub(crate) fn change(&mut self, key: u16, serial: u64) {
        if let Some(at) = self.living_at(key) {
            self.held[at].value.serial = serial;
        }
    }

    pub(crate) fn take(&mut self, key: u16) -> Option<Value> {
        let value = self.get(key)?;
        self.held.retain(|held| held.key != key);
        Some(value)
    }

    pub(crate) fn remove(&mut self, key: u16) -> bool {
        let at = self.living_at(key);
        if let Some(at) = at {
            self.leave(at, RemovalReason::Deleted);
        }
        at.is_some()
    }

    pub(crate) fn touch(&mut self, key: u16, ttl: Duration) -> bool {
        let at = self.living_at(key);
        if let Some(at) = at {
            (self.held[at].ttl, self.held[at].deadline) = (ttl, self.now + ttl);
        }
        at.is_some()
    }

    pub(crate) fn advance(&mut self, more: bool) {
        self.accept_swept();
        let dead = self.held.iter().any(|held| held.deadline <= self.now);
        assert!(more || !dead, "an advance that has seen all has freed all");
        assert!(!more || !self.is_small, "a small cache is seen in one step");
    }

    pub(crate) fn clear(&mut self) {
        let mut events: Vec<Removed> = self.events.drain(..).collect();
        events.sort_unstable();
        self.held.sort_unstable_by_key(|held| held.key);
        let cleared =
            self.held.drain(..).map(|held| (held.key, held.value, RemovalReason::Cleared));
        assert!(cleared.eq(events), "everything was cleared");
    }

    pub(crate) fn living(&self, key: u16) -> Option<&Held> {
        self.held.iter().find(|held| held.key == key && held.deadline > self.now)
    }

    pub(crate) fn all_living(&self) -> Vec<(u16, Value)> {
        let living = self.held.iter().filter(|held| held.deadline > self.now);
        let mut pairs: Vec<_> = living.map(|held| (held.key, held.value)).collect();
        pairs.sort_unstable();
        pairs
    }

    pub(crate) fn weight(&self) -> u64 {
        self.held.iter().map(|held| held.weight).sum()
    }

    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.held.iter().map(|held| held.deadline).min().and_then(finite)
    }

    fn new_entry(&mut self, key: u16, value: Value, ttl: Duration) -> Held {
        self.step += 1;
        Held {
            key,
            value,
            weight: value.weight,
            created: self.now,
            deadline: self.now + ttl,
            ttl,
            uses: 1,
            used: self.step,
            counted: self.step,
            arrived: self.step,
        }
    }

    /// Returns where the living entry of `key` is; a dead one must have been reported.
    fn living_at(&mut self, key: u16) -> Option<usize> {
        let at = self.held.iter().position(|held| held.key == key)?;
        if self.held[at].deadline > self.now {
            return Some(at);
        }
        self.stats.expirations += 1;
        self.leave(at, RemovalReason::Expired);
        None
    }

    /// Accepts what a step of the sweep has freed: anything, if it is dead.
    fn accept_swept(&mut self) {
        while let Some(&(key, _, RemovalReason::Expired)) = self.events.front() {
            let dead = |held: &Held| held.key == key && held.deadline <= self.now;
            let at = self.held.iter().position(dead).expect("only the dead are swept");
            self.stats.expirations += 1;
            self.leave(at, RemovalReason::Expired);
        }
    }

    fn make_room(&mut self, weight: u64) {
        let max_entries = self.setup.limits.entries.unwrap_or(usize::MAX);
        while self.held.len() >= max_entries || self.weight() + weight > self.max_weight() {
            let at = self.victim();
            if self.held[at].deadline <= self.now {
                self.stats.expirations += 1;
                self.leave(at, RemovalReason::Expired);
            } else {
                self.stats.evictions += 1;
                self.leave(at, RemovalReason::Evicted);
            }
        }
    }

    /// Whether the policy, as the cache says, has not let in what is heavy and seldom asked for.
    fn is_turned_away(&mut self, key: u16, value: Value, given_back: bool) -> bool {
        let refused = (key, value, RemovalReason::Refused);
        if !given_back && self.events.front() != Some(&refused) {
            return false;
        }
        let admits = matches!(self.kind, PolicyKind::WTinyLfu | PolicyKind::Adaptive);
        assert!(admits && value.weight > self.max_weight() / 8, "only what is heavy is tested");
        if !given_back {
            self.expect(refused);
        }
        true
    }

    /// Returns who goes next.
    fn victim(&self) -> usize {
        if matches!(self.kind, PolicyKind::Lru | PolicyKind::Lfu | PolicyKind::Fifo) {
            let ranked = (0..self.held.len()).min_by_key(|&at| self.rank(at));
            return ranked.expect("one is held");
        }
        let left = self.events.front().map(|&(key, ..)| key);
        let at = self.held.iter().position(|held| Some(held.key) == left);
        at.expect("somebody leaves who was held")
    }

    /// Whoever has the least rank goes first.
    fn rank(&self, at: usize) -> (u64, u64) {
        let held = &self.held[at];
        match self.kind {
            PolicyKind::Lru => (0, held.used),
            PolicyKind::Lfu => (held.uses, held.counted),
            PolicyKind::Fifo => (0, held.arrived),
            other => unreachable!("{other:?} has no twin"),
        }
    }

    fn max_weight(&self) -> u64 {
        self.setup.limits.weight.unwrap_or(u64::MAX)
    }

    /// Drops an entry, and expects that this is what the listener got next.
    fn leave(&mut self, at: usize, reason: RemovalReason) {
        let held = self.held.swap_remove(at);
        self.expect((held.key, held.value, reason));
    }

    fn expect(&mut self, removed: Removed) {
        assert_eq!(self.events.pop_front(), Some(removed), "what leaves next");
    }
}

/// `None` for a deadline that never comes.
pub(crate) fn finite(deadline: Instant) -> Option<Instant> {
    (deadline != Instant::NEVER).then_some(deadline)
}
