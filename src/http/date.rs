//! HTTP-date in its three formats (RFC 9110, 5.6.7), read strictly.
//!
//! ```text
//! Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
//! Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
//! Sun Nov  6 08:49:37 1994         asctime
//! ```
//!
//! Strictly, since whatever is not a date in Expires means "already expired": case and spaces
//! count,
//! and there is no day beyond its month. The weekday must be one; that it is the right one is not
//! checked.

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Returns the moment that `text` names, in milliseconds since 1970. `now` settles the century of
/// a year of two digits: one that would be more than 50 years ahead is past.
pub fn http_date(text: &str, now_ms: i64) -> Option<i64> {
    let bytes = text.as_bytes();
    let comma = bytes.iter().position(|&byte| byte == b',');
    match comma {
        None => asctime(bytes),
        Some(3) => imf_fixdate(bytes),
        Some(at) => rfc_850(bytes, at, now_ms),
    }
}

fn imf_fixdate(text: &[u8]) -> Option<i64> {
    let is_shaped = text.len() == 29
        && is_weekday(&text[..3], true)
        && is(text, 3, b", ")
        && is(text, 7, b" ")
        && is(text, 11, b" ")
        && is(text, 16, b" ")
        && is(text, 25, b" GMT");
    let date = (number(text, 12, 4)?, month(text, 8)?, number(text, 5, 2)?);
    if is_shaped { moment(date, clock(text, 17)?) } else { None }
}

fn rfc_850(text: &[u8], comma: usize, now_ms: i64) -> Option<i64> {
    let rest = text.get(comma..)?;
    let is_shaped = rest.len() == 24
        && is_weekday(&text[..comma], false)
        && is(rest, 0, b", ")
        && is(rest, 4, b"-")
        && is(rest, 8, b"-")
        && is(rest, 11, b" ")
        && is(rest, 20, b" GMT");
    if !is_shaped {
        return None;
    }
    let (month, day, clock) = (month(rest, 5)?, number(rest, 2, 2)?, clock(rest, 12)?);
    let short = number(rest, 9, 2)?;
    let this_year = year_of(now_ms);
    let mut year = this_year - this_year.rem_euclid(100) + short;
    if year > this_year + 50 {
        year -= 100;
    }
    moment((year, month, day), clock)
}

fn asctime(text: &[u8]) -> Option<i64> {
    let is_shaped = text.len() == 24
        && is_weekday(&text[..3], true)
        && is(text, 3, b" ")
        && is(text, 7, b" ")
        && is(text, 10, b" ")
        && is(text, 19, b" ");
    let day = if is(text, 8, b" ") { number(text, 9, 1)? } else { number(text, 8, 2)? };
    let date = (number(text, 20, 4)?, month(text, 4)?, day);
    if is_shaped { moment(date, clock(text, 11)?) } else { None }
}

fn is(text: &[u8], at: usize, wanted: &[u8]) -> bool {
    text.get(at..at + wanted.len()) == Some(wanted)
}

fn is_weekday(text: &[u8], is_short: bool) -> bool {
    DAYS.iter().any(|day| text == if is_short { &day.as_bytes()[..3] } else { day.as_bytes() })
}

/// Returns the month whose name is at `at`, from 1.
fn month(text: &[u8], at: usize) -> Option<i64> {
    let name = text.get(at..at + 3)?;
    let mut names = (1..).zip(MONTHS.as_bytes().chunks_exact(3));
    names.find(|(_, month)| *month == name).map(|(number, _)| number)
}

/// Returns the seconds since midnight of `hh:mm:ss` at `at`. A leap second is let in.
fn clock(text: &[u8], at: usize) -> Option<i64> {
    let (hour, minute) = (number(text, at, 2)?, number(text, at + 3, 2)?);
    let second = number(text, at + 6, 2)?;
    let is_shaped = is(text, at + 2, b":") && is(text, at + 5, b":");
    let is_time = hour < 24 && minute < 60 && second <= 60;
    (is_shaped && is_time).then_some(hour * 3600 + minute * 60 + second)
}

/// Returns the number of exactly `digits` digits at `at`.
fn number(text: &[u8], at: usize, digits: usize) -> Option<i64> {
    let mut value = 0;
    for &byte in text.get(at..at + digits)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

fn moment((year, month, day): (i64, i64, i64), seconds: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_day = (1..=length).contains(&day);
    is_day.then(|| (days_since_1970(year, month, day) * 86_400 + seconds) * 1_000)
}

/// Counts years from March, so that the leap day is the last of its year.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + day_of_year - 719_468
}

/// Returns the year of a moment, wrong by one at most in its first and last days: near enough for
/// a rule that speaks of 50 years.
const fn year_of(now_ms: i64) -> i64 {
    1970 + now_ms.div_euclid(31_556_952_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn the_three_formats_name_the_same_moment() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text, NOW), Some(784_111_777_000), "{text}");
        }
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT", NOW), Some(0));
        assert_eq!(http_date("Tue, 29 Feb 2000 23:59:60 GMT", NOW), Some(951_868_800_000));
        assert_eq!(http_date("Fri, 31 Dec 9999 23:59:59 GMT", NOW), Some(253_402_300_799_000));
    }

    #[test]
    fn two_digits_of_a_year_are_past_if_they_would_be_too_far_ahead() {
        let in_2050 = http_date("Thu, 18 Aug 2050 02:01:18 GMT", NOW);
        assert_eq!(http_date("Thursday, 18-Aug-50 02:01:18 GMT", NOW), in_2050);
        let in_1980 = http_date("Mon, 18 Aug 1980 02:01:18 GMT", NOW);
        assert_eq!(http_date("Monday, 18-Aug-80 02:01:18 GMT", NOW), in_1980);
    }

    #[test]
    fn whatever_else_is_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "THU, 18 Aug 2050 02:01:18 GMT",
            "Thu, 18 AUG 2050 02:01:18 GMT",
            "Thu, 18 Aug 2050 02:01:18 gMT",
            "Thu, 18 Aug 2050 02:01:18 UTC",
            "Thu, 18 Aug 2050 02:01:18 AEST",
            "Thu, 18 Aug 50 02:01:18 GMT",
            "Thu 18 Aug 2050 02:01:18 GMT",
            "Thu, 18  Aug  2050 02:01:18 GMT",
            "Thu, 18-Aug-2050 02:01:18 GMT",
            "Thu, 18 Aug 2050 02.01.18 GMT",
            "Thu, 18 Aug 2050 2:01:18 GMT",
            "Thu, 31 Jun 2050 02:01:18 GMT",
            "Tue, 29 Feb 2100 02:01:18 GMT",
            "Thu, 18 Aug 2050 24:01:18 GMT",
            "Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:19 GMT",
            "äöü, 18 Aug 2050 02:01:18 GM",
        ] {
            assert_eq!(http_date(text, NOW), None, "{text}");
        }
    }
}
