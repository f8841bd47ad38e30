//! What the two sides say of a case.

use std::time::{Duration, SystemTime};

use http::{Request, Response};
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use tidecache::http::plan::plan;
use tidecache::http::storable::storable;
use tidecache::http::{Options, Reason, Stored, Times, Verdict};

use super::case::{Case, Lines, RECEIVED_AT};

const URL: &str = "https://example.org/a";

fn block(lines: &Lines) -> String {
    lines.iter().flat_map(|(name, value)| [name, ":", value, "\n"]).collect()
}

/// What is compared. The rest is asked only of what may be stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) storable: bool,
    /// Whether it is served without asking the origin.
    pub(crate) is_served: bool,
    /// The seconds it stays fresh.
    pub(crate) fresh_for: u64,
}

pub(crate) fn ours(case: &Case) -> Answer {
    let (request, response, later) =
        (block(&case.request), block(&case.response), block(&case.later));
    let options = Options { is_shared: case.is_shared, ..Options::default() };
    let received_at_ms = RECEIVED_AT.cast_signed() * 1_000;
    let reason =
        storable((case.method, URL, &request), (case.status, &response), &options, received_at_ms);
    let stored = Stored {
        method: case.method,
        request: &request,
        status: case.status,
        headers: &response,
        times: Times { requested_at_ms: received_at_ms, received_at_ms },
    };
    let now_ms = received_at_ms + case.after.cast_signed() * 1_000;
    let plan = plan((case.later_method, &later), stored, &options, now_ms);
    let storable = reason == Reason::Storable;
    // A lifetime that must not be used is none, whatever the later request is.
    let accept: Lines = case.request.iter().filter(|line| line.0 == "accept").cloned().collect();
    let of_itself =
        tidecache::http::plan::plan(("HEAD", &block(&accept)), stored, &options, now_ms);
    let is_usable = storable && of_itself.reason != Reason::ResponseNoCache;
    let fresh_for = (plan.lifetime_ms - plan.age_ms).max(0) as u64 / 1_000;
    Answer {
        storable,
        is_served: storable && plan.verdict == Verdict::Fresh,
        fresh_for: if is_usable { fresh_for } else { 0 },
    }
}

pub(crate) fn theirs(case: &Case) -> Answer {
    let request_of = |method: &str, lines: &Lines| {
        let build = Request::builder().method(method).uri(URL);
        let build = lines.iter().fold(build, |build, line| build.header(line.0, &line.1));
        build.body(()).expect("a request")
    };
    let build = Response::builder().status(case.status);
    let build = case.response.iter().fold(build, |build, line| build.header(line.0, &line.1));
    let response = build.body(()).expect("a response");
    let received_at = SystemTime::UNIX_EPOCH + Duration::from_secs(RECEIVED_AT);
    let options = CacheOptions { shared: case.is_shared, ..CacheOptions::default() };
    let request = request_of(case.method, &case.request);
    let policy = CachePolicy::new_options(&request, &response, received_at, options);
    let now = received_at + Duration::from_secs(case.after);
    let later = request_of(case.later_method, &case.later);
    let storable = policy.is_storable();
    let is_fresh = matches!(policy.before_request(&later, now), BeforeRequest::Fresh(_));
    let fresh_for = policy.time_to_live(now).as_secs();
    Answer {
        storable,
        is_served: storable && is_fresh,
        fresh_for: if storable { fresh_for } else { 0 },
    }
}
