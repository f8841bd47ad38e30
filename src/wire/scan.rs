//! The scanner: from bytes to tokens, as far as the bytes go.
//!
//! It looks at each byte once, however they are cut: it remembers where it stopped, how many
//! elements every open aggregate still lacks, and in a long line how far there was no end of it. It
//! keeps no bytes; whoever calls it shows it the message from its first byte each time.

use alloc::vec::Vec;

use super::error::WireError;
use super::frame::{Span, Token};
use super::inline;
use super::limits::{
    ARGUMENTS_MAX, DEPTH_MAX, ELEMENTS_MAX, FRAME_BYTES_MAX, LINE_BYTES_MAX, VALUE_BYTES_MAX,
};
use super::number;

/// How far a look at the bytes has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// The message is whole and this long.
    Whole(usize),
    /// An inline command is whole and this long, its line end included.
    Inline(usize),
    /// The end of a line is missing.
    Line,
    /// Bytes of a string are missing.
    Body,
}

/// An aggregate that lacks elements.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    missing: usize,
    /// Where the tokens of an attribute start: they are dropped when it ends, and the value that it
    /// describes follows.
    attribute: Option<u32>,
}

/// A string whose length is known.
#[derive(Debug, Clone, Copy)]
struct Body {
    kind: u8,
    start: usize,
    len: usize,
}

/// Where the scanner stopped.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Whether it takes only commands: arrays of strings, and inline ones.
    takes_commands: bool,
    tokens: Vec<Token>,
    open: [Open; DEPTH_MAX],
    depth: usize,
    /// The first byte that is not part of a token yet.
    at: usize,
    /// Up to here there is no end of the line that starts at `at`.
    searched: usize,
    body: Option<Body>,
    /// As `tokens.len()`, the dropped ones included.
    elements: usize,
}

impl Scanner {
    pub(super) fn new(takes_commands: bool) -> Self {
        Self { takes_commands, ..Self::default() }
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(super) fn takes_commands(&self) -> bool {
        self.takes_commands
    }

    /// Returns how many bytes of a string are missing if `held` are there; `None` if it is the end
    /// of a line that is missing.
    pub(super) fn missing(&self, held: usize) -> Option<usize> {
        self.body.map(|body| (body.start + body.len + 2).saturating_sub(held))
    }

    /// Returns how many bytes the tokens take, room for more included.
    pub(super) fn bytes(&self) -> usize {
        self.tokens.capacity() * size_of::<Token>()
    }

    /// Makes ready for the next message; gives memory back that few messages need.
    pub(super) fn reset(&mut self) {
        self.tokens.clear();
        if self.tokens.capacity() > ARGUMENTS_MAX {
            self.tokens = Vec::new();
        }
        (self.depth, self.at, self.searched) = (0, 0, 0);
        (self.body, self.elements) = (None, 0);
    }

    /// Whether what was scanned asks for nothing: Redis passes over empty commands.
    pub(super) fn is_empty_command(&self) -> bool {
        self.takes_commands && matches!(self.tokens[..], [Token::Array(0) | Token::Null])
    }

    /// Splits an inline command into `out`, its words becoming the tokens.
    pub(super) fn split(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), WireError> {
        inline::split(line, out, &mut self.tokens)
    }

    /// Goes on where it stopped; `bytes` start with the message's first byte.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<Scan, WireError> {
        loop {
            let is_element = if let Some(body) = self.body {
                if self.missing(bytes.len()) > Some(0) {
                    return Ok(Scan::Body);
                }
                self.end_body(bytes, body)?;
                true
            } else {
                let Some(&kind) = bytes.get(self.at) else { return Ok(Scan::Line) };
                let is_inline = self.allow(kind)?;
                let Some(line) = self.line(bytes, is_inline)? else { return Ok(Scan::Line) };
                if is_inline {
                    return Ok(Scan::Inline(self.at));
                }
                self.element(kind, line, bytes)?
            };
            if is_element && self.close() {
                return Ok(Scan::Whole(self.at));
            }
        }
    }

    /// Returns where the line that is being scanned has to end at the latest.
    pub(super) fn line_limit(&self) -> usize {
        (self.at + LINE_BYTES_MAX).min(FRAME_BYTES_MAX)
    }

    /// Whether `kind` starts an inline command.
    fn allow(&self, kind: u8) -> Result<bool, WireError> {
        let is_top = self.depth == 0;
        let is_allowed = match kind {
            _ if self.takes_commands && is_top => return Ok(kind != b'*'),
            b'$' => true,
            // A push stands between replies, never inside one.
            b'>' => is_top,
            b'+' | b'-' | b':' | b'*' | b'_' | b'#' | b',' | b'(' | b'!' | b'=' | b'%' | b'~'
            | b'|' => !self.takes_commands,
            _ => false,
        };
        if is_allowed { Ok(false) } else { Err(WireError::Type(kind)) }
    }

    /// Returns what stands between the first byte and the end of the line at `self.at`, which moves
    /// behind it.
    fn line(&mut self, bytes: &[u8], is_inline: bool) -> Result<Option<Span>, WireError> {
        let limit = self.line_limit();
        let seen = &bytes[..bytes.len().min(limit)];
        let from = self.searched.max(self.at).min(seen.len());
        let Some(length) = seen[from..].iter().position(|&byte| byte == b'\n') else {
            self.searched = seen.len();
            if seen.len() < limit {
                return Ok(None);
            }
            let is_long = limit == FRAME_BYTES_MAX;
            return Err(if is_long { WireError::TooLong } else { WireError::Line });
        };
        let line = &seen[self.at..from + length];
        let start = self.at + 1;
        self.at = from + length + 1;
        if is_inline {
            return Ok(Some(Span::new(0, 0)));
        }
        match line {
            [_, text @ .., b'\r'] if !text.contains(&b'\r') => {
                Ok(Some(Span::new(start, start + text.len())))
            }
            _ => Err(WireError::Line),
        }
    }

    /// Takes in one line; false if an element is not complete with it.
    fn element(&mut self, kind: u8, line: Span, bytes: &[u8]) -> Result<bool, WireError> {
        let text = line.of(bytes);
        let token = match kind {
            b'$' | b'=' | b'!' => return self.start_body(kind, text),
            b'*' | b'~' | b'>' | b'%' | b'|' => return self.start_aggregate(kind, text),
            b'+' => Token::Simple(line),
            b'-' => Token::Error(line),
            b':' => Token::Integer(number::signed(text).ok_or(WireError::Number)?),
            b',' if number::is_double(text) => Token::Double(line),
            b'(' if number::is_big(text) => Token::Big(line),
            b'#' if text == b"t" || text == b"f" => Token::Boolean(text == b"t"),
            b'_' if text.is_empty() => Token::Null,
            _ => return Err(WireError::Number),
        };
        self.push(token)?;
        Ok(true)
    }

    fn start_body(&mut self, kind: u8, length: &[u8]) -> Result<bool, WireError> {
        if kind == b'$' && length == b"-1" && !self.takes_commands {
            self.push(Token::Null)?;
            return Ok(true);
        }
        let len = number::unsigned(length).ok_or(WireError::Length)?;
        let is_long = len > VALUE_BYTES_MAX as u64;
        if is_long || self.at + len as usize + 2 > FRAME_BYTES_MAX {
            return Err(WireError::TooLong);
        }
        self.body = Some(Body { kind, start: self.at, len: len as usize });
        Ok(false)
    }

    fn end_body(&mut self, bytes: &[u8], body: Body) -> Result<(), WireError> {
        let end = body.start + body.len;
        let text = Span::new(body.start, end);
        if bytes[end..end + 2] != *b"\r\n" {
            return Err(WireError::Ending);
        }
        self.body = None;
        self.at = end + 2;
        self.push(match body.kind {
            b'$' => Token::Bulk(text),
            b'!' => Token::Error(text),
            _ if text.of(bytes).get(3) == Some(&b':') => Token::Verbatim(text),
            _ => return Err(WireError::Length),
        })
    }

    fn start_aggregate(&mut self, kind: u8, length: &[u8]) -> Result<bool, WireError> {
        if kind == b'*' && length == b"-1" {
            self.push(Token::Null)?;
            return Ok(true);
        }
        let len = number::unsigned(length).ok_or(WireError::Length)?;
        let missing = len.saturating_mul(if matches!(kind, b'%' | b'|') { 2 } else { 1 });
        if missing > ARGUMENTS_MAX as u64 {
            return Err(WireError::TooMany);
        }
        if self.depth == DEPTH_MAX {
            return Err(WireError::TooDeep);
        }
        let (missing, len) = (missing as usize, len as u32);
        let start = self.tokens.len() as u32;
        let attribute = (kind == b'|').then_some(start);
        self.push(match kind {
            b'~' => Token::Set(len),
            b'>' => Token::Push(len),
            b'%' => Token::Map(len),
            b'*' => Token::Array(len),
            _ => Token::Null,
        })?;
        if missing == 0 {
            // An empty attribute is nothing at all.
            self.tokens.truncate(attribute.map_or(usize::MAX, |start| start as usize));
            return Ok(attribute.is_none());
        }
        self.open[self.depth] = Open { missing, attribute };
        self.depth += 1;
        Ok(false)
    }

    fn push(&mut self, token: Token) -> Result<(), WireError> {
        if self.elements == ELEMENTS_MAX {
            return Err(WireError::TooMany);
        }
        self.elements += 1;
        self.tokens.push(token);
        Ok(())
    }

    /// Counts one complete element; true if the message is complete with it.
    fn close(&mut self) -> bool {
        while self.depth > 0 {
            let open = &mut self.open[self.depth - 1];
            open.missing -= 1;
            if open.missing > 0 {
                return false;
            }
            self.depth -= 1;
            if let Some(start) = open.attribute {
                self.tokens.truncate(start as usize);
                return false;
            }
        }
        true
    }
}
