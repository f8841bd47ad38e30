//! The time that this thread has run: what other programs take does not count.

use std::time::Duration;

/// Returns the CPU time of this thread.
#[cfg(unix)]
pub(crate) fn cpu() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Returns the time of day, where there is no such thing.
#[cfg(not(unix))]
pub(crate) fn cpu() -> Duration {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default()
}
