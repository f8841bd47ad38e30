//! How often, and when last, keys that left were asked for: 4 bytes a ghost, ten an entry.
//!
//! A table of sets of eight cells. A cell has 12 bits of a key's hash, 4 of count, and the low 16
//! of the tick of the last use. Where a set is full, the one goes that was used the longest ago,
//! and what was counted often is taken for younger than it is. A key that never was here is taken
//! for a ghost once in 500 times, which may cost it a better or a worse place than it deserves.

use alloc::vec;
use alloc::vec::Vec;

use crate::policy::sketch::mix;

use super::nodes::{COUNT_MAX, TICK_MAX, Uses};

/// A bounded memory of uses.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    cells: Vec<u32>,
    /// How many cells are not [`EMPTY`].
    len: u32,
}

/// A cell without a ghost.
const EMPTY: u32 = 0;
/// How many cells may hold a key.
const WAYS: usize = 8;
/// The bits of a cell that are a tick's.
const TICK: u32 = 0xffff;
/// How far a cell is shifted to see the count.
const COUNT_SHIFT: u32 = 16;
/// How far a cell is shifted to see what it has of the hash, which is never 0.
const PRINT_SHIFT: u32 = 20;

impl Ghosts {
    /// Returns how many are remembered. O(1).
    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// Returns how many bytes they take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<u32>()
    }

    /// Remembers the uses of the key with `hash`, now being the tick `now`. Makes room for two and
    /// a half times as many as `entries` if there is less, and then forgets those that were there.
    /// Amortised O(1).
    pub(super) fn put(&mut self, hash: u32, uses: Uses, now: u32, entries: u32) {
        let wanted = entries as usize * 5 / 2;
        if self.cells.len() < wanted {
            // An eighth more if it is not the first time: who grows by ones does not begin anew for
            // each.
            let grown = if self.cells.is_empty() { wanted } else { wanted + wanted / 8 };
            *self = Self { cells: vec![EMPTY; grown.next_multiple_of(WAYS)], len: 0 };
        }
        let (print, set) = self.set_of(hash);
        let (mut oldest, mut age_most) = (0, 0);
        for (at, &cell) in set.iter().enumerate() {
            let age = if cell == EMPTY { u32::MAX } else { age_of(cell, now) };
            if age > age_most {
                (oldest, age_most) = (at, age);
            }
        }
        if let Some(cell) = set.get_mut(oldest) {
            let is_new = *cell == EMPTY;
            *cell = print << PRINT_SHIFT | uses.count << COUNT_SHIFT | uses.last & TICK;
            self.len += u32::from(is_new);
        }
    }

    /// Forgets the key with `hash` and returns its uses, now being the tick `now`. O(1).
    pub(super) fn take(&mut self, hash: u32, now: u32) -> Option<Uses> {
        let (print, set) = self.set_of(hash);
        let cell = set.iter_mut().find(|cell| **cell >> PRINT_SHIFT == print)?;
        let cell = core::mem::replace(cell, EMPTY);
        self.len -= 1;
        let last = now.wrapping_sub(now.wrapping_sub(cell) & TICK) & TICK_MAX;
        Some(Uses { count: cell >> COUNT_SHIFT & COUNT_MAX, last })
    }

    /// Returns what a cell of the key with `hash` has of it, and the cells that may hold it.
    fn set_of(&mut self, hash: u32) -> (u32, &mut [u32]) {
        let spread = mix(hash ^ 0x5bd1_e995);
        let sets = (self.cells.len() / WAYS) as u64;
        let first = ((u64::from(spread) * sets) >> 32) as usize * WAYS;
        let print = (spread << PRINT_SHIFT >> PRINT_SHIFT).max(1);
        (print, self.cells.get_mut(first..first + WAYS).unwrap_or_default())
    }

    /// Checks the count.
    ///
    /// # Panics
    ///
    /// Panics if it is wrong.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        let held = self.cells.iter().filter(|&&cell| cell != EMPTY).count();
        assert_eq!(held, self.len as usize, "len counts the ghosts");
    }
}

/// Returns how old a cell looks at the tick `now`, at least 1: half as old for each bit of its
/// count.
fn age_of(cell: u32, now: u32) -> u32 {
    let count = cell >> COUNT_SHIFT & COUNT_MAX;
    (now.wrapping_sub(cell) & TICK) >> (u32::BITS - count.leading_zeros()) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ghost_is_there_once_with_its_uses() {
        let mut ghosts = Ghosts::default();
        assert_eq!(ghosts.take(7, 0), None);
        let uses = Uses { count: 3, last: TICK_MAX - 1 };
        ghosts.put(7, uses, TICK_MAX, 40);
        assert_eq!((ghosts.len(), ghosts.bytes()), (1, 416));
        assert_eq!(ghosts.take(7, 5), Some(uses), "also after the ticks began anew");
        assert_eq!((ghosts.take(7, 5), ghosts.len()), (None, 0));
    }

    #[test]
    fn the_last_to_leave_are_remembered_and_the_often_asked_for_longer() {
        let mut ghosts = Ghosts::default();
        for hash in 0..30_000 {
            let count = if hash % 10 == 0 { 9 } else { 1 };
            ghosts.put(hash, Uses { count, last: hash }, hash, 1_000);
            ghosts.validate();
        }
        let mut found = |hashes: core::ops::Range<u32>, every: usize| {
            let hashes = hashes.step_by(every);
            hashes.filter(|&hash| ghosts.take(hash, 30_000).is_some()).count()
        };
        let found = [20_000..24_000, 20_001..24_001, 29_001..30_000].map(|left| found(left, 10));
        let is_so = found[0] > 200 && found[1] < 40 && found[2] > 80;
        assert!(is_so, "famous ones of long ago, others, others of late: {found:?}");
        assert!(ghosts.len() <= 2_500 && ghosts.bytes() <= 10_016);
    }
}
