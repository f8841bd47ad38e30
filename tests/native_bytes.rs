//! What an entry costs beside its key and value: the figures of docs/benchmarks.md.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use tidecache::{Cache, ManualClock, PolicyKind};

/// Returns the bytes beside key and value of each entry of a full cache that has evicted.
fn beside(kind: PolicyKind, entries: usize) -> f64 {
    let builder = Cache::<u64, u64>::builder().policy(kind).max_entries(entries);
    let builder = builder.default_ttl(Duration::from_secs(60));
    let mut cache = builder.build_with_clock(ManualClock::new()).unwrap();
    for key in 0..entries as u64 + entries as u64 / 2 {
        cache.insert(key, key);
        cache.get(&(key / 2));
    }
    assert_eq!(cache.len(), entries);
    (cache.bytes() - entries * size_of::<(u64, u64)>()) as f64 / entries as f64
}

/// Fewer and more than a power of two, and one more than the index holds at its fullest.
const SIZES: [usize; 5] = [1_000, 28_673, 100_000, 131_073, 1_000_000];

#[test]
fn an_entry_takes_at_most_fifty_six_bytes_beside_key_and_value() {
    for kind in [PolicyKind::Lru, PolicyKind::Fifo, PolicyKind::Sieve] {
        for entries in SIZES {
            let bytes = beside(kind, entries);
            println!("{kind:?} {entries}: {bytes:.1}");
            assert!(bytes <= 56.0, "{kind:?} takes {bytes:.1} bytes an entry of {entries}");
        }
    }
}

#[test]
fn an_entry_takes_at_most_sixty_four_bytes_with_a_sketch() {
    for entries in SIZES {
        let bytes = beside(PolicyKind::WTinyLfu, entries);
        println!("WTinyLfu {entries}: {bytes:.1}");
        assert!(bytes <= 64.0, "{bytes:.1} bytes an entry of {entries}");
    }
}
