//! A moment as 64-bit nanoseconds since a clock's own origin.

use core::ops::Add;
use core::time::Duration;

use crate::index::Moment;

/// Nanoseconds since the origin of the clock it came from; enough for 584 years.
///
/// Zero is an ordinary moment, never "none": what has no deadline has [`Instant::NEVER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// Where a clock starts to count.
    pub const ORIGIN: Self = Self(0);

    /// Later than every moment a clock can show.
    pub const NEVER: Self = Self(u64::MAX);

    /// Returns the moment `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns how long after `earlier` this is, zero if it is not after it.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Returns the later moment; what would not fit is [`Instant::NEVER`].
    fn add(self, span: Duration) -> Self {
        // Not by `as_nanos`: its 128 bits are slow and long where words are short.
        if span.as_secs() >= SECONDS_MAX {
            return Self::NEVER;
        }
        let nanos = span.as_secs() * NANOS_PER_SECOND + u64::from(span.subsec_nanos());
        Self(self.0.saturating_add(nanos))
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// So many seconds and more are too many nanoseconds: 584 years.
const SECONDS_MAX: u64 = u64::MAX / NANOS_PER_SECOND;

impl Moment for Instant {
    const NEVER: Self = Self::NEVER;

    /// A tick is a millisecond, as at the JavaScript door.
    fn is_tick_after(self, earlier: Self) -> bool {
        self.saturating_since(earlier) >= Duration::from_millis(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_does_not_fit_is_never() {
        assert_eq!(Instant::from_nanos(1) + Duration::MAX, Instant::NEVER);
        assert_eq!(Instant::NEVER + Duration::from_secs(1), Instant::NEVER);
    }

    #[test]
    fn time_since_a_later_moment_is_zero() {
        let (early, late) = (Instant::ORIGIN, Instant::from_nanos(5));
        assert_eq!(late.saturating_since(early), Duration::from_nanos(5));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
    }
}
