//! Looks at every living entry.

use core::slice;

use crate::index::Record;
use crate::time::Instant;

use super::pairs::Pair;
use super::slots::Slots;

/// The living entries of a cache, as [`Cache::iter`](super::Cache::iter) found them.
#[derive(Debug, Clone)]
pub struct Iter<'a, K, V> {
    pairs: slice::Iter<'a, Option<Pair<K, V>>>,
    records: slice::Iter<'a, Record<Instant>>,
    now: Instant,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(
        pairs: slice::Iter<'a, Option<Pair<K, V>>>,
        slots: &'a Slots<Instant>,
        now: Instant,
    ) -> Self {
        Self { pairs, records: slots.slab().records().iter(), now }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (pair, record) = (self.pairs.next()?, self.records.next()?);
            if let Some(pair) = pair
                && record.deadline > self.now
            {
                return Some((&pair.key, &pair.value));
            }
        }
    }
}

/// The keys of the living entries of a cache.
#[derive(Debug, Clone)]
pub struct Keys<'a, K, V>(pub(super) Iter<'a, K, V>);

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, _)| key)
    }
}
