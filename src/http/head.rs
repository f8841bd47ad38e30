//! What the response to a HEAD says of a stored response to a GET (RFC 9111, 4.3.5).

use super::fields::Fields;
use super::tag::Tag;

/// What to do with the stored response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadVerdict {
    /// Nothing: the HEAD did not succeed.
    None,
    /// Update it as by a 304.
    Update,
    /// It has changed at the origin: it is not to be used without validation.
    Invalidate,
}

/// Returns what a HEAD's response says of a stored response to a GET of the same variant.
pub fn head(stored: &str, status: u16, update: &str) -> HeadVerdict {
    if status != 200 {
        return HeadVerdict::None;
    }
    let (stored, update) = (Fields::new(stored), Fields::new(update));
    let is_same = |name: &str| match (stored.first(name), update.first(name)) {
        (Some(stored), Some(update)) if name == "etag" => {
            Tag::read(stored).is_like(Tag::read(update))
        }
        (Some(stored), Some(update)) => stored == update,
        // What only one of them says contradicts nothing.
        _ => true,
    };
    let are_same = ["etag", "last-modified", "content-length"].into_iter().all(is_same);
    if are_same { HeadVerdict::Update } else { HeadVerdict::Invalidate }
}
