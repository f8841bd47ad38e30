//! The encoder: values to bytes, in either version of the protocol.
//!
//! RESP2 lacks most types; a client that has not said `HELLO 3` gets what Redis would give it: a
//! map as an array of keys and values, a null as a null string, a boolean as 0 or 1.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::limits::LINE_BYTES_MAX;
use super::number::{self, Digits};

/// What a client has asked for with `HELLO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// What a connection starts with.
    #[default]
    Resp2,
    /// Maps, sets, nulls, doubles, booleans, pushes.
    Resp3,
}

/// Appends values to a buffer.
///
/// An aggregate is its header and then that many values: the encoder does not count them.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    protocol: Protocol,
}

impl<'a> Encoder<'a> {
    /// Returns an encoder that appends to `out`.
    pub fn new(out: &'a mut Vec<u8>, protocol: Protocol) -> Self {
        Self { out, protocol }
    }

    /// Returns the version of the protocol it writes.
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Writes `+OK`.
    pub fn ok(&mut self) {
        self.out.extend_from_slice(b"+OK\r\n");
    }

    /// Writes a short text for programs; one that is no line goes as a bulk string.
    pub fn simple(&mut self, text: &[u8]) {
        if is_line(text) { self.line(b'+', text) } else { self.bulk(text) }
    }

    /// Writes an error: a word in capitals and a sentence. One that is no line goes as a bulk
    /// error; RESP2 has none, and gets its first line.
    pub fn error(&mut self, text: &[u8]) {
        if is_line(text) {
            self.line(b'-', text);
        } else if self.protocol == Protocol::Resp3 {
            self.string(b'!', text);
        } else {
            let end = text.iter().position(|&byte| is_break(byte)).unwrap_or(text.len());
            self.line(b'-', &text[..end.min(LINE_BYTES_MAX)]);
        }
    }

    /// Writes an integer.
    pub fn integer(&mut self, number: i64) {
        self.out.push(b':');
        if number < 0 {
            self.out.push(b'-');
        }
        self.digits(number.unsigned_abs());
    }

    /// Writes an integer; one that does not fit an `i64` goes as a big number.
    pub fn unsigned(&mut self, number: u64) {
        if let Ok(number) = i64::try_from(number) {
            return self.integer(number);
        }
        self.big_number(Digits::of(number).as_bytes());
    }

    /// Writes a string.
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.string(b'$', bytes);
    }

    /// Writes a string of text in one of the formats `txt` and `mkd`, for people.
    pub fn verbatim(&mut self, format: [u8; 3], text: &[u8]) {
        if self.protocol == Protocol::Resp2 {
            return self.bulk(text);
        }
        self.out.push(b'=');
        self.digits(text.len() as u64 + 4);
        self.out.extend_from_slice(&format);
        self.out.push(b':');
        self.out.extend_from_slice(text);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Writes that there is nothing.
    pub fn null(&mut self) {
        let null: &[u8] = if self.protocol == Protocol::Resp3 { b"_\r\n" } else { b"$-1\r\n" };
        self.out.extend_from_slice(null);
    }

    /// Writes a boolean.
    pub fn boolean(&mut self, is_true: bool) {
        if self.protocol == Protocol::Resp2 {
            return self.integer(i64::from(is_true));
        }
        self.line(b'#', if is_true { b"t" } else { b"f" });
    }

    /// Writes a double: as many digits as it takes, no exponent.
    pub fn double(&mut self, number: f64) {
        // `inf` and `-inf` are the protocol's words as well; Rust writes `NaN`.
        let text = if number.is_nan() { String::from("nan") } else { format!("{number}") };
        self.digits_or_bulk(b',', text.as_bytes());
    }

    /// Writes an integer of any size, given as an optional sign and digits.
    pub fn big_number(&mut self, digits: &[u8]) {
        debug_assert!(number::is_big(digits), "a big number is digits");
        self.digits_or_bulk(b'(', digits);
    }

    /// Starts an array of `len` values.
    pub fn array(&mut self, len: usize) {
        self.header(b'*', len);
    }

    /// Starts a set of `len` values.
    pub fn set(&mut self, len: usize) {
        self.header(if self.protocol == Protocol::Resp3 { b'~' } else { b'*' }, len);
    }

    /// Starts a map of `pairs` keys, each followed by its value.
    pub fn map(&mut self, pairs: usize) {
        match self.protocol {
            Protocol::Resp3 => self.header(b'%', pairs),
            Protocol::Resp2 => self.header(b'*', 2 * pairs),
        }
    }

    /// Starts a push of `len` values, the first of which says what it is.
    pub fn push(&mut self, len: usize) {
        self.header(if self.protocol == Protocol::Resp3 { b'>' } else { b'*' }, len);
    }

    /// Writes a command: its name and arguments.
    pub fn command(&mut self, words: &[&[u8]]) {
        self.array(words.len());
        for word in words {
            self.bulk(word);
        }
    }

    /// Writes a number as a string, as commands carry it.
    pub fn bulk_digits(&mut self, number: u64) {
        self.bulk(Digits::of(number).as_bytes());
    }

    fn digits_or_bulk(&mut self, kind: u8, text: &[u8]) {
        if self.protocol == Protocol::Resp3 { self.line(kind, text) } else { self.bulk(text) }
    }

    fn header(&mut self, kind: u8, len: usize) {
        self.out.push(kind);
        self.digits(len as u64);
    }

    fn string(&mut self, kind: u8, bytes: &[u8]) {
        self.header(kind, bytes.len());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.out.push(kind);
        self.out.extend_from_slice(text);
        self.out.extend_from_slice(b"\r\n");
    }

    fn digits(&mut self, number: u64) {
        self.out.extend_from_slice(Digits::of(number).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Whether a text can stand on a line of its own.
fn is_line(text: &[u8]) -> bool {
    text.len() < LINE_BYTES_MAX && !text.iter().any(|&byte| is_break(byte))
}

fn is_break(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what both versions of the protocol make of the same value.
    fn both(write: impl Fn(&mut Encoder<'_>)) -> [Vec<u8>; 2] {
        [Protocol::Resp2, Protocol::Resp3].map(|protocol| {
            let mut out = Vec::new();
            write(&mut Encoder::new(&mut out, protocol));
            out
        })
    }

    #[test]
    fn resp2_clients_get_what_redis_gives_them() {
        let is = |write: &dyn Fn(&mut Encoder<'_>), resp2: &[u8], resp3: &[u8]| {
            assert_eq!(both(write), [resp2.to_vec(), resp3.to_vec()]);
        };
        is(&|out| out.null(), b"$-1\r\n", b"_\r\n");
        is(&|out| out.boolean(true), b":1\r\n", b"#t\r\n");
        is(&|out| out.double(-0.5), b"$4\r\n-0.5\r\n", b",-0.5\r\n");
        is(&|out| out.double(f64::INFINITY), b"$3\r\ninf\r\n", b",inf\r\n");
        let (bulk, big) = (b"$19\r\n9223372036854775808\r\n", b"(9223372036854775808\r\n");
        is(&|out| out.unsigned(1 << 63), bulk, big);
        is(&|out| out.map(2), b"*4\r\n", b"%2\r\n");
        is(&|out| out.set(2), b"*2\r\n", b"~2\r\n");
        is(&|out| out.push(2), b"*2\r\n", b">2\r\n");
        is(&|out| out.verbatim(*b"txt", b"a"), b"$1\r\na\r\n", b"=5\r\ntxt:a\r\n");
        let least = b":-9223372036854775808\r\n";
        is(&|out| out.integer(i64::MIN), least, least);
        let get = b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n";
        is(&|out| out.command(&[b"GET", b""]), get, get);
    }

    #[test]
    fn a_line_break_in_a_text_cannot_start_another_value() {
        let [resp2, resp3] = both(|out| out.error(b"ERR a\r\n+OK"));
        assert_eq!((&resp2[..], &resp3[..]), (&b"-ERR a\r\n"[..], &b"!10\r\nERR a\r\n+OK\r\n"[..]));
        let [resp2, resp3] = both(|out| out.simple(b"a\n+OK"));
        assert_eq!((&resp2[..], &resp3[..]), (&b"$5\r\na\n+OK\r\n"[..], &b"$5\r\na\n+OK\r\n"[..]));
    }
}
