//! What there is to know about one entry, without using it.

use core::time::Duration;

use crate::time::Instant;

/// A look at one living entry. Looking is not a use: nothing is counted and nothing moves.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a, K, V> {
    pub(super) key: &'a K,
    pub(super) value: &'a V,
    pub(super) weight: u64,
    pub(super) created: Instant,
    pub(super) deadline: Instant,
    pub(super) now: Instant,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// Returns the key as the cache holds it.
    pub const fn key(&self) -> &'a K {
        self.key
    }

    /// Returns the value.
    pub const fn value(&self) -> &'a V {
        self.value
    }

    /// Returns what the weigher made of the entry, 0 without one.
    pub const fn weight(&self) -> u64 {
        self.weight
    }

    /// Returns when this value was inserted.
    pub const fn created(&self) -> Instant {
        self.created
    }

    /// Returns the moment from which on the entry is dead, `None` if it does not expire.
    pub fn expires(&self) -> Option<Instant> {
        (self.deadline != Instant::NEVER).then_some(self.deadline)
    }

    /// Returns how long the entry had left when it was looked up, `None` if it does not expire.
    pub fn time_left(&self) -> Option<Duration> {
        self.expires().map(|deadline| deadline.saturating_since(self.now))
    }
}
