//! Entity tags (RFC 9110, 8.8.3), leniently: one without quotation marks is its own text.

use super::fields::trim;

/// An entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    is_weak: bool,
    opaque: &'a str,
}

impl<'a> Tag<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let text = trim(text);
        match text.strip_prefix("W/") {
            Some(opaque) => Self { is_weak: true, opaque },
            None => Self { is_weak: false, opaque: text },
        }
    }

    pub(super) const fn is_strong(self) -> bool {
        !self.is_weak
    }

    /// The weak comparison (8.8.3.2).
    pub(super) fn is_like(self, other: Self) -> bool {
        self.opaque == other.opaque
    }

    /// The strong comparison (8.8.3.2).
    pub(super) fn is(self, other: Self) -> bool {
        !self.is_weak && self == other
    }
}

/// Takes the first tag of a list; commas inside quotation marks separate nothing.
pub(super) fn next_tag<'a>(rest: &mut &'a str) -> Option<Tag<'a>> {
    while let Some(after) = rest.strip_prefix([',', ' ', '\t']) {
        *rest = after;
    }
    if rest.is_empty() {
        return None;
    }
    let mut is_quoted = false;
    let end = rest.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b',' && !is_quoted
    });
    let (tag, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    *rest = after;
    Some(Tag::read(tag))
}
