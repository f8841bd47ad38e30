//! W-TinyLFU: a small LRU window before a large segmented LRU that admits by frequency [1].
//!
//! New slots enter the *window*, 1 % of the room, in LRU order. What leaves its end is a candidate
//! for the main region, where it must displace somebody: it is admitted if the
//! [sketch](super::sketch) has counted its key more often than the one at the end of the main
//! region; the loser is the victim. The main region is a segmented LRU: an admitted slot is on
//! *probation*; a hit there makes it *protected*, and what the protected 80 % have no room for goes
//! back on probation. Its end is that of probation. While there is room, everybody is admitted.
//!
//! **Weights.** Shares are of the limits: of entries, of weight, or, where both are set, of
//! whichever is reached. Where the limit of weight is what presses, a candidate must have been
//! asked for more often than all those together that would have to leave for as much room as it
//! takes: the Aggregated Victims of [2]. So what counts is uses for each unit of weight. A newcomer
//! that is heavier than an eighth of the limit would displace too many by waiting in the window: it
//! is tested before it enters, enters on probation, and is refused if it fails. All others enter
//! untested, so what was just inserted is there; the window always holds at least the newest of
//! them.
//!
//! A new value for a held key is a use. Uses are told one by one or in batches, in their order: a
//! slot remembers the hash of its key, so an owner may keep a log of slots (the JavaScript door
//! does, for LFU) and the policy does the same with it as with single calls, as long as the log is
//! told before anything else is.
//!
//! Cost: amortised O(1). 8 bytes of links an entry, 11 for the sketch (see there): 15 more than
//! LRU. The region is the slot's mark and the hash is in a word of its record that was free.
//!
//! [1] G. Einziger, R. Friedman, B. Manes, "`TinyLFU`: A Highly Efficient Cache Admission Policy",
//! ACM Transactions on Storage 13(4), 2017.
//! [2] G. Einziger, O. Eytan, R. Friedman, B. Manes, "Lightweight Robust Size Aware Cache
//! Management", ACM Transactions on Storage 18(3), 2022.

use crate::index::{Moment, NO_SLOT, Slab};

use super::region::{Region, Share};
use super::segments::{Coming, PROBATION, PROTECTED, Places, Segments, TESTED_FIRST, WINDOW};
use super::sketch::Sketch;
use super::{Newcomer, Policy};

/// Evicts the less often asked for of two: the one that leaves the window and the one at the end of
/// the main region.
#[derive(Debug)]
pub struct WTinyLfu {
    sketch: Sketch,
    segments: Segments,
    room: Share,
    window_share: Share,
    protected_share: Share,
}

/// The window's part of the room.
const WINDOW_PERCENT: u32 = 1;
/// The protected part of the main region.
const PROTECTED_PERCENT: u32 = 80;

impl WTinyLfu {
    /// Returns the policy of a cache that may hold `room`. Allocates nothing.
    pub(super) fn new(room: Share) -> Self {
        let window_share = room.part(WINDOW_PERCENT, 1);
        Self {
            sketch: Sketch::new(room.entries),
            segments: Segments::new(),
            room,
            window_share,
            protected_share: room.without(window_share).part(PROTECTED_PERCENT, 0),
        }
    }
}

impl<T: Moment> Policy<T> for WTinyLfu {
    fn admit(&mut self, slots: &Slab<T>, newcomer: Newcomer) -> bool {
        let Newcomer { hash, weight, .. } = newcomer;
        self.sketch.grow(self.room.entries.min(slots.len() + 1));
        self.sketch.add(hash);
        let is_heavy = self.room.weight != u64::MAX && weight > self.room.weight / TESTED_FIRST;
        let displaced = self.room.excess((slots.weight_held() as u64).saturating_add(weight));
        if is_heavy && displaced > 0 && !self.is_worth(slots, hash, displaced, NO_SLOT) {
            return false;
        }
        let region = if is_heavy { PROBATION } else { WINDOW };
        self.segments.coming = Some(Coming { weight, region });
        true
    }

    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        let region = self.segments.coming.take().map_or(WINDOW, |coming| coming.region);
        // Whatever the mark said of the slot's last entry.
        slots.set_mark(slot, region);
        self.segments.put(slots, slot, region);
        while self.window().exceeds(self.window_share) && self.window().entries > 1 {
            let back = self.window().list.back;
            self.segments.shift(slots, back, PROBATION);
        }
    }

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        self.sketch.add(slots.hash(slot));
        match slots.region(slot) {
            PROBATION => self.segments.shift(slots, slot, PROTECTED),
            _ => self.segments.renew(slots, slot),
        }
        while self.segments.lists[PROTECTED as usize].exceeds(self.protected_share) {
            let back = self.segments.lists[PROTECTED as usize].list.back;
            self.segments.shift(slots, back, PROBATION);
        }
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, weight: u64) {
        self.on_hit(slots, slot, stamp);
        self.segments.reweigh(slots, slot, weight);
    }

    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32) {
        self.segments.release(slots, slot);
    }

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        let candidate = self.window().back(&self.segments.links, except);
        let main = self.segments.main_back(except);
        if candidate == NO_SLOT || main == NO_SLOT {
            let only = if candidate == NO_SLOT { main } else { candidate };
            return (only != NO_SLOT).then_some(only);
        }
        if !self.segments.is_window_over(self.window_share) {
            return Some(main);
        }
        let held = (slots.weight_held() as u64).saturating_add(self.segments.coming_weight());
        let presses = self.room.is_outweighed_by(held);
        let displaced = if presses { slots.weight(candidate) } else { 0 };
        if !self.is_worth(slots, slots.hash(candidate), displaced, except) {
            return Some(candidate);
        }
        self.segments.shift(slots, candidate, PROBATION);
        Some(main)
    }

    fn on_renumber(&mut self) {}

    fn bytes(&self) -> usize {
        self.segments.links.bytes() + self.sketch.bytes()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        let listed = self.segments.validate(slots);
        assert_eq!(listed, slots.len(), "every slot in use is in one region");
        let [window, _, protected] = &self.segments.lists;
        assert!(window.entries <= self.window_share.entries, "the window keeps to its share");
        assert!(protected.entries <= self.protected_share.entries, "so do the protected");
    }

    fn frequency(&self, hash: u32) -> u32 {
        self.sketch.count(hash)
    }
}

impl WTinyLfu {
    const fn window(&self) -> &Region {
        &self.segments.lists[WINDOW as usize]
    }

    /// Whether the key with `hash` is worth what it would displace; [`Segments::is_worth`].
    fn is_worth<T: Moment>(&self, slots: &Slab<T>, hash: u32, displaced: u64, except: u32) -> bool {
        let count_of = |slot| self.sketch.count(slots.hash(slot));
        let worth = self.sketch.count(hash);
        self.segments.is_worth(slots, count_of, worth, displaced, except)
    }
}
