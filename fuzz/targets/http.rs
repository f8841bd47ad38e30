//! The scanner of header blocks and every decision on it: no text makes one panic; what is kept of
//! a block is not longer than the block; what is fresh after a 304 can be read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidecache::http::conditional::validates;
use tidecache::http::fields::Fields;
use tidecache::http::head::head;
use tidecache::http::invalidation::invalidates;
use tidecache::http::partial::{combines, is_complete};
use tidecache::http::plan::plan;
use tidecache::http::range::{Range, range};
use tidecache::http::serve::headers_to_serve;
use tidecache::http::storable::storable;
use tidecache::http::update::{freshen, headers_to_store};
use tidecache::http::validation::selects;
use tidecache::http::vary::variant_key;
use tidecache::http::{Options, Stored, Times};

fuzz_target!(|input: (&str, &str, &str, u16, bool, [i32; 3])| {
    let (request, response, update, status, is_shared, seconds) = input;
    let [requested_at_ms, received_at_ms, now_ms] = seconds.map(|at| i64::from(at) * 1_000);
    let targets = vec!["cdn-cache-control".into(), "a".into()];
    let options = Options { is_shared, targets, ..Options::default() };
    let times = Times { requested_at_ms, received_at_ms };
    for method in ["GET", "HEAD", "POST"] {
        storable((method, request, request), (status, response), &options, now_ms);
        let stored = Stored { method, request: update, status, headers: response, times };
        let plan = plan((method, request), stored, &options, now_ms);
        assert!(plan.age_ms >= 0 && plan.lifetime_ms >= 0);
        assert!(plan.conditional.len() <= response.len() + 64);
        validates((method, request), (status, response), received_at_ms);
        invalidates(method, status, response);
        if let Range::Part { start, end, .. } = range((method, request), (status, response), 1_000) {
            assert!(start < end);
        }
    }
    let kept = headers_to_store(response, &options);
    assert!(kept.len() <= response.len() + 1);
    assert_eq!(headers_to_store(&kept, &options), kept, "what is kept is kept again");
    assert!(headers_to_serve(response, times, now_ms).len() <= response.len() + 32);
    let fresh = freshen(response, update, &options);
    assert!(fresh.len() <= response.len() + update.len() + 2);
    assert!(Fields::new(&fresh).iter().all(|(name, _)| !name.is_empty()));
    let vary = Fields::new(response).first("vary").unwrap_or_default();
    if let Some(key) = variant_key(vary, request) {
        assert_eq!(variant_key(vary, &key), Some(key), "a key is its own key");
    }
    selects(response, update);
    combines(response, update);
    is_complete(response, 5);
    head(response, status, update);
});
