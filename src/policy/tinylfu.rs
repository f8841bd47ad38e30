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

use crate::index::{Links, Moment, NO_SLOT, Slab};

use super::region::{Region, Share};
use super::sketch::Sketch;
use super::{Newcomer, Policy};

/// Evicts the less often asked for of two: the one that leaves the window and the one at the end of
/// the main region.
#[derive(Debug)]
pub struct WTinyLfu {
    sketch: Sketch,
    links: Links,
    /// By mark: [`WINDOW`], [`PROBATION`], [`PROTECTED`].
    regions: [Region; 3],
    room: Share,
    window_share: Share,
    protected_share: Share,
    /// The entry that is about to come.
    coming: Option<Coming>,
}

/// What is known of an entry for which room is being made.
#[derive(Debug, Clone, Copy)]
struct Coming {
    weight: u64,
    /// Where it will be.
    region: u32,
}

/// The mark of a slot in the window.
const WINDOW: u32 = 0;
/// The mark of a slot on probation.
const PROBATION: u32 = 1;
/// The mark of a slot that was used while on probation.
const PROTECTED: u32 = 2;

/// The window's part of the room.
const WINDOW_PERCENT: u32 = 1;
/// The protected part of the main region.
const PROTECTED_PERCENT: u32 = 80;
/// A newcomer heavier than the limit of weight divided by this is tested before it enters.
const TESTED_FIRST: u64 = 8;
/// So many slots may be looked at to find out what an admission would displace.
const LOOK_AT_MOST: u32 = 64;

impl WTinyLfu {
    /// Returns the policy of a cache that may hold `room`. Allocates nothing.
    pub(super) fn new(room: Share) -> Self {
        let window_share = room.part(WINDOW_PERCENT, 1);
        Self {
            sketch: Sketch::new(room.entries),
            links: Links::new(),
            regions: [Region::default(); 3],
            room,
            window_share,
            protected_share: room.without(window_share).part(PROTECTED_PERCENT, 0),
            coming: None,
        }
    }
}

impl<T: Moment> Policy<T> for WTinyLfu {
    fn admit(&mut self, slots: &Slab<T>, newcomer: Newcomer) -> bool {
        let Newcomer { hash, weight } = newcomer;
        self.sketch.grow(self.room.entries.min(slots.len() + 1));
        self.sketch.add(hash);
        let is_heavy = self.room.weight != u64::MAX && weight > self.room.weight / TESTED_FIRST;
        let displaced =
            (slots.weight_held() + u128::from(weight)).saturating_sub(u128::from(self.room.weight));
        if is_heavy && displaced > 0 && !self.is_worth(slots, hash, displaced, NO_SLOT) {
            return false;
        }
        let region = if is_heavy { PROBATION } else { WINDOW };
        self.coming = Some(Coming { weight, region });
        true
    }

    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        let region = self.coming.take().map_or(WINDOW, |coming| coming.region);
        self.put(slots, slot, region);
        while self.regions[WINDOW as usize].exceeds(self.window_share)
            && self.regions[WINDOW as usize].entries > 1
        {
            let back = self.regions[WINDOW as usize].list.back;
            self.shift(slots, back, PROBATION);
        }
    }

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        self.sketch.add(slots.hash(slot));
        match slots.mark(slot) {
            PROBATION => self.shift(slots, slot, PROTECTED),
            region => self.regions[region as usize].renew(&mut self.links, slot),
        }
        while self.regions[PROTECTED as usize].exceeds(self.protected_share) {
            let back = self.regions[PROTECTED as usize].list.back;
            self.shift(slots, back, PROBATION);
        }
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, weight: u64) {
        self.on_hit(slots, slot, stamp);
        self.regions[slots.mark(slot) as usize].reweigh(slots.weight(slot), weight);
    }

    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32) {
        self.regions[slots.mark(slot) as usize].take(&mut self.links, slot, slots.weight(slot));
    }

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        let candidate = self.regions[WINDOW as usize].back(&self.links, except);
        let main = self.main_back(except);
        if candidate == NO_SLOT || main == NO_SLOT {
            let only = if candidate == NO_SLOT { main } else { candidate };
            return (only != NO_SLOT).then_some(only);
        }
        if !self.is_window_over() {
            return Some(main);
        }
        let presses = self.is_weight_pressing(slots);
        let displaced = if presses { slots.weight(candidate) } else { 0 };
        if !self.is_worth(slots, slots.hash(candidate), u128::from(displaced), except) {
            return Some(candidate);
        }
        self.shift(slots, candidate, PROBATION);
        Some(main)
    }

    fn on_renumber(&mut self) {}

    fn on_clear(&mut self) {
        *self = Self::new(self.room);
    }

    fn bytes(&self) -> usize {
        self.links.bytes() + self.sketch.bytes()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        let mut listed = 0;
        for (mark, region) in (0..).zip(&self.regions) {
            let held = region.validate(&self.links, |slot| slots.weight(slot));
            assert!(held.iter().all(|&slot| slots.mark(slot) == mark), "a region by its mark");
            listed += held.len();
        }
        assert_eq!(listed, slots.len() as usize, "every slot in use is in one region");
        let [window, _, protected] = &self.regions;
        assert!(window.entries <= self.window_share.entries, "the window keeps to its share");
        assert!(protected.entries <= self.protected_share.entries, "so do the protected");
    }

    fn frequency(&self, hash: u32) -> u32 {
        self.sketch.count(hash)
    }
}

impl WTinyLfu {
    /// Whether the window and what is about to enter it are more than its share.
    fn is_window_over(&self) -> bool {
        let window = &self.regions[WINDOW as usize];
        let coming = self.coming.filter(|coming| coming.region == WINDOW);
        let entries = window.entries + u32::from(coming.is_some());
        let weight = window.weight + coming.map_or(0, |coming| u128::from(coming.weight));
        self.window_share.is_exceeded_by(entries, weight)
    }

    /// Whether room is needed because of weight.
    fn is_weight_pressing<T: Moment>(&self, slots: &Slab<T>) -> bool {
        let coming = self.coming.map_or(0, |coming| u128::from(coming.weight));
        self.room.is_outweighed_by(slots.weight_held() + coming)
    }

    /// Whether the key with `hash` was asked for more often than the last of the main region, as
    /// many as weigh `displaced` and at least one, were together.
    ///
    /// At most [`LOOK_AT_MOST`] are looked at; if they are not enough, the others count for
    /// nothing.
    fn is_worth<T: Moment>(
        &self,
        slots: &Slab<T>,
        hash: u32,
        displaced: u128,
        except: u32,
    ) -> bool {
        let worth = self.sketch.count(hash);
        let (mut lost, mut weight, mut at) = (0, 0, self.main_back(except));
        for _ in 0..LOOK_AT_MOST {
            if at == NO_SLOT {
                break;
            }
            lost += self.sketch.count(slots.hash(at));
            weight += u128::from(slots.weight(at));
            if lost >= worth || weight >= displaced {
                break;
            }
            at = self.main_before(slots, at, except);
        }
        worth > lost
    }

    /// Returns the slot at the end of the main region, other than `except`, or [`NO_SLOT`].
    fn main_back(&self, except: u32) -> u32 {
        match self.regions[PROBATION as usize].back(&self.links, except) {
            NO_SLOT => self.regions[PROTECTED as usize].back(&self.links, except),
            slot => slot,
        }
    }

    /// Returns the slot of the main region that goes after `slot`.
    fn main_before<T: Moment>(&self, slots: &Slab<T>, slot: u32, except: u32) -> u32 {
        let mut next = self.links.towards_front(slot);
        if next == except && next != NO_SLOT {
            next = self.links.towards_front(next);
        }
        if next == NO_SLOT && slots.mark(slot) == PROBATION {
            next = self.regions[PROTECTED as usize].back(&self.links, except);
        }
        next
    }

    /// Moves `slot` to the front of another region.
    fn shift<T: Moment>(&mut self, slots: &mut Slab<T>, slot: u32, region: u32) {
        self.regions[slots.mark(slot) as usize].take(&mut self.links, slot, slots.weight(slot));
        self.put(slots, slot, region);
    }

    /// Puts `slot`, which is in no region, at the front of one.
    fn put<T: Moment>(&mut self, slots: &mut Slab<T>, slot: u32, region: u32) {
        slots.set_mark(slot, region);
        self.regions[region as usize].push(&mut self.links, slot, slots.weight(slot));
    }
}
