//! The lists that W-TinyLFU and `adaptive` are made of: a window, and a main region in two parts.

use crate::index::{Link, Links, Moment, NO_SLOT, Slab};

use super::region::{Region, Share};

/// Where the newest are.
pub(super) const WINDOW: u32 = 0;
/// The end of the main region.
pub(super) const PROBATION: u32 = 1;
/// The rest of it.
pub(super) const PROTECTED: u32 = 2;

/// The bits of a mark that hold the region.
pub(super) const REGION: u32 = 3;

/// A newcomer heavier than the limit of weight divided by this is tested before it enters.
pub(super) const TESTED_FIRST: u64 = 8;

/// So many slots may be looked at to find out what an admission would displace.
const LOOK_AT_MOST: u32 = 64;

/// Slots that know their region and their weight: of the cache, or of a shadow.
pub(super) trait Places {
    /// Returns the region that `slot` is in.
    fn region(&self, slot: u32) -> u32;

    /// Writes it.
    fn set_region(&mut self, slot: u32, region: u32);

    /// Returns what the entry in `slot` weighs.
    fn weight(&self, slot: u32) -> u64;
}

/// Window, probation and protected slots. The last two are the *main* region; its end is that of
/// probation, or else of the protected.
#[derive(Debug)]
pub(super) struct Segments<L = u32> {
    pub(super) links: Links<L>,
    /// By number: [`WINDOW`], [`PROBATION`], [`PROTECTED`].
    pub(super) lists: [Region; 3],
    /// The entry that is about to come.
    pub(super) coming: Option<Coming>,
}

/// What is known of an entry for which room is being made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coming {
    pub(super) weight: u64,
    /// Where it will be.
    pub(super) region: u32,
}

impl<L: Link> Segments<L> {
    /// Returns lists without slots. Allocates nothing.
    pub(super) fn new() -> Self {
        Self { links: Links::new(), lists: [Region::default(); 3], coming: None }
    }

    /// Returns what all slots weigh.
    pub(super) fn weight(&self) -> u64 {
        self.lists.iter().fold(0, |sum, list| sum.wrapping_add(list.weight))
    }

    /// Returns the weight that is about to come.
    pub(super) fn coming_weight(&self) -> u64 {
        self.coming.map_or(0, |coming| coming.weight)
    }

    /// Whether the window and what is about to enter it are more than `share`.
    pub(super) fn is_window_over(&self, share: Share) -> bool {
        let window = &self.lists[WINDOW as usize];
        let coming = self.coming.filter(|coming| coming.region == WINDOW);
        let entries = window.entries + u32::from(coming.is_some());
        let weight = window.weight.saturating_add(coming.map_or(0, |coming| coming.weight));
        share.is_exceeded_by(entries, weight)
    }

    /// Whether a key that was asked for `worth` times was asked for more often than the last of the
    /// main region, as many as weigh `displaced` and at least one, were together: the Aggregated
    /// Victims of G. Einziger et al., "Lightweight Robust Size Aware Cache Management", ACM
    /// Transactions on Storage 18(3), 2022.
    ///
    /// At most [`LOOK_AT_MOST`] are looked at; if they are not enough, the others count for
    /// nothing.
    pub(super) fn is_worth<P: Places>(
        &self,
        places: &P,
        count_of: impl Fn(u32) -> u32,
        worth: u32,
        displaced: u64,
        except: u32,
    ) -> bool {
        let (mut lost, mut weight, mut at) = (0, 0_u64, self.main_back(except));
        for _ in 0..LOOK_AT_MOST {
            if at == NO_SLOT {
                break;
            }
            lost += count_of(at);
            weight = weight.saturating_add(places.weight(at));
            if lost >= worth || weight >= displaced {
                break;
            }
            at = self.main_before(places, at, except);
        }
        worth > lost
    }

    /// Returns the slot at the end of the main region, other than `except`, or [`NO_SLOT`].
    pub(super) fn main_back(&self, except: u32) -> u32 {
        match self.lists[PROBATION as usize].back(&self.links, except) {
            NO_SLOT => self.lists[PROTECTED as usize].back(&self.links, except),
            slot => slot,
        }
    }

    /// Returns the slot of the main region that goes after `slot`.
    fn main_before<P: Places>(&self, places: &P, slot: u32, except: u32) -> u32 {
        let mut next = self.links.towards_front(slot);
        if next == except && next != NO_SLOT {
            next = self.links.towards_front(next);
        }
        if next == NO_SLOT && places.region(slot) == PROBATION {
            next = self.lists[PROTECTED as usize].back(&self.links, except);
        }
        next
    }

    /// Puts `slot`, which is in no list, at the front of a region.
    pub(super) fn put<P: Places>(&mut self, places: &mut P, slot: u32, region: u32) {
        places.set_region(slot, region);
        self.lists[region as usize].push(&mut self.links, slot, places.weight(slot));
    }

    /// Moves `slot` to the front of another region.
    pub(super) fn shift<P: Places>(&mut self, places: &mut P, slot: u32, region: u32) {
        self.release(places, slot);
        self.put(places, slot, region);
    }

    /// Moves `slot` to the front of its region.
    pub(super) fn renew<P: Places>(&mut self, places: &P, slot: u32) {
        self.lists[places.region(slot) as usize].renew(&mut self.links, slot);
    }

    /// Notes that the entry in `slot` will weigh `weight`.
    pub(super) fn reweigh<P: Places>(&mut self, places: &P, slot: u32, weight: u64) {
        self.lists[places.region(slot) as usize].reweigh(places.weight(slot), weight);
    }

    /// Lets go of `slot`.
    pub(super) fn release<P: Places>(&mut self, places: &P, slot: u32) {
        let list = &mut self.lists[places.region(slot) as usize];
        list.take(&mut self.links, slot, places.weight(slot));
    }

    /// Checks that every slot is in the list of its region, and returns how many there are.
    ///
    /// # Panics
    ///
    /// Panics if one is not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<P: Places>(&self, places: &P) -> u32 {
        for (region, list) in (0..).zip(&self.lists) {
            let held = list.validate(&self.links, |slot| places.weight(slot));
            assert!(held.iter().all(|&slot| places.region(slot) == region), "a list by its region");
        }
        self.lists.iter().map(|list| list.entries).sum()
    }
}

impl<T: Moment> Places for Slab<T> {
    fn region(&self, slot: u32) -> u32 {
        self.mark(slot) & REGION
    }

    fn set_region(&mut self, slot: u32, region: u32) {
        self.set_mark(slot, self.mark(slot) & !REGION | region);
    }

    fn weight(&self, slot: u32) -> u64 {
        Slab::weight(self, slot)
    }
}
