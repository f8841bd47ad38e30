//! What the native cache needs of the platform: its clock.

mod clock;
mod ticking;

use core::hash::{BuildHasher, Hash};

use hashbrown::DefaultHashBuilder;

use crate::store::{self, CacheBuilder, ConfigError};

pub use clock::SystemClock;
pub use ticking::TickingClock;

/// A [`store::Cache`] that reads the platform's clock unless another is named.
pub type Cache<K, V, C = SystemClock, S = DefaultHashBuilder> = store::Cache<K, V, C, S>;

impl<K, V> Cache<K, V> {
    /// Returns a builder without wishes, as [`CacheBuilder::new`].
    pub fn builder() -> CacheBuilder<K, V> {
        CacheBuilder::new()
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> CacheBuilder<K, V, S> {
    /// Returns the cache, which reads the platform's monotonic clock. Allocates nothing yet.
    ///
    /// # Errors
    ///
    /// Says which wish cannot be fulfilled.
    pub fn build(self) -> Result<Cache<K, V, SystemClock, S>, ConfigError> {
        self.build_with_clock(SystemClock::new())
    }
}
