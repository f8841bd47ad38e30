//! A naive twin of the slots: a list, searched from end to end, in virtual milliseconds.

use std::cmp::Ordering;

use super::{Door, EVICTED, EXPIRED, FIFO, LFU, LRU, NO_SLOT};

/// One entry, with all that any policy could ask.
#[derive(Debug, Clone, Copy)]
struct Held {
    slot: u32,
    weight: f64,
    deadline: f64,
    uses: u32,
    /// The step of its last use; a new value is one.
    used: u32,
    /// The step of its last use that LFU counts; a new value is none.
    counted: u32,
    arrived: u32,
}

/// Slots and their twin, which must agree after every step.
pub(crate) struct Twin {
    door: Door,
    held: Vec<Held>,
    policy: u32,
    max_entries: usize,
    max_weight: f64,
    now: f64,
    steps: u32,
    evictions: u32,
    expirations: u32,
    random: u64,
}

impl Twin {
    pub(crate) fn new(policy: u32, max_entries: u32, max_weight: f64, seed: u32) -> Self {
        Self {
            door: Door::new(policy, max_entries, max_weight),
            held: Vec::new(),
            policy,
            max_entries: max_entries as usize,
            max_weight,
            now: 0.0,
            steps: 0,
            evictions: 0,
            expirations: 0,
            random: u64::from(seed),
        }
    }

    /// Whether entries left in both ways, so that the run has shown something.
    pub(crate) fn saw_enough(&self) -> bool {
        self.evictions.min(self.expirations) >= 20
    }

    /// Makes one random step and compares everything; `context` goes into every complaint.
    pub(crate) fn step(&mut self, context: &str) {
        self.steps += 1;
        match self.below(20) {
            0..8 => self.insert(context),
            8..12 => self.hit(context),
            12..14 => self.replace(context),
            14 => self.rearm(),
            15 => self.remove(),
            16 => {
                let more = self.door.sweep(self.now);
                self.accept_expired(context);
                assert!(!more, "{context}: so few slots are seen in one step");
                assert!(self.held.iter().all(|held| held.deadline > self.now), "{context}");
            }
            17 => self.door.stamp = self.door.renumber(),
            _ => self.now += f64::from(self.below(12)),
        }
        self.compare(context);
    }

    fn insert(&mut self, context: &str) {
        let (deadline, weight) = self.draw();
        let slot = self.door.insert(self.now, deadline, weight);
        if weight > self.max_weight {
            assert_eq!(slot, NO_SLOT, "{context}");
            assert!(self.door.removals().is_empty(), "{context}");
            return;
        }
        self.accept_losses(None, weight, context);
        let (used, counted, arrived) = (self.steps, self.steps, self.steps);
        self.held.push(Held { slot, weight, deadline, uses: 1, used, counted, arrived });
    }

    fn hit(&mut self, context: &str) {
        let Some(at) = self.any() else { return };
        let held = &mut self.held[at];
        same(self.door.deadline(held.slot), held.deadline, context);
        if held.deadline <= self.now {
            self.door.expire(held.slot);
            self.expirations += 1;
            self.held.swap_remove(at);
            return;
        }
        self.door.hit(held.slot);
        held.uses += 1;
        (held.used, held.counted) = (self.steps, self.steps);
    }

    fn replace(&mut self, context: &str) {
        let Some(at) = self.any() else { return };
        if self.held[at].deadline <= self.now {
            return;
        }
        let (deadline, weight) = self.draw();
        let slot = self.held[at].slot;
        let kept = self.door.replace(slot, self.now, deadline, weight);
        assert_eq!(kept, weight <= self.max_weight, "{context}");
        if !kept {
            assert!(self.door.removals().is_empty(), "{context}");
            self.held.swap_remove(at);
            return;
        }
        self.held[at] = Held { deadline, used: self.steps, ..self.held[at] };
        self.accept_losses(Some(slot), weight, context);
        let replaced = self.held.iter_mut().find(|held| held.slot == slot);
        replaced.expect("who is replaced is not given up").weight = weight;
    }

    fn rearm(&mut self) {
        let Some(at) = self.any() else { return };
        if self.held[at].deadline > self.now {
            let (deadline, _) = self.draw();
            self.held[at].deadline = deadline;
            self.door.rearm(self.held[at].slot, deadline);
        }
    }

    fn remove(&mut self) {
        if let Some(at) = self.any() {
            self.door.remove(self.held.swap_remove(at).slot);
        }
    }

    /// Judges what a write gave up to make room for `weight`, in the slot `replaced` or a new one.
    fn accept_losses(&mut self, replaced: Option<u32>, weight: f64, context: &str) {
        for (slot, reason) in self.door.removals() {
            let at = self.held.iter().position(|held| held.slot == slot);
            let at = at.unwrap_or_else(|| panic!("{context}: slot {slot} is not held"));
            if reason == EXPIRED {
                assert!(self.held[at].deadline <= self.now, "{context}: slot {slot} is alive");
                self.expirations += 1;
            } else {
                assert_eq!(reason, EVICTED, "{context}");
                let dead = self.held.iter().any(|held| held.deadline <= self.now);
                assert!(!dead, "{context}: the dead go before the living");
                assert!(!self.fits(replaced, weight), "{context}: there was room");
                let others = self.held.iter().filter(|held| Some(held.slot) != replaced);
                let victim = others.min_by_key(|held| self.rank(held)).map(|held| held.slot);
                assert_eq!(victim, Some(slot), "{context}: the policy's choice");
                self.evictions += 1;
            }
            self.held.swap_remove(at);
        }
        assert!(self.fits(replaced, weight), "{context}: there is room now");
    }

    fn accept_expired(&mut self, context: &str) {
        for (slot, reason) in self.door.removals() {
            assert_eq!(reason, EXPIRED, "{context}");
            let dead = |held: &Held| held.slot == slot && held.deadline <= self.now;
            let at = self.held.iter().position(dead);
            self.held.swap_remove(at.unwrap_or_else(|| panic!("{context}: slot {slot} lives")));
            self.expirations += 1;
        }
    }

    fn fits(&self, replaced: Option<u32>, weight: f64) -> bool {
        let others = self.held.iter().filter(|held| Some(held.slot) != replaced);
        let (count, sum) = others.fold((0, weight), |(n, sum), held| (n + 1, sum + held.weight));
        count < self.max_entries && sum <= self.max_weight
    }

    /// Whoever has the least rank goes first.
    fn rank(&self, held: &Held) -> (u32, u32) {
        match self.policy {
            LRU => (0, held.used),
            LFU => (held.uses, held.counted),
            FIFO => (0, held.arrived),
            other => unreachable!("policy {other}"),
        }
    }

    fn compare(&mut self, context: &str) {
        let alive = self.held.iter().filter(|held| held.deadline > self.now).count();
        assert_eq!(self.door.held() as usize, self.held.len(), "{context}: held");
        assert_eq!(self.door.alive(self.now) as usize, alive, "{context}: alive");
        let weight: f64 = self.held.iter().map(|held| held.weight).sum();
        same(self.door.weight(), weight, context);
        let counters = [self.door.evictions(), self.door.expirations()];
        assert_eq!(counters, [self.evictions, self.expirations], "{context}: counters");
        for held in &self.held {
            assert!(self.door.next_deadline() <= held.deadline, "{context}: next deadline");
            same(self.door.deadline(held.slot), held.deadline, context);
        }
    }

    /// Returns a deadline that is not over and a weight, in halves, that is sometimes too much.
    fn draw(&mut self) -> (f64, f64) {
        let span = self.below(80);
        let deadline = if span == 0 { super::NEVER } else { self.now + f64::from(span) };
        let weight = if self.below(50) == 0 { 41.0 } else { f64::from(self.below(24)) / 2.0 };
        (deadline, weight)
    }

    fn any(&mut self) -> Option<usize> {
        let count = self.held.len() as u32;
        (count > 0).then(|| self.below(count) as usize)
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.random >> 33) % u64::from(limit)) as u32
    }
}

/// Panics unless the two are the same number: moments cross the door untouched, and sums of halves
/// are exact.
fn same(answer: f64, wanted: f64, context: &str) {
    assert!(
        answer.partial_cmp(&wanted).is_some_and(Ordering::is_eq),
        "{context}: {answer} for {wanted}"
    );
}
