//! How a cache is asked for.

use alloc::boxed::Box;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use hashbrown::DefaultHashBuilder;

use crate::policy::{PolicyKind, STAMP_LIMIT};
use crate::time::Clock;

use super::cache::Cache;
use super::config::{Capacity, ConfigError};
use super::removal::RemovalReason;

/// Says what an entry costs.
pub(super) type Weigher<K, V> = Box<dyn Fn(&K, &V) -> u64 + Send>;

/// Is given every pair that leaves.
pub(super) type Listener<K, V> = Box<dyn FnMut(K, V, RemovalReason) + Send>;

/// Collects what a [`Cache`] should be like. Without any wish it is an LRU cache without limits
/// whose entries do not expire.
///
/// ```
/// use std::time::Duration;
/// use tidecache::{CacheBuilder, ManualClock, PolicyKind};
///
/// let mut cache = CacheBuilder::new()
///     .policy(PolicyKind::Lfu)
///     .max_weight(1_000)
///     .weigher(|_key: &u32, value: &String| value.len() as u64)
///     .default_ttl(Duration::from_secs(60))
///     .build_with_clock(ManualClock::new())?;
/// assert!(cache.insert(1, "four".to_owned()));
/// assert_eq!(cache.weight(), 4);
/// # Ok::<(), tidecache::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct CacheBuilder<K, V, S = DefaultHashBuilder> {
    kind: PolicyKind,
    max_entries: Option<usize>,
    max_weight: Option<u64>,
    pub(super) weigher: Option<Weigher<K, V>>,
    pub(super) listener: Option<Listener<K, V>>,
    pub(super) default_ttl: Duration,
    pub(super) sliding: bool,
    pub(super) hasher: S,
    pub(super) first_stamp: u32,
}

impl<K, V> CacheBuilder<K, V> {
    /// Returns a builder without wishes.
    pub fn new() -> Self {
        Self {
            kind: PolicyKind::default(),
            max_entries: None,
            max_weight: None,
            weigher: None,
            listener: None,
            default_ttl: Duration::MAX,
            sliding: false,
            hasher: DefaultHashBuilder::default(),
            first_stamp: 0,
        }
    }
}

impl<K, V> Default for CacheBuilder<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V, S> CacheBuilder<K, V, S> {
    /// Chooses who goes when room is needed; LRU if nothing is said.
    pub fn policy(mut self, kind: PolicyKind) -> Self {
        self.kind = kind;
        self
    }

    /// Holds at most this many entries.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = Some(entries);
        self
    }

    /// Holds at most this much weight; goes with [`CacheBuilder::weigher`].
    pub fn max_weight(mut self, weight: u64) -> Self {
        self.max_weight = Some(weight);
        self
    }

    /// Weighs each entry once, when it is inserted. The unit is yours: bytes, rows, euros.
    pub fn weigher(mut self, weigh: impl Fn(&K, &V) -> u64 + Send + 'static) -> Self {
        self.weigher = Some(Box::new(weigh));
        self
    }

    /// Lets entries live for `ttl` if their insert says nothing else; they do not expire if
    /// nothing is said here either.
    pub fn default_ttl(mut self, ttl: Duration) -> Self {
        self.default_ttl = ttl;
        self
    }

    /// Starts an entry's own time to live anew with each use.
    pub fn sliding(mut self, sliding: bool) -> Self {
        self.sliding = sliding;
        self
    }

    /// Gives `listener` every pair that leaves, with the reason, in order, after the operation
    /// that caused it has finished. A pair that an operation hands to its caller
    /// ([`Cache::take`], [`Cache::try_insert`]) goes to nobody else.
    ///
    /// If `listener` panics, the cache is intact and the pairs still to be told are dropped.
    pub fn on_removal(
        mut self,
        listener: impl FnMut(K, V, RemovalReason) + Send + 'static,
    ) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Hashes keys with `hasher`. The standard one is fast and seeded for each cache, but no
    /// cryptographer has blessed it: choose another for keys that an attacker may pick.
    pub fn hasher<T>(self, hasher: T) -> CacheBuilder<K, V, T> {
        CacheBuilder {
            kind: self.kind,
            max_entries: self.max_entries,
            max_weight: self.max_weight,
            weigher: self.weigher,
            listener: self.listener,
            default_ttl: self.default_ttl,
            sliding: self.sliding,
            hasher,
            first_stamp: self.first_stamp,
        }
    }

    /// Counts operations from `stamp`, so that tests need not make 2³⁰ of them to see the cache
    /// renumber.
    #[doc(hidden)]
    pub fn first_stamp(mut self, stamp: u32) -> Self {
        self.first_stamp = stamp.min(STAMP_LIMIT);
        self
    }

    /// Returns the cache, which asks `clock` for the time once in each operation. Allocates
    /// nothing yet.
    ///
    /// # Errors
    ///
    /// Says which wish cannot be fulfilled.
    pub fn build_with_clock<C: Clock>(self, clock: C) -> Result<Cache<K, V, C, S>, ConfigError>
    where
        K: Hash + Eq,
        S: BuildHasher,
    {
        let capacity = self.capacity()?;
        if self.default_ttl.is_zero() {
            return Err(ConfigError::DefaultTtl);
        }
        Ok(Cache::new(self.kind, capacity, clock, self))
    }

    fn capacity(&self) -> Result<Capacity, ConfigError> {
        let Capacity { mut entries, mut weight } = Capacity::UNLIMITED;
        if let Some(wish) = self.max_entries {
            let within = (1..=entries as usize).contains(&wish);
            entries = if within { wish as u32 } else { return Err(ConfigError::MaxEntries(wish)) };
        }
        if let Some(wish) = self.max_weight {
            if wish == 0 {
                return Err(ConfigError::MaxWeight);
            }
            if self.weigher.is_none() {
                return Err(ConfigError::NoWeigher);
            }
            weight = wish;
        }
        Ok(Capacity { entries, weight })
    }
}

impl<K, V, S> fmt::Debug for CacheBuilder<K, V, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CacheBuilder")
            .field("policy", &self.kind)
            .field("max_entries", &self.max_entries)
            .field("max_weight", &self.max_weight)
            .field("default_ttl", &self.default_ttl)
            .field("sliding", &self.sliding)
            .finish_non_exhaustive()
    }
}
