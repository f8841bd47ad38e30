//! The field Cache-Status (RFC 9211): what a cache did with a request, in one member.

use alloc::string::String;

use super::number::push_signed;

/// Why the request went on (2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // Named as in the RFC.
pub enum Forward {
    Bypass,
    Method,
    UriMiss,
    VaryMiss,
    Miss,
    Request,
    Stale,
    Partial,
}

impl Forward {
    const NAMES: [(Self, &'static str); 8] = [
        (Self::Bypass, "bypass"),
        (Self::Method, "method"),
        (Self::UriMiss, "uri-miss"),
        (Self::VaryMiss, "vary-miss"),
        (Self::Miss, "miss"),
        (Self::Request, "request"),
        (Self::Stale, "stale"),
        (Self::Partial, "partial"),
    ];

    /// Returns the one with this number, `forward as u32`.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::NAMES.get(number as usize).map(|entry| entry.0)
    }
}

/// What a cache did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Handling<'a> {
    /// The name of the cache.
    pub cache: &'a str,
    /// Answered without the origin; then nothing was forwarded.
    pub is_hit: bool,
    /// Why it was forwarded.
    pub forward: Option<Forward>,
    /// What the origin answered.
    pub forward_status: Option<u16>,
    /// The remaining freshness in seconds, negative when stale.
    pub ttl: Option<i64>,
    /// Whether the answer was stored.
    pub is_stored: bool,
    /// Whether it waited for another request's answer.
    pub is_collapsed: bool,
    /// The key of what was looked for.
    pub key: Option<&'a str>,
    /// Whatever else there is to say.
    pub detail: Option<&'a str>,
}

/// Returns the member of Cache-Status for `handling`. What a structured field cannot hold is left
/// out.
pub fn cache_status(handling: &Handling<'_>) -> String {
    let mut text = String::new();
    push_item(&mut text, "", handling.cache);
    if handling.is_hit {
        text.push_str(";hit");
    } else if let Some(forward) = handling.forward {
        text.push_str(";fwd=");
        text.push_str(Forward::NAMES[forward as usize].1);
        if let Some(status) = handling.forward_status {
            text.push_str(";fwd-status=");
            push_signed(&mut text, i64::from(status));
        }
    }
    if let Some(ttl) = handling.ttl {
        text.push_str(";ttl=");
        push_signed(&mut text, ttl);
    }
    if handling.is_stored && !handling.is_hit {
        text.push_str(";stored");
    }
    if handling.is_collapsed && !handling.is_hit {
        text.push_str(";collapsed");
    }
    for (name, value) in [(";key=", handling.key), (";detail=", handling.detail)] {
        if let Some(value) = value {
            push_item(&mut text, name, value);
        }
    }
    text
}

/// Appends `name` and `value` as a token, else as a string; nothing if it is neither (RFC 8941,
/// 3.3.3 and 3.3.4).
fn push_item(text: &mut String, name: &str, value: &str) {
    let is_token = value.starts_with(|char: char| char.is_ascii_alphabetic() || char == '*')
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte));
    if is_token && name != ";key=" {
        text.push_str(name);
        text.push_str(value);
    } else if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        text.push_str(name);
        text.push('"');
        for char in value.chars() {
            if matches!(char, '"' | '\\') {
                text.push('\\');
            }
            text.push(char);
        }
        text.push('"');
    }
}
