//! The platform's clock.

use crate::time::{Clock, Instant};

/// The platform's monotonic clock; its origin is the moment it was made.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: std::time::Instant,
}

impl SystemClock {
    /// Returns a clock that starts now.
    pub fn new() -> Self {
        Self { origin: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::ORIGIN + self.origin.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_of_copies_never_go_back() {
        let clock = SystemClock::new();
        let copy = clock;
        let first = clock.now();
        assert!(copy.now() >= first);
    }
}
