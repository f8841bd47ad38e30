//! The slots and a naive twin of their policy, kept in step.

use std::collections::HashMap;
use std::time::Duration;

use tidecache::policy::Settled;
use tidecache::store::{Capacity, RemovalReason, Slots};
use tidecache::{Instant, PolicyKind};

/// What a policy decides, decided naively. Dead entries are removed before anybody is chosen.
pub(crate) trait Twin {
    /// Returns who goes for a new entry, in order; `None` if it is refused.
    fn insert(&mut self, key: u16, weight: u64, counts: &Counts<'_>) -> Option<Vec<u16>>;

    /// Returns who goes for a new value, in order.
    fn replace(&mut self, key: u16, weight: u64, counts: &Counts<'_>) -> Vec<u16>;

    /// Notes a use.
    fn hit(&mut self, key: u16);

    /// Forgets an entry.
    fn remove(&mut self, key: u16);

    /// Forgets everything.
    fn clear(&mut self);

    /// Notes that there was a request of which the policy was not told.
    fn pass_over(&mut self) {}
}

/// How often the real policy has counted a key; what it counts is tested elsewhere.
pub(crate) struct Counts<'a>(&'a Slots<Instant>);

impl Counts<'_> {
    pub(crate) fn of(&self, key: u16) -> u32 {
        self.0.frequency(hash(key))
    }
}

/// What a twin holds, whatever its policy: weights, and whether they are too much.
pub(crate) struct Held {
    pub(crate) capacity: Capacity,
    weights: HashMap<u16, u64>,
}

impl Held {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self { capacity, weights: HashMap::new() }
    }

    pub(crate) fn weigh(&mut self, key: u16, weight: u64) {
        self.weights.insert(key, weight);
    }

    pub(crate) fn remove(&mut self, key: u16) {
        self.weights.remove(&key).expect("it was held");
    }

    pub(crate) fn clear(&mut self) {
        self.weights.clear();
    }

    pub(crate) fn weight_of(&self, key: u16) -> u64 {
        self.weights[&key]
    }

    pub(crate) fn sum(&self, keys: &[u16]) -> u64 {
        keys.iter().map(|&key| self.weight_of(key)).sum()
    }

    pub(crate) fn total(&self) -> u64 {
        self.weights.values().sum()
    }

    pub(crate) fn has_room_for(&self, weight: u64) -> bool {
        self.weights.len() < self.capacity.entries as usize && !self.is_too_heavy_with(weight)
    }

    pub(crate) fn is_too_heavy_with(&self, weight: u64) -> bool {
        self.total() + weight > self.capacity.weight
    }

    pub(crate) fn is_too_full(&self) -> bool {
        self.is_too_heavy_with(0)
    }
}

/// Returns `weight` as a limit; the greatest one is none.
pub(crate) fn limit(weight: u64) -> Option<u64> {
    (weight != u64::MAX).then_some(weight)
}

/// The real slots and the twin that judges them.
pub(crate) struct Pair {
    slots: Slots<Instant>,
    capacity: Capacity,
    twin: Option<Box<dyn Twin>>,
    of_key: HashMap<u16, u32>,
    key_of: HashMap<u32, u16>,
    now: Instant,
    stamp: u32,
    evicted: u64,
    /// Slots that were hit and not yet told, with the stamps of the hits.
    logged: Vec<(u32, u32)>,
    /// How many hits were not told at all.
    untold: u32,
}

impl Pair {
    pub(crate) fn new(kind: PolicyKind, capacity: Capacity, twin: Option<Box<dyn Twin>>) -> Self {
        Self {
            slots: Slots::new(kind, capacity),
            capacity,
            twin,
            of_key: HashMap::new(),
            key_of: HashMap::new(),
            now: Instant::ORIGIN,
            stamp: 0,
            evicted: 0,
            logged: Vec::new(),
            untold: 0,
        }
    }

    /// Returns how many hits were not told at all.
    pub(crate) fn untold(&self) -> u32 {
        self.untold
    }

    /// Returns how many entries were evicted.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Makes one random operation.
    pub(crate) fn step(&mut self, dice: &mut Dice, keys: u32, weights: u32) {
        // Some keys are asked for more often than others.
        let key = (dice.below(keys) * (dice.below(100) + 1) / 100) as u16;
        let weight = u64::from(dice.below(weights)) + 1;
        match dice.below(200) {
            0..150 => {
                self.ask(key, weight);
            }
            150..180 => self.insert(key, weight, Duration::from_millis(weight * 9)),
            180..190 => self.remove(key),
            190..198 => {
                self.now = self.now + Duration::from_millis(u64::from(dice.below(30)));
            }
            198 if dice.below(40) == 0 => self.clear(),
            198 => self.stamp = self.slots.renumber(),
            _ => self.sweep(),
        }
        self.slots.validate();
        assert_eq!(self.slots.held() as usize, self.of_key.len());
        assert!(self.slots.ghosts() <= keys);
    }

    /// Asks for `key` and inserts it on a miss; returns whether it was a hit.
    pub(crate) fn ask(&mut self, key: u16, weight: u64) -> bool {
        let Some(slot) = self.living(key) else {
            self.insert(key, weight, Duration::MAX);
            return false;
        };
        self.stamp += 1;
        self.slots.touch(slot, self.stamp);
        if let Some(twin) = &mut self.twin {
            twin.hit(key);
        }
        true
    }

    /// As [`Pair::ask`], but tells hits when there are `batch` of them, or before an insert, and
    /// does not tell those that are settled.
    pub(crate) fn log(&mut self, key: u16, batch: usize) -> bool {
        let slot = self.living(key);
        let Settled { period, until } = self.slots.settled();
        if let Some(slot) = slot {
            self.stamp += 1;
            let mark = self.slots.slab().mark(slot);
            let is_settled = mark & Settled::BITS == Settled::BITS
                && mark >> Settled::SHIFT == period
                && self.stamp < until;
            if batch > 1 && is_settled {
                self.untold += 1;
            } else {
                self.logged.push((slot, self.stamp));
            }
        }
        if slot.is_none() || self.logged.len() >= batch || self.stamp >= until {
            for (slot, stamp) in self.logged.drain(..) {
                self.slots.touch(slot, stamp);
            }
        }
        if slot.is_none() {
            self.insert(key, 0, Duration::MAX);
        }
        slot.is_some()
    }

    fn insert(&mut self, key: u16, weight: u64, ttl: Duration) {
        self.stamp += 1;
        let (now, deadline) = (self.now, self.now + ttl);
        let held = self.living(key);
        let slot = match held {
            Some(slot) => {
                self.slots.replace(slot, self.stamp, now, deadline, weight).then_some(slot)
            }
            None => self.slots.insert_hashed(hash(key), self.stamp, now, deadline, weight),
        };
        let evicted = self.collect();
        if held.is_some() && slot.is_none() {
            // Heavier than the whole cache: it has gone, and nobody for it.
            self.forget(key);
        } else if let Some(slot) = slot {
            self.of_key.insert(key, slot);
            self.key_of.insert(slot, key);
        }
        let Some(twin) = &mut self.twin else { return };
        let counts = Counts(&self.slots);
        match (held, slot) {
            (Some(_), None) => {
                twin.remove(key);
                twin.pass_over();
            }
            (Some(_), Some(_)) => assert_eq!(twin.replace(key, weight, &counts), evicted),
            (None, None) if weight > self.capacity.weight => twin.pass_over(),
            (None, _) => {
                let expected = twin.insert(key, weight, &counts);
                assert_eq!(expected.is_some(), slot.is_some(), "{key} of {weight} is let in");
                assert_eq!(expected.unwrap_or_default(), evicted, "for {key} of {weight}");
            }
        }
    }

    fn remove(&mut self, key: u16) {
        if let Some(slot) = self.living(key) {
            self.slots.remove(slot);
            self.forget(key);
            if let Some(twin) = &mut self.twin {
                twin.remove(key);
            }
        }
    }

    fn sweep(&mut self) {
        self.slots.sweep(self.now);
        assert!(self.collect().is_empty());
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.of_key.clear();
        self.key_of.clear();
        if let Some(twin) = &mut self.twin {
            twin.clear();
        }
    }

    /// Returns the slot of `key` if its entry lives; a dead one goes.
    fn living(&mut self, key: u16) -> Option<u32> {
        let slot = *self.of_key.get(&key)?;
        if self.slots.deadline(slot) > self.now {
            return Some(slot);
        }
        self.slots.expire(slot);
        self.forget(key);
        if let Some(twin) = &mut self.twin {
            twin.remove(key);
        }
        None
    }

    /// Takes note of what the slots gave up and returns who was evicted; the dead were first.
    fn collect(&mut self) -> Vec<u16> {
        let mut evicted = Vec::new();
        for removal in self.slots.removals().to_vec() {
            let key = self.key_of[&removal.slot];
            self.forget(key);
            if removal.reason == RemovalReason::Evicted {
                evicted.push(key);
            } else {
                assert!(evicted.is_empty(), "the dead go before the living");
                if let Some(twin) = &mut self.twin {
                    twin.remove(key);
                }
            }
        }
        self.slots.forget_removals();
        self.evicted += evicted.len() as u64;
        evicted
    }

    fn forget(&mut self, key: u16) {
        let slot = self.of_key.remove(&key).expect("it was held");
        self.key_of.remove(&slot);
    }
}

/// `SplitMix64`.
pub(crate) struct Dice(pub u64);

impl Dice {
    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (((mixed(self.0) >> 32) * u64::from(limit)) >> 32) as u32
    }
}

pub(crate) fn hash(key: u16) -> u32 {
    mixed(u64::from(key) + 1) as u32
}

fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
