//! SIEVE as Algorithm 1 of the paper has it, on a list that is searched from end to end.

use tidecache::store::Capacity;

use crate::pair::{Counts, Held, Twin};

/// The queue, its tail first, and who is looked at next.
pub(crate) struct SieveTwin {
    held: Held,
    queue: Vec<(u16, bool)>,
    /// `None`: the tail.
    hand: Option<u16>,
}

impl SieveTwin {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self { held: Held::new(capacity), queue: Vec::new(), hand: None }
    }

    fn at(&self, key: u16) -> usize {
        self.queue.iter().position(|&(held, _)| held == key).expect("it is queued")
    }

    /// Returns who comes after `at` towards the head.
    fn next(&self, at: usize) -> Option<u16> {
        self.queue.get(at + 1).map(|&(key, _)| key)
    }

    fn evict(&mut self, except: Option<u16>) -> u16 {
        loop {
            let at = self.hand.map_or(0, |key| self.at(key));
            self.hand = self.next(at);
            let (key, used) = &mut self.queue[at];
            if Some(*key) == except {
                continue;
            }
            if !*used {
                let key = *key;
                self.remove(key);
                return key;
            }
            *used = false;
        }
    }
}

impl Twin for SieveTwin {
    fn insert(&mut self, key: u16, weight: u64, _: &Counts<'_>) -> Option<Vec<u16>> {
        let mut evicted = Vec::new();
        while !self.held.has_room_for(weight) {
            evicted.push(self.evict(None));
        }
        self.queue.push((key, false));
        self.held.weigh(key, weight);
        Some(evicted)
    }

    fn replace(&mut self, key: u16, weight: u64, _: &Counts<'_>) -> Vec<u16> {
        self.hit(key);
        self.held.weigh(key, weight);
        let mut evicted = Vec::new();
        while self.held.is_too_full() {
            evicted.push(self.evict(Some(key)));
        }
        evicted
    }

    fn hit(&mut self, key: u16) {
        let at = self.at(key);
        self.queue[at].1 = true;
    }

    fn remove(&mut self, key: u16) {
        let at = self.at(key);
        if self.hand == Some(key) {
            self.hand = self.next(at);
        }
        self.queue.remove(at);
        self.held.remove(key);
    }

    fn clear(&mut self) {
        (self.queue, self.hand) = (Vec::new(), None);
        self.held.clear();
    }
}
