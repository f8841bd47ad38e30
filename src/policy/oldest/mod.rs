//! The slots in the order of their marks, found in batches.
//!
//! Nothing is kept in order on a hit. When a victim is asked for and the queue is empty, a batch of
//! the slots with the oldest marks is sorted into it. Marks only ever grow past the newest one in
//! the queue (the *cut*), so a queued slot whose mark is above the cut has been used, freed or
//! taken again since, and is skipped; the next one that is not *is* the oldest of all.
//!
//! Batches come from buckets that a scan of all records has filled (see `scan.rs`) with every slot
//! of a small table, and with a half or a quarter of a large one. There the next scan goes along
//! with the batches of the second half of the buckets, so that no victim waits for a whole one but
//! the first.
//!
//! Cost: amortised O(1) for each victim, hit and release (each skips at most one queued slot), and
//! bounded for large tables: to sort a batch of [`BATCH`] and look at 16 records for each of it,
//! unless the marks are so uneven that a bucket holds more. A scan reads every record twice, also
//! those of free slots: 32 MB for a million of them. So the bound holds for a cache that is about
//! as full as it has ever been; one that has shrunk to a few heavy entries pays for its past until
//! it is cleared. 4 bytes an entry at most, and 16 for each of a batch.

mod scan;
mod sort;

use alloc::vec::Vec;

use crate::index::{FREE, Moment, NO_SLOT, Slab};

use super::Candidates;

use scan::{Buckets, Scan};
pub(crate) use sort::sort_by_mark;

/// The queue of the oldest slots.
#[derive(Debug, Default)]
pub(super) struct Oldest {
    /// Slots by mark, the oldest last.
    queue: Vec<u32>,
    /// The newest mark that a queued slot had when it was queued.
    cut: u32,
    /// The slots that come next.
    found: Buckets,
    /// How many of their places are used up.
    places: usize,
    /// The search for those that come after them.
    scan: Scan,
}

/// Up to this many entries a scan finds all of them, when they are needed.
const ALL_BELOW: u32 = 16 << 10;
/// Up to this many it finds half of them, above it a quarter.
const HALF_BELOW: u32 = 256 << 10;
/// How many slots are sorted at once, at least.
const BATCH: usize = 1024;
/// How many records are looked at for each place that is used up: all of them twice while half of
/// the places are, where these are a quarter of the records.
const RECORDS_A_PLACE: usize = 16;

impl Oldest {
    /// Returns the slot with the oldest mark, other than `except`. It stays queued until its mark
    /// changes.
    pub(super) fn next<T: Moment>(
        &mut self,
        slots: &Slab<T>,
        except: u32,
        stamp: u32,
    ) -> Option<u32> {
        let mut is_set_aside = false;
        let found = loop {
            match self.queue.pop() {
                Some(slot) if slots.mark(slot) > self.cut => {}
                Some(slot) if slot == except => is_set_aside = true,
                Some(slot) => {
                    self.queue.push(slot);
                    break Some(slot);
                }
                None if self.refill(slots, stamp) => {}
                None => break None,
            }
        };
        if is_set_aside {
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

    /// Returns how many bytes the queue and what fills it take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.queue.capacity() * size_of::<u32>()
            + self.found.slots.capacity() * size_of::<u32>()
            + self.scan.bytes()
    }

    /// Forgets the queue, because every mark has changed or gone.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Queues the next batch; false if all slots are queued. All marks are below `stamp` or free.
    fn refill<T: Moment>(&mut self, slots: &Slab<T>, stamp: u32) -> bool {
        let wanted = match slots.len() {
            len if len <= ALL_BELOW => len,
            len if len <= HALF_BELOW => len / 2,
            len => len / 4,
        };
        let mut start = self.places;
        while !self.sort_batch(slots) {
            let is_new = self.scan.begin(self.found.until, stamp, wanted);
            while !self.scan.step(slots, usize::MAX) {}
            self.scan.finish(&mut self.found);
            (self.places, start) = (0, 0);
            if is_new && self.found.slots.is_empty() {
                return false;
            }
        }
        if wanted < slots.len() && self.places > self.found.slots.len() / 2 {
            self.scan.begin(self.found.until, stamp, wanted);
            self.scan.step(slots, RECORDS_A_PLACE * (self.places - start));
        }
        true
    }

    /// Sorts the next batch into the empty queue; false if there is none left.
    fn sort_batch<T: Moment>(&mut self, slots: &Slab<T>) -> bool {
        let mut batch: Vec<u64> = Vec::new();
        let mut last = None;
        for &slot in &self.found.slots[self.places..] {
            // One that was used, freed or taken since has a later mark now.
            let mark = slots.records().get(slot as usize).map_or(FREE, |record| record.mark);
            let bucket = self.found.bucket_of(mark);
            if bucket.is_some() {
                if bucket != last && batch.len() >= BATCH {
                    break;
                }
                batch.push(u64::from(mark) << 32 | u64::from(slot));
                last = bucket;
            }
            self.places += 1;
        }
        sort_by_mark(&mut batch);
        self.queue.extend(batch.iter().rev().map(|&pair| pair as u32));
        let newest = batch.last().map(|pair| (pair >> 32) as u32);
        self.cut = newest.unwrap_or(self.cut);
        newest.is_some()
    }

    /// Checks that the queue holds, in order, every slot whose mark is not above the cut, and that
    /// the places left hold all others that the last scan has found.
    ///
    /// # Panics
    ///
    /// Panics if they do not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<T: Moment>(&self, slots: &Slab<T>) {
        let held = |from: u32, until: u32| {
            let marks = slots.records().iter().map(|record| record.mark);
            marks.filter(|mark| (from..until).contains(mark)).count()
        };
        if !self.queue.is_empty() {
            let queued = self.queue.iter().map(|&slot| slots.mark(slot)).rev();
            let queued: Vec<u32> = queued.filter(|&mark| mark <= self.cut).collect();
            assert!(queued.is_sorted_by(|a, b| a < b), "the oldest is the last in the queue");
            assert_eq!(
                held(0, self.cut + 1),
                queued.len(),
                "no slot at or below the cut is missing"
            );
        }
        let places = self.found.slots[self.places..].iter().filter(|&&slot| slot != NO_SLOT);
        let left = places.filter(|&&slot| slots.mark(slot) < self.found.until).count();
        let from = if self.found.until == 0 { 0 } else { self.cut + 1 };
        assert_eq!(held(from, self.found.until), left, "no slot that comes next is missing");
    }
}

const _: () = assert!(NO_SLOT == u32::MAX, "`except` may be NO_SLOT: no queued slot equals it");

#[cfg(test)]
mod tests {
    use super::*;

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
            let (until, looked) = (oldest.found.until, oldest.scan.looked(&slots));
            let victim = oldest.next(&slots, NO_SLOT, stamp).expect("there are slots");
            let is_another = oldest.found.until != until;
            let all = if is_another { 2 * count as usize } else { oldest.scan.looked(&slots) };
            assert!(round == 0 || all - looked <= 2 * RECORDS_A_PLACE * BATCH, "no long pause");
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
