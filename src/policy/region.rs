//! A region: one list of slots of a policy, with how many they are and what they weigh.

use crate::index::{Link, Links, List, NO_SLOT};

/// A part of a cache's room: at most so many entries, and at most so much weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Entries.
    pub entries: u32,
    /// Weight; [`u64::MAX`]: nothing is weighed.
    pub weight: u64,
}

/// Slots in the order in which they came into the region.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) list: List,
    pub(super) entries: u32,
    /// Exact where weight is limited; elsewhere nobody compares it.
    pub(super) weight: u64,
}

impl Share {
    /// Returns `percent` of the share, and at least `entries_min`.
    pub(super) fn part(self, percent: u32, entries_min: u32) -> Self {
        let entries = u64::from(self.entries) * u64::from(percent) / 100;
        let weight = match self.weight {
            u64::MAX => u64::MAX,
            // In this order nothing overflows, and a module need not bring 128-bit division.
            weight => weight / 100 * u64::from(percent) + weight % 100 * u64::from(percent) / 100,
        };
        Self { entries: (entries as u32).max(entries_min), weight }
    }

    /// Returns what is left of the share without `part`.
    pub(super) fn without(self, part: Self) -> Self {
        let weight = match self.weight {
            u64::MAX => u64::MAX,
            weight => weight - part.weight,
        };
        Self { entries: self.entries.saturating_sub(part.entries), weight }
    }

    /// Whether so many entries of so much weight are more than the share.
    pub(super) fn is_exceeded_by(self, entries: u32, weight: u64) -> bool {
        entries > self.entries || self.is_outweighed_by(weight)
    }

    /// Whether `weight` is more than the share.
    pub(super) fn is_outweighed_by(self, weight: u64) -> bool {
        self.excess(weight) > 0
    }

    /// Returns by how much `weight` is more than the share.
    pub(super) fn excess(self, weight: u64) -> u64 {
        if self.weight == u64::MAX { 0 } else { weight.saturating_sub(self.weight) }
    }
}

impl Region {
    /// Whether the region holds more than `share`.
    pub(super) fn exceeds(&self, share: Share) -> bool {
        share.is_exceeded_by(self.entries, self.weight)
    }

    /// Puts `slot`, which is in no list, at the front.
    pub(super) fn push<L: Link>(&mut self, links: &mut Links<L>, slot: u32, weight: u64) {
        links.push_front(&mut self.list, slot);
        self.entries += 1;
        self.weight = self.weight.wrapping_add(weight);
    }

    /// Puts `slot`, which is in no list, at the back.
    pub(super) fn append<L: Link>(&mut self, links: &mut Links<L>, slot: u32, weight: u64) {
        links.push_back(&mut self.list, slot);
        self.entries += 1;
        self.weight = self.weight.wrapping_add(weight);
    }

    /// Takes `slot` out of the region, which holds it.
    pub(super) fn take<L: Link>(&mut self, links: &mut Links<L>, slot: u32, weight: u64) {
        links.unlink(&mut self.list, slot);
        self.entries -= 1;
        self.weight = self.weight.wrapping_sub(weight);
    }

    /// Moves `slot`, which the region holds, to the front.
    pub(super) fn renew<L: Link>(&mut self, links: &mut Links<L>, slot: u32) {
        if self.list.front != slot {
            links.unlink(&mut self.list, slot);
            links.push_front(&mut self.list, slot);
        }
    }

    /// Notes that a slot that the region holds will weigh `weight` where it weighed `before`.
    pub(super) fn reweigh(&mut self, before: u64, weight: u64) {
        self.weight = self.weight.wrapping_sub(before).wrapping_add(weight);
    }

    /// Returns the slot at the back, or the next one if that is `except`; [`NO_SLOT`] if there is
    /// none.
    pub(super) fn back<L: Link>(&self, links: &Links<L>, except: u32) -> u32 {
        match self.list.back {
            NO_SLOT => NO_SLOT,
            back if back == except => links.towards_front(back),
            back => back,
        }
    }

    /// Checks that the region holds as many slots as it says, and as much weight, and returns them.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<L: Link>(
        &self,
        links: &Links<L>,
        weight_of: impl Fn(u32) -> u64,
    ) -> alloc::vec::Vec<u32> {
        let held = links.slots(self.list);
        assert_eq!(held.len(), self.entries as usize, "the region counts its slots");
        let weight = held.iter().fold(0, |sum: u64, &slot| sum.wrapping_add(weight_of(slot)));
        assert_eq!(weight, self.weight, "the region knows its weight");
        held
    }
}
