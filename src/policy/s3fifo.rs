//! S3-FIFO: three queues, first in, first out, of which one remembers [1].
//!
//! New slots enter the *small* queue, a tenth of the room. At its end a slot that was used more
//! than once moves on to the *main* queue, its credit spent; any other is the victim, and its key
//! is a [ghost](super::ghost), one of the last nine tenths as many as there are entries. A key that
//! comes while it is a ghost enters the main queue at once. At the end of the main queue a slot
//! with credit pays one and goes round again, one without is the victim. The small queue gives the
//! victim while it has its tenth or more, the main queue otherwise.
//!
//! So what is used once leaves soon and flushes nothing, and what comes back is kept. A hit adds
//! one to the credit in the mark, up to three, so an owner that writes marks by itself (the
//! JavaScript door) tells the policy nothing else. A new value for a held key is a use. Shares are
//! of the limits: of entries, of weight, or, where both are set, of whichever is reached.
//!
//! Two things are not in the paper's Algorithm 1. While the cache fills up for the first time, what
//! the small queue has no place for enters the main queue, which is empty anyway; otherwise a loop
//! that is longer than the cache would never hit. And a move into a full main queue does not evict
//! there at once: the next victim comes from there, so one victim is never two.
//!
//! Cost: O(1) a hit; amortised O(1) a victim, as each slot that moves on was used before. 8 bytes
//! of links an entry and 11 for ghosts: 15 more than LRU.
//!
//! [1] J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache
//! eviction", SOSP 2023.

use crate::index::{Links, Moment, NO_SLOT, Slab};

use super::ghost::Ghosts;
use super::region::{Region, Share};
use super::{Newcomer, Policy};

/// Evicts what was used once soon, and the rest first in, first out, with credit for uses.
#[derive(Debug)]
pub struct S3Fifo {
    links: Links,
    small: Region,
    main: Region,
    ghosts: Ghosts,
    /// What is the small queue's.
    small_share: Share,
    /// Whether the entry that is about to come was a ghost.
    returns: bool,
    /// Whether nobody had to go yet.
    is_filling: bool,
}

/// The bits of a mark that hold the credit.
const CREDIT: u32 = 3;
/// The bit of a mark that says the slot is in the main queue.
const MAIN: u32 = 4;
/// The small queue's part of the room.
const SMALL_PERCENT: u32 = 10;
/// As many ghosts as this part of the entries.
const GHOSTS_PERCENT: u64 = 90;
/// A slot leaves the small queue for the main one with at least this much credit.
const CREDIT_TO_STAY: u32 = 2;

impl S3Fifo {
    /// Returns the policy of a cache that may hold `room`. Allocates nothing.
    pub(super) fn new(room: Share) -> Self {
        Self {
            links: Links::new(),
            small: Region::default(),
            main: Region::default(),
            ghosts: Ghosts::default(),
            small_share: room.part(SMALL_PERCENT, 1),
            returns: false,
            is_filling: true,
        }
    }
}

impl<T: Moment> Policy<T> for S3Fifo {
    fn admit(&mut self, _: &Slab<T>, newcomer: Newcomer) -> bool {
        self.returns = self.ghosts.take(newcomer.hash);
        true
    }

    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        let returns = core::mem::take(&mut self.returns);
        let is_main = returns || self.is_filling && self.is_small_full();
        slots.set_mark(slot, if is_main { MAIN } else { 0 });
        let queue = if is_main { &mut self.main } else { &mut self.small };
        queue.push(&mut self.links, slot, slots.weight(slot));
    }

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        let mark = slots.mark(slot);
        if mark & CREDIT < CREDIT {
            slots.set_mark(slot, mark + 1);
        }
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, weight: u64) {
        self.on_hit(slots, slot, stamp);
        self.queue_of(slots, slot).reweigh(slots.weight(slot), weight);
    }

    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32) {
        if slots.mark(slot) & MAIN == 0 {
            self.small.take(&mut self.links, slot, slots.weight(slot));
        } else {
            self.main.take(&mut self.links, slot, slots.weight(slot));
        }
    }

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        self.is_filling = false;
        // Once the small queue's turn has come, it goes on until it gives a victim or is empty.
        let mut is_small = false;
        loop {
            let small = self.small.back(&self.links, except);
            let main = self.main.back(&self.links, except);
            is_small |= main == NO_SLOT || self.is_small_full();
            if is_small && small != NO_SLOT {
                if slots.mark(small) & CREDIT < CREDIT_TO_STAY {
                    let most = u64::from(slots.len()) * GHOSTS_PERCENT / 100;
                    self.ghosts.put(slots.hash(small), most as u32);
                    return Some(small);
                }
                self.small.take(&mut self.links, small, slots.weight(small));
                slots.set_mark(small, MAIN);
                self.main.push(&mut self.links, small, slots.weight(small));
            } else if main == NO_SLOT {
                return None;
            } else {
                let mark = slots.mark(main);
                if mark & CREDIT == 0 {
                    return Some(main);
                }
                slots.set_mark(main, mark - 1);
                self.main.renew(&mut self.links, main);
            }
        }
    }

    fn on_renumber(&mut self) {}

    fn bytes(&self) -> usize {
        self.links.bytes() + self.ghosts.bytes()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        let weight_of = |slot| slots.weight(slot);
        let small = self.small.validate(&self.links, weight_of);
        let main = self.main.validate(&self.links, weight_of);
        assert!(small.iter().all(|&slot| slots.mark(slot) & !CREDIT == 0), "small by its mark");
        assert!(main.iter().all(|&slot| slots.mark(slot) & !CREDIT == MAIN), "main by its mark");
        assert_eq!(small.len() + main.len(), slots.len() as usize, "every slot is queued");
        self.ghosts.validate();
    }

    fn ghosts(&self) -> u32 {
        self.ghosts.len()
    }
}

impl S3Fifo {
    /// Whether the small queue has its share.
    fn is_small_full(&self) -> bool {
        let Share { entries, weight } = self.small_share;
        self.small.entries >= entries || weight != u64::MAX && self.small.weight >= weight
    }

    fn queue_of<T: Moment>(&mut self, slots: &Slab<T>, slot: u32) -> &mut Region {
        if slots.mark(slot) & MAIN == 0 { &mut self.small } else { &mut self.main }
    }
}
