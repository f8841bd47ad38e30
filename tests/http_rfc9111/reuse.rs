//! RFC 9111, 4 and 5: reusing what is stored.

use tidecache::http::plan::is_only_if_cached;
use tidecache::http::serve::headers_to_serve;
use tidecache::http::vary::variant_key;
use tidecache::http::{Options, Reason, Times, Verdict};

use super::samples::{DATE, HOUR, NOW, lines, planned, planned_as, private, shared};

#[test]
fn the_table_of_lifetimes() {
    let expires = "date: Sun, 06 Nov 1994 08:49:37 GMT|expires: Sun, 06 Nov 1994 09:49:37 GMT";
    let modified =
        "date: Sun, 06 Nov 1994 08:49:37 GMT|last-modified: Sat, 05 Nov 1994 22:49:37 GMT";
    // Section, response, lifetime in a shared and in a private cache.
    let rows: &[(&str, &str, i64, i64)] = &[
        ("4.2.1", "cache-control: max-age=3600", HOUR, HOUR),
        ("5.2", "cache-control: MaX-aGe=\"3600\"", HOUR, HOUR),
        ("1.2.2", "cache-control: max-age=003600", HOUR, HOUR),
        ("1.2.2", "cache-control: max-age=99999999999999999999", 1_000 << 31, 1_000 << 31),
        ("1.2.2", "cache-control: max-age=2147483649", 1_000 << 31, 1_000 << 31),
        ("4.2.1", "cache-control: max-age=-3600", 0, 0),
        ("4.2.1", "cache-control: max-age=3600.0", 0, 0),
        ("4.2.1", "cache-control: max-age='3600'", 0, 0),
        ("4.2.1", "cache-control: max-age", 0, 0),
        ("4.2.1", "cache-control: max-age =3600", 0, 0),
        ("4.2.1", "cache-control: max-age= 3600", 0, 0),
        ("4.2.1", "cache-control: max-age=1, max-age=3600", 1_000, 1_000),
        ("4.2.1", "cache-control: max-age=3600|cache-control: max-age=1", 1_000, 1_000),
        ("5.2", "cache-control: a=\"max-age=3600\", max-age=1", 1_000, 1_000),
        ("5.2", "cache-control: max-age=\"1\", a=\"max-age=3600\"", 1_000, 1_000),
        ("5.2.2.10", "cache-control: max-age=1, s-maxage=3600", HOUR, 1_000),
        ("5.2.2.10", "cache-control: s-maxage=1, max-age=3600", 1_000, HOUR),
        ("5.3", expires, HOUR, HOUR),
        ("5.3", "expires: Sun, 06 Nov 1994 09:49:37 GMT", HOUR, HOUR),
        ("5.3", "expires: 0", 0, 0),
        ("5.3", "expires: Sun, 06 Nov 1994 07:49:37 GMT", 0, 0),
        ("5.3", "cache-control: max-age=3600|expires: 0", HOUR, HOUR),
        ("4.2.2", modified, HOUR, HOUR),
        ("4.2.2", "last-modified: Sun, 06 Nov 1994 09:49:37 GMT", 0, 0),
        ("4.2.2", "last-modified: yesterday", 0, 0),
    ];
    for &(section, response, in_shared, in_private) in rows {
        let lifetime = |options| planned("", response, &options, 0).lifetime_ms;
        assert_eq!(lifetime(shared()), in_shared, "shared, {section}: {response}");
        assert_eq!(lifetime(private()), in_private, "private, {section}: {response}");
    }
    let of_302 = |extra: &str| {
        let response = format!("{modified}{extra}");
        planned_as(("GET", ""), (302, "", &response), &shared(), 0).lifetime_ms
    };
    assert_eq!(of_302(""), 0, "4.2.2: not cacheable by default");
    assert_eq!(of_302("|cache-control: public"), HOUR);
    let options = Options { default_ttl_ms: 9, ..shared() };
    assert_eq!(planned("", "", &options, 0).lifetime_ms, 9);
    assert_eq!(planned("", "expires: 0", &options, 0).lifetime_ms, 0);
}

#[test]
fn an_age_is_the_larger_of_what_is_said_and_what_is_seen() {
    let age = |response: &str, after_ms| planned("", response, &shared(), after_ms).age_ms;
    assert_eq!(age("", 0), 0);
    assert_eq!(age("", 5_000), 5_000);
    assert_eq!(age("age: 10", 5_000), 15_000);
    assert_eq!(age("date: Sun, 06 Nov 1994 08:48:37 GMT|age: 10", 5_000), 65_000);
    assert_eq!(age("date: Sun, 06 Nov 1994 09:48:37 GMT|age: 10", 5_000), 15_000);
    assert_eq!(age("age: 10", -5_000), 10_000, "a clock that was set back");
    for line in ["abc", "-7200", "7200.0", "0, 0", "7200;a=b", "", "0|age: 0"] {
        assert!(age(&format!("age: {line}"), 0) >= 1_000 << 31, "{line}");
    }
    let times = Times { requested_at_ms: NOW - 3_000, received_at_ms: NOW };
    let served = headers_to_serve(&lines("a:1|age:10"), times, NOW + 2_500);
    assert_eq!(served, "a:1\nage:15\n", "the delay of the response counts");
}

/// Section, request, response, seconds since, verdict, reason.
type Row = (&'static str, &'static str, &'static str, i64, Verdict, Reason);

const ROWS: &[Row] = &[
    ("4.2", "", "max-age=9", 8, Verdict::Fresh, Reason::Fresh),
    ("4.2", "", "max-age=9", 9, Verdict::Revalidate, Reason::Stale),
    ("5.2.1.1", "max-age=5", "max-age=9", 5, Verdict::Fresh, Reason::Fresh),
    ("5.2.1.1", "max-age=5", "max-age=9", 6, Verdict::Revalidate, Reason::RequestMaxAge),
    ("5.2.1.1", "max-age=0", "max-age=9", 1, Verdict::Revalidate, Reason::RequestMaxAge),
    ("5.2.1.2", "max-stale", "max-age=9", 999, Verdict::Fresh, Reason::MaxStale),
    ("5.2.1.2", "max-stale=5", "max-age=9", 14, Verdict::Fresh, Reason::MaxStale),
    ("5.2.1.2", "max-stale=5", "max-age=9", 15, Verdict::Revalidate, Reason::Stale),
    ("5.2.1.3", "min-fresh=4", "max-age=9", 5, Verdict::Fresh, Reason::Fresh),
    ("5.2.1.3", "min-fresh=5", "max-age=9", 5, Verdict::Revalidate, Reason::RequestMinFresh),
    ("5.2.1.4", "no-cache", "max-age=9", 0, Verdict::Revalidate, Reason::RequestNoCache),
    ("5.2.1.7", "only-if-cached", "max-age=9", 8, Verdict::Fresh, Reason::Fresh),
    ("5.2.1.7", "only-if-cached", "max-age=9", 9, Verdict::OnlyIfCached, Reason::OnlyIfCached),
    ("5.2.2.4", "", "max-age=9, no-cache", 0, Verdict::Revalidate, Reason::ResponseNoCache),
    ("5.2.2.4", "", "max-age=9, no-cache=\"a\"", 0, Verdict::Fresh, Reason::Fresh),
    ("5.2.2.2", "max-stale", "max-age=9, must-revalidate", 8, Verdict::Fresh, Reason::Fresh),
    (
        "5.2.2.2",
        "max-stale",
        "max-age=9, must-revalidate",
        9,
        Verdict::Revalidate,
        Reason::MustRevalidate,
    ),
    (
        "5.2.2.8",
        "max-stale",
        "max-age=9, proxy-revalidate",
        9,
        Verdict::Revalidate,
        Reason::MustRevalidate,
    ),
    ("5.2.2.10", "max-stale", "s-maxage=9", 9, Verdict::Revalidate, Reason::MustRevalidate),
    ("8246", "max-age=0", "max-age=9, immutable", 8, Verdict::Fresh, Reason::Fresh),
    ("8246", "no-cache", "max-age=9, immutable", 8, Verdict::Revalidate, Reason::RequestNoCache),
    ("8246", "", "max-age=9, immutable", 9, Verdict::Revalidate, Reason::Stale),
    (
        "5861 3",
        "",
        "max-age=9, stale-while-revalidate=5",
        14,
        Verdict::StaleWhileRevalidate,
        Reason::StaleWhileRevalidate,
    ),
    ("5861 3", "", "max-age=9, stale-while-revalidate=5", 15, Verdict::Revalidate, Reason::Stale),
    (
        "5861 3",
        "only-if-cached",
        "max-age=9, stale-while-revalidate=5",
        14,
        Verdict::Fresh,
        Reason::StaleWhileRevalidate,
    ),
    (
        "5861 3",
        "",
        "max-age=9, stale-while-revalidate=5, must-revalidate",
        14,
        Verdict::Revalidate,
        Reason::MustRevalidate,
    ),
    ("5861 4", "", "max-age=9, stale-if-error=5", 14, Verdict::StaleIfError, Reason::StaleIfError),
    ("5861 4", "stale-if-error=5", "max-age=9", 14, Verdict::StaleIfError, Reason::StaleIfError),
    (
        "5861 4",
        "stale-if-error=1",
        "max-age=9, stale-if-error=5",
        14,
        Verdict::Revalidate,
        Reason::Stale,
    ),
];

#[test]
fn the_table_of_requests_that_meet_a_stored_response() {
    for &(section, request, response, seconds, verdict, reason) in ROWS {
        let asked =
            if request.is_empty() { String::new() } else { format!("cache-control: {request}") };
        let given = format!("cache-control: {response}");
        let plan = planned(&asked, &given, &shared(), seconds * 1_000);
        let text = format!("{section}: {request} / {response} after {seconds} s");
        assert_eq!((plan.verdict, plan.reason), (verdict, reason), "{text}");
    }
    let private = planned(
        "cache-control: max-stale",
        "cache-control: max-age=9, proxy-revalidate",
        &private(),
        9_000,
    );
    assert_eq!(private.verdict, Verdict::Fresh, "proxy-revalidate is for shared caches");
    let pragma = planned("pragma: no-cache", "cache-control: max-age=9", &shared(), 0);
    assert_eq!(pragma.reason, Reason::RequestNoCache);
    let both =
        planned("pragma: no-cache|cache-control: a", "cache-control: max-age=9", &shared(), 0);
    assert_eq!(both.reason, Reason::Fresh);
    assert!(is_only_if_cached(&lines("cache-control: only-if-cached")));
    assert!(!is_only_if_cached(&lines("cache-control: max-stale")));
}

#[test]
fn who_may_serve_stale_when_nobody_answers() {
    let may = |request: &str, response: &str| {
        let plan = planned(request, &format!("cache-control: {response}"), &shared(), 10_000);
        (plan.may_serve_disconnected, plan.may_serve_on_error)
    };
    assert_eq!(may("", "max-age=9"), (true, false));
    assert_eq!(may("", "max-age=9, stale-if-error=1"), (true, true));
    assert_eq!(may("", "max-age=9, must-revalidate"), (false, false));
    assert_eq!(may("", "max-age=9, stale-if-error=1, must-revalidate"), (false, false));
    assert_eq!(may("", "max-age=9, no-cache, stale-if-error=1"), (false, false));
    assert_eq!(may("", "s-maxage=9"), (false, false));
    assert_eq!(may("cache-control: no-cache", "max-age=9, stale-if-error=1"), (false, false));
}

#[test]
fn windows_that_the_origin_does_not_say_come_from_the_options() {
    let options = Options { stale_while_revalidate_ms: 5_000, ..shared() };
    let verdict = |response: &str| planned("", response, &options, 14_000).verdict;
    assert_eq!(verdict("cache-control: max-age=9"), Verdict::StaleWhileRevalidate);
    assert_eq!(verdict("cache-control: max-age=9, stale-while-revalidate=1"), Verdict::Revalidate);
    assert_eq!(verdict("cache-control: max-age=9, must-revalidate"), Verdict::Revalidate);
    let options = Options { stale_if_error_ms: 5_000, ..shared() };
    let plan = planned("", "cache-control: max-age=9", &options, 14_000);
    assert!(plan.verdict == Verdict::StaleIfError && plan.may_serve_on_error);
}

#[test]
fn a_request_is_made_conditional_by_what_is_stored() {
    let conditional = |response: &str| planned("", response, &shared(), HOUR).conditional;
    let modified = "last-modified: Sat, 05 Nov 1994 22:49:37 GMT";
    assert_eq!(conditional("etag: \"a\""), "if-none-match:\"a\"\n");
    assert_eq!(conditional(modified), "if-modified-since:Sat, 05 Nov 1994 22:49:37 GMT\n");
    let both = conditional(&format!("etag: W/\"a\"|{modified}|cache-control: max-age=1"));
    assert_eq!(both, "if-none-match:W/\"a\"\nif-modified-since:Sat, 05 Nov 1994 22:49:37 GMT\n");
    assert_eq!(conditional("last-modified: yesterday"), "");
    assert_eq!(planned("", "etag: \"a\"|cache-control: max-age=9", &shared(), 0).conditional, "");
}

#[test]
fn vary_selects_by_what_it_names_and_nothing_else() {
    let verdict = |vary: &str, stored: &str, request: &str| {
        let response = format!("cache-control: max-age=9|vary: {vary}");
        planned_as(("GET", request), (200, stored, &response), &shared(), 0).reason
    };
    let (same, other) = (Reason::Fresh, Reason::VaryMismatch);
    for (vary, stored, request, reason) in [
        ("a", "a: 1", "a: 1|b: 2", same),
        ("a", "a: 1", "a: 2", other),
        ("a", "a: 1", "", other),
        ("a", "", "a: 1", other),
        ("a", "", "a:", other),
        ("a, b", "", "c: 1", same),
        ("A", "a: 1", "a: 1", same),
        ("a", "a: 1, 2", "a: 1|a:  2", same),
        ("a", "a: 1,2", "a: 2,1", other),
        ("a", "a: x", "a: X", other),
        ("accept-language", "accept-language: en, de", "accept-language: DE,en", same),
        ("accept-language", "accept-language: en, en", "accept-language: en, de", other),
        ("accept-encoding", "accept-encoding: gzip, br", "accept-encoding: GZIP,br", same),
        ("*", "", "", Reason::VaryAll),
        ("a, *", "", "", Reason::VaryAll),
    ] {
        assert_eq!(verdict(vary, stored, request), reason, "{vary}: {stored} / {request}");
    }
}

#[test]
fn equal_variants_have_equal_keys() {
    let key = |vary: &str, request: &str| variant_key(vary, &lines(request));
    assert_eq!(key("b, A", "a: 1|b: 2|c: 3"), Some("a:1\nb:2\n".into()));
    assert_eq!(key("a,b", "b:  2|a: 1|a: 3"), Some("a:1, 3\nb:2\n".into()));
    assert_eq!(key("a", "b: 1"), Some(String::new()));
    assert_eq!(key("a", "a:"), Some("a:\n".into()));
    assert_eq!(
        key("accept-language", "accept-language: EN,de"),
        Some("accept-language:de, en\n".into())
    );
    assert_eq!(key("a, *", "a: 1"), None);
    let many: Vec<String> = (0..65).map(|number| format!("a{number}")).collect();
    assert_eq!(key(&many.join(","), ""), None, "more names than anybody has");
}

#[test]
fn methods_share_what_they_may() {
    let reason = |method| {
        let response = "cache-control: max-age=9";
        planned_as((method, ""), (200, "", response), &shared(), 0).reason
    };
    assert_eq!(reason("GET"), Reason::Fresh);
    assert_eq!(reason("HEAD"), Reason::Fresh);
    assert_eq!(reason("POST"), Reason::OtherMethod);
    assert_eq!(
        planned("if-match: \"a\"", "cache-control: max-age=9", &shared(), 0).reason,
        Reason::ForOrigin
    );
    assert_eq!(planned("", &format!("{DATE}|cache-control: max-age=9"), &shared(), 0).age_ms, 0);
}
