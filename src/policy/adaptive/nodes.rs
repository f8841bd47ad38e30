//! What is kept of an entry in one word: its region, how often its key was asked for, and when
//! last.
//!
//! Time is counted in ticks, a few hundred of them for as many requests as there are entries. A
//! count is as of the last use; it is halved for each *fade* that has come since, so that old fame
//! is forgotten although nobody walks over the entries.

use crate::index::{Moment, Slab};
use crate::policy::Settled;
use crate::policy::segments::Places;

/// Slots of the cache, or keys of a shadow.
pub(super) trait Nodes: Places {
    /// Returns how often, and when last, the key in `slot` was asked for.
    fn uses(&self, slot: u32) -> Uses;
}

/// How often a key was asked for, up to 15 times, and the tick of the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Uses {
    pub(super) count: u32,
    pub(super) last: u32,
}

/// How far a mark is shifted to see the count.
const COUNT_SHIFT: u32 = 2;
/// The most that is counted, and its bits in a mark.
pub(super) const COUNT_MAX: u32 = 15;
/// How far a mark is shifted to see the tick.
const TICK_SHIFT: u32 = 6;
/// Ticks begin anew after this one.
pub(super) const TICK_MAX: u32 = u32::MAX >> TICK_SHIFT;
/// A period is two to the power of this many ticks.
pub(super) const PERIOD_SHIFT: u32 = Settled::SHIFT - TICK_SHIFT;
/// A fade comes once in two to the power of this many ticks.
const FADE_SHIFT: u32 = 11;

impl Uses {
    /// Returns the uses that a mark tells of.
    pub(super) const fn of(mark: u32) -> Self {
        Self { count: mark >> COUNT_SHIFT & COUNT_MAX, last: mark >> TICK_SHIFT }
    }

    /// Returns a mark that tells of them, with no region.
    pub(super) const fn mark(self) -> u32 {
        self.last << TICK_SHIFT | self.count << COUNT_SHIFT
    }

    /// Returns what is left of the count at the tick `now`.
    pub(super) const fn count_at(self, now: u32) -> u32 {
        let fades = (now >> FADE_SHIFT).wrapping_sub(self.last >> FADE_SHIFT);
        // Whatever is left of a count after this many is nothing.
        let fades = fades & TICK_MAX >> FADE_SHIFT;
        if fades < 4 { self.count >> fades } else { 0 }
    }

    /// Returns the uses with one more, at the tick `now`.
    pub(super) fn and_one(self, now: u32) -> Self {
        Self { count: COUNT_MAX.min(self.count_at(now) + 1), last: now }
    }

    /// Whether one more at the tick `now` would change nothing worth its cost: there were twelve,
    /// the last one in this *period*, which is over after 0.6 times as many requests as there are
    /// entries.
    pub(super) const fn are_settled(self, now: u32) -> bool {
        self.mark() & Settled::BITS == Settled::BITS
            && self.last >> PERIOD_SHIFT == now >> PERIOD_SHIFT
    }

    /// Whether the last one was after the last one of `other`.
    ///
    /// Not to be trusted when half of all ticks are between the two: an entry that was idle for so
    /// long may get a longer life than it deserves.
    pub(super) const fn is_after(self, other: Self) -> bool {
        self.last.wrapping_sub(other.last).wrapping_sub(1) & TICK_MAX < TICK_MAX / 2
    }
}

impl<T: Moment> Nodes for Slab<T> {
    fn uses(&self, slot: u32) -> Uses {
        Uses::of(self.mark(slot))
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::segments::REGION;

    use super::*;

    #[test]
    fn a_count_fades_and_stops_at_fifteen() {
        let mut uses = Uses { count: 0, last: 2_000 };
        for count in 1..=20 {
            uses = uses.and_one(2_001);
            assert_eq!(uses.count, count.min(15));
        }
        let left = [2_047, 2_048, 4_096, 6_144, 8_192].map(|now| uses.count_at(now));
        assert_eq!(left, [15, 7, 3, 1, 0]);
        assert_eq!(Uses::of(uses.mark() | REGION), uses, "the region is apart");
    }

    #[test]
    fn time_goes_on_when_the_ticks_begin_anew() {
        let at = |last| Uses { count: 8, last };
        assert!(at(0).is_after(at(TICK_MAX)) && !at(TICK_MAX).is_after(at(0)));
        assert!(!at(5).is_after(at(5)) && at(6).is_after(at(5)));
        assert_eq!(at(TICK_MAX).count_at(0), 4);
    }
}
