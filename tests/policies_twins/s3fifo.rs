//! S3-FIFO after Algorithm 1 of the paper, on lists that are searched from end to end. It differs
//! from it where the policy says so: while the cache fills up for the first time, and in that one
//! call evicts one entry.

use std::collections::HashMap;

use tidecache::store::Capacity;

use crate::pair::{Counts, Held, Twin, limit};

/// Three queues, the tail of each first.
pub(crate) struct S3FifoTwin {
    held: Held,
    small: Vec<u16>,
    main: Vec<u16>,
    ghosts: Vec<u16>,
    credit: HashMap<u16, u32>,
    is_filling: bool,
}

impl S3FifoTwin {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self {
            held: Held::new(capacity),
            small: Vec::new(),
            main: Vec::new(),
            ghosts: Vec::new(),
            credit: HashMap::new(),
            is_filling: true,
        }
    }

    fn is_small_full(&self) -> bool {
        let Capacity { entries, weight } = self.held.capacity;
        self.small.len() as u32 >= (entries / 10).max(1)
            || limit(weight).is_some_and(|limit| self.held.sum(&self.small) >= limit / 10)
    }

    fn evict(&mut self, except: Option<u16>) -> u16 {
        self.is_filling = false;
        let first = if self.is_small_full() { self.evict_small(except) } else { None };
        let key = first
            .or_else(|| self.evict_main(except))
            .or_else(|| self.evict_small(except))
            .expect("another is held");
        self.remove(key);
        key
    }

    fn evict_small(&mut self, except: Option<u16>) -> Option<u16> {
        while let Some(&key) = self.small.iter().find(|&&key| Some(key) != except) {
            if self.credit[&key] > 1 {
                self.small.retain(|&small| small != key);
                self.main.push(key);
                self.credit.insert(key, 0);
                continue;
            }
            let most = self.credit.len() * 9 / 10;
            while most > 0 && self.ghosts.len() >= most {
                self.ghosts.remove(0);
            }
            if most > 0 {
                self.ghosts.push(key);
            }
            return Some(key);
        }
        None
    }

    fn evict_main(&mut self, except: Option<u16>) -> Option<u16> {
        loop {
            let key = *self.main.iter().find(|&&key| Some(key) != except)?;
            let credit = self.credit.get_mut(&key).expect("it is held");
            if *credit == 0 {
                return Some(key);
            }
            *credit -= 1;
            self.main.retain(|&main| main != key);
            self.main.push(key);
        }
    }
}

impl Twin for S3FifoTwin {
    fn insert(&mut self, key: u16, weight: u64, _: &Counts<'_>) -> Option<Vec<u16>> {
        let ghost = self.ghosts.iter().position(|&ghost| ghost == key);
        let is_ghost = ghost.map(|at| self.ghosts.remove(at)).is_some();
        let mut evicted = Vec::new();
        while !self.held.has_room_for(weight) {
            evicted.push(self.evict(None));
        }
        if is_ghost || self.is_filling && self.is_small_full() {
            self.main.push(key);
        } else {
            self.small.push(key);
        }
        self.credit.insert(key, 0);
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
        let credit = self.credit.get_mut(&key).expect("it is held");
        *credit = 3.min(*credit + 1);
    }

    fn remove(&mut self, key: u16) {
        self.small.retain(|&small| small != key);
        self.main.retain(|&main| main != key);
        self.credit.remove(&key);
        self.held.remove(key);
    }

    fn clear(&mut self) {
        *self = Self::new(self.held.capacity);
    }
}
