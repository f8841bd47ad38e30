//! Least frequently used in O(1), after Shah, Mitra and Matani [1].
//!
//! Slots of one frequency form a list in the order of their last use, and the frequencies that
//! occur form a list in ascending order: a use moves a slot to the neighbouring frequency. The
//! victim is the least recently used slot of the least frequency. Frequencies are exact while an
//! entry stays, and do not age: an entry used ten times a year ago outlives one used nine times
//! today. Where that hurts, use another policy; this one is true to its name.
//!
//! 8 bytes of links and 4 of frequency index for each slot, 24 for each frequency that occurs.
//!
//! [1] K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache eviction
//! scheme", 2010.

use alloc::vec::Vec;

use crate::index::{Links, List, Moment, NO_SLOT, Slab};

use super::Policy;

/// Evicts the entry used least often, among equals the least recently used.
#[derive(Debug)]
pub struct Lfu {
    links: Links,
    /// The frequency of each slot, as an index into `groups`.
    group_of: Vec<u32>,
    groups: Vec<Group>,
    /// The group of the least frequency that occurs, or [`NO_SLOT`].
    least: u32,
    /// The first unused group, linked by `more`.
    unused: u32,
}

/// The slots used equally often.
#[derive(Debug, Clone, Copy)]
struct Group {
    uses: u64,
    slots: List,
    /// The group of the next lower frequency, or [`NO_SLOT`].
    fewer: u32,
    /// The group of the next higher frequency, or [`NO_SLOT`].
    more: u32,
}

impl Default for Lfu {
    fn default() -> Self {
        Self {
            links: Links::new(),
            group_of: Vec::new(),
            groups: Vec::new(),
            least: NO_SLOT,
            unused: NO_SLOT,
        }
    }
}

impl<T: Moment> Policy<T> for Lfu {
    fn on_claim(&mut self, _: &mut Slab<T>, slot: u32, _: u32) {
        let once = match self.groups.get(self.least as usize) {
            Some(group) if group.uses == 1 => self.least,
            _ => self.group_after(NO_SLOT, 1),
        };
        self.put(slot, once);
    }

    fn on_hit(&mut self, _: &mut Slab<T>, slot: u32, _: u32) {
        let from = self.group_of[slot as usize];
        let Group { uses, more, .. } = self.groups[from as usize];
        let uses = uses + 1;
        let to = match self.groups.get(more as usize) {
            Some(group) if group.uses == uses => more,
            _ => self.group_after(from, uses),
        };
        self.take(slot);
        self.put(slot, to);
    }

    fn on_replace(&mut self, _: &mut Slab<T>, _: u32, _: u32, _: u64) {}

    fn on_release(&mut self, _: &mut Slab<T>, slot: u32) {
        self.take(slot);
    }

    fn victim(&mut self, _: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        let mut group = self.groups.get(self.least as usize)?;
        let mut slot = group.slots.back;
        if slot == except {
            slot = self.links.towards_front(slot);
            if slot == NO_SLOT {
                group = self.groups.get(group.more as usize)?;
                slot = group.slots.back;
            }
        }
        Some(slot)
    }

    fn on_renumber(&mut self) {}

    fn bytes(&self) -> usize {
        self.links.bytes()
            + self.group_of.capacity() * size_of::<u32>()
            + self.groups.capacity() * size_of::<Group>()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        let (mut listed, mut fewer, mut uses) = (0, NO_SLOT, 0);
        let mut at = self.least;
        while let Some(group) = self.groups.get(at as usize) {
            assert!(group.uses > uses, "the groups ascend");
            assert_eq!(group.fewer, fewer, "group {at} links back to the one before it");
            let held = self.links.slots(group.slots);
            assert!(!held.is_empty(), "group {at} holds a slot");
            for &slot in &held {
                assert!(slots.holds(slot), "slot {slot} is in use");
                assert_eq!(self.group_of[slot as usize], at, "slot {slot} knows its group");
            }
            listed += held.len();
            (fewer, uses, at) = (at, group.uses, group.more);
        }
        assert_eq!(listed, slots.len() as usize, "every slot in use is in one group");
    }
}

impl Lfu {
    /// Puts `slot` into `group` as the one used last.
    fn put(&mut self, slot: u32, group: u32) {
        if slot as usize >= self.group_of.len() {
            self.group_of.resize(slot as usize + 1, NO_SLOT);
        }
        self.group_of[slot as usize] = group;
        self.links.push_front(&mut self.groups[group as usize].slots, slot);
    }

    /// Takes `slot` out of its group, and the group out of its list if it was the last.
    fn take(&mut self, slot: u32) {
        let at = self.group_of[slot as usize];
        let group = &mut self.groups[at as usize];
        self.links.unlink(&mut group.slots, slot);
        if !group.slots.is_empty() {
            return;
        }
        let Group { fewer, more, .. } = *group;
        group.more = self.unused;
        self.unused = at;
        match self.groups.get_mut(fewer as usize) {
            Some(group) => group.more = more,
            None => self.least = more,
        }
        if let Some(group) = self.groups.get_mut(more as usize) {
            group.fewer = fewer;
        }
    }

    /// Returns a new group for `uses` behind the group `fewer`, at the start if that is
    /// [`NO_SLOT`].
    fn group_after(&mut self, fewer: u32, uses: u64) -> u32 {
        let more = self.groups.get(fewer as usize).map_or(self.least, |group| group.more);
        let group = Group { uses, slots: List::new(), fewer, more };
        let at = if self.unused == NO_SLOT {
            self.groups.push(group);
            self.groups.len() as u32 - 1
        } else {
            let at = self.unused;
            self.unused = self.groups[at as usize].more;
            self.groups[at as usize] = group;
            at
        };
        match self.groups.get_mut(fewer as usize) {
            Some(group) => group.more = at,
            None => self.least = at,
        }
        if let Some(group) = self.groups.get_mut(more as usize) {
            group.fewer = at;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_that_occur_no_more_are_given_back() {
        let (mut slab, mut lfu) = (Slab::<u64>::new(), Lfu::default());
        for stamp in 0..4 {
            let slot = slab.claim(stamp, u64::NEVER);
            lfu.on_claim(&mut slab, slot, stamp);
        }
        for round in 0..100 {
            for slot in 0..4 {
                lfu.on_hit(&mut slab, slot, round);
                lfu.validate(&slab);
            }
        }
        assert_eq!(lfu.groups[lfu.least as usize].uses, 101);
        assert!(lfu.groups.len() <= 3, "four slots have at most three frequencies at once here");
    }

    #[test]
    fn the_excepted_slot_is_passed_over_also_at_the_end_of_its_group() {
        let (mut slab, mut lfu) = (Slab::<u64>::new(), Lfu::default());
        for stamp in 0..2 {
            let slot = slab.claim(stamp, u64::NEVER);
            lfu.on_claim(&mut slab, slot, stamp);
        }
        lfu.on_hit(&mut slab, 1, 2);
        assert_eq!(lfu.victim(&mut slab, NO_SLOT, 3), Some(0));
        assert_eq!(lfu.victim(&mut slab, 0, 3), Some(1));
        lfu.on_release(&mut slab, 1);
        slab.release(1);
        assert_eq!(lfu.victim(&mut slab, 0, 3), None);
        lfu.validate(&slab);
    }
}
