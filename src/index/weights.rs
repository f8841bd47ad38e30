//! What entries weigh: kept only by caches that have a weight limit or a weigher.

use alloc::vec::Vec;

/// The weight of each slot and their exact sum.
#[derive(Debug, Default)]
pub(super) struct Weights {
    of_slot: Vec<u64>,
    /// Wide enough for the sum of any weights.
    total: u128,
}

impl Weights {
    /// Returns weights of no slots; allocates nothing.
    pub(super) const fn new() -> Self {
        Self { of_slot: Vec::new(), total: 0 }
    }

    /// Returns the weight of all slots together. O(1).
    pub(super) const fn total(&self) -> u128 {
        self.total
    }

    /// Returns the weight of `slot`, 0 if it is free. O(1).
    pub(super) fn of(&self, slot: u32) -> u64 {
        self.of_slot.get(slot as usize).copied().unwrap_or(0)
    }

    /// Gives `slot` another weight; a free slot weighs nothing. Amortised O(1).
    pub(super) fn set(&mut self, slot: u32, weight: u64) {
        let at = slot as usize;
        if at >= self.of_slot.len() {
            if weight == 0 {
                return;
            }
            self.of_slot.resize(at + 1, 0);
        }
        let before = core::mem::replace(&mut self.of_slot[at], weight);
        self.total = self.total - u128::from(before) + u128::from(weight);
    }

    /// Returns how many bytes the weights take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.of_slot.capacity() * size_of::<u64>()
    }

    /// Checks that the total is the exact sum.
    ///
    /// # Panics
    ///
    /// Panics if it is not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        assert_eq!(
            self.of_slot.iter().copied().map(u128::from).sum::<u128>(),
            self.total,
            "the total is the exact sum"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_follows_every_change() {
        let mut weights = Weights::default();
        weights.set(3, 5);
        weights.set(0, 7);
        weights.set(3, 1);
        weights.validate();
        assert_eq!((weights.total(), weights.of(3), weights.of(1)), (8, 1, 0));
        weights.set(0, 0);
        assert_eq!(weights.total(), 1);
    }

    #[test]
    fn caches_without_weights_allocate_none() {
        let mut weights = Weights::default();
        weights.set(1_000_000, 0);
        assert_eq!(weights.of_slot.capacity(), 0);
    }

    #[test]
    fn the_total_holds_the_sum_of_any_weights() {
        let mut weights = Weights::default();
        weights.set(0, u64::MAX);
        weights.set(1, u64::MAX);
        assert_eq!(weights.total(), 2 * u128::from(u64::MAX));
        weights.set(0, 1);
        weights.validate();
    }
}
