//! How often keys were asked for lately, estimated in little memory.
//!
//! A count-min sketch [1] with four rows of 4-bit counters. The four counters of a key lie in one
//! block of 64 bytes, so that one cache line is read or written; there is a block for every six
//! entries. When it has counted ten times as many requests as entries, every counter and that
//! number are halved, so that old fame fades: the reset of `TinyLFU` [2].
//!
//! The sketch grows with the cache: each block becomes two, with the counters of their parent, so
//! no estimate falls by that.
//!
//! The doorkeeper of [2], a Bloom filter that keeps keys seen once out of the sketch, and minimal
//! increments were measured and left out: docs/decisions.md, number 12.
//!
//! Cost: O(1); the reset and the growth walk over the whole sketch, which is amortised O(1). 11
//! bytes an entry of the most that were ever held, up to a sixteenth more for small limits; between
//! 6 and 12 where no limit of entries says how far it will grow.
//!
//! [1] G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch and its
//! applications", J. Algorithms 55(1), 2005.
//! [2] G. Einziger, R. Friedman, B. Manes, "`TinyLFU`: A Highly Efficient Cache Admission Policy",
//! ACM Transactions on Storage 13(4), 2017.

use alloc::vec;
use alloc::vec::Vec;

use super::STAMP_LIMIT;

/// Counts keys by hash, approximately, and forgets.
#[derive(Debug)]
pub(super) struct Sketch {
    blocks: Vec<Block>,
    /// How many requests the counters stand for.
    additions: u64,
    /// How many blocks there are at first.
    first_blocks: u32,
    /// How many entries one block counts before the sketch grows.
    crowd: u32,
}

/// Four rows of 32 counters, 16 counters a word.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Block([u64; 8]);

/// Rows of counters, each indexed by other bits of the hash.
const ROWS: usize = 4;
/// The most a counter holds.
pub(super) const COUNT_MAX: u32 = 15;
/// How many entries one block counts.
const ENTRIES_PER_BLOCK: u32 = 6;
/// How many entries a block counts before a sketch grows of which nobody knows how far it will.
const CROWD: u32 = 11;
/// A cache without a limit of entries may hold this many.
const NO_LIMIT: u32 = STAMP_LIMIT / 2;
/// How many requests for each entry the counters stand for at most.
const ADDITIONS_PER_ENTRY: u64 = 10;
/// Clears the bit that halving moves from one counter into the next.
const HALVES: u64 = 0x7777_7777_7777_7777;

impl Sketch {
    /// Returns a sketch for a cache of at most `entries`. Allocates nothing.
    pub(super) fn new(entries: u32) -> Self {
        // The first size becomes the last by doubling: a few blocks at first, whatever the limit.
        let mut first_blocks = entries.div_ceil(ENTRIES_PER_BLOCK);
        while first_blocks > 32 {
            first_blocks = first_blocks.div_ceil(2);
        }
        let crowd = if entries < NO_LIMIT { ENTRIES_PER_BLOCK } else { CROWD };
        Self { blocks: Vec::new(), additions: 0, first_blocks, crowd }
    }

    /// Returns how many bytes the sketch takes. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Block>()
    }

    /// Makes the sketch large enough for `entries`. Amortised O(1).
    pub(super) fn grow(&mut self, entries: u32) {
        if self.blocks.is_empty() {
            self.blocks = vec![Block([0; 8]); self.first_blocks as usize];
        }
        while self.blocks.len() < entries.div_ceil(self.crowd) as usize {
            let mut grown = Vec::with_capacity(self.blocks.len() * 2);
            grown.extend(self.blocks.iter().flat_map(|&block| [block; 2]));
            self.blocks = grown;
        }
    }

    /// Counts one more request for the key with `hash`. Amortised O(1).
    pub(super) fn add(&mut self, hash: u32) {
        let (at, rows) = self.places(hash);
        let Some(block) = self.blocks.get_mut(at) else { return };
        for (word, shift) in rows {
            if block.0[word] >> shift & u64::from(COUNT_MAX) < u64::from(COUNT_MAX) {
                block.0[word] += 1 << shift;
            }
        }
        self.additions += 1;
        let entries = self.blocks.len() as u64 * u64::from(ENTRIES_PER_BLOCK);
        if self.additions >= entries * ADDITIONS_PER_ENTRY {
            self.reset();
        }
    }

    /// Returns how often the key with `hash` was counted lately, at most [`COUNT_MAX`]; too high
    /// where other keys share all its counters. O(1).
    pub(super) fn count(&self, hash: u32) -> u32 {
        let (at, rows) = self.places(hash);
        let Some(block) = self.blocks.get(at) else { return 0 };
        let counts = rows.map(|(word, shift)| (block.0[word] >> shift) as u32 & COUNT_MAX);
        counts.into_iter().fold(COUNT_MAX, u32::min)
    }

    /// Halves every counter, and how many requests they stand for.
    fn reset(&mut self) {
        for block in &mut self.blocks {
            for word in &mut block.0 {
                *word = *word >> 1 & HALVES;
            }
        }
        self.additions /= 2;
    }

    /// Returns the block of a key, and the word and the shift of its counter in each row.
    fn places(&self, hash: u32) -> (usize, [(usize, u32); ROWS]) {
        let spread = mix(hash);
        let block = ((u64::from(spread) * self.blocks.len() as u64) >> 32) as usize;
        // The high bits chose the block: the counters take what a second mixing makes of all.
        let mut bits = mix(spread ^ 0x9e37_79b9);
        let rows = core::array::from_fn(|row| {
            let counter = bits & 31;
            bits >>= 5;
            (row * 2 + (counter >> 4) as usize, (counter & 15) * 4)
        });
        (block, rows)
    }
}

/// Spreads the bits of a hash: each one of the input changes half of those of the output.
pub(super) fn mix(mut bits: u32) -> u32 {
    bits = (bits ^ bits >> 16).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ bits >> 13).wrapping_mul(0xc2b2_ae35);
    bits ^ bits >> 16
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;

    fn sketch(entries: u32) -> Sketch {
        let mut sketch = Sketch::new(entries);
        sketch.grow(entries);
        sketch
    }

    /// Against exact counts that fade in the same way.
    #[test]
    fn a_count_is_never_too_low_and_seldom_too_high() {
        let (entries, mut seed) = (1_000, 3_u64);
        let (mut sketch, mut exact) = (sketch(entries), BTreeMap::<u32, u32>::new());
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let draw = (seed >> 40) as u32;
            let hash = draw % (1 << (draw >> 20)).max(2);
            let before = sketch.additions;
            sketch.add(hash);
            let count = exact.entry(hash).or_default();
            *count = COUNT_MAX.min(*count + 1);
            if sketch.additions < before {
                for count in exact.values_mut() {
                    *count /= 2;
                }
            }
        }
        let over = exact.iter().filter(|&(&hash, &count)| {
            assert!(sketch.count(hash) >= count);
            sketch.count(hash) > count + 1
        });
        assert!(over.count() < exact.len() / 20, "one in twenty of {}", exact.len());
    }

    #[test]
    fn a_count_stops_at_fifteen_and_halves_with_the_reset() {
        let mut sketch = sketch(6);
        for count in 1..=40 {
            sketch.add(7);
            assert_eq!(sketch.count(7), count.min(15));
        }
        assert_eq!(sketch.count(8), 0);
        for _ in 40..60 {
            sketch.add(7);
        }
        assert_eq!((sketch.count(7), sketch.additions), (7, 30));
    }

    #[test]
    fn growth_lowers_no_count() {
        let mut sketch = Sketch::new(100_000);
        sketch.add(1);
        assert_eq!((sketch.bytes(), sketch.count(1)), (0, 0), "nothing was allocated yet");
        sketch.grow(1);
        let counts: [u32; 40] = core::array::from_fn(|hash| hash as u32 % 16);
        for (hash, &count) in (0..).zip(&counts) {
            for _ in 0..count {
                sketch.add(hash);
            }
        }
        for entries in [1_000, 30_000, 100_000] {
            sketch.grow(entries);
            for (hash, &count) in (0..).zip(&counts) {
                assert!(sketch.count(hash) >= count);
            }
        }
        assert!((1_066_000..=1_133_000).contains(&sketch.bytes()));
    }
}
