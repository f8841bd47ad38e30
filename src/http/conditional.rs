//! A client's own conditions on a stored response (RFC 9110, 13.2.2; RFC 9111, 4.3.2).
//!
//! If-Match and If-Unmodified-Since are the origin's: [`plan`](super::plan::plan) sends such
//! requests there.

use super::date::http_date;
use super::fields::Fields;
use super::options::Options;
use super::request::Request;
use super::response::Response;
use super::tag::{Tag, next_tag};

/// What to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// The stored response.
    Full,
    /// 304: the client has it.
    NotModified,
}

/// Returns what the request's conditions make of a stored response that may be served.
pub fn validates(
    (method, request): (&str, &str),
    (status, stored): (u16, &str),
    received_at_ms: i64,
) -> Validation {
    let request = Request::read(method, Fields::new(request));
    if !request.is_get_or_head() || status != 200 {
        return Validation::Full;
    }
    let response = Response::read(status, Fields::new(stored), &Options::default(), received_at_ms);
    let is_not_modified = if request.if_none_match {
        let own = response.etag().map(Tag::read);
        request.fields.values("if-none-match").any(|line| names(line, own))
    } else {
        request.if_modified_since.is_some_and(|text| {
            // Of the last modification, else of when it was sent, else of when it came (4.3.2).
            let modified =
                response.last_modified.moment().unwrap_or(response.date_ms(received_at_ms));
            http_date(text, received_at_ms).is_some_and(|since| modified <= since)
        })
    };
    if is_not_modified { Validation::NotModified } else { Validation::Full }
}

/// Whether a line of If-None-Match names this tag, or any.
fn names(line: &str, own: Option<Tag<'_>>) -> bool {
    let mut rest = line;
    while let Some(tag) = next_tag(&mut rest) {
        if line == "*" || own.is_some_and(|own| own.is_like(tag)) {
            return true;
        }
    }
    false
}
