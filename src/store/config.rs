//! Limits, and what is wrong with a wish.

use core::fmt;

use crate::policy::STAMP_LIMIT;

/// How much may be held: at least one entry, at most [`Capacity::UNLIMITED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// At most this many entries.
    pub entries: u32,
    /// At most this much weight; an entry heavier than all of it is refused.
    pub weight: u64,
}

impl Capacity {
    /// As much as can be told apart: half as many entries as there are stamps, so that giving new
    /// numbers to all of them is rare enough to cost nothing.
    pub const UNLIMITED: Self = Self { entries: STAMP_LIMIT / 2, weight: u64::MAX };
}

impl Default for Capacity {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

/// Why a cache could not be built. Nothing was allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The greatest number of entries is zero, or more than can be told apart.
    MaxEntries(usize),
    /// The greatest weight is zero.
    MaxWeight,
    /// There is a greatest weight, and nothing that says what an entry weighs.
    NoWeigher,
    /// The default time to live is zero.
    DefaultTtl,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxEntries(wish) => write!(
                out,
                "max_entries is {wish}; give 1 to {}, or leave it out for no limit",
                Capacity::UNLIMITED.entries
            ),
            Self::MaxWeight => {
                out.write_str("max_weight is 0; give at least 1, or leave it out for no limit")
            }
            Self::NoWeigher => {
                out.write_str("max_weight needs a weigher; give one, or max_entries")
            }
            Self::DefaultTtl => {
                out.write_str("default_ttl is zero; give more, or leave it out for no expiry")
            }
        }
    }
}

impl core::error::Error for ConfigError {}
