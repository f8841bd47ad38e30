//! Comma-separated lists, quoted strings and parameters (RFC 9110, 5.6.1, 5.6.4, 5.6.6).
//!
//! A comma inside a quoted string separates nothing, so `extension="max-age=3600"` is one member.
//! A quotation mark begins a string only after `=`, and only if another one ends it: otherwise an
//! unfinished one would hide whatever comes after it, a `no-store` perhaps.

use super::fields::{split_at_byte, trim, until};

/// Returns the members of `list` that are not empty, without white space around them.
pub(super) fn members(list: &str) -> Members<'_> {
    Members { rest: list }
}

/// Goes over members, which may hold strings.
pub(super) struct Members<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a str;

    #[inline(never)] // Once for all the lists: size.
    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let end = end_of_member(self.rest.as_bytes());
            let member = trim(self.rest.get(..end)?);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

/// Goes over the members of a list of tokens, which hold no strings.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) const fn of(list: &'a str) -> Self {
        Self { rest: list }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let token = trim(until(&mut self.rest, b','));
            if !token.is_empty() {
                return Some(token);
            }
        }
        None
    }
}

/// Returns where the first member of `text` ends: at a comma or at the end.
fn end_of_member(text: &[u8]) -> usize {
    let mut at = 0;
    let mut is_after_equals = false;
    while let Some(&byte) = text.get(at) {
        if byte == b',' {
            return at;
        }
        if byte == b'"' && is_after_equals {
            at = end_of_string(text, at).unwrap_or(at);
        }
        is_after_equals = byte == b'=';
        at += 1;
    }
    at
}

/// Returns where the string that opens at `start` has its closing mark.
fn end_of_string(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns a member's name and argument: what follows `=`, without the marks of a string.
pub(super) fn argument(member: &str) -> (&str, Option<&str>) {
    match split_at_byte(member, b'=') {
        Some((name, value)) => (name, Some(unquoted(value))),
        None => (member, None),
    }
}

/// Returns the inside of a quoted string, or the text as it is.
fn unquoted(text: &str) -> &str {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inside.unwrap_or(text)
}
