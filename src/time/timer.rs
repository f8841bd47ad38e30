//! Who wakes a cache that nobody uses.

use super::Instant;

/// Is told the one next moment at which a cache wants to be advanced.
///
/// A cache holds at most one deadline in its timer. It is honest: never later than the first entry
/// that can be freed, and absent when no entry can expire, so that an idle host sleeps.
pub trait Timer {
    /// Replaces the armed deadline; `None` disarms.
    fn arm(&mut self, deadline: Option<Instant>);
}
