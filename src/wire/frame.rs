//! One whole message, still in the bytes it came in.
//!
//! The scanner leaves a flat list of tokens, in the order of the bytes: an aggregate is its token
//! and then those of its elements. So a command is read without building anything, and a tree is
//! built only where one is wanted.

use core::fmt;

use super::error::{CommandError, WireError};
use super::number;
use super::version::Version;

/// Where a text lies in the bytes of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.end as usize]
    }
}

/// One element: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Bulk(Span),
    Simple(Span),
    Error(Span),
    Verbatim(Span),
    Double(Span),
    Big(Span),
    Integer(i64),
    Boolean(bool),
    Null,
    Array(u32),
    Set(u32),
    Push(u32),
    /// Counted in pairs.
    Map(u32),
}

/// One whole message; [`Frame::value`] builds the tree of it.
///
/// Its `Debug` shows only its size: commands carry passwords.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
}

impl<'a> Frame<'a> {
    pub(super) const fn new(bytes: &'a [u8], tokens: &'a [Token]) -> Self {
        Self { bytes, tokens }
    }

    /// Whether it came without being asked for, and answers nothing.
    pub fn is_push(self) -> bool {
        matches!(self.tokens.first(), Some(Token::Push(_)))
    }

    /// Returns the words of a command.
    ///
    /// # Errors
    ///
    /// [`CommandError::Shape`] if it is not an array of strings with at least one.
    pub fn words(self) -> Result<Words<'a>, CommandError> {
        let Some((Token::Array(_), tokens)) = self.tokens.split_first() else {
            return Err(CommandError::Shape);
        };
        let is_flat = tokens.iter().all(|token| matches!(token, Token::Bulk(_)));
        if tokens.is_empty() || !is_flat {
            return Err(CommandError::Shape);
        }
        Ok(Words { bytes: self.bytes, tokens })
    }

    pub(super) fn reader(self) -> Reader<'a> {
        Reader { bytes: self.bytes, tokens: self.tokens }
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Frame")
            .field("bytes", &self.bytes.len())
            .field("elements", &self.tokens.len())
            .finish()
    }
}

/// Some of the words of a command, borrowed from its message.
///
/// Its `Debug` shows only how many there are.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    /// Returns how many there are. O(1).
    pub const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are none. O(1).
    pub const fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Returns word `at`. O(1).
    pub fn get(&self, at: usize) -> Option<&'a [u8]> {
        match self.tokens.get(at) {
            Some(Token::Bulk(span)) => Some(span.of(self.bytes)),
            _ => None,
        }
    }

    /// Returns the words in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let words = *self;
        (0..words.len()).map_while(move |at| words.get(at))
    }

    /// Returns the first word and those after it.
    pub(super) fn split_first(self) -> Option<(&'a [u8], Self)> {
        let first = self.get(0)?;
        Some((first, Self { tokens: &self.tokens[1..], ..self }))
    }

    /// Returns the words if there are exactly so many.
    pub(super) fn all<const N: usize>(self) -> Option<[&'a [u8]; N]> {
        if self.len() != N {
            return None;
        }
        let mut words = [&[][..]; N];
        for (at, word) in words.iter_mut().enumerate() {
            *word = self.get(at)?;
        }
        Some(words)
    }
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Words").field("len", &self.len()).finish()
    }
}

/// Takes a message apart, element by element. What is not as asked is [`WireError::Reply`].
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    pub(super) fn token(&mut self) -> Result<Token, WireError> {
        let (first, rest) = self.tokens.split_first().ok_or(WireError::Reply)?;
        self.tokens = rest;
        Ok(*first)
    }

    pub(super) fn text_of(&self, span: Span) -> &'a [u8] {
        span.of(self.bytes)
    }

    /// Returns a string, short or long.
    pub(super) fn text(&mut self) -> Result<&'a [u8], WireError> {
        match self.token()? {
            Token::Bulk(span) | Token::Simple(span) => Ok(self.text_of(span)),
            _ => Err(WireError::Reply),
        }
    }

    /// Returns a string, `None` for a null.
    pub(super) fn text_or_null(&mut self) -> Result<Option<&'a [u8]>, WireError> {
        match self.token()? {
            Token::Bulk(span) | Token::Simple(span) => Ok(Some(self.text_of(span))),
            Token::Null => Ok(None),
            _ => Err(WireError::Reply),
        }
    }

    /// Returns a number, as an integer or as digits.
    pub(super) fn unsigned(&mut self) -> Result<u64, WireError> {
        let number = match self.token()? {
            Token::Integer(number) => number.try_into().ok(),
            Token::Big(span) | Token::Bulk(span) => number::unsigned(self.text_of(span)),
            _ => None,
        };
        number.ok_or(WireError::Reply)
    }

    pub(super) fn version(&mut self) -> Result<Version, WireError> {
        let bytes = self.text()?.try_into().map_err(|_| WireError::Reply)?;
        Ok(Version::from_bytes(bytes))
    }

    /// Passes over what is left.
    pub(super) fn skip(&mut self) {
        self.tokens = &[];
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), WireError> {
        if self.tokens.is_empty() { Ok(()) } else { Err(WireError::Reply) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sixteen_bytes() {
        assert_eq!(size_of::<Token>(), 16);
    }
}
