//! RFC 9211 and RFC 9213.

use tidecache::http::status::{Forward, Handling, cache_status};
use tidecache::http::{Options, Reason, Verdict};

use super::samples::{planned, stored};

#[test]
fn cache_status_says_what_was_done() {
    let base = Handling { cache: "tidecache", ..Handling::default() };
    for (handling, expected) in [
        (Handling { is_hit: true, ttl: Some(376), ..base }, "tidecache;hit;ttl=376"),
        (Handling { is_hit: true, ttl: Some(-412), ..base }, "tidecache;hit;ttl=-412"),
        (
            Handling {
                forward: Some(Forward::UriMiss),
                is_stored: true,
                is_collapsed: true,
                ..base
            },
            "tidecache;fwd=uri-miss;stored;collapsed",
        ),
        (
            Handling {
                forward: Some(Forward::Stale),
                forward_status: Some(304),
                key: Some("https://a/\"b\""),
                detail: Some("a b"),
                ..base
            },
            "tidecache;fwd=stale;fwd-status=304;key=\"https://a/\\\"b\\\"\";detail=\"a b\"",
        ),
        (Handling { cache: "my cache", is_hit: true, ..base }, "\"my cache\";hit"),
        (Handling { key: Some("\u{e4}"), is_hit: true, ..base }, "tidecache;hit"),
        // A hit was not forwarded.
        (
            Handling { is_hit: true, forward: Some(Forward::Miss), is_stored: true, ..base },
            "tidecache;hit",
        ),
    ] {
        assert_eq!(cache_status(&handling), expected);
    }
}

#[test]
fn the_table_of_targeted_fields() {
    let options = Options {
        targets: vec!["tidecache-cache-control".into(), "cdn-cache-control".into()],
        ..Options::default()
    };
    // Response, lifetime in seconds.
    for (response, seconds) in [
        ("cdn-cache-control: max-age=600|cache-control: max-age=1", 600),
        ("cdn-cache-control: max-age=600|expires: 0", 600),
        ("tidecache-cache-control: max-age=5|cdn-cache-control: max-age=600", 5),
        ("tidecache-cache-control: |cdn-cache-control: max-age=600", 600),
        ("tidecache-cache-control: max-age=&|cdn-cache-control: max-age=600", 600),
        ("cdn-cache-control: max-age=600,|cache-control: max-age=1", 1),
        ("cdn-cache-control: MaX-aGe=600|cache-control: max-age=1", 1),
        ("cdn-cache-control: max-age = 600|cache-control: max-age=1", 1),
        ("cdn-cache-control: a|cache-control: max-age=1", 0),
        ("cdn-cache-control: max-age=1, max-age=600", 600),
        ("cdn-cache-control: max-age=1|cdn-cache-control: max-age=600", 600),
        ("cdn-cache-control: max-age=\"600\"|cache-control: max-age=1", 0),
        ("cdn-cache-control: max-age=-1|cache-control: max-age=1", 0),
        ("cdn-cache-control: max-age=600;a=b, b=(1 2);c|cache-control: max-age=1", 600),
        ("cdn-cache-control: max-age=99999999999|cache-control: max-age=1", 1 << 31),
        ("other-cache-control: max-age=600|cache-control: max-age=1", 1),
    ] {
        let plan = planned("", response, &options, 0);
        assert_eq!(plan.lifetime_ms, seconds * 1_000, "{response}");
    }
    for (response, reason) in [
        ("cdn-cache-control: no-store|cache-control: max-age=9", Reason::ResponseNoStore),
        ("cdn-cache-control: no-store=?0, max-age=9|cache-control: no-store", Reason::Storable),
        ("cdn-cache-control: max-age=9|cache-control: no-store", Reason::Storable),
        ("cdn-cache-control: no-store=1", Reason::ResponseNoStore),
        ("cdn-cache-control: private", Reason::Private),
        ("cdn-cache-control: private=\"a\", max-age=9", Reason::Storable),
    ] {
        assert_eq!(stored("", response, &options), reason, "{response}");
    }
    let aged = planned("", "cdn-cache-control: max-age=600|age: 601", &options, 0);
    assert_eq!(aged.verdict, Verdict::Revalidate, "Age counts as ever");
}
