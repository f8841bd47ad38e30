//! A pair that was not let in.

use core::fmt;

/// The pair that [`Cache::try_insert`](super::Cache::try_insert) did not let in, because it is
/// heavier than the whole cache may be, or too heavy for how seldom its key is asked for, in the
/// eyes of a policy with admission. An older value of its key is gone; all else is unchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooHeavy<K, V> {
    /// The key, given back.
    pub key: K,
    /// The value, given back.
    pub value: V,
    /// What the weigher made of the two.
    pub weight: u64,
}

// By hand, so that neither error asks K and V to be printable.
impl<K, V> fmt::Debug for TooHeavy<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TooHeavy").field("weight", &self.weight).finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for TooHeavy<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "an entry of weight {} is too heavy for the cache", self.weight)
    }
}

impl<K, V> core::error::Error for TooHeavy<K, V> {}
