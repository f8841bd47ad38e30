//! What a cache is, and what it may do that the origin has not said.

use alloc::string::String;
use alloc::vec::Vec;

/// The rules' knobs; what the origin says comes first.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether several users share the cache.
    pub is_shared: bool,
    /// The part of the time since the last modification that is taken for a lifetime.
    pub heuristic_fraction: f64,
    /// The lifetime where the origin says nothing and heuristics are allowed.
    pub default_ttl_ms: i64,
    /// The window of stale-while-revalidate where the origin does not say.
    pub stale_while_revalidate_ms: i64,
    /// The window of stale-if-error where the origin does not say.
    pub stale_if_error_ms: i64,
    /// Whether the boilerplate `pre-check=…, post-check=…` voids the restrictions beside it.
    pub ignores_cargo_cult: bool,
    /// The targeted fields that this cache follows, lower case, the most specific first (RFC 9213,
    /// 2.2).
    pub targets: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            is_shared: true,
            heuristic_fraction: 0.1,
            default_ttl_ms: 0,
            stale_while_revalidate_ms: 0,
            stale_if_error_ms: 0,
            ignores_cargo_cult: false,
            targets: Vec::new(),
        }
    }
}
