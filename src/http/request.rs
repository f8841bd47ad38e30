//! What a request's header block says to a cache, taken in one pass.

use super::directive::{Directives, flag};
use super::fields::Fields;
use super::known::{field, number_of};

/// A request as the rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) method: &'a str,
    pub(super) directives: Directives,
    pub(super) is_authorized: bool,
    pub(super) range: Option<&'a str>,
    pub(super) if_range: Option<&'a str>,
    pub(super) if_none_match: bool,
    pub(super) if_modified_since: Option<&'a str>,
    /// Whether it has a condition that only an origin evaluates.
    pub(super) is_for_origin: bool,
}

impl<'a> Request<'a> {
    #[inline(never)]
    pub(super) fn read(method: &'a str, fields: Fields<'a>) -> Self {
        let mut request = Self {
            fields,
            method,
            directives: Directives::default(),
            is_authorized: false,
            range: None,
            if_range: None,
            if_none_match: false,
            if_modified_since: None,
            is_for_origin: false,
        };
        let mut has_cache_control = false;
        let mut is_pragma = false;
        for (name, value) in fields {
            match number_of(name) {
                field::CACHE_CONTROL => {
                    has_cache_control = true;
                    request.directives.read(value);
                }
                field::PRAGMA => is_pragma |= value.eq_ignore_ascii_case("no-cache"),
                field::AUTHORIZATION => request.is_authorized = true,
                // Two of them are an error; the second is looked at, and the first is not used.
                field::RANGE => request.range = Some(value),
                field::IF_RANGE => request.if_range = Some(value),
                field::IF_NONE_MATCH => request.if_none_match = true,
                field::IF_MODIFIED_SINCE => request.if_modified_since = Some(value),
                field::IF_MATCH | field::IF_UNMODIFIED_SINCE => request.is_for_origin = true,
                _ => {}
            }
        }
        // Only HTTP/1.0 says it so; whoever says both means Cache-Control (RFC 9111, 5.4).
        if is_pragma && !has_cache_control {
            request.directives.set(flag::NO_CACHE, true);
        }
        request
    }

    pub(super) fn is_get(&self) -> bool {
        self.method == "GET"
    }

    pub(super) fn is_get_or_head(&self) -> bool {
        self.is_get() || self.method == "HEAD"
    }
}
