//! Who says what time it is.

use alloc::rc::Rc;
use core::cell::Cell;
use core::time::Duration;

use super::Instant;

/// Says what time it is now. Readings should not go back; a cache that sees one that does keeps
/// the latest it has seen, so nothing that died comes back to life.
pub trait Clock {
    /// Returns the present moment.
    fn now(&self) -> Instant;
}

/// A clock that moves only when told to. Clones show the same time, so that one can be given to a
/// cache and another kept to move it.
///
/// ```
/// use std::time::Duration;
/// use tidecache::{Clock, Instant, ManualClock};
///
/// let clock = ManualClock::new();
/// let same = clock.clone();
/// clock.advance(Duration::from_nanos(7));
/// assert_eq!(same.now(), Instant::from_nanos(7));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Rc<Cell<u64>>);

impl ManualClock {
    /// Returns a clock at [`Instant::ORIGIN`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now() + span);
    }

    /// Sets the clock, also back.
    pub fn set(&self, now: Instant) {
        self.0.set(now.as_nanos());
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.get())
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Instant {
        (**self).now()
    }
}
