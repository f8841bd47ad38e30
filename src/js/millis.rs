//! A moment as JavaScript counts it: `f64` milliseconds.

use crate::index::Moment;

/// Milliseconds as the engine's clock counts them, never NaN (the engine refuses such a clock).
///
/// A `u64` of nanoseconds could be read through a view only as two halves or as a `BigInt`; a
/// double is one load, and exact to a microsecond for the next two hundred years.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct Millis(pub f64);

impl Moment for Millis {
    const NEVER: Self = Self(f64::INFINITY);

    fn is_tick_after(self, earlier: Self) -> bool {
        self.0 - earlier.0 >= 1.0
    }
}
