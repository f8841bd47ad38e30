//! When which operation wants to be woken.
//!
//! A heap from which nothing is removed but its first: an operation that is to be woken at another
//! time, or has ended, leaves its old timer behind. [`Timers::forget`] takes such timers away where
//! they would be the next to ring, and all of them once they are the most.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

use crate::time::Instant;

/// Timers of operations, some of them stale.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
}

impl Timers {
    /// Adds a timer. O(log n).
    pub(super) fn push(&mut self, at: Instant, operation: u64) {
        self.heap.push(Reverse((at, operation)));
    }

    /// Returns the next timer; of those at the same time that of the oldest operation. O(1).
    pub(super) fn first(&self) -> Option<(Instant, u64)> {
        self.heap.peek().map(|first| first.0)
    }

    /// Removes the next timer. O(log n).
    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    /// Removes stale timers, so that the next is none and there are not many more than
    /// `operations`. O(log n) amortised.
    pub(super) fn forget(&mut self, operations: usize, is_stale: impl Fn(Instant, u64) -> bool) {
        if self.heap.len() > 2 * operations + STALE_MIN {
            self.heap.retain(|Reverse((at, operation))| !is_stale(*at, *operation));
        }
        while let Some((at, operation)) = self.first()
            && is_stale(at, operation)
        {
            self.pop();
        }
    }

    /// Whether there is this timer. O(n).
    #[cfg(any(test, debug_assertions))]
    pub(super) fn holds(&self, at: Instant, operation: u64) -> bool {
        self.heap.iter().any(|timer| timer.0 == (at, operation))
    }
}

/// So many stale timers are not worth a look.
const STALE_MIN: usize = 64;
