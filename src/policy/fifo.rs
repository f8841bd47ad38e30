//! First in, first out: the stamp of an entry is that of its arrival and never changes.

use crate::index::{Moment, Slab};

use super::Policy;
use super::oldest::Oldest;

/// Evicts the entry that came first.
#[derive(Debug, Default)]
pub struct Fifo {
    pub(super) oldest: Oldest,
}

impl<T: Moment> Policy<T> for Fifo {
    fn on_claim(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_hit(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_replace(&mut self, _: &mut Slab<T>, _: u32, _: u32) {}

    fn on_release(&mut self, _: &mut Slab<T>, _: u32) {}

    fn victim(&mut self, slots: &Slab<T>, except: u32, stamp: u32) -> Option<u32> {
        self.oldest.next(slots, except, stamp)
    }

    fn on_renumber(&mut self) {
        self.oldest.forget();
    }

    fn on_clear(&mut self) {
        self.oldest.forget();
    }
}

impl Fifo {
    /// Returns how many bytes the policy takes. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.oldest.bytes()
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<T: Moment>(&self, slots: &Slab<T>) {
        self.oldest.validate(slots);
    }
}
