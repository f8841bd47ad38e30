//! What to do with a stored response for a request (RFC 9111, 4).
//!
//! The order: does it answer this request at all (method, Vary, part)? Must it be validated
//! whatever
//! its age (no-cache)? Is it fresh, and fresh enough for the request? If it is stale, who allows
//! it?

use alloc::string::String;

use super::age::{Times, current_age_ms};
use super::directive::{Span, flag};
use super::fields::Fields;
use super::freshness::lifetime_ms;
use super::options::Options;
use super::range;
use super::reason::Reason;
use super::request::Request;
use super::response::{Response, Seen};
use super::stale::staleness;
use super::validation::push_conditions;
use super::vary;

/// A stored response and what was asked for it.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The method of the stored request.
    pub method: &'a str,
    /// Its lines that Vary names, or all of them.
    pub request: &'a str,
    /// The stored status.
    pub status: u16,
    /// The stored header block.
    pub headers: &'a str,
    /// When it was asked for and came.
    pub times: Times,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Serve it.
    Fresh,
    /// Serve it and revalidate beside.
    StaleWhileRevalidate,
    /// Revalidate; serve it if the origin fails.
    StaleIfError,
    /// Revalidate.
    Revalidate,
    /// It does not answer the request.
    Miss,
    /// Answer 504: the request forbids to ask the origin.
    OnlyIfCached,
}

/// What to do, and why.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What to do.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The age of the response, in milliseconds.
    pub age_ms: i64,
    /// Its lifetime, in milliseconds.
    pub lifetime_ms: i64,
    /// Whether it may be served instead of an error that the origin answers.
    pub may_serve_on_error: bool,
    /// Whether it may be served if the origin cannot be reached at all.
    pub may_serve_disconnected: bool,
    /// Lines that make the request conditional; empty if nothing is to be asked, or there is no
    /// validator.
    pub conditional: String,
}

/// Returns what to do with `stored` for a request at `now_ms`. Allocates only what
/// [`Plan::conditional`] holds. Who asks often about the same response keeps a
/// [`Kept`](super::Kept).
pub fn plan(request: (&str, &str), stored: Stored<'_>, options: &Options, now_ms: i64) -> Plan {
    let fields = Fields::new(stored.headers);
    let received_at_ms = stored.times.received_at_ms;
    let seen = Seen::read_short(stored.status, fields, options, received_at_ms);
    plan_seen(request, stored, seen, options, now_ms)
}

/// The same for a response whose block has been read; `None`: it is too long.
pub(super) fn plan_seen(
    (method, request): (&str, &str),
    stored: Stored<'_>,
    seen: Option<Seen>,
    options: &Options,
    now_ms: i64,
) -> Plan {
    let request = Fields::new(request);
    let mut plan = Plan {
        verdict: Verdict::Miss,
        reason: Reason::TooLong,
        age_ms: 0,
        lifetime_ms: 0,
        may_serve_on_error: false,
        may_serve_disconnected: false,
        conditional: String::new(),
    };
    if let Some(seen) = seen.filter(|_| !request.is_too_long()) {
        let request = Request::read(method, request);
        let response = Response { fields: Fields::new(stored.headers), seen };
        plan.age_ms = current_age_ms(&response, stored.times, now_ms);
        plan.lifetime_ms = lifetime_ms(&response, options, stored.times.received_at_ms);
        match mismatch(&request, &response, &stored) {
            Some(reason) => plan.reason = reason,
            None => decide(&mut plan, &request, &response, options),
        }
        let asks = !matches!(plan.verdict, Verdict::Fresh | Verdict::Miss);
        let only_if_cached = request.directives.has(flag::ONLY_IF_CACHED);
        if only_if_cached && plan.verdict == Verdict::StaleWhileRevalidate {
            plan.verdict = Verdict::Fresh;
        } else if only_if_cached && plan.verdict != Verdict::Fresh {
            plan.verdict = Verdict::OnlyIfCached;
            plan.reason = Reason::OnlyIfCached;
        } else if asks {
            push_conditions(&mut plan.conditional, &response);
        }
    }
    plan
}

/// Whether a request for which nothing is stored must be answered by 504 (5.2.1.7).
pub fn is_only_if_cached(request: &str) -> bool {
    Request::read("GET", Fields::new(request)).directives.has(flag::ONLY_IF_CACHED)
}

/// Returns why the stored response does not answer the request whatever its age is.
fn mismatch(request: &Request<'_>, response: &Response<'_>, stored: &Stored<'_>) -> Option<Reason> {
    // What answers a HEAD has no body for a GET; what answers a POST is storable only if it may
    // answer a GET.
    let answers = request.is_get_or_head() && (stored.method != "HEAD" || !request.is_get());
    if !answers {
        return Some(Reason::OtherMethod);
    }
    if request.is_for_origin {
        return Some(Reason::ForOrigin);
    }
    if response.varies_by_all {
        return Some(Reason::VaryAll);
    }
    if response.varies
        && !vary::matches(response.fields, Fields::new(stored.request), request.fields)
    {
        return Some(Reason::VaryMismatch);
    }
    if response.status == 206 && !range::is_covered(request, response) {
        return Some(Reason::OutsideRange);
    }
    None
}

fn decide(plan: &mut Plan, request: &Request<'_>, response: &Response<'_>, options: &Options) {
    let (asked, given) = (&request.directives, &response.directives);
    plan.verdict = Verdict::Revalidate;
    if given.has(flag::NO_CACHE) {
        plan.reason = Reason::ResponseNoCache;
        return;
    }
    // It was stored by somebody else's rules, or for a must-understand that is not here.
    if given.has(flag::NO_STORE) && !given.has(flag::MUST_UNDERSTAND) {
        plan.reason = Reason::ResponseNoStore;
        return;
    }
    let fresh_for_ms = plan.lifetime_ms.saturating_sub(plan.age_ms);
    let stale = staleness(request, response, options, fresh_for_ms.saturating_neg());
    plan.may_serve_disconnected = !stale.is_forbidden && !asked.has(flag::NO_CACHE);
    plan.may_serve_on_error = stale.is_in_error_window && !asked.has(flag::NO_CACHE);
    if asked.has(flag::NO_CACHE) {
        plan.reason = Reason::RequestNoCache;
        return;
    }
    if let Some(reason) = too_old_for(request, response, plan) {
        plan.reason = reason;
        return;
    }
    (plan.verdict, plan.reason) = if fresh_for_ms > 0 {
        (Verdict::Fresh, Reason::Fresh)
    } else if stale.is_forbidden {
        (Verdict::Revalidate, Reason::MustRevalidate)
    } else if stale.is_wanted {
        (Verdict::Fresh, Reason::MaxStale)
    } else if stale.is_in_revalidate_window {
        (Verdict::StaleWhileRevalidate, Reason::StaleWhileRevalidate)
    } else if stale.is_in_error_window {
        (Verdict::StaleIfError, Reason::StaleIfError)
    } else {
        (Verdict::Revalidate, Reason::Stale)
    };
}

/// Returns what the request asks for that the response is too old for, stale or not.
fn too_old_for(request: &Request<'_>, response: &Response<'_>, plan: &Plan) -> Option<Reason> {
    let asked = &request.directives;
    let is_fresh = plan.age_ms < plan.lifetime_ms;
    // A client that says both takes a response that is stale by so much, at whatever age (5.2.1.2).
    let takes_stale = asked.span_ms(Span::MaxStale).is_some() && !is_fresh;
    // A reload's `max-age=0` is no wish to have what cannot change validated (RFC 8246, 2).
    let cannot_change = response.directives.has(flag::IMMUTABLE) && is_fresh;
    let is_too_old = asked.span_ms(Span::MaxAge).is_some_and(|age| age == 0 || plan.age_ms > age);
    if is_too_old && !takes_stale && !cannot_change {
        return Some(Reason::RequestMaxAge);
    }
    let fresh_for_ms = plan.lifetime_ms.saturating_sub(plan.age_ms);
    let is_wanted = asked.span_ms(Span::MinFresh).is_none_or(|wanted| fresh_for_ms >= wanted);
    (!is_wanted).then_some(Reason::RequestMinFresh)
}
