//! The native cache as a Rust program uses it: what it returns, who gets what leaves, what is
//! refused, what counts as a use.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidecache::{
    Cache, CacheBuilder, ConfigError, Instant, ManualClock, PolicyKind, RemovalReason, Stats,
};

use RemovalReason::{Cleared, Deleted, Evicted, Expired, Refused, Replaced};

type Left = Arc<Mutex<Vec<(String, u64, RemovalReason)>>>;

/// Returns a cache whose values are their weights, the clock it reads, and what its listener got.
fn cache(
    builder: CacheBuilder<String, u64>,
) -> (Cache<String, u64, ManualClock>, ManualClock, Left) {
    let (clock, left) = (ManualClock::new(), Left::default());
    let sink = left.clone();
    let builder = builder.weigher(|_, &weight| weight).on_removal(move |key, value, reason| {
        sink.lock().unwrap().push((key, value, reason));
    });
    (builder.build_with_clock(clock.clone()).unwrap(), clock, left)
}

/// Returns what the listener got since the last call.
fn told(left: &Left) -> Vec<(String, u64, RemovalReason)> {
    std::mem::take(&mut left.lock().unwrap())
}

#[test]
fn the_listener_gets_every_pair_that_leaves_in_order() {
    let (mut cache, clock, left) = cache(CacheBuilder::new().max_entries(2).max_weight(10));
    cache.insert("a".into(), 1);
    cache.insert("a".into(), 2);
    cache.insert_with_ttl("b".into(), 3, Duration::from_secs(1));
    cache.insert("c".into(), 4);
    clock.advance(Duration::from_secs(1));
    cache.insert("d".into(), 5);
    assert!(cache.remove("c"));
    assert!(!cache.insert("e".into(), 11));
    assert!(!cache.insert("d".into(), 12));
    cache.insert("f".into(), 6);
    cache.clear();
    let expected = [
        ("a", 1, Replaced),
        ("a", 2, Evicted),
        ("b", 3, Expired),
        ("c", 4, Deleted),
        ("e", 11, Refused),
        ("d", 5, Replaced),
        ("d", 12, Refused),
        ("f", 6, Cleared),
    ];
    assert_eq!(told(&left), expected.map(|(key, value, why)| (key.to_owned(), value, why)));
    cache.validate();
}

#[test]
fn a_pair_that_is_given_to_the_caller_goes_to_nobody_else() {
    let (mut cache, _, left) = cache(CacheBuilder::new().max_weight(10));
    cache.insert("a".into(), 1);
    assert_eq!(cache.take("a"), Some(1));
    assert_eq!(cache.take("a"), None);
    let refused = cache.try_insert("b".into(), 11).unwrap_err();
    assert_eq!((refused.key.as_str(), refused.value, refused.weight), ("b", 11, 11));
    assert!(refused.to_string().contains("weight 11"));
    assert!(told(&left).is_empty());
    assert_eq!(cache.stats(), Stats { hits: 1, misses: 1, ..Stats::default() });
}

#[test]
fn a_refused_value_takes_the_older_one_with_it() {
    let (mut cache, _, left) = cache(CacheBuilder::new().max_weight(10));
    cache.insert("a".into(), 1);
    assert!(cache.try_insert("a".into(), 11).is_err());
    assert!(!cache.contains("a"));
    assert_eq!(told(&left), [("a".to_owned(), 1, Replaced)]);
    assert_eq!(cache.weight(), 0);
}

#[test]
fn looks_are_neither_counted_nor_uses() {
    let (mut cache, _, _) = cache(CacheBuilder::new().max_entries(2));
    cache.insert("a".into(), 1);
    cache.insert("b".into(), 2);
    assert!(cache.contains("a") && cache.peek("a").is_some() && cache.peek("x").is_none());
    assert_eq!(cache.entry("a").map(|entry| entry.weight()), Some(1));
    assert_eq!(cache.iter().count() + cache.keys().count() + (&cache).into_iter().count(), 6);
    cache.insert("c".into(), 3);
    assert!(!cache.contains("a"), "it stayed the least recently used");
    assert_eq!(cache.stats(), Stats { evictions: 1, ..Stats::default() });
}

#[test]
fn a_value_may_be_changed_in_place_and_keeps_its_weight() {
    let (mut cache, _, _) = cache(CacheBuilder::new());
    cache.insert("a".into(), 1);
    *cache.get_mut("a").unwrap() += 8;
    assert_eq!((cache.peek("a"), cache.weight()), (Some(&9), 1));
    assert!(cache.get_mut("b").is_none());
}

#[test]
fn counters_outlive_clear_and_start_anew_when_told() {
    let (mut cache, _, _) = cache(CacheBuilder::new().max_entries(1));
    cache.insert("a".into(), 1);
    cache.insert("b".into(), 1);
    cache.get("b");
    cache.clear();
    assert_eq!(cache.stats(), Stats { hits: 1, evictions: 1, ..Stats::default() });
    cache.reset_stats();
    assert_eq!(cache.stats(), Stats::default());
}

#[test]
fn an_entry_knows_its_times() {
    let (mut cache, clock, _) = cache(CacheBuilder::new());
    let second = Duration::from_secs(1);
    clock.advance(second);
    cache.insert_with_ttl("a".into(), 1, second * 3);
    cache.insert("b".into(), 2);
    clock.advance(second);
    let entry = cache.entry("a").unwrap();
    assert_eq!((entry.key().as_str(), *entry.value()), ("a", 1));
    assert_eq!(entry.created(), Instant::ORIGIN + second);
    assert_eq!(entry.expires(), Some(Instant::ORIGIN + second * 4));
    assert_eq!(entry.time_left(), Some(second * 2));
    assert_eq!(cache.entry("b").unwrap().expires(), None);
}

#[test]
fn a_listener_that_panics_leaves_the_cache_intact() {
    let mut cache = CacheBuilder::new()
        .max_entries(2)
        .on_removal(|_, _: u32, _| panic!("the listener's bug"))
        .build_with_clock(ManualClock::new())
        .unwrap();
    for key in 0..2 {
        cache.insert(key, key);
    }
    let insert = std::panic::AssertUnwindSafe(|| cache.insert(2, 2));
    assert!(std::panic::catch_unwind(insert).is_err());
    assert_eq!((cache.len(), cache.contains(&2)), (2, true));
    cache.validate();
}

#[test]
fn a_wish_that_cannot_be_fulfilled_is_an_error_that_says_what_to_do() {
    let build = |builder: CacheBuilder<u32, u32>| builder.build().map(|_| ()).unwrap_err();
    let new = CacheBuilder::<u32, u32>::new;
    let cases = [
        (build(new().max_entries(0)), ConfigError::MaxEntries(0), "1 to 536870912"),
        (build(new().max_entries(1 << 30)), ConfigError::MaxEntries(1 << 30), "1073741824"),
        (build(new().max_weight(0)), ConfigError::MaxWeight, "at least 1"),
        (build(new().max_weight(9)), ConfigError::NoWeigher, "needs a weigher"),
        (build(new().default_ttl(Duration::ZERO)), ConfigError::DefaultTtl, "more"),
    ];
    for (error, expected, says) in cases {
        assert_eq!(error, expected);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn the_hasher_is_the_users_choice() -> Result<(), Box<dyn Error>> {
    let mut cache: Cache<String, u32, _, RandomState> =
        CacheBuilder::new().hasher(RandomState::new()).build()?;
    cache.insert("a".into(), 1);
    assert_eq!(cache.get("a"), Some(&1));
    Ok(())
}

#[test]
fn a_cache_with_the_systems_clock_may_go_to_another_thread() -> Result<(), Box<dyn Error>> {
    struct Server {
        sessions: Mutex<Cache<String, u32>>,
    }
    let cache = Cache::builder().policy(PolicyKind::Lfu).max_entries(10).build()?;
    let server = Server { sessions: Mutex::new(cache) };
    std::thread::scope(|scope| {
        scope.spawn(|| server.sessions.lock().unwrap().insert("a".into(), 1));
    });
    assert_eq!(server.sessions.lock().unwrap().get("a"), Some(&1));
    assert!(format!("{:?}", server.sessions).contains("held: 1"));
    Ok(())
}
