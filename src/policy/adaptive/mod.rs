//! `adaptive`: for a workload that nobody knows.
//!
//! No policy is the best everywhere: a window that is too small loses where what is new is used
//! soon, LRU loses to scans and loops, and LIRS to what drifts. So this one has *settings* (see
//! there), from LRU through `TinyLFU` [1] with windows of several sizes to LIRS [2] and FRD [3],
//! all of them over the same three lists, and runs each on a small *shadow* of the cache that sees
//! one in so many keys, as SHARDS [4] does. The *chooser* gives the cache the setting whose shadow
//! has had the most hits lately, if that is worth what the change costs. A change moves nothing by
//! itself: the entries find their places with the operations that follow.
//!
//! All settings work on what a mark says of an entry, its count of uses and the tick of the last
//! one, and on the same of *ghosts*, which are fingerprints with coarse time. Frequency is a
//! property of what is held or was lately, so there is no sketch. LIRS needs no stack: an entry
//! would be in it exactly if it was used after the tail of the main region.
//!
//! **Weights.** Shares are of the limits. Where the limit of weight presses, a candidate must have
//! been asked for more often than all those together that would have to leave for it [5]; and what
//! is heavier than an eighth of the limit is tested so before it enters, in every setting. The
//! shadows weigh nothing.
//!
//! Time passes by requests, as their stamps tell, and the policy does the same with uses told one
//! by one or in batches. The use of an entry that has been asked for often, and just now, says
//! nothing new: it changes nothing, so that an owner need not even tell of it. That is every second
//! hit, and more with what is popular; it costs no hits on any trace we have.
//! Whether a hash is sampled, and where its ghost is, nobody knows who does not know the seed of
//! the owner's hashes; and an entry that loses by frequency stays once in 128 times if it was asked
//! for often, so that nobody can hold the cache by fame alone.
//!
//! Cost: O(1), amortised only for arrays that grow. Bytes an entry: 8 of links, 10 of ghosts, and
//! the shadows, which are 1 to 2 in a cache of 16,384 entries and more, 9 in one of 4,096, and 40
//! in one of 1,000.
//!
//! [1] G. Einziger, R. Friedman, B. Manes, "`TinyLFU`: A Highly Efficient Cache Admission Policy",
//! ACM Transactions on Storage 13(4), 2017.
//! [2] S. Jiang, X. Zhang, "LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy
//! to Improve Buffer Cache Performance", SIGMETRICS 2002.
//! [3] S. Park, C. Park, "FRD: A Filtering based Buffer Cache Algorithm that Considers both
//! Frequency and Reuse Distance", MSST 2017.
//! [4] C. Waldspurger, N. Park, A. Garthwaite, I. Ahmad, "Efficient MRC Construction with SHARDS",
//! FAST 2015.
//! [5] G. Einziger, O. Eytan, R. Friedman, B. Manes, "Lightweight Robust Size Aware Cache
//! Management", ACM Transactions on Storage 18(3), 2022.

mod chooser;
mod ghosts;
mod nodes;
mod regions;
mod sampling;
mod setting;
mod shadows;

use crate::index::{Moment, NO_SLOT, Slab};

use self::chooser::Chooser;
use self::ghosts::Ghosts;
use self::nodes::{Nodes, PERIOD_SHIFT, TICK_MAX, Uses};
use self::regions::Regions;
use self::setting::SETTINGS;
use self::shadows::Shadows;

use super::region::Share;
use super::segments::{Places, TESTED_FIRST};
use super::sketch::mix;
use super::{Newcomer, Policy, Settled};

/// Evicts as the setting does that would have had the most hits lately.
#[derive(Debug)]
pub struct Adaptive {
    regions: Regions,
    ghosts: Ghosts,
    shadows: Option<Shadows>,
    chooser: Chooser,
    room: Share,
    /// One in so many keys is shown to the shadows, a power of two.
    rate: u32,
    /// Time, which passes by requests.
    tick: u32,
    /// How many requests are left of this tick.
    left: u32,
    /// The stamp of the last request, or [`NOT_YET`].
    seen: u32,
    /// The uses of the key that is about to come.
    coming: Uses,
}

/// So many ticks pass while as many requests come as there are entries: a fade in ten such turns.
const TICKS_PER_TURN: u32 = 205;
/// No stamp: there was no request, or the stamps have begun anew.
const NOT_YET: u32 = u32::MAX;
/// A cache with a limit of entries that is not below this has shadows of the size that it has when
/// somebody has to go, and others when it has grown or shrunk by ..
const NO_LIMIT: u32 = super::STAMP_LIMIT / 2;
/// .. this factor.
const REFIT: u32 = 4;

impl Adaptive {
    /// Returns the policy of a cache that may hold `room`. Allocates nothing.
    pub(super) fn new(room: Share) -> Self {
        Self {
            regions: Regions::new(room, SETTINGS[0]),
            ghosts: Ghosts::default(),
            shadows: None,
            chooser: Chooser::new(0),
            room,
            rate: 1,
            tick: 0,
            left: 0,
            seen: NOT_YET,
            coming: Uses { count: 0, last: 0 },
        }
    }

    /// Lets the time pass of the requests up to that with `stamp`, of which the owner need not have
    /// told: as many as the stamps have grown by.
    fn pass(&mut self, stamp: u32) {
        let passed = if self.seen == NOT_YET { 1 } else { stamp - self.seen };
        self.seen = stamp;
        if passed <= self.left {
            self.left -= passed;
            return;
        }
        let (over, span) = (passed - self.left - 1, self.span());
        let ticks = over / span + 1;
        self.tick = self.tick.wrapping_add(ticks) & TICK_MAX;
        self.left = ticks * span - 1 - over;
    }

    /// Returns how many requests make a tick.
    fn span(&self) -> u32 {
        self.regions.entries() / TICKS_PER_TURN + 1
    }

    /// Shows a request to the shadows, if the key is one that they see.
    fn observe(&mut self, hash: u32) {
        let Some(shadows) = &mut self.shadows else { return };
        if mix(hash ^ 0x2545_f491) & (self.rate - 1) != 0 {
            return;
        }
        let hits = shadows.request(hash, self.tick);
        if let Some(best) = self.chooser.count(hits, shadows.entries()) {
            self.regions.adopt(SETTINGS[best]);
        }
    }

    /// Makes shadows for a cache of `entries`, unless there are such already.
    fn watch(&mut self, entries: u32) {
        if let Some(shadows) = &self.shadows {
            let watched = shadows.entries().saturating_mul(self.rate);
            if entries / REFIT <= watched && watched / REFIT <= entries {
                return;
            }
        }
        self.rate = sampling::rate(entries);
        self.shadows = Some(Shadows::new(((entries + self.rate / 2) / self.rate).max(1)));
        self.chooser = Chooser::new(self.chooser.current());
    }
}

impl<T: Moment> Policy<T> for Adaptive {
    fn admit(&mut self, slots: &Slab<T>, newcomer: Newcomer) -> bool {
        let Newcomer { hash, weight, stamp } = newcomer;
        self.pass(stamp);
        if self.shadows.is_none() && self.room.entries < NO_LIMIT {
            self.watch(self.room.entries);
        }
        let ghost = self.ghosts.take(hash, self.tick);
        self.coming = ghost.unwrap_or(Uses { count: 0, last: self.tick }).and_one(self.tick);
        self.observe(hash);
        let displaced = self.room.excess((slots.weight_held() as u64).saturating_add(weight));
        let is_heavy = displaced > 0 && weight > self.room.weight / TESTED_FIRST;
        let Uses { count, last } = self.coming;
        if is_heavy && !self.regions.is_worth(slots, count, displaced, NO_SLOT, last) {
            // The next time it is asked for, it has been asked for once more.
            self.ghosts.put(hash, self.coming, last, slots.len());
            return false;
        }
        self.regions.expect(slots, weight, ghost);
        true
    }

    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        slots.set_mark(slot, self.coming.mark());
        self.regions.claim(slots, slot);
    }

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32) {
        self.pass(stamp);
        let (before, region) = (slots.uses(slot), slots.region(slot));
        if before.are_settled(self.tick) {
            return;
        }
        slots.set_mark(slot, before.and_one(self.tick).mark() | region);
        self.regions.hit(slots, slot, before);
        self.observe(slots.hash(slot));
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, weight: u64) {
        self.on_hit(slots, slot, stamp);
        self.regions.reweigh(slots, slot, weight);
    }

    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32) {
        self.regions.release(slots, slot);
    }

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        if self.room.entries >= NO_LIMIT {
            self.watch(slots.len());
        }
        let victim = self.regions.victim(slots, except, self.tick);
        if victim == NO_SLOT {
            return None;
        }
        self.ghosts.put(slots.hash(victim), slots.uses(victim), self.tick, slots.len());
        Some(victim)
    }

    fn on_renumber(&mut self) {
        self.seen = NOT_YET;
    }

    fn settled(&self) -> Settled {
        let left = (1 << PERIOD_SHIFT) - 1 - (self.tick & ((1 << PERIOD_SHIFT) - 1));
        let until = self.seen.wrapping_add(1 + self.left + left * self.span());
        Settled { period: self.tick >> PERIOD_SHIFT, until }
    }

    fn bytes(&self) -> usize {
        self.regions.bytes() + self.ghosts.bytes() + self.shadows.as_ref().map_or(0, Shadows::bytes)
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        assert_eq!(self.regions.validate(slots), slots.len(), "every slot is in one region");
        self.ghosts.validate();
        if let Some(shadows) = &self.shadows {
            shadows.validate();
        }
    }

    fn ghosts(&self) -> u32 {
        self.ghosts.len()
    }
}
