//! A look at all records in small steps: which slots have the oldest marks, sorted coarsely.
//!
//! It counts marks in a histogram, finds the mark below which enough slots are, and goes over the
//! records again to put those slots into buckets. Marks change meanwhile, but only to stamps drawn
//! after the scan began, which it does not look for: no slot is missed, and no bucket gets more
//! slots than were counted.

use alloc::vec::Vec;

use crate::index::{Moment, NO_SLOT, Slab};

/// There is a bucket for so many of the slots that are wanted, as a power of two.
const SLOTS_A_BUCKET_BITS: u32 = 6;
/// The most buckets there are, as a power of two.
const BUCKET_BITS_MAX: u32 = 12;

/// Slots in buckets of rising marks; a bucket has no order of its own.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// The slots, bucket by bucket, with [`NO_SLOT`] where a bucket was not filled.
    pub(super) slots: Vec<u32>,
    /// The first mark that was looked for.
    pub(super) from: u32,
    /// All slots with marks from there to below this were found.
    pub(super) until: u32,
    /// How far what a mark is past the first is shifted to find its bucket.
    pub(super) shift: u32,
}

/// How far a scan is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has not begun, or what it found was taken.
    #[default]
    Idle,
    Counting,
    Collecting,
}

/// A scan, under way or not.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// What it has found once it is done.
    pub(super) found: Buckets,
    /// While counting, how many marks each bucket has; then, where its next slot goes.
    buckets: Vec<u32>,
    wanted: u32,
    /// The next record.
    at: usize,
    phase: Phase,
}

impl Scan {
    /// Begins, unless it has, to look for the `wanted` slots with the oldest marks that are not
    /// below `from`, but below `stamp`; whether it had not.
    pub(super) fn begin(&mut self, from: u32, stamp: u32, wanted: u32) -> bool {
        if self.phase != Phase::Idle {
            return false;
        }
        let bits = u32::BITS - (wanted >> SLOTS_A_BUCKET_BITS).leading_zeros();
        let unused = (stamp - from).leading_zeros() + bits.min(BUCKET_BITS_MAX);
        let shift = u32::BITS.saturating_sub(unused);
        (self.found.from, self.found.until, self.found.shift) = (from, stamp, shift);
        self.wanted = wanted;
        self.buckets.clear();
        self.buckets.resize(((stamp - from) >> shift) as usize + 1, 0);
        (self.at, self.phase) = (0, Phase::Counting);
        true
    }

    /// Looks at the next `records`; whether that was all there is to do. O(records).
    pub(super) fn step<T: Moment>(&mut self, slots: &Slab<T>, records: usize) -> bool {
        let all = slots.records();
        let start = self.at;
        self.at = all.len().min(start.saturating_add(records));
        for (slot, record) in (start as u32..).zip(&all[start..self.at]) {
            let Some(bucket) = self.found.bucket_of(record.mark) else { continue };
            let bucket = &mut self.buckets[bucket as usize];
            if self.phase == Phase::Collecting {
                self.found.slots[*bucket as usize] = slot;
            }
            *bucket += 1;
        }
        if self.at < all.len() {
            return false;
        }
        let is_done = self.phase == Phase::Collecting;
        if !is_done {
            self.cut();
        }
        is_done
    }

    /// Swaps what a finished scan has found for `used`, whose memory the next one takes.
    pub(super) fn finish(&mut self, used: &mut Buckets) {
        core::mem::swap(&mut self.found, used);
        self.phase = Phase::Idle;
    }

    /// Returns how many records it has looked at, each twice in the end.
    #[cfg(test)]
    pub(super) fn looked<T: Moment>(&self, slots: &Slab<T>) -> usize {
        match self.phase {
            Phase::Idle => 0,
            Phase::Counting => self.at,
            Phase::Collecting => self.at + slots.records().len(),
        }
    }

    /// Returns how many bytes it takes. O(1).
    pub(super) fn bytes(&self) -> usize {
        (self.found.slots.capacity() + self.buckets.capacity()) * size_of::<u32>()
    }

    /// Finds how many buckets hold as many slots as are wanted, and makes room for them.
    fn cut(&mut self) {
        let (mut counted, mut ends) = (0, self.found.from);
        for count in &mut self.buckets {
            if counted >= self.wanted {
                self.found.until = ends;
                break;
            }
            counted += core::mem::replace(count, counted);
            ends += 1 << self.found.shift;
        }
        self.found.slots.clear();
        self.found.slots.resize(counted as usize, NO_SLOT);
        (self.at, self.phase) = (0, Phase::Collecting);
    }
}

impl Buckets {
    /// Returns the bucket of a mark, `None` if it was not looked for. O(1).
    pub(super) fn bucket_of(&self, mark: u32) -> Option<u32> {
        let offset = mark.wrapping_sub(self.from);
        (offset < self.until - self.from).then_some(offset >> self.shift)
    }
}
