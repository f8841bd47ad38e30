//! Ghosts: the hashes of keys that left, without their values.
//!
//! A ring holds the hashes in the order in which they left, and an open-addressing table leads from
//! a hash to its place in the ring. A key is remembered until it comes back, or until as many
//! others as there is room for have left after it and not come back. The places of those that came
//! back stay behind in the ring, which is half as large again as the room; when it is full of them,
//! the others move up.
//!
//! Two keys with one hash of 32 bits are one ghost: of a million, one in four thousand keys that
//! never were here is taken for a ghost. That costs it a better place than it deserves.
//!
//! What bits a cell of the table has beside those of the place hold some of the hash: nearly every
//! probe of another hash ends there, without a look into the ring.
//!
//! Cost: amortised O(1); the others move up once in half as many calls as there are ghosts. 12
//! bytes a ghost: 6 in the ring and 6 in the table, which is two thirds full; an eighth of slack if
//! the room has grown.

use alloc::vec;
use alloc::vec::Vec;

/// A bounded memory of hashes, first in, first out.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    ring: Vec<u32>,
    /// The place of the hash that left first.
    oldest: u32,
    /// How many places were written from there on.
    span: u32,
    /// Places by hash, [`EMPTY`] where there is none, the low bits of the hash above. Probed
    /// linearly.
    table: Vec<u32>,
    /// How many bits of a cell are a place's.
    place_bits: u32,
    /// How many hashes are remembered.
    len: u32,
    /// How many there is room for.
    room: u32,
}

/// A cell of the table that leads nowhere.
const EMPTY: u32 = u32::MAX;

impl Ghosts {
    /// Returns how many hashes are remembered. O(1).
    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// Returns how many bytes they take. O(1).
    pub(super) fn bytes(&self) -> usize {
        (self.ring.capacity() + self.table.capacity()) * size_of::<u32>()
    }

    /// Remembers `hash`, and forgets those that left first until there are at most `most`.
    /// Amortised O(1).
    pub(super) fn put(&mut self, hash: u32, most: u32) {
        if most == 0 {
            return;
        }
        self.take(hash);
        while self.len >= most {
            self.drop_oldest();
        }
        if most > self.room {
            // An eighth more if it is not the first time: rooms that grow by ones are not copied
            // for each.
            self.rebuild(if self.room == 0 { most } else { most + most / 8 });
        } else if self.span as usize == self.ring.len() {
            self.rebuild(self.room);
        }
        let place = self.place(self.span);
        self.ring[place as usize] = hash;
        self.span += 1;
        self.link(hash, place);
    }

    /// Forgets `hash` and returns whether it was remembered. O(1).
    pub(super) fn take(&mut self, hash: u32) -> bool {
        let cell = self.find(hash);
        if let Some(cell) = cell {
            self.vacate(cell);
        }
        cell.is_some()
    }

    /// Passes over the oldest place; whoever is still there is forgotten.
    fn drop_oldest(&mut self) {
        if let Some(cell) = self.cell_of(self.oldest) {
            self.vacate(cell);
        }
        self.oldest = self.place(1);
        self.span -= 1;
    }

    /// Makes a ring and a table for `room` ghosts, without places of those that came back.
    fn rebuild(&mut self, room: u32) {
        let mut old = core::mem::take(self);
        self.room = room;
        let places = self.room as usize * 3 / 2 + 1;
        (self.ring, self.table) = (vec![0; places], vec![EMPTY; places]);
        // No place has all these bits set, so no cell is EMPTY by chance.
        self.place_bits = u32::BITS - (places as u32).leading_zeros();
        for _ in 0..old.span {
            let hash = old.ring[old.oldest as usize];
            if old.cell_of(old.oldest).is_some() {
                self.ring[self.span as usize] = hash;
                self.link(hash, self.span);
                self.span += 1;
            }
            old.oldest = old.place(1);
        }
    }

    /// Returns the place that is so many after the oldest.
    fn place(&self, after: u32) -> u32 {
        let place = self.oldest as usize + after as usize;
        (if place < self.ring.len() { place } else { place - self.ring.len() }) as u32
    }

    /// Returns the cell that leads to `place`, unless its hash came back, or left again later.
    fn cell_of(&self, place: u32) -> Option<usize> {
        self.find(self.ring[place as usize])
            .filter(|&cell| self.place_in(self.table[cell]) == place)
    }

    /// Returns the cell that leads to `hash`.
    fn find(&self, hash: u32) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let mut cell = self.home(hash);
        loop {
            match self.table[cell] {
                EMPTY => return None,
                held if self.may_be(held, hash) && self.hash_in(held) == hash => return Some(cell),
                _ => cell = self.next(cell),
            }
        }
    }

    /// Lets the table, which does not know `hash`, lead from it to `place`.
    fn link(&mut self, hash: u32, place: u32) {
        let mut cell = self.home(hash);
        while self.table[cell] != EMPTY {
            cell = self.next(cell);
        }
        self.table[cell] = hash << self.place_bits | place;
        self.len += 1;
    }

    /// Empties `cell` and moves the cells behind it up, so that no probe ends too early.
    fn vacate(&mut self, cell: usize) {
        let (mut hole, mut at) = (cell, self.next(cell));
        while self.table[at] != EMPTY {
            let probed_from = self.home(self.hash_in(self.table[at]));
            if self.distance(probed_from, at) >= self.distance(hole, at) {
                self.table[hole] = self.table[at];
                hole = at;
            }
            at = self.next(at);
        }
        self.table[hole] = EMPTY;
        self.len -= 1;
    }

    /// Returns the place that a cell leads to.
    fn place_in(&self, cell: u32) -> u32 {
        cell & ((1 << self.place_bits) - 1)
    }

    /// Returns the hash that a cell leads to.
    fn hash_in(&self, cell: u32) -> u32 {
        self.ring[self.place_in(cell) as usize]
    }

    /// Whether a cell has the low bits of `hash`.
    fn may_be(&self, cell: u32, hash: u32) -> bool {
        (cell ^ hash << self.place_bits) >> self.place_bits == 0
    }

    /// Returns where the probe for `hash` begins.
    fn home(&self, hash: u32) -> usize {
        let spread = hash.wrapping_mul(0x9e37_79b1);
        ((u64::from(spread) * self.table.len() as u64) >> 32) as usize
    }

    /// Returns the cell that a probe looks at after `cell`.
    fn next(&self, cell: usize) -> usize {
        if cell + 1 == self.table.len() { 0 } else { cell + 1 }
    }

    /// Returns how many steps a probe makes from one cell to the other.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.table.len() - from }
    }

    /// Checks that the table leads to each hash, and to as many as are counted.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        let cells: Vec<u32> = self.table.iter().copied().filter(|&cell| cell != EMPTY).collect();
        assert_eq!(cells.len(), self.len as usize, "len counts the cells");
        assert!(self.len <= self.room && self.len <= self.span, "the ghosts are bounded");
        for place in cells.into_iter().map(|cell| self.place_in(cell)) {
            assert!(self.cell_of(place).is_some(), "place {place} is found by its hash");
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque;

    use super::*;

    /// Few hashes and a small room, so that all of them meet.
    #[test]
    fn ghosts_are_the_last_that_left_and_did_not_come_back() {
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 33) % below) as u32
        };
        let (mut ghosts, mut twin) = (Ghosts::default(), VecDeque::new());
        for step in 0..40_000 {
            let (hash, most) = (draw(40).wrapping_mul(0x0100_0001), 3 + step / 2_000 % 13);
            let held = twin.iter().position(|&ghost| ghost == hash);
            if draw(5) == 0 {
                assert_eq!(ghosts.take(hash), held.and_then(|at| twin.remove(at)).is_some());
            } else {
                held.and_then(|at| twin.remove(at));
                twin.push_back(hash);
                ghosts.put(hash, most);
                while twin.len() > ghosts.len() as usize {
                    twin.pop_front();
                }
            }
            ghosts.validate();
            assert_eq!(ghosts.len() as usize, twin.len());
            assert!(twin.iter().all(|&ghost| ghosts.find(ghost).is_some()));
        }
    }

    #[test]
    fn where_nobody_comes_back_every_place_is_used() {
        let mut ghosts = Ghosts::default();
        for hash in 0..10_000 {
            ghosts.put(hash, 900);
            assert_eq!(ghosts.len(), 900.min(hash + 1));
            assert_eq!(ghosts.find(hash.wrapping_sub(899)).is_some(), hash >= 899);
            assert!(hash < 900 || ghosts.find(hash - 900).is_none());
        }
        assert!(ghosts.bytes() <= 900 * 12 + 8);
    }
}
