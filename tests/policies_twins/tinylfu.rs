//! W-TinyLFU after the papers, on lists that are searched from end to end. How often a key was
//! asked for is what the real policy says.

use tidecache::store::Capacity;

use crate::pair::{Counts, Held, Twin, limit};

/// Three regions in the order of use, the one used longest ago first.
pub(crate) struct WTinyLfuTwin {
    held: Held,
    window: Vec<u16>,
    probation: Vec<u16>,
    protected: Vec<u16>,
    /// What will enter the window once there is room.
    coming: Option<u64>,
}

impl WTinyLfuTwin {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self {
            held: Held::new(capacity),
            window: Vec::new(),
            probation: Vec::new(),
            protected: Vec::new(),
            coming: None,
        }
    }

    /// Returns how many entries and how much weight the window and the protected region may hold.
    fn shares(&self) -> [(usize, Option<u64>); 2] {
        let Capacity { entries, weight } = self.held.capacity;
        let window = ((entries / 100).max(1), limit(weight).map(|limit| limit / 100));
        let main = (entries - window.0, limit(weight).map(|limit| limit - limit / 100));
        let part = u64::from(main.0) * 80 / 100;
        let protected = (part as usize, main.1.map(|weight| weight * 80 / 100));
        [(window.0 as usize, window.1), protected]
    }

    /// Returns who would go from the main region, in order.
    fn main(&self, except: Option<u16>) -> Vec<u16> {
        let main = self.probation.iter().chain(&self.protected).copied();
        main.filter(|&key| Some(key) != except).collect()
    }

    fn is_worth(&self, key: u16, displaced: u64, except: Option<u16>, counts: &Counts<'_>) -> bool {
        let (mut lost, mut weight) = (0, 0);
        for other in self.main(except).into_iter().take(64) {
            lost += counts.of(other);
            weight += self.held.weight_of(other);
            if weight >= displaced {
                break;
            }
        }
        counts.of(key) > lost
    }

    fn evict(&mut self, except: Option<u16>, coming: u64, counts: &Counts<'_>) -> u16 {
        let candidate = self.window.iter().copied().find(|&key| Some(key) != except);
        let main = self.main(except).first().copied();
        let victim = match (candidate, main) {
            (Some(candidate), Some(main)) if self.is_window_over() => {
                let presses = self.held.is_too_heavy_with(coming);
                let displaced = if presses { self.held.weight_of(candidate) } else { 0 };
                if self.is_worth(candidate, displaced, except, counts) {
                    self.window.retain(|&key| key != candidate);
                    self.probation.push(candidate);
                    main
                } else {
                    candidate
                }
            }
            (candidate, main) => main.or(candidate).expect("another is held"),
        };
        self.remove(victim);
        victim
    }

    fn is_window_over(&self) -> bool {
        let (entries, weight) = self.shares()[0];
        let held = self.held.sum(&self.window) + self.coming.unwrap_or(0);
        self.window.len() + usize::from(self.coming.is_some()) > entries
            || weight.is_some_and(|weight| held > weight)
    }
}

impl Twin for WTinyLfuTwin {
    fn insert(&mut self, key: u16, weight: u64, counts: &Counts<'_>) -> Option<Vec<u16>> {
        let limit = limit(self.held.capacity.weight);
        let is_heavy = limit.is_some_and(|limit| weight > limit / 8);
        if is_heavy && self.held.is_too_heavy_with(weight) {
            let displaced = self.held.total() + weight - limit.unwrap_or(0);
            if !self.is_worth(key, displaced, None, counts) {
                return None;
            }
        }
        self.coming = (!is_heavy).then_some(weight);
        let mut evicted = Vec::new();
        while !self.held.has_room_for(weight) {
            evicted.push(self.evict(None, weight, counts));
        }
        self.coming = None;
        self.held.weigh(key, weight);
        if is_heavy {
            self.probation.push(key);
        } else {
            self.window.push(key);
        }
        while self.window.len() > 1 && self.is_window_over() {
            self.probation.push(self.window.remove(0));
        }
        Some(evicted)
    }

    fn replace(&mut self, key: u16, weight: u64, counts: &Counts<'_>) -> Vec<u16> {
        self.hit(key);
        self.held.weigh(key, weight);
        let mut evicted = Vec::new();
        while self.held.is_too_full() {
            evicted.push(self.evict(Some(key), 0, counts));
        }
        evicted
    }

    fn hit(&mut self, key: u16) {
        let is_new = self.window.contains(&key);
        for region in [&mut self.window, &mut self.probation, &mut self.protected] {
            region.retain(|&held| held != key);
        }
        if is_new {
            self.window.push(key);
        } else {
            self.protected.push(key);
        }
        let (entries, weight) = self.shares()[1];
        while self.protected.len() > entries
            || weight.is_some_and(|weight| self.held.sum(&self.protected) > weight)
        {
            self.probation.push(self.protected.remove(0));
        }
    }

    fn remove(&mut self, key: u16) {
        for region in [&mut self.window, &mut self.probation, &mut self.protected] {
            region.retain(|&held| held != key);
        }
        self.held.remove(key);
    }

    fn clear(&mut self) {
        *self = Self::new(self.held.capacity);
    }
}
