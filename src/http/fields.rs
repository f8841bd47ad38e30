//! A header block as text (RFC 9110, 5): `name:value\n` a line, names in lower case, in order.
//!
//! Nothing is copied and nothing is allocated: a field is two slices of the block. A line without a
//! colon or a name is no field. Each decision goes over a block once and takes what it knows.

use super::list::Tokens;

/// The longest block that is looked at, in bytes; what is longer is neither stored nor used. Node
/// refuses 16 KiB by itself, most servers 8 or 32.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The most lines that a block may have; so what compares each with each ends soon.
pub const HEAD_LINES_MAX: usize = 1_000;

/// The lines of a header block, of one message.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    block: &'a str,
}

/// A field's name, lower case, and its value without white space around it.
pub type Field<'a> = (&'a str, &'a str);

impl<'a> Fields<'a> {
    /// Returns the fields of `block`; looks at nothing yet.
    pub const fn new(block: &'a str) -> Self {
        Self { block }
    }

    /// Whether the block is longer than [`HEAD_BYTES_MAX`] or has more than [`HEAD_LINES_MAX`]
    /// lines.
    pub fn is_too_long(self) -> bool {
        let length = self.block.len();
        // Most blocks are too short to have so many lines.
        length > HEAD_BYTES_MAX
            || length > HEAD_LINES_MAX
                && self.block.bytes().filter(|&byte| byte == b'\n').count() > HEAD_LINES_MAX
    }

    /// Returns the block itself.
    pub const fn block(self) -> &'a str {
        self.block
    }

    /// Returns the fields in order.
    pub const fn iter(self) -> Iter<'a> {
        Iter { rest: self.block }
    }

    /// Returns the values of the lines called `name`, in any case, in order. O(length of the
    /// block).
    pub const fn values<'n>(self, name: &'n str) -> Values<'a, 'n> {
        Values { fields: self.iter(), name }
    }

    /// Returns the value of the first line called `name`.
    pub fn first(self, name: &str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// Returns the members of all lines called `name`, which hold no strings.
    pub(super) fn tokens<'n>(self, name: &'n str) -> Listed<'a, 'n> {
        Listed { lines: self.values(name), line: Tokens::of("") }
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Goes over the fields of a block.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Field<'a>;

    #[inline(never)] // Once for all the loops over fields: size.
    fn next(&mut self) -> Option<Field<'a>> {
        while !self.rest.is_empty() {
            let line = until(&mut self.rest, b'\n');
            if let Some((name, value)) = split_at_byte(line, b':')
                && !name.is_empty()
            {
                return Some((name, trim(value)));
            }
        }
        None
    }
}

/// Goes over the values of lines of one name.
#[derive(Debug, Clone)]
pub struct Values<'a, 'n> {
    fields: Iter<'a>,
    name: &'n str,
}

impl<'a> Iterator for Values<'a, '_> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        loop {
            let (name, value) = self.fields.next()?;
            if name.eq_ignore_ascii_case(self.name) {
                return Some(value);
            }
        }
    }
}

/// Goes over the members of several lines as if they were one.
pub(super) struct Listed<'a, 'n> {
    lines: Values<'a, 'n>,
    line: Tokens<'a>,
}

impl<'a> Iterator for Listed<'a, '_> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Some(token) = self.line.next() {
                return Some(token);
            }
            self.line = Tokens::of(self.lines.next()?);
        }
    }
}

/// Returns what is before the first `byte` and leaves what is after it; all of it if there is none.
pub(super) fn until<'a>(rest: &mut &'a str, byte: u8) -> &'a str {
    let (before, after) = split_at_byte(rest, byte).unwrap_or((rest, ""));
    *rest = after;
    before
}

/// Returns what is before and after the first `byte`, which is ASCII.
#[inline(never)]
pub(super) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.as_bytes().iter().position(|&other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Returns `text` without optional white space around it (RFC 9110, 5.6.3); a carriage return goes
/// too.
#[inline(never)]
pub(super) fn trim(text: &str) -> &str {
    let mut bytes = text.as_bytes();
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    while let [first, rest @ ..] = bytes
        && is_space(first)
    {
        bytes = rest;
    }
    let start = text.len() - bytes.len();
    while let [rest @ .., last] = bytes
        && is_space(last)
    {
        bytes = rest;
    }
    text.get(start..start + bytes.len()).unwrap_or_default()
}
