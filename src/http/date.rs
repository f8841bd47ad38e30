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

// What comes after the weekday. A letter of `PARTS` is a digit of that part, `O` the month's name,
// `_` a digit of the day or a space; anything else is itself.
const IMF_FIXDATE: &str = ", dd OOO yyyy hh:mm:ss GMT";
const RFC_850: &str = ", dd-OOO-yy hh:mm:ss GMT";
const ASCTIME: &str = " OOO _d hh:mm:ss yyyy";
const PARTS: &[u8; 5] = b"ydhms";

/// Returns the moment that `text` names, in milliseconds since 1970. `now` settles the century of
/// a year of two digits: one that would be more than 50 years ahead is past.
pub fn http_date(text: &str, now_ms: i64) -> Option<i64> {
    let bytes = text.as_bytes();
    let comma = bytes.iter().position(|&byte| byte == b',');
    let (length, format) = match comma {
        None => (3, ASCTIME),
        Some(3) => (3, IMF_FIXDATE),
        Some(at) => (at, RFC_850),
    };
    let (weekday, rest) = bytes.split_at_checked(length)?;
    let is_whole = comma.is_some_and(|at| at != 3);
    let is_weekday = DAYS
        .iter()
        .any(|day| day.as_bytes().starts_with(weekday) && (!is_whole || day.len() == length));
    let ([mut year, day, hour, minute, second], month) = read(rest, format.as_bytes())?;
    if is_whole {
        let this_year = year_of(now_ms);
        year += this_year - this_year.rem_euclid(100);
        if year > this_year + 50 {
            year -= 100;
        }
    }
    // A leap second is let in.
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let seconds = hour * 3600 + minute * 60 + second;
    if is_weekday && is_time { moment((year, month, day), seconds) } else { None }
}

/// Reads what has this format: the numbers of `PARTS`, and the month, from 1.
fn read(text: &[u8], format: &[u8]) -> Option<([i64; 5], i64)> {
    let (mut parts, mut month) = ([0; 5], 0);
    if text.len() != format.len() {
        return None;
    }
    for (at, &sign) in format.iter().enumerate() {
        let byte = text[at];
        if sign == b'O' {
            if month == 0 {
                let mut names = (1..).zip(MONTHS.as_bytes().chunks_exact(3));
                month = names.find(|(_, name)| text[at..].starts_with(name))?.0;
            }
        } else if let Some(part) = PARTS.iter().position(|&part| part == sign) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            parts[part] = parts[part] * 10 + i64::from(digit);
        } else if sign == b'_' && byte.is_ascii_digit() {
            parts[1] = i64::from(byte - b'0');
        } else if byte != if sign == b'_' { b' ' } else { sign } {
            return None;
        }
    }
    Some((parts, month))
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
