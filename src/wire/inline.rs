//! Inline commands: what people type into telnet.
//!
//! Words are parted by blanks; a word may have quoted parts. Between `"` the escapes `\n \r \t \b
//! \a` and `\xHH` count, between `'` only `\'`. These are the rules of Redis' `sdssplitargs`.

use alloc::vec::Vec;

use super::error::WireError;
use super::frame::{Span, Token};
use super::limits::ARGUMENTS_MAX;

/// Appends the words of `line` to `out` and their tokens, after that of their array, to `tokens`.
/// Allocates no more than the line is long, and 16 bytes a word.
pub(super) fn split(
    line: &[u8],
    out: &mut Vec<u8>,
    tokens: &mut Vec<Token>,
) -> Result<(), WireError> {
    out.reserve(line.len());
    tokens.push(Token::Array(0));
    let mut rest = line.trim_ascii_start();
    while !rest.is_empty() {
        if tokens.len() > ARGUMENTS_MAX {
            return Err(WireError::TooMany);
        }
        let start = out.len();
        rest = word(rest, out)?.trim_ascii_start();
        tokens.push(Token::Bulk(Span::new(start, out.len())));
    }
    if let Some(Token::Bulk(first)) = tokens.get(1) {
        // A page can make a browser send a form to any port, with commands in its body [1].
        // [1] J. Topf, "The HTML Form Protocol Attack", 2001.
        let first = first.of(out);
        if first.eq_ignore_ascii_case(b"POST") || first.eq_ignore_ascii_case(b"HOST:") {
            return Err(WireError::Http);
        }
    }
    tokens[0] = Token::Array(tokens.len() as u32 - 1);
    Ok(())
}

/// Appends the first word of `text` and returns what comes after it.
fn word<'a>(mut text: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], WireError> {
    loop {
        match text {
            [] => return Ok(text),
            [b'"', rest @ ..] => return double_quoted(rest, out),
            [b'\'', rest @ ..] => return single_quoted(rest, out),
            [byte, rest @ ..] if byte.is_ascii_whitespace() => return Ok(rest),
            [byte, rest @ ..] => {
                out.push(*byte);
                text = rest;
            }
        }
    }
}

fn double_quoted<'a>(mut text: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], WireError> {
    loop {
        let (byte, rest) = match text {
            [b'"', rest @ ..] => return after_quote(rest),
            [b'\\', b'x', high, low, rest @ ..] if is_hex(*high) && is_hex(*low) => {
                (hex(*high) << 4 | hex(*low), rest)
            }
            [b'\\', byte, rest @ ..] => (unescape(*byte), rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return Err(WireError::Quotes),
        };
        out.push(byte);
        text = rest;
    }
}

fn single_quoted<'a>(mut text: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], WireError> {
    loop {
        let (byte, rest) = match text {
            [b'\'', rest @ ..] => return after_quote(rest),
            [b'\\', b'\'', rest @ ..] => (b'\'', rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return Err(WireError::Quotes),
        };
        out.push(byte);
        text = rest;
    }
}

/// A closing quote ends its word.
fn after_quote(rest: &[u8]) -> Result<&[u8], WireError> {
    match rest.first() {
        Some(byte) if !byte.is_ascii_whitespace() => Err(WireError::Quotes),
        _ => Ok(rest),
    }
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
        let (mut out, mut tokens) = (Vec::new(), Vec::new());
        split(line, &mut out, &mut tokens)?;
        let words = tokens[1..].iter().map(|token| match token {
            Token::Bulk(span) => span.of(&out).to_vec(),
            other => panic!("{other:?} is not a word"),
        });
        Ok(words.collect())
    }

    #[test]
    fn words_are_parted_and_quoted_as_redis_does() {
        let is = |line: &str, expected: &[&[u8]]| {
            let expected: Vec<_> = expected.iter().map(|word| word.to_vec()).collect();
            assert_eq!(words(line.as_bytes()), Ok(expected), "{line}");
        };
        is("", &[]);
        is(" \t ", &[]);
        is("  set a  b\r\n", &[b"set", b"a", b"b"]);
        is(r#"set "a b" 'c d'"#, &[b"set", b"a b", b"c d"]);
        is(r#""\x41\xfF\n\q\"" '\n\''"#, &[b"A\xff\nq\"", b"\\n'"]);
        is(r#"a"b" """#, &[b"ab", b""]);
        is(r#""\xg1""#, &[b"xg1"]);
    }

    #[test]
    fn quotes_that_do_not_close_are_refused() {
        for line in [r#"a "b"#, r"a 'b", r#""a"b"#, r"'a'b", r#""a\"#, r#""a\""#] {
            assert_eq!(words(line.as_bytes()), Err(WireError::Quotes), "{line}");
        }
    }

    #[test]
    fn a_browser_is_turned_away() {
        for line in [&b"POST / HTTP/1.1\r\n"[..], b"Host: localhost:6379\r\n"] {
            assert_eq!(words(line), Err(WireError::Http));
        }
    }

    #[test]
    fn a_line_of_too_many_words_is_refused() {
        assert_eq!(words(&b"a ".repeat(ARGUMENTS_MAX)).map(|words| words.len()), Ok(ARGUMENTS_MAX));
        assert_eq!(words(&b"a ".repeat(ARGUMENTS_MAX + 1)), Err(WireError::TooMany));
    }
}
