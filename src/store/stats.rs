//! What a cache has counted.

/// Counters since the cache was made or they were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Reads that found a live entry.
    pub hits: u64,
    /// Reads that found none.
    pub misses: u64,
    /// Entries that the policy gave up to make room.
    pub evictions: u64,
    /// Entries that were removed because their deadline had come.
    pub expirations: u64,
}

impl Stats {
    /// Returns hits divided by reads, 0 before the first read.
    pub fn hit_rate(&self) -> f64 {
        let reads = self.hits + self.misses;
        if reads == 0 { 0.0 } else { self.hits as f64 / reads as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hit_rate_is_zero_before_the_first_read() {
        assert!(Stats::default().hit_rate().abs() < f64::EPSILON);
        let stats = Stats { hits: 3, misses: 1, ..Stats::default() };
        assert!((stats.hit_rate() - 0.75).abs() < f64::EPSILON);
    }
}
