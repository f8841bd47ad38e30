//! Numbers as digits.
//!
//! By hand: the format machinery of `core` would be a third of the cluster's WebAssembly.

/// Returns the number that `digits` write, `None` if they are not only digits or too many.
pub(super) fn unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// Returns the number that an optional sign and digits write.
pub(super) fn signed(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(unsigned(digits)?),
        [b'+', digits @ ..] | digits => unsigned(digits)?.try_into().ok(),
    }
}

/// Whether this is an optional sign and digits, however many.
pub(super) fn is_big(text: &[u8]) -> bool {
    let (whole, rest) = digits(unsign(text));
    whole > 0 && rest.is_empty()
}

/// Whether this is a double as RESP3 writes it: digits, perhaps a fraction and an exponent, or
/// `inf`, `-inf`, `nan`.
pub(super) fn is_double(text: &[u8]) -> bool {
    if matches!(text, b"inf" | b"-inf" | b"nan") {
        return true;
    }
    let (whole, mut rest) = digits(unsign(text));
    if let [b'.', fraction @ ..] = rest {
        let (count, after) = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = after;
    }
    match rest {
        [] => whole > 0,
        [b'e' | b'E', exponent @ ..] => whole > 0 && is_big(exponent),
        _ => false,
    }
}

/// Returns the double of a text that [`is_double`].
pub(super) fn double(text: &[u8]) -> f64 {
    let text = core::str::from_utf8(text).unwrap_or("nan");
    text.parse().unwrap_or(f64::NAN)
}

/// A number in decimal digits; allocates nothing.
pub(super) struct Digits {
    digits: [u8; 20],
    start: usize,
}

impl Digits {
    pub(super) fn of(mut number: u64) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Self { digits, start };
            }
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

fn unsign(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text)
}

/// Returns how many digits there are at the start, and what comes after them.
fn digits(text: &[u8]) -> (usize, &[u8]) {
    let count = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (count, &text[count..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_their_types_do() {
        assert_eq!(unsigned(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(signed(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(signed(b"-9223372036854775809"), None);
        assert_eq!(signed(b"9223372036854775808"), None);
        assert_eq!(signed(b"+7"), Some(7));
        for text in [&b""[..], b"-", b"+", b"1 ", b" 1", b"0x1", b"1.0", b"--1"] {
            assert_eq!((unsigned(text), signed(text)), (None, None));
        }
    }

    #[test]
    fn doubles_are_those_of_the_specification() {
        for text in [&b"0"[..], b"-1.5", b"10", b"1e9", b"1.5E-7", b"inf", b"-inf", b"nan"] {
            assert!(is_double(text), "{text:?}");
        }
        for text in [&b""[..], b".5", b"1.", b"e9", b"1e", b"+inf", b"infinity", b"1.5.5", b"0x1"] {
            assert!(!is_double(text), "{text:?}");
        }
        assert_eq!(double(b"-1.5e2").to_bits(), (-150.0_f64).to_bits());
    }

    #[test]
    fn digits_are_written_as_they_are_read() {
        for number in [0, 9, 10, 1 << 32, u64::MAX] {
            assert_eq!(unsigned(Digits::of(number).as_bytes()), Some(number));
        }
    }
}
