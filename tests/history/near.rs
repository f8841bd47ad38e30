//! In place of the simulator's: real clients are checked without copies near them.

use tidecache::wire::Version;

/// A copy of a record.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) version: Version,
    pub(crate) expires_at_ms: u64,
    pub(crate) begun: u64,
    pub(crate) wrong: Option<&'static str>,
    pub(crate) writes: Vec<usize>,
}

pub(crate) const SLACK_MS: u64 = 2;

pub(crate) const fn copy_age_max(near_life_ms: u64, timeout_ms: u64) -> u64 {
    (near_life_ms + timeout_ms) * super::network::MS
}
