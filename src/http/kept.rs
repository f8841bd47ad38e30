//! A stored response that is read once and asked about often.

use alloc::string::String;

use super::age::Times;
use super::fields::Fields;
use super::options::Options;
use super::plan::{Plan, Stored, plan_seen};
use super::response::Seen;

/// A stored response's head, and what the rules have read in it.
#[derive(Debug, Clone)]
pub struct Kept {
    method: String,
    request: String,
    status: u16,
    headers: String,
    times: Times,
    seen: Option<Seen>,
}

impl Kept {
    /// Copies and reads `stored`. The plans are for a cache of the same `options`.
    pub fn new(stored: Stored<'_>, options: &Options) -> Self {
        let fields = Fields::new(stored.headers);
        let received_at_ms = stored.times.received_at_ms;
        let seen = Seen::read_short(stored.status, fields, options, received_at_ms);
        Self {
            method: String::from(stored.method),
            request: String::from(stored.request),
            status: stored.status,
            headers: String::from(stored.headers),
            times: stored.times,
            seen,
        }
    }

    /// Returns what was given.
    pub fn stored(&self) -> Stored<'_> {
        Stored {
            method: &self.method,
            request: &self.request,
            status: self.status,
            headers: &self.headers,
            times: self.times,
        }
    }

    /// As [`plan`](super::plan::plan), in less time.
    pub fn plan(&self, request: (&str, &str), options: &Options, now_ms: i64) -> Plan {
        plan_seen(request, self.stored(), self.seen, options, now_ms)
    }
}
