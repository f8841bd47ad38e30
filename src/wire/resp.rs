//! RESP3 without I/O: bytes in, whole messages out, however the bytes are cut.
//!
//! A message that lies whole in what was fed is lent from there: nothing is copied, and but for the
//! tokens (16 bytes an element, in memory that is used again) nothing is allocated. Of a message
//! that is cut the decoder keeps the part that has arrived and adds to it only what the message
//! still lacks, so that it holds at most [`DECODER_BYTES_MAX`](super::limits::DECODER_BYTES_MAX)
//! and at most twice what has arrived, whatever lengths are declared. Each byte is looked at once.
//!
//! Attributes are read and dropped, as the specification allows; streamed strings and aggregates,
//! which no server sends, are refused. Nulls of all three kinds are one. A server's decoder takes
//! only commands, that is arrays of strings and inline commands, so that a stranger cannot make it
//! keep anything else.
//!
//! [1] S. Sanfilippo, "RESP3 specification", <https://github.com/redis/redis-specifications>.

use alloc::vec::Vec;
use core::{fmt, mem};

use super::error::WireError;
use super::frame::Frame;
use super::limits::FRAME_BYTES_MAX;
use super::scan::{Scan, Scanner};

/// Takes a stream of bytes apart into messages.
///
/// ```
/// use tidecache::wire::{Command, Decoder};
///
/// let mut decoder = Decoder::of_commands();
/// for mut part in [&b"*2\r\n$3\r\nGET\r\n$1"[..], b"\r\nk\r\nPING\r\n"] {
///     while let Some(frame) = decoder.decode(&mut part)? {
///         println!("{:?}", Command::parse(frame)); // Get, Ping
///     }
/// }
/// decoder.finish()?;
/// # Ok::<(), tidecache::wire::WireError>(())
/// ```
pub struct Decoder {
    scanner: Scanner,
    /// What has arrived of a message that is not whole, or an inline command without its quotes.
    partial: Vec<u8>,
    /// Whether the caller has got the message that the scanner has scanned.
    is_delivered: bool,
    failed: Option<WireError>,
}

/// Where a whole message lies.
enum Whole<'a> {
    Input(&'a [u8]),
    Partial,
}

impl Decoder {
    /// Returns a server's decoder: arrays of strings, and inline commands.
    pub fn of_commands() -> Self {
        Self::new(Scanner::new(true))
    }

    /// Returns a client's decoder: values of all types.
    pub fn of_replies() -> Self {
        Self::new(Scanner::new(false))
    }

    fn new(scanner: Scanner) -> Self {
        Self { scanner, partial: Vec::new(), is_delivered: false, failed: None }
    }

    /// Returns the next whole message and moves `input` behind it; `None` once all of `input` is
    /// taken and more is needed. Allocates as the essay of the module says.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with the stream, and the same again each time after that:
    /// where the next message would start is unknown. The memory is given back.
    pub fn decode<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b [u8],
    ) -> Result<Option<Frame<'a>>, WireError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.advance(input) {
            Ok(None) => Ok(None),
            Ok(Some(Whole::Input(bytes))) => Ok(Some(Frame::new(bytes, self.scanner.tokens()))),
            Ok(Some(Whole::Partial)) => Ok(Some(Frame::new(&self.partial, self.scanner.tokens()))),
            Err(error) => {
                let takes_commands = self.scanner.takes_commands();
                *self = Self::new(Scanner::new(takes_commands));
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    /// Checks that no message is cut, where a frame or the stream ends.
    ///
    /// # Errors
    ///
    /// [`WireError::Truncated`] if one is, or what is wrong with the stream; it changes nothing.
    pub fn finish(&self) -> Result<(), WireError> {
        match self.failed {
            Some(error) => Err(error),
            None if self.is_delivered || self.partial.is_empty() => Ok(()),
            None => Err(WireError::Truncated),
        }
    }

    /// Returns how many bytes of memory it holds. O(1).
    pub fn bytes(&self) -> usize {
        self.partial.capacity() + self.scanner.bytes()
    }

    fn advance<'b>(&mut self, input: &mut &'b [u8]) -> Result<Option<Whole<'b>>, WireError> {
        if mem::take(&mut self.is_delivered) {
            self.forget();
        }
        loop {
            let is_partial = !self.partial.is_empty();
            if is_partial {
                if input.is_empty() {
                    return Ok(None);
                }
                self.add(input);
            }
            let scan = self.scanner.scan(if is_partial { &self.partial } else { input })?;
            match scan {
                Scan::Whole(end) => {
                    let whole =
                        if is_partial { Whole::Partial } else { Whole::Input(take(input, end)) };
                    if !self.scanner.is_empty_command() {
                        self.is_delivered = true;
                        return Ok(Some(whole));
                    }
                    self.forget();
                }
                Scan::Inline(end) => {
                    let line = if is_partial {
                        mem::take(&mut self.partial)
                    } else {
                        take(input, end).to_vec()
                    };
                    self.forget();
                    self.scanner.split(&line, &mut self.partial)?;
                    if !self.scanner.is_empty_command() {
                        self.is_delivered = true;
                        return Ok(Some(Whole::Partial));
                    }
                    self.forget();
                }
                Scan::Line | Scan::Body if is_partial => {}
                Scan::Line | Scan::Body => {
                    let rest = take(input, input.len());
                    self.grow(rest);
                    return Ok(None);
                }
            }
        }
    }

    /// Adds what the message lacks, as far as it is there: never a byte of the next one.
    fn add(&mut self, input: &mut &[u8]) {
        let held = self.partial.len();
        let wanted = if let Some(missing) = self.scanner.missing(held) {
            missing.min(input.len())
        } else {
            let room = self.scanner.line_limit().saturating_sub(held).min(input.len());
            let end = input[..room].iter().position(|&byte| byte == b'\n');
            end.map_or(room, |end| end + 1)
        };
        let more = take(input, wanted);
        self.grow(more);
    }

    /// Doubles the room when it is used up, but never beyond one frame.
    fn grow(&mut self, more: &[u8]) {
        let wanted = self.partial.len() + more.len();
        if wanted > self.partial.capacity() {
            let doubled = (2 * self.partial.capacity()).min(FRAME_BYTES_MAX);
            self.partial.reserve_exact(doubled.max(wanted) - self.partial.len());
        }
        self.partial.extend_from_slice(more);
    }

    fn forget(&mut self) {
        self.scanner.reset();
        self.partial.clear();
        if self.partial.capacity() > KEPT_BYTES_MAX {
            self.partial = Vec::new();
        }
    }
}

/// Memory of a cut message up to this size is used for the next one; a connection that once
/// carried a large value does not keep its room.
const KEPT_BYTES_MAX: usize = 4096;

fn take<'b>(input: &mut &'b [u8], len: usize) -> &'b [u8] {
    let (head, tail) = input.split_at(len);
    *input = tail;
    head
}

impl fmt::Debug for Decoder {
    // What is cut may be a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Decoder")
            .field("partial", &self.partial.len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
