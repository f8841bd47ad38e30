//! Who comes in over HTTP: bearer tokens, tickets, origins, and how often one may guess.
//!
//! A ticket stands for a token for 30 seconds and one WebSocket: a page that must not have the
//! token asks its own server for one. Tickets are 128 random bits, compared like tokens.

use std::collections::HashMap;
use std::hint;
use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, ORIGIN, SEC_WEBSOCKET_PROTOCOL};

use crate::cluster::session::Trust;

use super::config::Config;

/// The WebSocket's subprotocol, the only one that is ever selected.
pub(super) const PROTOCOL: &str = "tidecache.resp3.v1";

/// Tickets that were given out and not used.
#[derive(Default)]
pub(super) struct Tickets(Vec<Ticket>);

struct Ticket {
    text: String,
    trust: Trust,
    until_ms: u64,
}

impl Tickets {
    /// Returns a ticket for whoever is trusted so far; `None` if too many are out.
    pub(super) fn issue(&mut self, wall_ms: u64, trust: Trust) -> Option<String> {
        self.0.retain(|ticket| ticket.until_ms > wall_ms);
        let mut bytes = [0; 16];
        if self.0.len() >= TICKETS_MAX || getrandom::fill(&mut bytes).is_err() {
            return None;
        }
        let text = format!("{TICKET}{:032x}", u128::from_ne_bytes(bytes));
        self.0.push(Ticket { text: text.clone(), trust, until_ms: wall_ms + TICKET_MS });
        Some(text)
    }

    /// Returns how far a ticket is trusted, which is used up by that.
    pub(super) fn take(&mut self, wall_ms: u64, given: &[u8]) -> Option<Trust> {
        self.0.retain(|ticket| ticket.until_ms > wall_ms);
        // All are compared whole, wherever the right one stands.
        let found = self.0.iter().enumerate().fold(None, |found, (at, ticket)| {
            if is_equal(ticket.text.as_bytes(), given) { Some(at) } else { found }
        });
        found.map(|at| self.0.swap_remove(at).trust)
    }
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tickets").field("len", &self.0.len()).finish()
    }
}

/// Wrong tokens by address, in spans of ten seconds.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    from_ms: u64,
    wrong: HashMap<IpAddr, u32>,
}

impl Attempts {
    /// Whether an address has guessed too often, and is to wait.
    pub(super) fn are_too_many(&mut self, wall_ms: u64, from: IpAddr) -> bool {
        if wall_ms.saturating_sub(self.from_ms) >= ATTEMPTS_MS {
            (self.from_ms, self.wrong) = (wall_ms, HashMap::new());
        }
        self.wrong.get(&from).is_some_and(|&wrong| wrong >= ATTEMPTS_MAX)
    }

    /// Notes a wrong token.
    pub(super) fn note(&mut self, from: IpAddr) {
        if self.wrong.len() < ADDRESSES_MAX || self.wrong.contains_key(&from) {
            *self.wrong.entry(from).or_default() += 1;
        }
    }
}

/// Whether a request does not come from a page, or from one that is allowed.
pub(super) fn is_allowed(config: &Config, headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_none_or(|origin| {
        config.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
    })
}

/// Returns the token of an `Authorization` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let text = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = text.split_at_checked(BEARER.len())?;
    let token = rest.trim_ascii();
    let is_right = scheme.eq_ignore_ascii_case(BEARER)
        && !token.is_empty()
        && token.iter().all(u8::is_ascii_graphic);
    is_right.then_some(token)
}

/// Returns the protocols that a WebSocket offers.
pub(super) fn offered(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',').map(str::trim)).collect()
}

/// Returns the token among the protocols that are offered; one that is not base64url is empty, and
/// as wrong as any.
pub(super) fn offered_token(offered: &[&str]) -> Option<Vec<u8>> {
    let text = offered.iter().find_map(|text| text.strip_prefix("bearer."))?;
    Some(from_base64url(text).unwrap_or_default())
}

/// Returns the bytes of a base64url text, padded or not; of a base64 one, too.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // Six bits alone are no byte.
    (count < 6).then_some(bytes)
}

fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let length = usize::from(one.len() != other.len());
    let difference = one.iter().zip(other).fold(length, |difference, (one, other)| {
        difference | usize::from(hint::black_box(one ^ other))
    });
    hint::black_box(difference) == 0
}

const BEARER: &[u8] = b"Bearer ";
/// What a ticket begins with.
pub(super) const TICKET: &str = "ticket-";
const TICKET_MS: u64 = 30_000;
const TICKETS_MAX: usize = 4096;
const ATTEMPTS_MS: u64 = 10_000;
const ATTEMPTS_MAX: u32 = 20;
const ADDRESSES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_for_thirty_seconds() {
        let mut tickets = Tickets::default();
        let ticket = tickets.issue(0, Trust::Scoped(3)).expect("there is room");
        assert_eq!(tickets.take(1, b"ticket-0"), None);
        assert_eq!(tickets.take(29_999, ticket.as_bytes()), Some(Trust::Scoped(3)));
        assert_eq!(tickets.take(29_999, ticket.as_bytes()), None);
        let ticket = tickets.issue(0, Trust::Known).expect("there is room");
        assert_eq!(tickets.take(30_000, ticket.as_bytes()), None);
    }

    #[test]
    fn tickets_are_bounded() {
        let mut tickets = Tickets::default();
        for _ in 0..TICKETS_MAX {
            assert!(tickets.issue(0, Trust::Known).is_some());
        }
        assert!(tickets.issue(0, Trust::Known).is_none());
        assert!(tickets.issue(TICKET_MS, Trust::Known).is_some());
    }

    #[test]
    fn whoever_guesses_waits() {
        let mut attempts = Attempts::default();
        let from = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..ATTEMPTS_MAX {
            assert!(!attempts.are_too_many(5, from));
            attempts.note(from);
        }
        assert!(attempts.are_too_many(5, from));
        assert!(!attempts.are_too_many(5, IpAddr::from([127, 0, 0, 2])));
        assert!(!attempts.are_too_many(10_005, from));
    }

    #[test]
    fn base64url_is_read_and_nothing_else_is() {
        assert_eq!(from_base64url("c2VjcmV0").as_deref(), Some(&b"secret"[..]));
        assert_eq!(from_base64url("_-8=").as_deref(), Some(&[0xff, 0xef][..]));
        for wrong in ["A", "c2Vj cmV0", "c2VjcmV0\n", "ä"] {
            assert_eq!(from_base64url(wrong), None, "{wrong}");
        }
    }
}
