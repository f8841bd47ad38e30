//! Tokens of the configuration. No complaint repeats a secret.

use std::fs;
use std::path::Path;

use super::ConfigError;
use crate::cluster::session::{Scope, Token};

/// Returns a token that opens everything.
pub(super) fn whole(place: &str, secret: &str) -> Result<Token, ConfigError> {
    Ok(Token::from(checked(place, secret)?))
}

/// Returns the tokens of a file, one a line, each of which opens everything.
pub(super) fn list(path: &Path) -> Result<Vec<Token>, ConfigError> {
    let text = text_of(path)?;
    let place = path.display().to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let tokens = lines.map(|line| whole(&place, line)).collect::<Result<Vec<_>, _>>()?;
    if tokens.is_empty() {
        return Err(ConfigError(format!("{place}: there is no token in it")));
    }
    Ok(tokens)
}

/// Returns a token of the file: its secret or where that is, and what it opens.
pub(super) fn of_table(place: &str, table: &toml::Table) -> Result<Token, ConfigError> {
    let said = |what: &str| ConfigError(format!("{place}: {what}"));
    let text = |name: &str| match table.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| said(&format!("{name} is no text"))),
    };
    if let Some(name) = table.keys().find(|name| !TOKEN_NAMES.contains(&name.as_str())) {
        return Err(said(&format!("a token has no `{name}`")));
    }
    let secret = match (text("secret")?, text("file")?) {
        (Some(secret), None) => checked(place, secret)?,
        (None, Some(path)) => checked(place, text_of(Path::new(path))?.trim())?,
        _ => return Err(said("a token has a secret or the file that it is in")),
    };
    let (reads, writes) = match text("access")?.unwrap_or("all") {
        "all" => (true, true),
        "read" => (true, false),
        "write" => (false, true),
        _ => return Err(said("access is all, read or write")),
    };
    let expires_ms = match table.get("expires") {
        None => u64::MAX,
        Some(toml::Value::Datetime(at)) => {
            utc_ms(at).ok_or_else(|| said("expires is a time of UTC: 2027-01-31T00:00:00Z"))?
        }
        Some(_) => return Err(said("expires is a time without quotes: 2027-01-31T00:00:00Z")),
    };
    let prefix = text("prefix")?.unwrap_or_default().into();
    Ok(Token { secret, scope: Scope { prefix, reads, writes, expires_ms } })
}

/// Returns a secret that fits a header: printable ASCII without spaces.
fn checked(place: &str, secret: &str) -> Result<Vec<u8>, ConfigError> {
    let is_long = secret.len() > SECRET_BYTES_MAX;
    if secret.is_empty() || is_long || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("a token is 1 to {SECRET_BYTES_MAX} printable ASCII characters");
        return Err(ConfigError(format!("{place}: {what} without spaces")));
    }
    Ok(secret.into())
}

fn text_of(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError(format!("{}: {error}", path.display())))
}

/// Returns the milliseconds since the Unix epoch of a time of UTC.
fn utc_ms(at: &toml::value::Datetime) -> Option<u64> {
    let (date, time) = (at.date?, at.time?);
    let is_utc = matches!(
        at.offset,
        Some(toml::value::Offset::Z | toml::value::Offset::Custom { minutes: 0 })
    );
    if !is_utc || date.year < 1970 {
        return None;
    }
    let seconds = u64::from(time.hour) * 3600
        + u64::from(time.minute) * 60
        + u64::from(time.second.unwrap_or(0));
    let days = days(u64::from(date.year), u64::from(date.month), u64::from(date.day));
    Some((days * 86_400 + seconds) * 1000)
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leaps = year / 4 - year / 100 + year / 400;
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

const TOKEN_NAMES: [&str; 5] = ["secret", "file", "prefix", "access", "expires"];

/// A token has to fit a header beside others.
const SECRET_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(2026, 11, 23), 20_780);
    }

    #[test]
    fn a_token_says_what_it_opens() {
        let table = "secret = 'abc'\nprefix = 'user:'\naccess = 'read'\n\
            expires = 1970-01-02T00:00:01Z";
        let table = table.parse().expect("a table");
        let token = of_table("file", &table).expect("a token");
        let scope =
            Scope { prefix: b"user:".to_vec(), reads: true, writes: false, expires_ms: 86_401_000 };
        assert_eq!((token.secret, token.scope), (b"abc".to_vec(), scope));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        let wrong = [
            "secret = 'hush hush'",
            "secret = ''",
            "prefix = 'a'",
            "secret = 'hush'\nprefixes = 'a'",
            "secret = 'hush'\naccess = 'rw'",
            "secret = 'hush'\nexpires = '2027-01-01'",
            "secret = 'hush'\nexpires = 2027-01-01T00:00:00+01:00",
        ];
        for text in wrong {
            let error = of_table("file", &text.parse().expect("a table"));
            let error = error.expect_err(text).to_string();
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
