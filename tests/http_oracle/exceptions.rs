//! Where the oracle and the RFCs part, each by name. `applies` looks at the headers only, never at
//! the answers.

use super::case::Case;

/// A named disagreement.
pub(crate) struct Exception {
    /// What it is about, with the section that decides it.
    pub(crate) name: &'static str,
    pub(crate) applies: fn(&Case) -> bool,
}

const fn exception(name: &'static str, applies: fn(&Case) -> bool) -> Exception {
    Exception { name, applies }
}

#[rustfmt::skip] // One exception, one paragraph.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    // Any final status with a lifetime may be stored; knowing it is asked for by must-understand.
    exception("RFC 9111 3: any final status", |case| {
        ![200, 203, 301, 302, 404, 410].contains(&case.status)
    }),
    // They guess a lifetime for a 302, too.
    exception("RFC 9111 4.2.2: no guess for a 302", |case| case.status == 302),
    // A directive's name has no case.
    exception("RFC 9111 5.2: Max-Age is max-age", |case| case.says("Max-Age")),
    // A comma inside a quoted string separates nothing.
    exception("RFC 9110 5.6.4: quoted strings", |case| case.says("a=\"max-age")),
    // no-store beside must-understand is for caches that do not know the latter.
    exception("RFC 9111 5.2.2.3: must-understand", |case| case.says("must-understand")),
    // With names of fields they restrict those fields.
    exception("RFC 9111 5.2.2.4, 5.2.2.7: named fields", |case| {
        case.says("no-cache=") || case.says("private=")
    }),
    // Vary: * answers no request, so it is not stored.
    exception("RFC 9111 4.1: Vary with *", |case| {
        Case::value(&case.response, "vary").is_some_and(|vary| vary.contains('*'))
    }),
    // They compare values as they are: "A" is another Accept than "a".
    exception("RFC 9111 4.1: values are normalised", |case| {
        Case::value(&case.response, "vary").is_some()
            && Case::value(&case.request, "accept") != Case::value(&case.later, "accept")
    }),
    // A POST is storable only with Content-Location, and then answers a GET.
    exception("RFC 9110 9.3.3: POST", |case| case.method == "POST"),
    // What is stored for a GET answers a HEAD.
    exception("RFC 9111 4: HEAD from a GET", |case| {
        case.method == "GET" && case.later_method == "HEAD"
    }),
    // Such a condition is not a cache's to evaluate (4.3.2).
    exception("RFC 9111 4.3.2: If-Match is the origin's", |case| {
        Case::value(&case.later, "if-match").is_some()
    }),
    // Several values: the shortest here; there the first, with must-revalidate.
    exception("RFC 9111 4.2.1: one directive twice", |case| {
        let names = |lines: &super::case::Lines| {
            let mut names: Vec<String> = lines
                .iter()
                .filter(|line| line.0 == "cache-control")
                .flat_map(|line| line.1.split(','))
                .map(|member| member.split('=').next().unwrap_or_default().trim().to_lowercase())
                .collect();
            let all = names.len();
            names.sort();
            names.dedup();
            names.len() < all
        };
        names(&case.response) || names(&case.later) || names(&case.request)
    }),
    // Larger than 2^31 counts as 2^31.
    exception("RFC 9111 1.2.2: huge numbers", |case| case.says("99999999999")),
    // A Date that is past makes it older.
    exception("RFC 9111 4.2.3: apparent age", |case| {
        Case::value(&case.response, "date").is_some_and(|date| date.contains(":49:17"))
    }),
    // What is no number makes it stale; they take it for 0.
    exception("RFC 9111 4.2.1: invalid Age", |case| {
        Case::value(&case.response, "age").is_some_and(|age| age.parse::<u64>().is_err())
    }),
    // They read neither RFC 850 dates nor the others.
    exception("RFC 9110 5.6.7: RFC 850 dates", |case| {
        ["date", "expires"].iter().any(|name| {
            Case::value(&case.response, name).is_some_and(|date| date.contains("06-Nov-94"))
        })
    }),
    // A shared cache may reuse a response with Set-Cookie that says nothing else.
    exception("RFC 9111 7.3: Set-Cookie", |case| {
        case.is_shared && Case::value(&case.response, "set-cookie").is_some()
    }),
    // It forbids staleness, not freshness.
    exception("RFC 9111 5.2.2.8: proxy-revalidate", |case| case.says("proxy-revalidate")),
    // It gives no lifetime.
    exception("RFC 8246 2: immutable", |case| case.says("immutable")),
    // It was never defined for responses, and requests mean Cache-Control if they have it.
    exception("RFC 9111 5.4: Pragma", |case| {
        [&case.response, &case.later].iter().any(|lines| Case::value(lines, "pragma").is_some())
    }),
    // s-maxage forbids staleness in a shared cache.
    exception("RFC 9111 5.2.2.10: s-maxage and max-stale", |case| {
        case.is_shared && case.says("s-maxage") && case.asks("max-stale")
    }),
    // no-cache asks for validation before any use, whatever the client accepts.
    exception("RFC 9111 5.2.2.4: no-cache and max-stale", |case| {
        case.says("no-cache") && case.asks("max-stale")
    }),
    // Within stale-while-revalidate a response is served; only-if-cached leaves out the rest.
    exception("RFC 5861 3: only-if-cached in the window", |case| {
        case.says("stale-while-revalidate") && case.asks("only-if-cached")
    }),
    // "No more than the specified number of seconds" includes that number.
    exception("RFC 9111 5.2.1.2: max-stale, to the second", |case| case.asks("max-stale=")),
    // Whoever says both takes what is stale by so much, at whatever age.
    exception("RFC 9111 5.2.1.2: max-age and max-stale", |case| {
        case.asks("max-age") && case.asks("max-stale")
    }),
    // What is no number is 0.
    exception("RFC 9111 5.2.1.1: invalid max-age of a request", |case| case.asks("max-age=x")),
];
