//! A cache and its naive twin, kept in step.
//!
//! [`Pair::apply`] makes one operation on the real cache and lets the [`Twin`] judge it: the value
//! returned, every pair the listener got (which, why, in which order), the statistics and all that
//! can be asked. `validate` runs after each step.

mod script;
mod twin;

use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidecache::{
    Cache, CacheBuilder, Clock, Instant, ManualClock, PolicyKind, RemovalReason, TooHeavy,
};

pub(crate) use script::{INSERT, Limits, Op, Rng, Setup, seeds};
use twin::Twin;

/// What the listener gets: the key, the value, and why.
pub(crate) type Removed = (u16, Value, RemovalReason);

/// A value tells itself from every other, and says what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Value {
    pub(crate) serial: u64,
    pub(crate) weight: u64,
}

/// The real cache and the twin that judges it.
pub(crate) struct Pair {
    cache: Cache<u16, Value, ManualClock>,
    clock: ManualClock,
    removed: Arc<Mutex<Vec<Removed>>>,
    twin: Twin,
    serial: u64,
    /// What the counters had counted when they were reset.
    evictions: u64,
    expirations: u64,
}

impl Pair {
    pub(crate) fn new(kind: PolicyKind, setup: &Setup) -> Self {
        let (clock, removed) = (ManualClock::new(), Arc::new(Mutex::new(Vec::new())));
        let sink = removed.clone();
        let mut builder = CacheBuilder::new()
            .policy(kind)
            .sliding(setup.sliding)
            .default_ttl(setup.default_ttl)
            .first_stamp(setup.first_stamp)
            .weigher(|_, value: &Value| value.weight)
            .on_removal(move |key, value, reason| {
                sink.lock().expect("no listener panics").push((key, value, reason));
            });
        if let Some(entries) = setup.limits.entries {
            builder = builder.max_entries(entries);
        }
        if let Some(weight) = setup.limits.weight {
            builder = builder.max_weight(weight);
        }
        let cache = builder.build_with_clock(clock.clone()).expect("the setup is sound");
        Self {
            cache,
            clock,
            removed,
            twin: Twin::new(kind, setup),
            serial: 0,
            evictions: 0,
            expirations: 0,
        }
    }

    /// Makes one operation on both and compares.
    pub(crate) fn apply(&mut self, op: Op) {
        self.serial += 1;
        // Like the cache, the twin learns the time only from operations that read the clock.
        let blind =
            matches!(op, Op::Wait { .. } | Op::StepBack { .. } | Op::Clear | Op::ResetStats);
        if !blind {
            self.twin.now = self.twin.now.max(self.clock.now());
        }
        self.act(op);
        let left = self.twin.events.len();
        assert_eq!(left, 0, "{op:?}: the listener got more than the twin: {:?}", self.twin.events);
        assert_eq!(self.cache.stats(), self.twin.stats, "{op:?}");
        assert_eq!(self.cache.weight(), self.twin.weight(), "{op:?}");
        self.check_deadline();
        self.cache.validate();
    }

    /// Returns how many entries were evicted and have expired in all, whatever was reset.
    pub(crate) fn losses(&self) -> [u64; 2] {
        let stats = self.cache.stats();
        [self.evictions + stats.evictions, self.expirations + stats.expirations]
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Insert { key, weight, ttl, give_back } => {
                let value = Value { serial: self.serial, weight };
                let held = self.insert(key, value, ttl, give_back);
                let given_back = give_back && !held;
                self.hear();
                assert_eq!(self.twin.insert(key, value, ttl, given_back), held, "{op:?}");
            }
            Op::Get { key } => {
                let got = self.cache.get(&key).copied();
                self.hear();
                assert_eq!(self.twin.get(key), got, "{op:?}");
            }
            Op::Change { key } => {
                let serial = self.serial;
                let got = self.cache.get_mut(&key).map(|value| value.serial = serial).is_some();
                self.hear();
                assert_eq!(self.twin.get(key).is_some(), got, "{op:?}");
                self.twin.change(key, serial);
            }
            Op::Take { key } => {
                let got = self.cache.take(&key);
                self.hear();
                assert_eq!(self.twin.take(key), got, "{op:?}");
            }
            Op::Remove { key } => {
                let got = self.cache.remove(&key);
                self.hear();
                assert_eq!(self.twin.remove(key), got, "{op:?}");
            }
            Op::Touch { key, ttl } => {
                let got = self.cache.touch(&key, ttl);
                self.hear();
                assert_eq!(self.twin.touch(key, ttl), got, "{op:?}");
            }
            Op::Look { key } => self.look(key),
            Op::LookAtAll => self.look_at_all(),
            Op::Advance => {
                let due = self.cache.next_deadline().is_some_and(|next| next <= self.twin.now);
                let more = self.cache.advance();
                self.hear();
                self.twin.advance(more);
                if due && self.twin.is_small {
                    assert_eq!(self.cache.next_deadline(), self.twin.first_deadline());
                }
            }
            Op::Clear => {
                self.cache.clear();
                self.hear();
                self.twin.clear();
            }
            Op::ResetStats => {
                self.cache.reset_stats();
                let before = mem::take(&mut self.twin.stats);
                self.evictions += before.evictions;
                self.expirations += before.expirations;
            }
            Op::Wait { span } => self.clock.advance(span),
            Op::StepBack { span } => {
                let nanos = self.clock.now().saturating_since(Instant::ORIGIN + span).as_nanos();
                self.clock.set(Instant::from_nanos(nanos as u64));
            }
        }
    }

    /// Whether the cache holds the pair now; what is given back must be the pair itself.
    fn insert(&mut self, key: u16, value: Value, ttl: Option<Duration>, give_back: bool) -> bool {
        let result = match (ttl, give_back) {
            (None, false) => return self.cache.insert(key, value),
            (Some(ttl), false) => return self.cache.insert_with_ttl(key, value, ttl),
            (None, true) => self.cache.try_insert(key, value),
            (Some(ttl), true) => self.cache.try_insert_with_ttl(key, value, ttl),
        };
        if let Err(TooHeavy { key: k, value: v, weight, .. }) = result {
            assert_eq!((k, v, weight), (key, value, value.weight));
            return false;
        }
        true
    }

    fn look(&self, key: u16) {
        let expected = self.twin.living(key);
        assert_eq!(self.cache.peek(&key), expected.map(|held| &held.value));
        assert_eq!(self.cache.contains(&key), expected.is_some());
        let entry = self
            .cache
            .entry(&key)
            .map(|entry| (*entry.value(), entry.weight(), entry.created(), entry.expires()));
        let expected = expected
            .map(|held| (held.value, held.weight, held.created, twin::finite(held.deadline)));
        assert_eq!(entry, expected);
    }

    fn look_at_all(&self) {
        let mut living: Vec<_> = self.cache.iter().map(|(&key, &value)| (key, value)).collect();
        living.sort_unstable();
        assert_eq!(living, self.twin.all_living());
        assert_eq!(self.cache.keys().count(), living.len());
        assert_eq!(self.cache.len(), living.len());
        assert_eq!(self.cache.is_empty(), living.is_empty());
    }

    /// The next deadline is never later than the first that is held.
    fn check_deadline(&self) {
        if let Some(first) = self.twin.first_deadline() {
            assert!(self.cache.next_deadline().is_some_and(|next| next <= first));
        }
    }

    /// Hands what the listener got to the twin.
    fn hear(&mut self) {
        let mut removed = self.removed.lock().expect("no listener panics");
        self.twin.events.extend(removed.drain(..));
    }
}
