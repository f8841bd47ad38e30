//! SIEVE: first in, first out, with a hand that spares what was used [1].
//!
//! New slots enter at the front of one list and never move. The hand walks from the back to the
//! front and round again: a slot that was used since the hand last passed it is spared and loses
//! that credit, the first that was not is the victim. A hit writes the mark, anything but 0, so an
//! owner that writes marks by itself (the JavaScript door) tells the policy nothing else.
//!
//! A new value for a held key is a use. The hand never rests on a slot that has left.
//!
//! For an owner that evicts by itself the slots ahead of the hand are *named* a batch at a time.
//! Until it has told how far it came, the hand and the queue are behind.
//!
//! Cost: O(1) a hit; amortised O(1) a victim, as each slot that is spared was used before. 8 bytes
//! of links an entry, 4 more than LRU.
//!
//! [1] Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is Simpler than LRU: an
//! Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI 2024.

use alloc::vec::Vec;

use crate::index::{Links, List, Moment, NO_SLOT, Slab};

use super::{Candidates, Policy};

/// Evicts the first entry in the hand's way that was not used since the hand last passed it.
#[derive(Debug)]
pub struct Sieve {
    links: Links,
    queue: List,
    /// The slot the hand looks at next, or [`NO_SLOT`]: the one at the back.
    hand: u32,
    /// The slots from the hand on, the first one last.
    ahead: Vec<u32>,
}

/// So many slots are named at once.
const AHEAD: usize = 64;

/// The mark of a slot that was not used since the hand last passed it.
const UNUSED: u32 = 0;
/// The mark of a slot that was; an owner that writes marks may write any other than [`UNUSED`].
const USED: u32 = 1;

impl Default for Sieve {
    fn default() -> Self {
        Self { links: Links::new(), queue: List::new(), hand: NO_SLOT, ahead: Vec::new() }
    }
}

impl Sieve {
    /// Returns the slot that the hand comes to after `slot`: once round, the one at the back.
    fn after(&self, slot: u32) -> u32 {
        match self.links.towards_front(slot) {
            NO_SLOT => self.queue.back,
            next => next,
        }
    }
}

impl<T: Moment> Policy<T> for Sieve {
    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        slots.set_mark(slot, UNUSED);
        self.links.push_front(&mut self.queue, slot);
    }

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, _: u32) {
        slots.set_mark(slot, USED);
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, _: u32, _: u64) {
        slots.set_mark(slot, USED);
    }

    fn on_release(&mut self, _: &mut Slab<T>, slot: u32) {
        self.ahead.clear();
        if self.hand == slot {
            self.hand = self.links.towards_front(slot);
        }
        self.links.unlink(&mut self.queue, slot);
    }

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, _: u32) -> Option<u32> {
        let List { front, back } = self.queue;
        if front == back && (front == NO_SLOT || front == except) {
            return None;
        }
        let mut at = if self.hand == NO_SLOT { back } else { self.hand };
        // At most one round: the slot it began with has no credit when it comes again.
        while at == except || slots.mark(at) != UNUSED {
            if at != except {
                slots.set_mark(at, UNUSED);
            }
            at = self.after(at);
        }
        self.hand = at;
        Some(at)
    }

    fn on_renumber(&mut self) {}

    fn candidates(&self) -> Candidates<'_> {
        Candidates { slots: &self.ahead, cut: UNUSED }
    }

    fn name_candidates(&mut self) {
        self.ahead.clear();
        let mut at = if self.hand == NO_SLOT { self.queue.back } else { self.hand };
        while at != NO_SLOT && self.ahead.len() < AHEAD {
            self.ahead.push(at);
            at = self.links.towards_front(at);
        }
        self.ahead.reverse();
    }

    fn leave_candidates(&mut self, left: u32) {
        while self.ahead.len() > left as usize {
            let Some(passed) = self.ahead.pop() else { return };
            // A complement was spared; what was evicted holds an entry that came after all others.
            let (slot, is_spared) =
                if passed > NO_SLOT / 2 { (!passed, true) } else { (passed, false) };
            self.hand = self.links.towards_front(slot);
            if !is_spared {
                self.links.unlink(&mut self.queue, slot);
                self.links.push_front(&mut self.queue, slot);
            }
        }
    }

    fn bytes(&self) -> usize {
        self.links.bytes() + self.ahead.capacity() * size_of::<u32>()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        let queued = self.links.slots(self.queue);
        assert_eq!(queued.len(), slots.len() as usize, "every slot in use is queued");
        assert!(self.hand == NO_SLOT || slots.holds(self.hand), "the hand is on an entry");
    }
}
