//! `adaptive` as its essay has it: eight settings on shadows that see some of the keys, and a cache
//! with the setting that had the most hits. Everything is searched from end to end.

mod lists;
mod memory;

use tidecache::store::Capacity;

use crate::pair::{Counts, Twin, hash, limit};

use lists::{Lists, SETTINGS, Uses, faded};
use memory::{Memory, mix};

pub(crate) struct AdaptiveTwin {
    capacity: Capacity,
    lists: Lists,
    uses: Uses,
    memory: Memory,
    shadows: Option<Shadows>,
    now: u32,
    left: u32,
    /// Requests that it was not told of, since the last one that it was.
    untold: u32,
}

struct Shadows {
    entries: u32,
    rate: u32,
    lists: Vec<Lists>,
    uses: Uses,
    /// Keys that no shadow holds, the first that was given up leading.
    ghosts: Vec<u16>,
    scores: [f32; 8],
    left: u32,
}

impl AdaptiveTwin {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            lists: Lists::new((u64::from(capacity.entries), limit(capacity.weight)), 0),
            uses: Uses::new(),
            memory: Memory::default(),
            shadows: None,
            now: 0,
            left: 0,
            untold: 0,
        }
    }

    fn is_limited(&self) -> bool {
        self.capacity.entries < Capacity::UNLIMITED.entries
    }

    fn pass(&mut self) {
        for _ in 0..=std::mem::take(&mut self.untold) {
            if self.left == 0 {
                self.left = self.lists.entries() / TICKS + 1;
                self.now += 1;
            }
            self.left -= 1;
        }
    }

    fn watch(&mut self, entries: u32) {
        let watched = self.shadows.as_ref().map(|shadows| shadows.entries * shadows.rate);
        if watched.is_none_or(|watched| entries / 4 > watched || watched / 4 > entries) {
            self.shadows = Some(Shadows::new(entries));
        }
    }

    fn observe(&mut self, key: u16) {
        if let Some(shadows) = &mut self.shadows
            && mix(hash(key) ^ 0x2545_f491).is_multiple_of(shadows.rate)
        {
            shadows.request(key, self.now);
            self.lists.setting = shadows.choose(self.lists.setting);
        }
    }

    fn evict(&mut self, except: Option<u16>) -> u16 {
        if !self.is_limited() {
            self.watch(self.lists.entries());
        }
        let held = self.lists.entries();
        let victim = self.lists.evict(&self.uses, except, self.now);
        let uses = self.uses.remove(&victim).expect("it was held");
        self.memory.put(hash(victim), uses, self.now, held);
        victim
    }
}

impl Twin for AdaptiveTwin {
    fn insert(&mut self, key: u16, weight: u64, _: &Counts<'_>) -> Option<Vec<u16>> {
        self.pass();
        if self.is_limited() {
            self.watch(self.capacity.entries);
        }
        let ghost = self.memory.take(hash(key));
        let uses = (ghost.map_or(0, |ghost| faded(ghost, self.now)).min(14) + 1, self.now);
        self.observe(key);
        let limit = self.capacity.weight;
        let displaced = (self.lists.weight() + weight).saturating_sub(limit);
        if displaced > 0
            && weight > limit / 8
            && !self.lists.is_worth(&self.uses, uses.0, displaced, None, self.now)
        {
            self.memory.put(hash(key), uses, self.now, self.lists.entries());
            return None;
        }
        self.lists.expect(&self.uses, weight, ghost);
        let mut evicted = Vec::new();
        while self.lists.is_full_for(weight) {
            evicted.push(self.evict(None));
        }
        self.uses.insert(key, uses);
        self.lists.claim(key);
        Some(evicted)
    }

    fn replace(&mut self, key: u16, weight: u64, _: &Counts<'_>) -> Vec<u16> {
        self.hit(key);
        self.lists.weigh(key, weight);
        let mut evicted = Vec::new();
        while self.lists.is_too_full() {
            evicted.push(self.evict(Some(key)));
        }
        evicted
    }

    fn hit(&mut self, key: u16) {
        self.pass();
        let before = self.uses[&key];
        if before.0 >= 12 && before.1 / PERIOD == self.now / PERIOD {
            return;
        }
        self.uses.insert(key, (faded(before, self.now).min(14) + 1, self.now));
        self.lists.hit(&self.uses, key, before);
        self.observe(key);
    }

    fn pass_over(&mut self) {
        self.untold += u32::from(self.now > 0);
    }

    fn remove(&mut self, key: u16) {
        self.lists.remove(key);
        self.uses.remove(&key);
    }

    fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }
}

impl Shadows {
    fn new(entries: u32) -> Self {
        let rates = [128, 64, 32, 16, 8, 4, 2, 1];
        let is_enough = |rate: u32| entries / rate >= if rate > 8 { SHADOW } else { 16 };
        let rate = rates.into_iter().find(|&rate| is_enough(rate)).unwrap_or(1);
        let entries = ((entries + rate / 2) / rate).max(1);
        let lists = (0..8).map(|setting| Lists::new((u64::from(entries), None), setting));
        Self {
            entries,
            rate,
            lists: lists.collect(),
            uses: Uses::new(),
            ghosts: Vec::new(),
            scores: [0.0; 8],
            left: 0,
        }
    }

    fn request(&mut self, key: u16, now: u32) {
        let before = self.uses.get(&key).copied();
        let count = before.map_or(0, |before| faded(before, now));
        self.uses.insert(key, (count.min(14) + 1, now));
        self.ghosts.retain(|&ghost| ghost != key);
        for which in 0..8 {
            let lists = &mut self.lists[which];
            if lists.holds(key) {
                lists.hit(&self.uses, key, before.expect("it is known"));
                self.scores[which] += 1.0;
                continue;
            }
            lists.expect(&self.uses, 0, before);
            let is_full = lists.is_full_for(0);
            let victim = is_full.then(|| lists.evict(&self.uses, None, now));
            lists.claim(key);
            self.ghosts
                .extend(victim.filter(|&victim| self.lists.iter().all(|all| !all.holds(victim))));
        }
        while self.ghosts.len() > self.entries as usize * 3 {
            let ghost = self.ghosts.remove(0);
            self.uses.remove(&ghost);
        }
    }

    /// Returns the setting of the cache, which was `current`.
    fn choose(&mut self, current: usize) -> usize {
        if self.left > 1 {
            self.left -= 1;
            return current;
        }
        self.left = (self.entries / 4).max(32);
        let scores = self.scores;
        let better = (0..8).filter(|&which| scores[which] > scores[current]);
        // The last of equals is the first one that comes.
        let best = better.rev().max_by(|&one, &other| scores[one].total_cmp(&scores[other]));
        let best = best.unwrap_or(current);
        self.scores.iter_mut().for_each(|score| *score *= 0.99);
        let window = |which: usize| SETTINGS[which].1 as f32 / 100.0;
        let grown = (window(best) - window(current)).max(0.0);
        let is_worth = scores[best] - scores[current] > self.entries as f32 * (0.01 + 0.8 * grown);
        if is_worth { best } else { current }
    }
}

/// So many ticks pass while as many requests come as there are entries.
const TICKS: u32 = 205;
/// A use says nothing new after a dozen of them, the last one in the same so many ticks.
const PERIOD: u32 = 128;
/// So many entries a shadow has, if that is not too dear.
const SHADOW: u32 = 128;
