//! Responses to requests with Authorization in a shared cache (RFC 9111, 3.5).

use super::directive::{Span, flag};
use super::response::Response;

/// Whether the origin says that a shared cache may store the response all the same.
pub(super) fn may_store_authorized(response: &Response<'_>) -> bool {
    let directives = &response.directives;
    directives.has(flag::PUBLIC | flag::MUST_REVALIDATE)
        || directives.span_ms(Span::SMaxAge).is_some()
}
