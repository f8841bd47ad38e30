//! Who goes next, for each policy, as transcripts short enough to check by hand.
//!
//! In a script `+a` inserts a and `a` reads it; the answer is who was evicted, in order.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::{Arc, Mutex};

use tidecache::{Cache, CacheBuilder, ManualClock, PolicyKind, RemovalReason};

use PolicyKind::{Fifo, Lfu, Lru};

#[test]
fn lru_evicts_the_least_recently_used() {
    assert_eq!(victims(Lru, 3, "+a +b +c +d +e +f"), "a b c");
    assert_eq!(victims(Lru, 3, "+a +b +c a +d +e +f"), "b c a");
    assert_eq!(victims(Lru, 3, "+a +b +c c b a +d +e +f"), "c b a");
}

#[test]
fn lru_takes_a_new_value_for_a_use() {
    assert_eq!(victims(Lru, 3, "+a +b +c +a +d +e"), "b c");
}

#[test]
fn fifo_evicts_the_first_that_came_whatever_happens_to_it() {
    assert_eq!(victims(Fifo, 3, "+a +b +c +d +e +f"), "a b c");
    assert_eq!(victims(Fifo, 3, "+a +b +c a a +a +d +e +f"), "a b c");
}

#[test]
fn fifo_forgets_the_turn_of_an_entry_that_was_evicted() {
    assert_eq!(victims(Fifo, 2, "+a +b +c +a +d +e"), "a b c a");
}

#[test]
fn lfu_evicts_the_least_often_used() {
    assert_eq!(victims(Lfu, 3, "+a a a +b b +c +d +e"), "c d");
    assert_eq!(victims(Lfu, 3, "+a a a +b b +c c c c +d d +e"), "b d");
}

#[test]
fn lfu_breaks_ties_by_recency() {
    assert_eq!(victims(Lfu, 3, "+a +b +c +d"), "a");
    assert_eq!(victims(Lfu, 3, "+a +b +c c b a +d +e +f"), "c d e");
}

#[test]
fn lfu_keeps_frequency_and_recency_of_a_replaced_entry() {
    assert_eq!(victims(Lfu, 2, "+a +b +a +c"), "a");
    assert_eq!(victims(Lfu, 2, "+a a +b +a b b +c"), "a");
}

#[test]
fn lfu_starts_anew_with_an_entry_that_comes_back() {
    assert_eq!(victims(Lfu, 2, "+a a +b b b +c +a +d"), "a c a");
}

/// Silberschatz, Galvin and Gagne, "Operating System Concepts", chapter on page replacement: with
/// three frames this string faults 15 times under FIFO and 12 times under LRU.
#[test]
fn the_textbook_string_faults_as_the_textbook_says() {
    let (faults, victims) = faults(Fifo, TEXTBOOK);
    assert_eq!((faults, victims.as_str()), (15, "7 0 1 2 3 0 4 2 3 0 1 2"));
    let (faults, victims) = self::faults(Lru, TEXTBOOK);
    assert_eq!((faults, victims.as_str()), (12, "7 1 2 3 0 4 0 3 2"));
}

const TEXTBOOK: [u32; 20] = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];

#[test]
fn room_for_a_heavier_value_is_never_made_by_evicting_its_own_entry() {
    for kind in [Lru, Lfu, Fifo] {
        let (mut cache, evicted) = cache(CacheBuilder::new().policy(kind).max_weight(10));
        for key in ["a", "b", "c"] {
            cache.insert(key.to_owned(), 3);
        }
        // In every policy but LRU a is next to go, and its own weight must not count twice.
        assert!(cache.insert("a".to_owned(), 8), "{kind:?}");
        assert_eq!(*evicted.lock().unwrap(), ["b", "c"], "{kind:?}");
        assert_eq!((cache.peek("a"), cache.weight()), (Some(&8), 8), "{kind:?}");
    }
}

#[test]
fn one_heavy_entry_may_cost_many_light_ones() {
    let (mut cache, evicted) = cache(CacheBuilder::new().max_weight(10));
    for key in ["a", "b", "c", "d"] {
        cache.insert(key.to_owned(), 2);
    }
    cache.get("a");
    cache.insert("e".to_owned(), 7);
    assert_eq!(*evicted.lock().unwrap(), ["b", "c", "d"]);
    assert_eq!(cache.weight(), 9);
}

/// Runs a script on a cache of `entries` and returns who was evicted.
fn victims(kind: PolicyKind, entries: usize, script: &str) -> String {
    let (mut cache, evicted) = cache(CacheBuilder::new().policy(kind).max_entries(entries));
    for step in script.split(' ') {
        match step.strip_prefix('+') {
            Some(key) => assert!(cache.insert(key.to_owned(), 0)),
            None => assert!(cache.get(step).is_some(), "{step} is held in {script}"),
        }
        cache.validate();
    }
    let evicted = evicted.lock().unwrap();
    evicted.join(" ")
}

/// Loads each page on a miss into three frames; returns how often, and who was evicted.
fn faults(kind: PolicyKind, pages: impl IntoIterator<Item = u32>) -> (u64, String) {
    let (mut cache, evicted) = cache(CacheBuilder::new().policy(kind).max_entries(3));
    for page in pages {
        let page = page.to_string();
        if cache.get(&page).is_none() {
            cache.insert(page, 0);
        }
    }
    let evicted = evicted.lock().unwrap();
    (cache.stats().misses, evicted.join(" "))
}

/// Who was evicted, in order.
type Evicted = Arc<Mutex<Vec<String>>>;

/// Returns a cache whose values are their weights, and the list of the evicted.
fn cache(builder: CacheBuilder<String, u64>) -> (Cache<String, u64, ManualClock>, Evicted) {
    let evicted = Evicted::default();
    let sink = evicted.clone();
    let builder = builder.weigher(|_, &weight| weight).on_removal(move |key, _, reason| {
        if reason == RemovalReason::Evicted {
            sink.lock().unwrap().push(key);
        }
    });
    (builder.build_with_clock(ManualClock::new()).unwrap(), evicted)
}
