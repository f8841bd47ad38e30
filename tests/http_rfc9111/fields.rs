//! RFC 9110: conditions and ranges.

use tidecache::http::conditional::{Validation, validates};
use tidecache::http::range::{Range, range};
use tidecache::http::{Reason, Verdict};

use super::samples::{NOW, lines, planned_as, shared};

#[test]
fn the_table_of_conditions() {
    let modified = "last-modified: Sat, 05 Nov 1994 08:49:37 GMT";
    let rows: &[(&str, &str, bool)] = &[
        ("if-none-match: \"a\"", "etag: \"a\"", true),
        ("if-none-match: W/\"a\"", "etag: \"a\"", true),
        ("if-none-match: \"a\"", "etag: W/\"a\"", true),
        ("if-none-match: \"b\", \"a,c\" , W/\"a\"", "etag: \"a\"", true),
        ("if-none-match: \"b\"|if-none-match: \"a\"", "etag: \"a\"", true),
        ("if-none-match: \"b,\"a\"", "etag: \"a\"", false),
        ("if-none-match: \"b\"", "etag: \"a\"", false),
        ("if-none-match: \"a\"", "", false),
        ("if-none-match: *", "", true),
        ("if-modified-since: Sat, 05 Nov 1994 08:49:37 GMT", modified, true),
        ("if-modified-since: Saturday, 05-Nov-94 08:49:37 GMT", modified, true),
        ("if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT", modified, true),
        ("if-modified-since: Fri, 04 Nov 1994 08:49:37 GMT", modified, false),
        ("if-modified-since: whenever", modified, false),
        ("if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT", "", true),
        ("if-none-match: \"b\"|if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT", modified, false),
        ("", "etag: \"a\"", false),
    ];
    for &(request, response, is_not_modified) in rows {
        let request = lines(request);
        let check = |method, status| validates((method, &request), (status, &lines(response)), NOW);
        let expected = if is_not_modified { Validation::NotModified } else { Validation::Full };
        assert_eq!(check("GET", 200), expected, "{request} / {response}");
        assert_eq!(check("HEAD", 200), expected, "{request} / {response}");
        assert_eq!(check("GET", 404), Validation::Full);
        assert_eq!(check("POST", 200), Validation::Full);
    }
}

fn part(start: u64, end: u64, content_range: &str) -> Range {
    Range::Part { start, end, content_range: content_range.into() }
}

#[test]
fn the_table_of_ranges() {
    let none = || Range::Unsatisfiable { content_range: "bytes */10".into() };
    let rows: &[(&str, Range)] = &[
        ("bytes=0-1", part(0, 2, "bytes 0-1/10")),
        ("bytes=5-", part(5, 10, "bytes 5-9/10")),
        ("bytes=-3", part(7, 10, "bytes 7-9/10")),
        ("bytes=-30", part(0, 10, "bytes 0-9/10")),
        ("bytes=8-100", part(8, 10, "bytes 8-9/10")),
        ("Bytes=9-9", part(9, 10, "bytes 9-9/10")),
        ("bytes=10-", none()),
        ("bytes=10-12", none()),
        ("bytes=-0", none()),
        ("bytes=3-2", Range::Whole),
        ("bytes=a-2", Range::Whole),
        ("bytes=-", Range::Whole),
        ("bytes=0-1,3-4", Range::Whole),
        ("lines=0-1", Range::Whole),
        ("bytes=+1-2", Range::Whole),
        ("bytes=1-99999999999999999999", Range::Whole),
        ("", Range::Whole),
    ];
    for (text, expected) in rows {
        let request = lines(&format!("range: {text}"));
        assert_eq!(&range(("GET", &request), (200, ""), 10), expected, "{text}");
        assert_eq!(range(("HEAD", &request), (200, ""), 10), Range::Whole);
        assert_eq!(range(("GET", &request), (404, ""), 10), Range::Whole);
    }
    assert_eq!(
        range(("GET", &lines("range: bytes=0-")), (200, ""), 0),
        Range::Unsatisfiable { content_range: "bytes */0".into() }
    );
}

#[test]
fn if_range_takes_only_what_is_strong() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let rows = [
        ("\"a\"", "etag: \"a\"".to_string(), true),
        ("\"a\"", "etag: W/\"a\"".to_string(), false),
        ("W/\"a\"", "etag: W/\"a\"".to_string(), false),
        ("\"b\"", "etag: \"a\"".to_string(), false),
        (date, format!("last-modified: {date}|date: Sun, 06 Nov 1994 08:49:38 GMT"), true),
        (date, format!("last-modified: {date}|date: {date}"), false),
        (date, format!("last-modified: {date}"), false),
        ("Sun Nov  6 08:49:37 1994", format!("last-modified: {date}"), false),
    ];
    for (if_range, response, holds) in rows {
        let request = lines(&format!("range: bytes=0-1|if-range: {if_range}"));
        let found = range(("GET", &request), (200, &lines(&response)), 10);
        assert_eq!(found != Range::Whole, holds, "{if_range} / {response}");
    }
}

#[test]
fn a_stored_part_answers_what_is_inside_it() {
    let stored = "cache-control: max-age=9|content-range: bytes 10-19/100";
    let plan = |request: &str| planned_as(("GET", request), (206, "", stored), &shared(), 0);
    for (text, expected) in [
        ("bytes=10-19", Some(part(0, 10, "bytes 10-19/100"))),
        ("bytes=12-13", Some(part(2, 4, "bytes 12-13/100"))),
        ("bytes=10-", None),
        ("bytes=9-10", None),
        ("bytes=-90", None),
        ("bytes=19-20", None),
        ("bytes=100-", None),
    ] {
        let request = format!("range: {text}");
        let verdict = plan(&request).verdict;
        assert_eq!(verdict == Verdict::Fresh, expected.is_some(), "{text}");
        if let Some(expected) = expected {
            assert_eq!(range(("GET", &lines(&request)), (206, &lines(stored)), 10), expected);
        }
    }
    assert_eq!(plan("").reason, Reason::OutsideRange, "a part is not the whole");
    let open = "cache-control: max-age=9|content-range: bytes 10-19/*";
    let plan = planned_as(("GET", "range: bytes=12-13"), (206, "", open), &shared(), 0);
    assert_eq!(plan.verdict, Verdict::Fresh);
    let found = range(("GET", &lines("range: bytes=12-13")), (206, &lines(open)), 10);
    assert_eq!(found, part(2, 4, "bytes 12-13/*"));
}
