//! The texts of settings, and what they may be.

use crate::node::log::Level;
use crate::policy::PolicyKind;

/// Returns `HOST:PORT`, or nothing for `off`.
pub(super) fn address(text: &str) -> Result<Option<String>, String> {
    if text == "off" {
        return Ok(None);
    }
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match port.map(|(_, port)| port.parse::<u16>()) {
        Some(Ok(_)) => Ok(Some(text.into())),
        _ => Err(format!("`{text}` is not HOST:PORT, such as 127.0.0.1:6379, nor `off`")),
    }
}

/// Returns a node's name.
pub(super) fn id(text: &str) -> Result<String, String> {
    if (1..=255).contains(&text.len()) { Ok(text.into()) } else { Err("1 to 255 bytes".into()) }
}

/// Returns a name for a node that was given none.
pub(super) fn random_id() -> String {
    let mut bytes = [0; 8];
    // Names are no secrets: one that is not random is the worst that can happen.
    let _ = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_ne_bytes(bytes))
}

/// Returns a whole number within its bounds.
pub(super) fn within(text: &str, min: u64, max: u64) -> Result<u64, String> {
    let number = text.replace('_', "").parse().ok();
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("`{text}` is not a whole number from {min} to {max}"))
}

/// Returns a number of bytes: digits, or digits and KiB, MiB, GiB.
pub(super) fn bytes(text: &str, min: u64, max: u64) -> Result<u64, String> {
    const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)];
    let unit = UNITS.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, shift)));
    let number = unit.and_then(|(digits, shift)| {
        digits.trim().replace('_', "").parse::<u64>().ok()?.checked_mul(1 << shift)
    });
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("`{text}` is not a size from {min} bytes on, such as 64MiB"))
}

/// Returns a span in milliseconds: digits and ms, s, m, h or d; digits alone are milliseconds.
pub(super) fn span(text: &str, max: u64) -> Result<u64, String> {
    const UNITS: [(&str, u64); 6] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1)];
    let unit = UNITS.iter().find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)));
    let number = unit.and_then(|(digits, ms)| {
        digits.trim().replace('_', "").parse::<u64>().ok()?.checked_mul(*ms)
    });
    number
        .filter(|number| (1..=max).contains(number))
        .ok_or_else(|| format!("`{text}` is not a span up to {max} ms, such as 500ms, 5s or 24h"))
}

/// Returns a policy by its name.
pub(super) fn policy(text: &str) -> Result<PolicyKind, String> {
    let found = POLICIES.iter().find(|(name, _)| *name == text);
    let names = || POLICIES.map(|(name, _)| name).join(", ");
    found.map(|(_, kind)| *kind).ok_or_else(|| format!("`{text}` is none of {}", names()))
}

/// Returns a level of the log by its name.
pub(super) fn level(text: &str) -> Result<Level, String> {
    let found = Level::NAMES.into_iter().find(|(name, _)| *name == text);
    found.map(|(_, level)| level).ok_or_else(|| format!("`{text}` is no level of the log"))
}

/// Returns exact origins, separated by commas.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    origins.map(origin).collect()
}

/// Returns an origin as browsers send it: scheme and host, a port if it is not the scheme's own.
fn origin(text: &str) -> Result<String, String> {
    let is_exact = text.split_once("://").is_some_and(|(scheme, host)| {
        let own = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "://",
        };
        let is_word = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*')
        };
        is_word(scheme)
            && is_word(host)
            && !host.contains(['/', '?', '#', '@', '\\'])
            && !host.ends_with(own)
            && text.to_ascii_lowercase() == text
    });
    if is_exact {
        return Ok(text.into());
    }
    Err(format!("`{text}` is no origin, such as https://app.example, without path or own port"))
}

const POLICIES: [(&str, PolicyKind); 7] = [
    ("lru", PolicyKind::Lru),
    ("lfu", PolicyKind::Lfu),
    ("fifo", PolicyKind::Fifo),
    ("sieve", PolicyKind::Sieve),
    ("s3-fifo", PolicyKind::S3Fifo),
    ("w-tinylfu", PolicyKind::WTinyLfu),
    ("adaptive", PolicyKind::Adaptive),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_have_units() {
        let spans = ["500ms", "5s", "2m", "24h", "7d", "250"].map(|text| span(text, u64::MAX));
        let expected = [500, 5_000, 120_000, 86_400_000, 604_800_000, 250];
        assert_eq!(spans, expected.map(Ok));
        assert_eq!(bytes("64MiB", 0, u64::MAX), Ok(64 << 20));
        assert_eq!(bytes("1_000", 0, u64::MAX), Ok(1_000));
        for wrong in ["", "5", "0", "-1s", "1.5s", "5 weeks", "99999999999999999999s"] {
            assert!(span(wrong, 4).is_err(), "{wrong}");
            assert!(bytes(wrong, 10, 20).is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_are_what_browsers_send() {
        let good = "https://app.example, http://localhost:3000,app://x";
        assert_eq!(origins(good).map(|list| list.len()), Ok(3));
        let wrong = ["*", "https://a/", "https://a:443", "http://a:80", "HTTPS://a", "a.example"];
        for wrong in wrong {
            assert!(origins(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(address("127.0.0.1:0"), Ok(Some("127.0.0.1:0".into())));
        assert_eq!(address("[::1]:6379"), Ok(Some("[::1]:6379".into())));
        assert_eq!(address("off"), Ok(None));
        for wrong in ["", "6379", ":6379", "host", "host:65536", "host:"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
