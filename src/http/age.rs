//! How old a response is (RFC 9111, 4.2.3).

use super::delta::{DELTA_MAX, delta_seconds};
use super::response::Response;

/// When a response was asked for and when it came, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When the request was sent.
    pub requested_at_ms: i64,
    /// When the response's head had come.
    pub received_at_ms: i64,
}

/// Returns the age now, in milliseconds. A clock that was set back makes nothing younger than it
/// was when it came.
pub(super) fn current_age_ms(response: &Response<'_>, times: Times, now_ms: i64) -> i64 {
    let Times { requested_at_ms, received_at_ms } = times;
    let since = |later: i64, earlier: i64| later.saturating_sub(earlier).max(0);
    let apparent = since(received_at_ms, response.date_ms(received_at_ms));
    let delay = since(received_at_ms, requested_at_ms);
    let corrected = response.age_ms.unwrap_or(0).saturating_add(delay);
    apparent.max(corrected).saturating_add(since(now_ms, received_at_ms))
}

/// Returns what a line of Age says, given what an earlier line said. Anything but one number makes
/// the response as old as can be: RFC 9111 lets a cache ignore such a line or take a list's first
/// member (5.1), and encourages it to take a response with invalid freshness information for stale
/// (4.2.1), which is the safer one.
pub(super) fn age_value_ms(line: &str, earlier: Option<i64>) -> i64 {
    let seconds = if earlier.is_some() { None } else { delta_seconds(line) };
    seconds.unwrap_or(DELTA_MAX) * 1_000
}
