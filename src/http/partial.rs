//! Incomplete responses and joining parts (RFC 9111, 3.3 and 3.4).

use super::fields::Fields;
use super::range::position;
use super::tag::Tag;

/// Whether a body of `length` bytes is all that the head announces; what is cut off must not be
/// stored as if it were whole. A body that was decoded on its way has another length: such a head
/// announces nothing that could be compared.
pub fn is_complete(headers: &str, length: u64) -> bool {
    let fields = Fields::new(headers);
    if fields.first("content-encoding").is_some() || fields.first("transfer-encoding").is_some() {
        return true;
    }
    fields.first("content-length").is_none_or(|text| position(text) == Some(length))
}

/// Whether a part may be joined with what is stored: both have the same strong tag.
pub fn combines(stored: &str, part: &str) -> bool {
    let tag = |headers| Fields::new(headers).first("etag").map(Tag::read);
    matches!((tag(stored), tag(part)), (Some(stored), Some(part)) if stored.is(part))
}
