//! RFC 9111, 3: storing, updating, invalidating.

use tidecache::http::head::{HeadVerdict, head};
use tidecache::http::invalidation::invalidates;
use tidecache::http::partial::{combines, is_complete};
use tidecache::http::update::{freshen, headers_to_store};
use tidecache::http::validation::selects;
use tidecache::http::{Options, Reason};

use super::samples::{lines, private, shared, stored, stored_as};

/// Section, request, response, and why a shared and a private cache may (not) store it.
type Row = (&'static str, &'static str, &'static str, Reason, Reason);

#[test]
fn the_table_of_what_may_be_stored() {
    use Reason::{Authorization, Private, RequestNoStore, ResponseNoStore, Storable, VaryAll};
    let rows: &[Row] = &[
        ("3", "", "", Storable, Storable),
        ("5.2.2.5", "", "cache-control: no-store", ResponseNoStore, ResponseNoStore),
        ("5.2.2.5", "", "cache-control: max-age=9, nO-StOrE", ResponseNoStore, ResponseNoStore),
        ("5.2", "", "cache-control: a|cache-control: no-store", ResponseNoStore, ResponseNoStore),
        ("5.2", "", "cache-control: a=\"x, no-store|b: c", ResponseNoStore, ResponseNoStore),
        ("5.2", "", "cache-control: a=\"x, no-store\"", Storable, Storable),
        ("5.2.1.5", "cache-control: no-store", "", RequestNoStore, RequestNoStore),
        ("5.2.2.7", "", "cache-control: private", Private, Storable),
        ("5.2.2.7", "", "cache-control: private=\"set-cookie\"", Storable, Storable),
        ("5.2.2.7", "", "cache-control: private=\"\"", Private, Storable),
        ("5.2.2.3", "", "cache-control: must-understand, no-store", Storable, Storable),
        ("3.5", "authorization: a", "", Authorization, Storable),
        ("3.5", "authorization: a", "cache-control: max-age=9", Authorization, Storable),
        ("3.5", "authorization: a", "cache-control: public", Storable, Storable),
        ("3.5", "authorization: a", "cache-control: must-revalidate", Storable, Storable),
        ("3.5", "authorization: a", "cache-control: s-maxage=9", Storable, Storable),
        ("4.1", "", "vary: *", VaryAll, VaryAll),
        ("4.1", "", "vary: a, *", VaryAll, VaryAll),
        ("4.1", "", "vary: a|vary: , *", VaryAll, VaryAll),
    ];
    for &(section, request, response, in_shared, in_private) in rows {
        let text = format!("{section}: {request} / {response}");
        assert_eq!(stored(request, response, &shared()), in_shared, "shared, {text}");
        assert_eq!(stored(request, response, &private()), in_private, "private, {text}");
    }
}

#[test]
fn methods_and_statuses_decide_too() {
    let as_method = |method: &str, response: &str| stored_as(method, "", 200, response, &shared());
    assert_eq!(as_method("HEAD", ""), Reason::Storable);
    assert_eq!(as_method("PUT", "cache-control: max-age=9"), Reason::Method);
    assert_eq!(as_method("get", "cache-control: max-age=9"), Reason::Method);
    // RFC 9110, 9.3.3: a lifetime, and the target itself as Content-Location.
    let own = "cache-control: max-age=9|content-location: ";
    assert_eq!(as_method("POST", "cache-control: max-age=9"), Reason::PostWithoutFreshness);
    for (location, reason) in [
        ("https://example.org/a?b", Reason::Storable),
        ("/a?b", Reason::Storable),
        ("a?b", Reason::PostWithoutFreshness),
        ("/b", Reason::PostWithoutFreshness),
        ("//example.org/a?b", Reason::PostWithoutFreshness),
    ] {
        assert_eq!(as_method("POST", &format!("{own}{location}")), reason, "{location}");
    }
    let as_status = |status, response: &str| stored_as("GET", "", status, response, &shared());
    for status in [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501] {
        assert_eq!(as_status(status, ""), Reason::Storable, "{status} is cacheable by default");
    }
    for status in [201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599] {
        assert_eq!(as_status(status, ""), Reason::NoFreshness, "{status}");
        assert_eq!(as_status(status, "cache-control: max-age=9"), Reason::Storable, "{status}");
        assert_eq!(as_status(status, "cache-control: public"), Reason::Storable, "{status}");
        assert_eq!(as_status(status, "expires: 0"), Reason::Storable, "{status}");
    }
    for status in [100, 199, 304, 600, 999] {
        assert_eq!(as_status(status, "cache-control: max-age=9"), Reason::Status, "{status}");
    }
    let understood = "cache-control: max-age=9, must-understand";
    assert_eq!(as_status(599, understood), Reason::NotUnderstood);
    assert_eq!(as_status(404, understood), Reason::Storable);
    assert_eq!(as_status(206, ""), Reason::Partial);
    assert_eq!(as_status(206, "content-range: bytes 0-4/10"), Reason::Storable);
    assert_eq!(as_status(206, "content-range: bytes 5-4/10"), Reason::Partial);
}

#[test]
fn what_belongs_to_the_connection_or_to_one_user_is_not_stored() {
    let response = lines(
        "connection: a, B|a: 1|b: 2|c: 3|keep-alive: x|te: x|upgrade: x|proxy-authenticate: x|\
         transfer-encoding: chunked|cache-control: no-cache=\"d, e\", private=\"f\"|d: 4|f: 6|\
         set-cookie: a|set-cookie: b",
    );
    let kept = "c:3\ncache-control:no-cache=\"d, e\", private=\"f\"\n";
    let cookies = "set-cookie:a\nset-cookie:b\n";
    assert_eq!(headers_to_store(&response, &shared()), format!("{kept}{cookies}"));
    assert_eq!(headers_to_store(&response, &private()), format!("{kept}f:6\n{cookies}"));
    let targeted = Options { targets: vec!["cdn-cache-control".into()], ..private() };
    let response = lines("cdn-cache-control: no-cache=\"a\"|a: 1|b: 2");
    assert_eq!(
        headers_to_store(&response, &targeted),
        lines("cdn-cache-control:no-cache=\"a\"|b:2")
    );
}

#[test]
fn a_304_updates_all_but_what_describes_the_body() {
    let stored = lines("etag:\"a\"|x:1|x:2|y:1|content-length:5|content-type:a|age:9|date:then");
    let update = lines(
        "etag:\"b\"|x:3|content-length:0|content-encoding:gzip|content-md5:a|content-range:a|\
         content-type:b|connection:z|z:1|date:now|new:1",
    );
    assert_eq!(
        freshen(&stored, &update, &shared()),
        lines("etag:\"a\"|y:1|content-length:5|x:3|content-type:b|date:now|new:1")
    );
}

#[test]
fn a_304_is_about_what_has_its_validators() {
    for (stored, update, is_about) in [
        ("etag:\"a\"", "etag:\"a\"", true),
        ("etag:\"a\"", "etag:\"b\"", false),
        ("etag:W/\"a\"", "etag:\"a\"", false),
        ("etag:\"a\"", "etag:W/\"a\"", true),
        ("etag:W/\"a\"", "etag:W/\"a\"", true),
        ("last-modified:x", "etag:\"a\"", false),
        ("last-modified:x", "last-modified:x", true),
        ("last-modified:x", "last-modified:y", false),
        ("", "last-modified:y", false),
        ("", "", true),
        ("etag:\"a\"", "", true),
    ] {
        assert_eq!(selects(&lines(stored), &lines(update)), is_about, "{stored} {update}");
    }
}

#[test]
fn a_head_updates_what_it_does_not_contradict() {
    let check = |stored, status, update| head(&lines(stored), status, &lines(update));
    let stored = "etag:\"a\"|content-length:5";
    assert_eq!(check(stored, 200, "etag:\"a\"|content-length:5"), HeadVerdict::Update);
    assert_eq!(check(stored, 200, "cache-control:max-age=1"), HeadVerdict::Update);
    assert_eq!(check(stored, 200, "etag:\"b\""), HeadVerdict::Invalidate);
    assert_eq!(check(stored, 200, "content-length:6"), HeadVerdict::Invalidate);
    assert_eq!(check(stored, 410, "etag:\"b\""), HeadVerdict::None);
}

#[test]
fn an_unsafe_method_invalidates_unless_it_failed() {
    let response = lines("location: /b|content-location: c");
    let found = Some([Some("/b"), Some("c")]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "FOO"] {
        assert_eq!(invalidates(method, 200, &response), found, "{method}");
        assert_eq!(invalidates(method, 303, ""), Some([None, None]), "{method}");
        assert_eq!(invalidates(method, 404, &response), None, "{method}");
        assert_eq!(invalidates(method, 503, &response), None, "{method}");
    }
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        assert_eq!(invalidates(method, 200, &response), None, "{method}");
    }
}

#[test]
fn what_is_cut_off_is_told_and_parts_join_by_strong_tags() {
    assert!(is_complete(&lines("content-length: 5"), 5));
    assert!(!is_complete(&lines("content-length: 5"), 4));
    assert!(!is_complete(&lines("content-length: x"), 4));
    assert!(is_complete("", 4));
    assert!(is_complete(&lines("content-length: 5|content-encoding: gzip"), 40));
    assert!(combines(&lines("etag:\"a\""), &lines("etag:\"a\"")));
    assert!(!combines(&lines("etag:W/\"a\""), &lines("etag:W/\"a\"")));
    assert!(!combines("", ""));
}
