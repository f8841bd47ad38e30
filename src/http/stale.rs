//! What may be served stale (RFC 9111, 4.2.4; RFC 5861).

use super::directive::{Span, flag};
use super::options::Options;
use super::request::Request;
use super::response::Response;

/// What is allowed with a response that is stale.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four independent answers")]
pub(super) struct Staleness {
    /// The origin forbids it by must-revalidate, proxy-revalidate or s-maxage.
    pub(super) is_forbidden: bool,
    /// The request's max-stale covers it.
    pub(super) is_wanted: bool,
    pub(super) is_in_revalidate_window: bool,
    pub(super) is_in_error_window: bool,
}

/// Returns what is allowed with a response that has been stale for `stale_ms`.
pub(super) fn staleness(
    request: &Request<'_>,
    response: &Response<'_>,
    options: &Options,
    stale_ms: i64,
) -> Staleness {
    let directives = &response.directives;
    let for_shared = options.is_shared
        && (directives.has(flag::PROXY_REVALIDATE) || directives.span_ms(Span::SMaxAge).is_some());
    let is_forbidden = for_shared || directives.has(flag::MUST_REVALIDATE);
    let covers = |window: Option<i64>| window.is_some_and(|window| stale_ms <= window);
    let revalidate = directives
        .span_ms(Span::StaleWhileRevalidate)
        .or(Some(options.stale_while_revalidate_ms).filter(|&window| window > 0));
    let for_error = match (
        request.directives.span_ms(Span::StaleIfError),
        directives.span_ms(Span::StaleIfError),
    ) {
        (Some(asked), Some(given)) => Some(asked.min(given)),
        (asked, given) => {
            asked.or(given).or(Some(options.stale_if_error_ms).filter(|&window| window > 0))
        }
    };
    Staleness {
        is_forbidden,
        is_wanted: !is_forbidden && covers(request.directives.span_ms(Span::MaxStale)),
        is_in_revalidate_window: !is_forbidden && covers(revalidate),
        is_in_error_window: !is_forbidden && covers(for_error),
    }
}
