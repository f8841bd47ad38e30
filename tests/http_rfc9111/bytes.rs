//! The index by bytes.

use tidecache::Instant;
use tidecache::PolicyKind;
use tidecache::http::{ByteIndex, policy_named};
use tidecache::store::Capacity;

const NO_SLOT: u32 = u32::MAX;
const NAMES: [&str; 7] = ["lru", "lfu", "fifo", "sieve", "s3-fifo", "w-tinylfu", "adaptive"];

fn index(name: &str, bytes: u64) -> ByteIndex<Instant> {
    let kind = policy_named(name).expect("a known name");
    let capacity = Capacity { entries: Capacity::UNLIMITED.entries, weight: bytes };
    ByteIndex::new(kind, capacity, Instant::from_nanos(0))
}

#[test]
fn policies_go_by_name() {
    assert_eq!(policy_named("w-tinylfu"), Some(PolicyKind::WTinyLfu));
    assert_eq!(policy_named("W-TinyLFU"), None);
    assert_eq!(policy_named(""), None);
}

#[test]
fn bytes_are_never_more_than_allowed_and_victims_are_told() {
    for name in NAMES {
        let mut index = index(name, 10_000);
        // What the owner knows: the weight of each slot that is taken.
        let mut held = std::collections::HashMap::<u32, u64>::new();
        let mut state = 1_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let weight = draw(2_000) + 1;
            let old = if draw(4) == 0 { held.keys().copied().max() } else { None };
            let slot = index.put(old.unwrap_or(NO_SLOT), draw(1_000) as u32, weight);
            if let Some(old) = old {
                held.remove(&old);
            }
            for victim in index.victims() {
                assert!(held.remove(&victim.slot).is_some(), "{name}: a victim that was held");
            }
            if let Some(slot) = slot {
                assert_eq!(held.insert(slot, weight), None, "{name}: a slot is one entry's");
                index.touch(slot, weight);
            }
            assert!(index.bytes() <= 10_000, "{name}");
            assert_eq!(index.bytes(), held.values().sum::<u64>(), "{name}");
            index.validate();
        }
        assert!(index.counts().evictions > 0, "{name}");
    }
}

#[test]
fn a_smaller_limit_evicts_what_is_too_much() {
    for name in NAMES {
        let mut index = index(name, 1_000);
        for hash in 0..10 {
            index.put(NO_SLOT, hash, 100);
        }
        assert_eq!(index.bytes(), 1_000, "{name}");
        index.resize(450);
        assert_eq!((index.bytes(), index.victims().len()), (400, 6), "{name}");
        assert_eq!(index.put(NO_SLOT, 99, 451), None, "{name}: heavier than all");
        index.resize(0);
        assert_eq!((index.bytes(), index.held()), (0, 0), "{name}");
        index.resize(1_000);
        assert!(index.put(NO_SLOT, 99, 100).is_some(), "{name}");
    }
}

#[test]
fn hits_and_misses_are_counted_in_bytes() {
    let mut index = index("lru", 1_000);
    let slot = index.put(NO_SLOT, 1, 300).expect("it fits");
    index.touch(slot, 300);
    index.miss(100);
    let counts = index.counts();
    assert_eq!((counts.hits, counts.misses), (1, 1));
    assert_eq!((counts.hit_bytes, counts.miss_bytes), (300, 100));
    index.clear();
    assert_eq!((index.bytes(), index.counts()), (0, counts));
}
