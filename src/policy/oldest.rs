//! The slots in the order of their marks, found in batches.
//!
//! Nothing is kept in order on a hit. When a victim is asked for and the queue is empty, the slots
//! with the oldest marks are collected and sorted by radix, all of them in a small table, a half or
//! a quarter of them in a large one. Marks only ever grow past the newest one in the queue (the
//! *cut*), so a queued slot whose mark is above the cut has been used, freed or taken again since,
//! and is skipped; the next one that is not *is* the oldest of all.
//!
//! Cost: amortised O(1) for each victim, hit and release (each skips at most one queued slot). A
//! refill reads every record twice, also those of free slots: 32 MB for a million of them. So
//! the bound holds for a cache that is about as full as it has ever been; one that has shrunk to a
//! few heavy entries pays for its past until it is cleared. 4 bytes for each queued slot, at most
//! one for each entry; while refilling, 16 more for each queued slot.

use alloc::vec;
use alloc::vec::Vec;

use crate::index::{FREE, Moment, NO_SLOT, Slab};

use super::Candidates;

/// The queue of the oldest slots.
#[derive(Debug, Default)]
pub(super) struct Oldest {
    /// Slots by mark, the oldest last.
    queue: Vec<u32>,
    /// The newest mark that a queued slot had when it was queued.
    cut: u32,
}

/// Up to this many entries a refill sorts all of them.
const ALL_BELOW: u32 = 16 << 10;
/// Up to this many a refill takes half of them, above it a quarter.
const HALF_BELOW: u32 = 256 << 10;
/// Buckets of the histogram that finds the cut.
const HISTOGRAM_BITS: u32 = 12;
/// The widest digit of the radix sort.
const DIGIT_BITS_MAX: u32 = 11;

impl Oldest {
    /// Returns the slot with the oldest mark, other than `except`. It stays queued until its mark
    /// changes.
    pub(super) fn next<T: Moment>(
        &mut self,
        slots: &Slab<T>,
        except: u32,
        stamp: u32,
    ) -> Option<u32> {
        let mut refilled = false;
        let mut set_aside = false;
        let found = loop {
            match self.queue.pop() {
                Some(slot) if slots.mark(slot) > self.cut => {}
                Some(slot) if slot == except => set_aside = true,
                Some(slot) => {
                    self.queue.push(slot);
                    break Some(slot);
                }
                None if refilled => break None,
                None => {
                    set_aside = false;
                    self.refill(slots, stamp);
                    refilled = true;
                }
            }
        };
        if set_aside {
            self.queue.push(except);
        }
        found
    }

    /// Returns the queue and its cut. O(1).
    pub(super) fn candidates(&self) -> Candidates<'_> {
        Candidates { slots: &self.queue, cut: self.cut }
    }

    /// Forgets all of the queue but the first `left`. O(1).
    pub(super) fn leave(&mut self, left: u32) {
        self.queue.truncate(left as usize);
    }

    /// Returns how many bytes the queue takes. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.queue.capacity() * size_of::<u32>()
    }

    /// Forgets the queue, because every mark has changed or gone.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Checks that the queue holds, in order, every slot whose mark is not above the cut.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<T: Moment>(&self, slots: &Slab<T>) {
        if self.queue.is_empty() {
            return;
        }
        let queued = self.queue.iter().map(|&slot| slots.mark(slot)).rev();
        let queued: Vec<u32> = queued.filter(|&mark| mark <= self.cut).collect();
        assert!(queued.is_sorted_by(|a, b| a < b), "the oldest is the last in the queue");
        let held = slots.records().iter().filter(|record| record.mark <= self.cut).count();
        assert_eq!(held, queued.len(), "no slot at or below the cut is missing");
    }

    /// Queues the slots with the oldest marks. All marks are below `stamp` or [`FREE`], and all but
    /// the excepted slot's are above the last cut, from which the new one is looked for.
    fn refill<T: Moment>(&mut self, slots: &Slab<T>, stamp: u32) {
        let wanted = match slots.len() {
            0 => return,
            len if len <= ALL_BELOW => len,
            len if len <= HALF_BELOW => len / 2,
            len => len / 4,
        };
        let cut =
            if wanted == slots.len() { stamp } else { find_cut(slots, self.cut, stamp, wanted) };
        let mut oldest = Vec::with_capacity(wanted as usize);
        let mut newest = 0;
        for (slot, record) in (0_u32..).zip(slots.records()) {
            if record.mark <= cut && record.mark != FREE {
                newest = newest.max(record.mark);
                oldest.push(u64::from(record.mark) << 32 | u64::from(slot));
            }
        }
        self.cut = newest;
        sort_by_mark(&mut oldest);
        self.queue.clear();
        self.queue.extend(oldest.iter().rev().map(|&pair| pair as u32));
    }
}

/// Returns a mark at or below which at least `wanted` slots are. Hardly any mark is below `base`,
/// all are below `stamp`; the closer these two, the closer the answer.
fn find_cut<T: Moment>(slots: &Slab<T>, base: u32, stamp: u32, wanted: u32) -> u32 {
    let range_bits = u32::BITS - (stamp - base).leading_zeros();
    let shift = range_bits.saturating_sub(HISTOGRAM_BITS);
    let mut histogram = vec![0_u32; 1 << HISTOGRAM_BITS];
    for record in slots.records() {
        if record.mark != FREE {
            histogram[(record.mark.saturating_sub(base) >> shift) as usize] += 1;
        }
    }
    let mut counted = 0;
    let bucket = histogram.iter().position(|count| {
        counted += count;
        counted >= wanted
    });
    bucket.map_or(stamp, |bucket| base + ((bucket as u32 + 1) << shift) - 1)
}

/// Sorts `mark << 32 | slot` by mark, ascending: a radix sort with digits no wider than the number
/// of pairs asks for, so that ten pairs cost tens of steps and a million cost millions.
pub(crate) fn sort_by_mark(pairs: &mut Vec<u64>) {
    let Some(&first) = pairs.first() else { return };
    let (mut least, mut most) = (first >> 32, first >> 32);
    for pair in pairs.iter() {
        least = least.min(pair >> 32);
        most = most.max(pair >> 32);
    }
    let digit_bits = (usize::BITS - pairs.len().leading_zeros()).clamp(2, DIGIT_BITS_MAX);
    let digit = |pair: u64, pass: u32| {
        (((pair >> 32) - least) >> (pass * digit_bits)) as usize & ((1 << digit_bits) - 1)
    };
    let range_bits = u64::BITS - (most - least).leading_zeros();
    let mut sorted = vec![0; pairs.len()];
    let mut starts = vec![0_usize; 1 << digit_bits];
    for pass in 0..range_bits.div_ceil(digit_bits) {
        starts.fill(0);
        for &pair in pairs.iter() {
            starts[digit(pair, pass)] += 1;
        }
        let mut start = 0;
        for count in &mut starts {
            start += core::mem::replace(count, start);
        }
        for &pair in pairs.iter() {
            let to = &mut starts[digit(pair, pass)];
            sorted[*to] = pair;
            *to += 1;
        }
        core::mem::swap(pairs, &mut sorted);
    }
}

const _: () = assert!(NO_SLOT == u32::MAX, "`except` may be NO_SLOT: no queued slot equals it");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radix_sorts_as_the_standard_sort_does() {
        let mut seed = 1_u64;
        for len in [0, 1, 2, 3, 15, 16, 100, 5_000] {
            for range in [1_u64, 2, 1_000, 1 << 30] {
                let mut pairs: Vec<u64> = (0..len)
                    .map(|slot| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        ((seed >> 33) % range) << 32 | slot
                    })
                    .collect();
                let mut expected = pairs.clone();
                expected.sort_unstable();
                sort_by_mark(&mut pairs);
                assert_eq!(pairs, expected, "{len} pairs with marks below {range}");
            }
        }
    }

    #[test]
    fn victims_come_by_mark_also_when_the_table_is_taken_in_parts() {
        let mut slots = Slab::<u64>::new();
        let count = 40_000;
        for stamp in 0..count {
            slots.claim(stamp, u64::MAX);
        }
        let mut stamp = count;
        for slot in (0..count).step_by(3) {
            slots.set_mark(slot, stamp);
            stamp += 1;
        }
        let mut expected: Vec<u32> = (0..count).collect();
        expected.sort_by_key(|&slot| slots.mark(slot));
        let mut oldest = Oldest::default();
        for slot in expected {
            assert_eq!(oldest.next(&slots, NO_SLOT, stamp), Some(slot));
            slots.release(slot);
        }
        assert_eq!(oldest.next(&slots, NO_SLOT, stamp), None);
    }

    #[test]
    fn uses_between_victims_of_a_large_table_are_seen() {
        let mut slots = Slab::<u64>::new();
        let (count, mut stamp, mut seed) = (300_000, 0, 1_u64);
        while stamp < count {
            slots.claim(stamp, u64::MAX);
            stamp += 1;
        }
        let mut oldest = Oldest::default();
        for round in 0..200_000_u32 {
            for _ in 0..2 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                slots.set_mark((seed >> 33) as u32 % count, stamp);
                stamp += 1;
            }
            let victim = oldest.next(&slots, NO_SLOT, stamp).expect("there are slots");
            if round % 5_000 == 0 {
                let least = slots.records().iter().map(|record| record.mark).min();
                assert_eq!(Some(slots.mark(victim)), least);
                oldest.validate(&slots);
            }
            slots.release(victim);
            assert_eq!(slots.claim(stamp, u64::MAX), victim);
            stamp += 1;
        }
    }

    #[test]
    fn an_excepted_slot_keeps_its_turn() {
        let mut slots = Slab::<u64>::new();
        for stamp in 0..3 {
            slots.claim(stamp, u64::MAX);
        }
        let mut oldest = Oldest::default();
        assert_eq!(oldest.next(&slots, 0, 3), Some(1));
        slots.release(1);
        assert_eq!(oldest.next(&slots, NO_SLOT, 3), Some(0));
        slots.release(2);
        assert_eq!(oldest.next(&slots, 0, 3), None);
        assert_eq!(oldest.next(&slots, NO_SLOT, 3), Some(0));
    }
}
