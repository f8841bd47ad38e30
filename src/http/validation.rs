//! Asking the origin whether a stored response is still good (RFC 9111, 4.3.1 and 4.3.4).

use alloc::string::String;

use super::fields::Fields;
use super::response::Response;
use super::tag::Tag;

/// Appends the lines that make a request conditional: If-None-Match with the stored tag, and
/// If-Modified-Since with the stored date for origins that know no tags. A part is not validated:
/// it is asked for anew.
pub(super) fn push_conditions(lines: &mut String, response: &Response<'_>) {
    if response.status == 206 || !response.has_validator() {
        return;
    }
    if let Some(etag) = response.etag() {
        push_line(lines, "if-none-match", etag);
    }
    if response.last_modified.moment().is_some() {
        push_line(lines, "if-modified-since", response.last_modified_text());
    }
}

/// Whether a 304 is about this stored response (4.3.4). The caller has asked with the validators of
/// this one alone, so a 304 without any is about it.
pub fn selects(stored: &str, not_modified: &str) -> bool {
    let (stored, update) = (Fields::new(stored), Fields::new(not_modified));
    let etag = (stored.first("etag").map(Tag::read), update.first("etag").map(Tag::read));
    let modified = (stored.first("last-modified"), update.first("last-modified"));
    match (etag, modified) {
        ((stored, Some(update)), _) if update.is_strong() => {
            stored.is_some_and(|stored| stored.is(update))
        }
        ((Some(stored), Some(update)), _) => stored.is_like(update),
        (_, (Some(stored), Some(update))) => stored == update,
        ((None, Some(_)), _) | (_, (None, Some(_))) => false,
        ((_, None), (_, None)) => true,
    }
}

#[inline(never)] // Once for all who write lines: size.
pub(super) fn push_line(lines: &mut String, name: &str, value: &str) {
    lines.push_str(name);
    lines.push(':');
    lines.push_str(value);
    lines.push('\n');
}
