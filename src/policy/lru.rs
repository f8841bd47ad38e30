//! Least recently used, exactly, by stamps.
//!
//! The textbook keeps a linked list and moves the entry to its front on every use [1]: three slots
//! written for each hit, each in another cache line. Here a hit writes one stamp into the record
//! that it has read anyway, and the order is found when it is needed (see `oldest`).
//!
//! [1] P. J. Denning, "The Working Set Model for Program Behavior", CACM 11(5), 1968; R. L. Mattson
//! et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970.

use crate::index::{Moment, Slab};

use super::oldest::Oldest;
use super::{Candidates, Policy};

/// Evicts the entry whose last use is the longest ago.
#[derive(Debug, Default)]
pub struct Lru {
    oldest: Oldest,
}

impl<T: Moment> Policy<T> for Lru {
    fn on_claim(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32) {
        slots.set_mark(slot, stamp);
    }

    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, _: u64) {
        slots.set_mark(slot, stamp);
    }

    fn on_release(&mut self, _: &mut Slab<T>, _: u32) {}

    fn victim(&mut self, slots: &mut Slab<T>, except: u32, stamp: u32) -> Option<u32> {
        self.oldest.next(slots, except, stamp)
    }

    fn on_renumber(&mut self) {
        self.oldest.forget();
    }

    fn keeps_stamps(&self) -> bool {
        true
    }

    fn candidates(&self) -> Candidates<'_> {
        self.oldest.candidates()
    }

    fn leave_candidates(&mut self, left: u32) {
        self.oldest.leave(left);
    }

    fn bytes(&self) -> usize {
        self.oldest.bytes()
    }

    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>) {
        self.oldest.validate(slots);
    }
}
