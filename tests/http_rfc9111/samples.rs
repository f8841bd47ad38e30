//! Messages that the tables are written with.

use tidecache::http::{Options, Plan, Reason, Stored, Times, plan, storable};

/// Sun, 06 Nov 1994 08:49:37 GMT.
pub(crate) const NOW: i64 = 784_111_777_000;
pub(crate) const DATE: &str = "date:Sun, 06 Nov 1994 08:49:37 GMT\n";
pub(crate) const HOUR: i64 = 3_600_000;

pub(crate) fn shared() -> Options {
    Options::default()
}

pub(crate) fn private() -> Options {
    Options { is_shared: false, ..Options::default() }
}

/// Returns lines from `name: value` joined by `|`.
pub(crate) fn lines(text: &str) -> String {
    let given = text.split('|').filter(|line| !line.is_empty());
    given.flat_map(|line| [line, "\n"]).collect()
}

/// Returns why a 200 to a GET may (not) be stored.
pub(crate) fn stored(request: &str, response: &str, options: &Options) -> Reason {
    stored_as("GET", request, 200, response, options)
}

pub(crate) fn stored_as(
    method: &str,
    request: &str,
    status: u16,
    response: &str,
    options: &Options,
) -> Reason {
    let request = (method, "https://example.org/a?b", &*lines(request));
    storable::storable(request, (status, &lines(response)), options, NOW)
}

/// Returns what is to be done with a 200 stored `after_ms` ago.
pub(crate) fn planned(request: &str, response: &str, options: &Options, after_ms: i64) -> Plan {
    planned_as(("GET", request), (200, "", response), options, after_ms)
}

/// As [`planned`], with methods, status and the stored request's lines.
pub(crate) fn planned_as(
    (method, request): (&str, &str),
    (status, stored_request, response): (u16, &str, &str),
    options: &Options,
    after_ms: i64,
) -> Plan {
    let stored = Stored {
        method: "GET",
        request: &lines(stored_request),
        status,
        headers: &lines(response),
        times: Times { requested_at_ms: NOW, received_at_ms: NOW },
    };
    plan::plan((method, &lines(request)), stored, options, NOW + after_ms)
}
