//! For how long a response is fresh (RFC 9111, 4.2.1 and 4.2.2).

use super::directive::{Span, flag};
use super::options::Options;
use super::response::{DateField, Response};

/// Returns the lifetime, in milliseconds: what the origin says, or else a guess where one is
/// allowed.
pub(super) fn lifetime_ms(response: &Response<'_>, options: &Options, received_at_ms: i64) -> i64 {
    let directives = &response.directives;
    let for_shared = directives.span_ms(Span::SMaxAge).filter(|_| options.is_shared);
    if let Some(lifetime) = for_shared.or(directives.span_ms(Span::MaxAge)) {
        return lifetime;
    }
    match response.expires {
        DateField::At(expires) => expires.saturating_sub(response.date_ms(received_at_ms)).max(0),
        // "In particular the value 0" (5.3): it has already expired.
        DateField::Invalid => 0,
        DateField::Absent => heuristic_ms(response, options, received_at_ms),
    }
}

/// Returns a part of the time since the last modification (4.2.2).
fn heuristic_ms(response: &Response<'_>, options: &Options, received_at_ms: i64) -> i64 {
    if !is_heuristically_cacheable(response.status) && !response.directives.has(flag::PUBLIC) {
        return 0;
    }
    let unchanged = response
        .last_modified
        .moment()
        .map(|at| response.date_ms(received_at_ms).saturating_sub(at));
    match unchanged {
        Some(unchanged) if unchanged > 0 => (unchanged as f64 * options.heuristic_fraction) as i64,
        // Modified after it was sent, or at a moment that is none: nothing to guess from.
        Some(_) => 0,
        None if response.last_modified == DateField::Invalid => 0,
        None => options.default_ttl_ms,
    }
}

/// Whether RFC 9110 (15.1) defines the status as cacheable without being told.
pub(super) const fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}
