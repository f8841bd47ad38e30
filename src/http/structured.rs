//! Dictionaries of structured fields (RFC 8941, 3.2), as far as a reader must go to refuse what is
//! not one. Members come out in order; the caller lets a later one of the same name win.

/// The value of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Boolean(bool),
    Integer(i64),
    /// The inside of a string, escapes as they are.
    String(&'a str),
    /// A token, decimal, byte sequence or inner list.
    Other,
}

/// A text that is read from its beginning.
struct Reader<'a> {
    rest: &'a [u8],
    text: &'a str,
}

/// Calls `member` for each member of one line of a dictionary. `None`: it is none, and whatever
/// was called is void.
pub(super) fn dictionary<'a>(
    line: &'a str,
    mut member: impl FnMut(&'a str, Value<'a>),
) -> Option<()> {
    let mut reader = Reader { rest: line.as_bytes(), text: line };
    while let Some((b' ', before)) = reader.rest.split_last() {
        reader.rest = before;
    }
    reader.text = line.get(..reader.rest.len()).unwrap_or_default();
    reader.skip(false);
    while !reader.rest.is_empty() {
        let key = reader.key()?;
        let value = if reader.eat(b'=') {
            if reader.eat(b'(') { reader.inner_list()? } else { reader.bare_item()? }
        } else {
            Value::Boolean(true)
        };
        reader.parameters()?;
        member(key, value);
        reader.skip(true);
        if reader.rest.is_empty() {
            return Some(());
        }
        if !reader.eat(b',') {
            return None;
        }
        reader.skip(true);
        if reader.rest.is_empty() {
            return None;
        }
    }
    Some(())
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.rest = &self.rest[1..];
        }
        is_there
    }

    /// Skips spaces, and tabs where they may be.
    fn skip(&mut self, tabs: bool) {
        while self.eat(b' ') || (tabs && self.eat(b'\t')) {}
    }

    /// Takes bytes as long as they are wanted and returns them.
    #[inline(never)]
    fn take(&mut self, is_wanted: fn(u8) -> bool) -> &'a str {
        let start = self.text.len() - self.rest.len();
        let length = self.rest.iter().take_while(|&&byte| is_wanted(byte)).count();
        self.rest = &self.rest[length..];
        self.text.get(start..start + length).unwrap_or_default()
    }

    fn key(&mut self) -> Option<&'a str> {
        let is_start = self.peek().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'*');
        is_start.then(|| {
            self.take(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*'))
        })
    }

    fn parameters(&mut self) -> Option<()> {
        while self.eat(b';') {
            self.skip(false);
            self.key()?;
            if self.eat(b'=') {
                self.bare_item()?;
            }
        }
        Some(())
    }

    /// Reads what follows `(`.
    fn inner_list(&mut self) -> Option<Value<'a>> {
        loop {
            self.skip(false);
            if self.eat(b')') {
                return Some(Value::Other);
            }
            self.bare_item()?;
            self.parameters()?;
            if !matches!(self.peek()?, b' ' | b')') {
                return None;
            }
        }
    }

    fn bare_item(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.number(),
            b'"' => self.string(),
            b'?' => self.boolean(),
            b':' => self.bytes(),
            b'*' | b'A'..=b'Z' | b'a'..=b'z' => {
                self.take(|byte| {
                    let separates = matches!(
                        byte,
                        b'"' | b'(' | b')' | b',' | b';'..=b'@' | b'['..=b']' | b'{' | b'}'
                    );
                    byte.is_ascii_graphic() && !separates
                });
                Some(Value::Other)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let sign = if self.eat(b'-') { -1 } else { 1 };
        let whole = self.take(|byte| byte.is_ascii_digit());
        if whole.is_empty() {
            return None;
        }
        if self.eat(b'.') {
            let part = self.take(|byte| byte.is_ascii_digit());
            let is_decimal = whole.len() <= 12 && (1..=3).contains(&part.len());
            return is_decimal.then_some(Value::Other);
        }
        if whole.len() > 15 {
            return None;
        }
        let value = whole.bytes().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        Some(Value::Integer(sign * value))
    }

    fn string(&mut self) -> Option<Value<'a>> {
        self.eat(b'"');
        let start = self.text.len() - self.rest.len();
        loop {
            let byte = self.peek()?;
            let end = self.text.len() - self.rest.len();
            self.rest = &self.rest[1..];
            match byte {
                b'"' => return Some(Value::String(self.text.get(start..end)?)),
                b'\\' if !(self.eat(b'"') || self.eat(b'\\')) => return None,
                b' '..=b'~' => {}
                _ => return None,
            }
        }
    }

    fn boolean(&mut self) -> Option<Value<'a>> {
        self.eat(b'?');
        if self.eat(b'1') {
            return Some(Value::Boolean(true));
        }
        self.eat(b'0').then_some(Value::Boolean(false))
    }

    fn bytes(&mut self) -> Option<Value<'a>> {
        self.eat(b':');
        self.take(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
        self.eat(b':').then_some(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn members(line: &str) -> Option<Vec<(&str, Value<'_>)>> {
        let mut members = Vec::new();
        dictionary(line, |key, value| members.push((key, value))).map(|()| members)
    }

    #[test]
    fn a_dictionary_gives_its_members() {
        use Value::{Boolean, Integer, Other, String};
        assert_eq!(members(""), Some(Vec::new()));
        assert_eq!(
            members(
                "max-age=600 , a;b=1;c, d=?0,\te=\"x, \\\"y\", f=(1 \"a\";b c), g=:YQ==:, *h=-1.5"
            ),
            Some(alloc::vec![
                ("max-age", Integer(600)),
                ("a", Boolean(true)),
                ("d", Boolean(false)),
                ("e", String("x, \\\"y")),
                ("f", Other),
                ("g", Other),
                ("*h", Other),
            ])
        );
    }

    #[test]
    fn whatever_is_none_is_refused() {
        for line in [
            "MaX-aGe=3600",
            "max-age =3600",
            "max-age= 3600",
            "max-age=3600,",
            ",a",
            "a,,b",
            "a=",
            "a=1234567890123456",
            "a=1.2345",
            "a=-",
            "a=\"b",
            "a=\"\u{e4}\"",
            "a=(1",
            "a=(1)b",
            "a=?2",
            "a=:b",
            "a;B",
            "a b",
            "a=3600a",
        ] {
            assert_eq!(members(line), None, "{line}");
        }
    }
}
