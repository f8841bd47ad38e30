//! Whether a response may be stored (RFC 9111, 3).

use super::authorization::may_store_authorized;
use super::directive::{Span, flag};
use super::fields::{Fields, split_at_byte};
use super::freshness::is_heuristically_cacheable;
use super::options::Options;
use super::range::ContentRange;
use super::reason::Reason;
use super::request::Request;
use super::response::{DateField, Response};

/// Returns [`Reason::Storable`], or why the response may not be stored. `url` is the request's.
pub fn storable(
    (method, url, request): (&str, &str, &str),
    (status, response): (u16, &str),
    options: &Options,
    now_ms: i64,
) -> Reason {
    let (request, response) = (Fields::new(request), Fields::new(response));
    if request.is_too_long() || response.is_too_long() {
        return Reason::TooLong;
    }
    let request = Request::read(method, request);
    let response = Response::read(status, response, options, now_ms);
    let is_post = method == "POST";
    if !request.is_get_or_head() && !is_post {
        return Reason::Method;
    }
    if let Some(reason) = forbidden(&request, &response, options) {
        return reason;
    }
    if is_post && !(has_lifetime(&response, options) && is_own_location(&response, url)) {
        return Reason::PostWithoutFreshness;
    }
    if may_have_lifetime(&response, options) { Reason::Storable } else { Reason::NoFreshness }
}

/// Returns why it may not be stored whatever its lifetime is.
fn forbidden(request: &Request<'_>, response: &Response<'_>, options: &Options) -> Option<Reason> {
    let directives = &response.directives;
    // A 304 is about what is stored already.
    if response.status < 200 || response.status > 599 || response.status == 304 {
        return Some(Reason::Status);
    }
    if directives.has(flag::MUST_UNDERSTAND) {
        // Whoever knows it also knows when no-store, beside it for the others, does not count.
        if !is_understood(response.status) {
            return Some(Reason::NotUnderstood);
        }
    } else if directives.has(flag::NO_STORE) {
        return Some(Reason::ResponseNoStore);
    }
    if request.directives.has(flag::NO_STORE) {
        return Some(Reason::RequestNoStore);
    }
    if response.varies_by_all {
        return Some(Reason::VaryAll);
    }
    if options.is_shared && directives.has(flag::PRIVATE) {
        return Some(Reason::Private);
    }
    if options.is_shared && request.is_authorized && !may_store_authorized(response) {
        return Some(Reason::Authorization);
    }
    let range = response.content_range().and_then(ContentRange::read);
    if response.status == 206 && (range.is_none() || !request.is_get()) {
        return Some(Reason::Partial);
    }
    None
}

/// Whether the response says for how long it is fresh, 0 included.
pub(super) fn has_lifetime(response: &Response<'_>, options: &Options) -> bool {
    response.directives.span_ms(Span::MaxAge).is_some()
        || (options.is_shared && response.directives.span_ms(Span::SMaxAge).is_some())
        || response.expires != DateField::Absent
}

/// Whether it has a lifetime, or one may be guessed, or it may be revalidated at once.
fn may_have_lifetime(response: &Response<'_>, options: &Options) -> bool {
    let allows = flag::PUBLIC | if options.is_shared { 0 } else { flag::PRIVATE };
    has_lifetime(response, options)
        || response.directives.has(allows)
        || is_heuristically_cacheable(response.status)
}

/// Whether Content-Location is the request's own URL: whole, or without scheme and authority.
fn is_own_location(response: &Response<'_>, url: &str) -> bool {
    response.fields.first("content-location").is_some_and(|location| {
        let before = url.strip_suffix(location);
        location == url
            || (location.starts_with('/')
                && !location.starts_with("//")
                && before.is_some_and(is_origin))
    })
}

/// Whether `text` is `scheme://authority`.
fn is_origin(text: &str) -> bool {
    let after_scheme = split_at_byte(text, b':').and_then(|parts| parts.1.strip_prefix("//"));
    after_scheme.is_some_and(|authority| {
        !authority.is_empty() && !authority.bytes().any(|byte| matches!(byte, b'/' | b'?' | b'#'))
    })
}

/// Whether RFC 9110 defines the status, so that its requirements of caches are known.
const fn is_understood(status: u16) -> bool {
    matches!(status, 200..=206 | 300..=305 | 307 | 308 | 400..=417 | 421 | 422 | 426 | 500..=505)
}
