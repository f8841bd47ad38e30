//! Delta-seconds (RFC 9111, 1.2.2).

/// What a larger number counts as.
pub const DELTA_MAX: i64 = 1 << 31;

/// Returns the number that `text` is, at most [`DELTA_MAX`]; `None` unless it is all digits.
pub(super) fn delta_seconds(text: &str) -> Option<i64> {
    let mut seconds = 0_i64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        seconds = (seconds * 10 + i64::from(digit)).min(DELTA_MAX);
    }
    (!text.is_empty()).then_some(seconds)
}
