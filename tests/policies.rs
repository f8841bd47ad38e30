//! Who goes next, for each policy, as transcripts short enough to check by hand.
//!
//! In a script `+a` inserts a and `a` reads it; the answer is who was evicted, in order.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tidecache::{Cache, CacheBuilder, ManualClock, PolicyKind, RemovalReason};

use PolicyKind::{Adaptive, Fifo, Lfu, Lru, S3Fifo, Sieve, WTinyLfu};

#[test]
fn policies_go_by_name() {
    for kind in PolicyKind::ALL {
        assert_eq!(PolicyKind::named(kind.name()), Some(kind));
    }
    assert_eq!(PolicyKind::named("w-tinylfu"), Some(PolicyKind::WTinyLfu));
    assert_eq!(PolicyKind::named("W-TinyLFU"), None);
    assert_eq!(PolicyKind::named(""), None);
}

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

#[test]
fn sieve_spares_what_was_used_since_the_hand_passed() {
    assert_eq!(victims(Sieve, 3, "+a +b +c +d +e +f"), "a b c");
    assert_eq!(victims(Sieve, 3, "+a +b +c a +d +e +f"), "b c d");
    assert_eq!(victims(Sieve, 3, "+a +b +c a b c +d +e +f +g"), "a b c d");
    assert_eq!(victims(Sieve, 3, "+a +b +c a +d a +e +f a +g"), "b c d e");
}

#[test]
fn sieve_takes_a_new_value_for_a_use_and_moves_nobody() {
    assert_eq!(victims(Sieve, 3, "+a +b +c +a +d +e +f"), "b c d");
}

/// Ten entries: one of them in the small queue, and the first ten fill the main one.
#[test]
fn s3_fifo_lets_what_was_used_once_go_and_keeps_what_comes_back() {
    let ten = "+a +b +c +d +e +f +g +h +i +j";
    // a is small, and used no more than once.
    assert_eq!(victims(S3Fifo, 10, &format!("{ten} a +k +l +m")), "a k l");
    // a was used twice and goes on to the main queue, which is over its share then: b.
    assert_eq!(victims(S3Fifo, 10, &format!("{ten} a a +k +l +m")), "b k l");
    // k is a ghost when it comes back, and then no longer small: so is b, and so on.
    assert_eq!(victims(S3Fifo, 10, &format!("{ten} +k +l +k +m +n +k")), "a k l b m");
}

#[test]
fn s3_fifo_lets_the_main_queue_pay_for_each_round() {
    // b and c have credit and go round: d is the first of the main queue to go.
    let ten = "+a +b +c +d +e +f +g +h +i +j";
    let script = format!("{ten} b b c +k +a +l +k +m +l +n +m");
    assert_eq!(victims(S3Fifo, 10, &script), "a k d l e m f n");
}

/// Three entries: one in the window, two in the main region.
#[test]
fn w_tinylfu_admits_who_was_asked_for_more_often() {
    // Each was asked for once: who is there stays.
    assert_eq!(victims(WTinyLfu, 3, "+a +b +c +d +e +f"), "c d e");
    // c was asked for twice, a once; then d once, b once.
    assert_eq!(victims(WTinyLfu, 3, "+a +b +c c +d +e"), "a d");
    // A key is remembered when its entry is not: at its third coming d is ahead of b.
    assert_eq!(victims(WTinyLfu, 3, "+a +b a b +c +d +e +d +e +d +f"), "c d e d e b");
}

#[test]
fn w_tinylfu_protects_what_is_used_on_probation() {
    // b goes first though a came before it: a is protected.
    assert_eq!(victims(WTinyLfu, 4, "+a +b +c +d a d d +e"), "b");
}

#[test]
fn w_tinylfu_tests_heavy_newcomers_before_they_enter() {
    let (mut cache, evicted) = cache(CacheBuilder::new().policy(WTinyLfu).max_weight(80));
    for key in 0..80 {
        assert!(cache.insert(key.to_string(), 1));
    }
    let refused = cache.try_insert("heavy".to_owned(), 11).expect_err("80 were asked for once");
    assert_eq!((refused.key.as_str(), refused.value, refused.weight), ("heavy", 11, 11));
    assert_eq!((cache.len(), evicted.lock().unwrap().len()), (80, 0));
    // Ten are not yet too heavy to wait in the window, at the cost of who is there.
    assert!(cache.insert("lighter".to_owned(), 10));
    assert!(cache.contains("lighter"));
    // Asked for more often than eleven others together, it is worth their room.
    let admitted = (0..20).position(|_| cache.insert("heavy".to_owned(), 11));
    assert_eq!(admitted.map(|times| (5..15).contains(&times)), Some(true), "{admitted:?}");
    cache.validate();
}

/// Three entries, as it begins: one in the window, two in the main region, first a and b.
#[test]
fn adaptive_begins_with_frequency_and_reuse() {
    // Each was asked for once: who is there stays.
    assert_eq!(victims(Adaptive, 3, "+a +b +c +d +e"), "c d");
    // c was asked for twice, a once.
    assert_eq!(victims(Adaptive, 3, "+a +b +c c +d +e"), "a d");
    // c comes back, and was used after a: it takes a's place at once. d, used twice, takes b's.
    assert_eq!(victims(Adaptive, 3, "+a +b +c +d +c +d +e"), "c a b");
    // a was used since and is protected: b goes.
    assert_eq!(victims(Adaptive, 3, "+a +b +c +d a +c"), "c b");
}

/// Whoever goes: what is found is what was put last, and no more is held than may be.
#[test]
fn a_policy_decides_what_is_held_and_nothing_else() {
    for kind in [Lru, Lfu, Fifo, Sieve, S3Fifo, WTinyLfu, Adaptive] {
        let (mut cache, _) = cache(CacheBuilder::new().policy(kind).max_entries(40).max_weight(90));
        let (mut put, mut word) = (HashMap::new(), 1_u64);
        for _ in 0..20_000 {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (key, weight) = ((word >> 40) % 80, (word >> 50) % 16);
            match (word >> 60, key.to_string()) {
                (0, key) => assert!(!cache.remove(&key) || put.remove(&key).is_some()),
                (1..8, key) => {
                    let found = cache.get(&key).copied();
                    assert!(found.is_none() || found == put.get(&key).copied(), "{kind:?}");
                }
                (_, key) => {
                    let (held, found) = (cache.insert(key.clone(), weight), cache.peek(&key));
                    assert_eq!(held.then_some(&weight), found, "{kind:?} keeps what it lets in");
                    put.insert(key, weight);
                }
            }
            assert!(cache.len() <= 40 && cache.weight() <= 90, "{kind:?}");
            cache.validate();
        }
    }
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
    for kind in [Lru, Lfu, Fifo, Sieve] {
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
