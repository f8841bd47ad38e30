//! What a coordinator counts.

/// Counters since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Reads that were begun.
    pub reads: u64,
    /// Reads that asked more replicas than R because those disagreed.
    pub widened: u64,
    /// Reads that waited for a repair.
    pub blocking_repairs: u64,
    /// Records sent to replicas that trailed.
    pub repairs: u64,
    /// Reads sent to another replica because one failed or was silent.
    pub failovers: u64,
    /// Reads sent to another replica because one was slower than mostly.
    pub hedges: u64,
    /// Writes kept for a replica that missed them.
    pub hints: u64,
    /// Writes that took a second round.
    pub second_rounds: u64,
    /// Messages that were not sent because too many were under way.
    pub busy: u64,
}
