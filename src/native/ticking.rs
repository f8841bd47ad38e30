//! A clock that costs next to nothing to read.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::time::{Clock, Instant};

/// A clock that a thread of its own sets once in a while; to read it is to load a word, where
/// asking the platform takes longer than finding an entry.
///
/// It may be late by the span between two ticks, and by as long as the system keeps its thread
/// waiting: an entry may be found for so long after its deadline. Whoever cannot have that uses
/// [`SystemClock`](super::SystemClock). Clones show the same time; the thread ends within a tick of
/// the last of them.
///
/// ```
/// use std::time::Duration;
/// use tidecache::{Cache, TickingClock};
///
/// let clock = TickingClock::start(Duration::from_millis(1))?;
/// let mut cache = Cache::builder().max_entries(1_000).build_with_clock(clock)?;
/// cache.insert("session", "Ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TickingClock {
    nanos: Arc<AtomicU64>,
}

impl TickingClock {
    /// Returns a clock that starts now and moves every `tick`; so often its thread wakes up.
    ///
    /// # Errors
    ///
    /// What the system says if it has no thread for it; nothing is left behind.
    pub fn start(tick: Duration) -> io::Result<Self> {
        let nanos = Arc::new(AtomicU64::new(0));
        let (shown, origin) = (Arc::downgrade(&nanos), std::time::Instant::now());
        thread::Builder::new().name("tidecache-clock".into()).spawn(move || {
            while let Some(nanos) = shown.upgrade() {
                let elapsed = (Instant::ORIGIN + origin.elapsed()).as_nanos();
                // Nothing else is told by it: no order with other memory is needed.
                nanos.store(elapsed, Ordering::Relaxed);
                drop(nanos);
                thread::park_timeout(tick);
            }
        })?;
        Ok(Self { nanos })
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_and_its_clones_move_on() -> io::Result<()> {
        let clock = TickingClock::start(Duration::from_micros(100))?;
        let same = clock.clone();
        let first = clock.now();
        while same.now() == first {
            thread::yield_now();
        }
        assert!(clock.now() > first);
        Ok(())
    }
}
