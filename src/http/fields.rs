//! A header block as text (RFC 9110, 5): `name:value\n` a line, names in lower case, in order.
//!
//! Nothing is copied and nothing is allocated: a field is two slices of the block. A line without a
//! colon or a name is no field. Each decision goes over a block once and takes what it knows.

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

    /// Returns the values of the lines called `name`, in order. O(length of the block).
    pub fn values<'n>(self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.iter().filter(move |field| field.0 == name).map(|field| field.1)
    }

    /// Returns the value of the first line called `name`.
    pub fn first(self, name: &str) -> Option<&'a str> {
        self.values(name).next()
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

    fn next(&mut self) -> Option<Field<'a>> {
        while !self.rest.is_empty() {
            let (line, rest) = split_at_byte(self.rest, b'\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            if let Some((name, value)) = split_at_byte(line, b':')
                && !name.is_empty()
            {
                return Some((name, trim(value)));
            }
        }
        None
    }
}

/// Returns what is before and after the first `byte`, which is ASCII.
pub(super) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.as_bytes().iter().position(|&other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Returns `text` without optional white space around it (RFC 9110, 5.6.3); a carriage return goes
/// too.
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
