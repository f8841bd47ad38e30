//! Numbers as text, without the machinery of `core::fmt`, which would be half of the module.

use alloc::string::String;

/// Appends `number` in decimal.
pub(super) fn push_signed(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    push_number(text, number.unsigned_abs());
}

/// Appends `number` in decimal.
#[inline(never)]
pub(super) fn push_number(text: &mut String, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.push_str(core::str::from_utf8(&digits[at..]).unwrap_or_default());
}
