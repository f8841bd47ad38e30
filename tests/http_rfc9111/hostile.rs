//! Whatever a stranger sends is read or ignored.

use tidecache::http::fields::{Fields, HEAD_BYTES_MAX, HEAD_LINES_MAX};
use tidecache::http::plan::plan;
use tidecache::http::storable::storable;
use tidecache::http::update::{freshen, headers_to_store};
use tidecache::http::{Options, Reason, Stored, Times, Verdict};

fn reasons(request: &str, response: &str) -> (Reason, Reason) {
    let times = Times { requested_at_ms: i64::MIN / 4, received_at_ms: i64::MAX / 4 };
    let stored = Stored { method: "GET", request, status: 200, headers: response, times };
    let options = Options { targets: vec!["cdn-cache-control".into()], ..Options::default() };
    let plan = plan(("GET", request), stored, &options, 0);
    (storable(("GET", "", request), (200, response), &options, 0), plan.reason)
}

#[test]
fn a_block_beyond_the_limits_is_neither_stored_nor_used() {
    let line = |length: usize| format!("a:{}\n", "b".repeat(length - 3));
    assert_eq!(reasons("", &line(HEAD_BYTES_MAX)).0, Reason::Storable);
    assert_eq!(reasons("", &line(HEAD_BYTES_MAX + 1)), (Reason::TooLong, Reason::TooLong));
    assert_eq!(reasons(&line(HEAD_BYTES_MAX + 1), ""), (Reason::TooLong, Reason::TooLong));
    assert_eq!(reasons("", &"a:b\n".repeat(HEAD_LINES_MAX)).0, Reason::Storable);
    assert_eq!(reasons("", &"a:b\n".repeat(HEAD_LINES_MAX + 1)).0, Reason::TooLong);
}

#[test]
fn what_is_no_field_is_none() {
    let all: Vec<_> = Fields::new("a: b \n\n:x\nno colon\nc:\td:e\r\nf:").iter().collect();
    assert_eq!(all, [("a", "b"), ("c", "d:e"), ("f", "")]);
}

#[test]
fn random_bytes_panic_nowhere_and_grow_nothing() {
    const PIECES: [&str; 40] = [
        "cache-control:",
        "cdn-cache-control:",
        "expires:",
        "date:",
        "age:",
        "vary:",
        "etag:",
        "if-none-match:",
        "range:",
        "content-range:",
        "connection:",
        "max-age=",
        "no-cache=\"",
        "private=",
        "\"",
        "\\",
        ",",
        ";",
        "=",
        "\n",
        "\r\n",
        " ",
        "\t",
        "*",
        "W/",
        "bytes=",
        "-",
        "/",
        "0",
        "99999999999999999999",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "(",
        ")",
        ":",
        "?1",
        "\u{e4}",
        "\u{1f980}",
        "\0",
        "a",
        "s-maxage",
    ];
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 33) as usize % below
    };
    let options = Options { targets: vec!["cdn-cache-control".into()], ..Options::default() };
    for _ in 0..50_000 {
        let mut text = || (0..draw(24)).map(|_| PIECES[draw(PIECES.len())]).collect::<String>();
        let (request, response) = (text(), text());
        reasons(&request, &response);
        let kept = headers_to_store(&response, &options);
        assert!(kept.len() <= response.len() + 1, "{response:?}");
        let updated = freshen(&response, &request, &options);
        assert!(updated.len() <= request.len() + response.len() + 2, "{response:?} {request:?}");
    }
}

#[test]
fn a_clock_at_its_end_decides_something() {
    let times = Times { requested_at_ms: i64::MAX, received_at_ms: i64::MIN };
    let stored = Stored { method: "GET", request: "", status: 200, headers: "age:1\n", times };
    let plan = plan(("GET", ""), stored, &Options::default(), i64::MAX);
    assert_ne!(plan.verdict, Verdict::Fresh);
}
