//! First in, first out: the stamp of an entry is that of its arrival and never changes.

use crate::index::{Moment, Slab};

use super::oldest::Oldest;
use super::{Candidates, Policy};

/// Evicts the entry that came first.
#[derive(Debug, Default)]
pub struct Fifo {
    oldest: Oldest,
}

impl<T: Moment> Policy<T> for Fifo {
    fn on_claim(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_hit(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_replace(&mut self, _: &mut Slab<T>, _: u32, _: u32, _: u64) {}

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
