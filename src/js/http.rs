//! The door of the response cache's rules: header blocks as text in, numbers and text out.
//!
//! A decision is one call; what does not fit its number stands here until the next one. Moments and
//! spans cross as doubles, in milliseconds; times that are none (NaN) count as 0.

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::http::range::Range;
use crate::http::status::{Forward, Handling, cache_status};
use crate::http::{
    Options, Reason, Stored, Times, conditional, head, invalidation, partial, plan, range, serve,
    storable, update, validation, vary,
};

/// The rules of one cache, and the rest of the last answer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct HttpRules {
    options: Options,
    /// The conditional lines of a plan, or the value of Content-Range.
    text: String,
    /// The age of a plan, or where a range starts.
    first: f64,
    /// The lifetime of a plan, or where a range ends.
    second: f64,
}

#[wasm_bindgen]
impl HttpRules {
    /// Returns the rules of one cache; `targets` are names of fields, one a line.
    #[wasm_bindgen(constructor)]
    pub fn new(
        is_shared: bool,
        heuristic_fraction: f64,
        default_ttl: f64,
        stale_while_revalidate: f64,
        stale_if_error: f64,
        ignores_cargo_cult: bool,
        targets: &str,
    ) -> Self {
        let options = Options {
            is_shared,
            heuristic_fraction,
            default_ttl_ms: default_ttl as i64,
            stale_while_revalidate_ms: stale_while_revalidate as i64,
            stale_if_error_ms: stale_if_error as i64,
            ignores_cargo_cult,
            targets: targets
                .split('\n')
                .filter(|name| !name.is_empty())
                .map(String::from)
                .collect(),
        };
        Self { options, text: String::new(), first: 0.0, second: 0.0 }
    }

    /// Returns whether a response may be stored in the lowest bit, and the reason above it.
    pub fn storable(
        &self,
        method: &str,
        url: &str,
        request: &str,
        status: u16,
        response: &str,
        now: f64,
    ) -> u32 {
        let request = (method, url, request);
        let reason = storable::storable(request, (status, response), &self.options, now as i64);
        (reason as u32) << 1 | u32::from(reason == Reason::Storable)
    }

    /// Returns what to do with a stored response: the verdict in the lowest three bits; whether it
    /// may be served on an error, whether if nobody answers, and whether there are conditional
    /// lines in the next three; the reason above them. Age and lifetime stand here.
    #[expect(clippy::too_many_arguments, reason = "one call a decision")]
    pub fn plan(
        &mut self,
        method: &str,
        request: &str,
        stored_method: &str,
        status: u16,
        headers: &str,
        stored_request: &str,
        requested_at: f64,
        received_at: f64,
        now: f64,
    ) -> u32 {
        let times = times(requested_at, received_at);
        let stored =
            Stored { method: stored_method, request: stored_request, status, headers, times };
        let plan = plan::plan((method, request), stored, &self.options, now as i64);
        self.first = plan.age_ms as f64;
        self.second = plan.lifetime_ms as f64;
        self.text = plan.conditional;
        plan.verdict as u32
            | u32::from(plan.may_serve_on_error) << 3
            | u32::from(plan.may_serve_disconnected) << 4
            | u32::from(!self.text.is_empty()) << 5
            | (plan.reason as u32) << 6
    }

    /// Returns the age of the last plan, or where the last range starts.
    pub fn first(&self) -> f64 {
        self.first
    }

    /// Returns the lifetime of the last plan, or where the last range ends.
    pub fn second(&self) -> f64 {
        self.second
    }

    /// Takes the conditional lines of the last plan, or the Content-Range of the last range.
    pub fn text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Returns a reason in words.
    pub fn reason(code: u32) -> String {
        Reason::from_number(code).map_or("", Reason::as_str).to_string()
    }

    /// Whether a request for which nothing is stored must not go to the origin.
    pub fn is_only_if_cached(request: &str) -> bool {
        plan::is_only_if_cached(request)
    }

    /// Returns what makes a variant, nothing for `Vary: *`.
    pub fn variant_key(vary: &str, request: &str) -> Option<String> {
        vary::variant_key(vary, request)
    }

    /// Returns the lines that may be stored.
    pub fn headers_to_store(&self, headers: &str) -> String {
        update::headers_to_store(headers, &self.options)
    }

    /// Returns the lines to serve a stored response with.
    pub fn headers_to_serve(
        headers: &str,
        requested_at: f64,
        received_at: f64,
        now: f64,
    ) -> String {
        serve::headers_to_serve(headers, times(requested_at, received_at), now as i64)
    }

    /// Returns the stored lines, updated.
    pub fn freshen(&self, stored: &str, update: &str) -> String {
        update::freshen(stored, update, &self.options)
    }

    /// Whether a 304 is about what is stored.
    pub fn selects_304(stored: &str, update: &str) -> bool {
        validation::selects(stored, update)
    }

    /// Returns 1 if the response to a HEAD updates what is stored, 2 if it contradicts it, else 0.
    pub fn head(stored: &str, status: u16, update: &str) -> u32 {
        head::head(stored, status, update) as u32
    }

    /// Whether the client's own conditions are answered by 304.
    pub fn is_not_modified(
        method: &str,
        request: &str,
        status: u16,
        stored: &str,
        received_at: f64,
    ) -> bool {
        let received_at_ms = received_at as i64;
        let validation =
            conditional::validates((method, request), (status, stored), received_at_ms);
        validation == conditional::Validation::NotModified
    }

    /// Returns 0 if the stored body is served whole, 1 if a part is, from [`HttpRules::first`] to
    /// [`HttpRules::second`], 2 if there is no such part.
    pub fn range(
        &mut self,
        method: &str,
        request: &str,
        status: u16,
        stored: &str,
        length: f64,
    ) -> u32 {
        match range::range((method, request), (status, stored), length as u64) {
            Range::Whole => 0,
            Range::Part { start, end, content_range } => {
                (self.first, self.second) = (start as f64, end as f64);
                self.text = content_range;
                1
            }
            Range::Unsatisfiable { content_range } => {
                self.text = content_range;
                2
            }
        }
    }

    /// Whether a body of `length` bytes is whole.
    pub fn is_complete(headers: &str, length: f64) -> bool {
        partial::is_complete(headers, length as u64)
    }

    /// Whether a part may be joined with what is stored.
    pub fn combines(stored: &str, part: &str) -> bool {
        partial::combines(stored, part)
    }

    /// Returns the references that become invalid beside the request's URL, one a line; nothing if
    /// that does not either.
    pub fn invalidates(method: &str, status: u16, response: &str) -> Option<String> {
        let [location, content_location] = invalidation::invalidates(method, status, response)?;
        let mut lines = String::from(location.unwrap_or_default());
        lines.push('\n');
        lines.push_str(content_location.unwrap_or_default());
        Some(lines)
    }

    /// Returns a member of Cache-Status. The flags: 1 hit, 2 stored, 4 collapsed. A status of 0
    /// and a span of NaN are not said.
    #[expect(clippy::needless_pass_by_value, reason = "an optional text crosses only owned")]
    pub fn cache_status(
        cache: &str,
        flags: u32,
        forward: u32,
        forward_status: u16,
        ttl: f64,
        key: Option<String>,
        detail: Option<String>,
    ) -> String {
        cache_status(&Handling {
            cache,
            is_hit: flags & 1 != 0,
            is_stored: flags & 2 != 0,
            is_collapsed: flags & 4 != 0,
            forward: Forward::from_number(forward),
            forward_status: (forward_status != 0).then_some(forward_status),
            ttl: (!ttl.is_nan()).then_some((ttl as i64).div_euclid(1_000)),
            key: key.as_deref(),
            detail: detail.as_deref(),
        })
    }
}

fn times(requested_at: f64, received_at: f64) -> Times {
    Times { requested_at_ms: requested_at as i64, received_at_ms: received_at as i64 }
}
