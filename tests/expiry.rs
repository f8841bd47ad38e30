//! When entries die, when they are freed, and when somebody has to look: virtual time only.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidecache::store::SWEEP_SLOTS;
use tidecache::{Cache, CacheBuilder, Clock, Instant, ManualClock, Timer};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A cache, the clock it reads, and how many entries its listener has got.
struct Bench {
    cache: Cache<u32, u32, ManualClock>,
    clock: ManualClock,
    freed: Arc<AtomicU64>,
}

impl Bench {
    fn new(builder: CacheBuilder<u32, u32>) -> Self {
        let (clock, freed) = (ManualClock::new(), Arc::new(AtomicU64::new(0)));
        let count = freed.clone();
        let builder = builder.on_removal(move |_, _, _| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let cache = builder.build_with_clock(clock.clone()).expect("the wishes are sound");
        Self { cache, clock, freed }
    }

    fn freed(&self) -> u64 {
        self.freed.load(Ordering::Relaxed)
    }
}

#[test]
fn an_entry_is_dead_at_its_deadline_not_after_it() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new().default_ttl(SECOND));
    cache.insert(1, 1);
    clock.set(Instant::from_nanos(999_999_999));
    assert_eq!(cache.get(&1), Some(&1));
    clock.set(Instant::from_nanos(1_000_000_000));
    assert_eq!(cache.get(&1), None);
}

#[test]
fn expired_entry_is_a_miss_before_collection() {
    let mut bench = Bench::new(CacheBuilder::new().default_ttl(SECOND));
    bench.cache.insert(1, 1);
    bench.clock.advance(SECOND);
    let cache = &mut bench.cache;
    assert!(!cache.contains(&1) && cache.peek(&1).is_none() && cache.entry(&1).is_none());
    assert!(cache.is_empty() && cache.iter().next().is_none());
    assert!(!cache.touch(&1, DAY), "the dead cannot be touched back to life");
    assert!(!cache.remove(&1) && cache.take(&1).is_none());
    assert_eq!((bench.freed(), bench.cache.stats().expirations), (1, 1));
}

#[test]
fn a_clock_that_steps_back_revives_nothing() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new().default_ttl(SECOND));
    cache.insert(1, 1);
    clock.advance(SECOND);
    assert!(!cache.contains(&1));
    clock.set(Instant::ORIGIN);
    assert!(!cache.contains(&1));
    cache.insert(2, 2);
    let entry = cache.entry(&2).expect("it was just inserted");
    assert_eq!(entry.created(), Instant::ORIGIN + SECOND);
    assert_eq!(entry.expires(), Some(Instant::ORIGIN + SECOND + SECOND));
}

#[test]
fn touch_starts_a_new_time_to_live_and_is_not_a_use() {
    let Bench { mut cache, clock, .. } =
        Bench::new(CacheBuilder::new().default_ttl(SECOND).max_entries(2));
    cache.insert(1, 1);
    cache.insert(2, 2);
    clock.advance(SECOND / 2);
    assert!(cache.touch(&1, DAY));
    assert_eq!(cache.entry(&1).and_then(|entry| entry.time_left()), Some(DAY));
    cache.insert(3, 3);
    assert!(!cache.contains(&1), "1 was still the least recently used");
    assert_eq!(cache.stats().hits, 0);
}

#[test]
fn sliding_entries_start_their_own_time_to_live_anew_with_each_use() {
    let builder = CacheBuilder::new().default_ttl(SECOND).sliding(true);
    let Bench { mut cache, clock, .. } = Bench::new(builder);
    cache.insert(1, 1);
    cache.insert_with_ttl(2, 2, SECOND * 2);
    for _ in 0..10 {
        clock.advance(SECOND / 2);
        assert!(cache.get(&1).is_some() && cache.get(&2).is_some());
    }
    clock.advance(SECOND);
    assert!(cache.get(&1).is_none() && cache.get(&2).is_some());
    clock.advance(SECOND * 2);
    assert!(cache.is_empty());
}

#[test]
fn what_never_expires_is_alive_at_the_end_of_time() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new());
    cache.insert(1, 1);
    cache.insert_with_ttl(2, 2, Duration::MAX);
    cache.insert_with_ttl(3, 3, DAY * 30);
    clock.set(Instant::NEVER);
    assert!(!cache.advance());
    assert_eq!(cache.len(), 2);
    cache.insert(4, 4);
    assert!(cache.contains(&4));
    cache.validate();
}

#[test]
fn a_time_to_live_of_zero_is_over_at_once() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new());
    assert!(cache.insert_with_ttl(1, 1, Duration::ZERO));
    assert!(cache.get(&1).is_none() && cache.is_empty());
    cache.insert(2, 2);
    cache.insert_with_ttl(2, 3, Duration::ZERO);
    clock.advance(SECOND);
    cache.insert(3, 3);
    assert_eq!(cache.keys().collect::<Vec<_>>(), [&3]);
    cache.validate();
}

#[test]
fn the_dead_go_before_the_living() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new().max_entries(3));
    cache.insert(1, 1);
    cache.insert_with_ttl(2, 2, SECOND);
    cache.insert(3, 3);
    clock.advance(SECOND);
    cache.insert(4, 4);
    assert!(cache.contains(&1), "2 was dead, though 1 was used longer ago");
    assert_eq!((cache.stats().expirations, cache.stats().evictions), (1, 0));
}

#[test]
fn inserts_free_the_dead_of_a_cache_that_nobody_advances() {
    let mut bench = Bench::new(CacheBuilder::new());
    for key in 0..10_000 {
        bench.cache.insert_with_ttl(key, key, SECOND);
    }
    bench.clock.advance(SECOND);
    for (key, freed) in (10_000..).zip([4_096, 8_192, 10_000]) {
        bench.cache.insert(key, key);
        let expired = bench.cache.stats().expirations;
        assert_eq!(expired, freed, "one step of the sweep for each tick of the clock");
        bench.cache.insert(key, key);
        bench.clock.advance(Duration::from_millis(1));
    }
}

/// The host does nothing but sleep until the moment it was told: each entry is freed exactly at
/// its deadline, and no wake is in vain.
#[test]
fn a_cache_driven_only_at_its_next_deadline_frees_everything_in_time() {
    let mut bench = Bench::new(CacheBuilder::new());
    let mut deadlines: Vec<Instant> = (0..5_000)
        .map(|key| {
            let ttl = Duration::from_nanos(1 + scramble(key) % DAY.as_nanos() as u64);
            bench.cache.insert_with_ttl(key, key, ttl);
            Instant::ORIGIN + ttl
        })
        .collect();
    deadlines.sort_unstable();
    deadlines.truncate(500);
    for (freed, deadline) in (1..).zip(deadlines) {
        assert_eq!(bench.cache.next_deadline(), Some(deadline));
        bench.clock.set(deadline);
        while bench.cache.advance() {}
        assert_eq!(bench.freed(), freed);
    }
}

#[test]
fn one_advance_looks_at_a_bounded_number_of_slots() {
    let mut bench = Bench::new(CacheBuilder::new());
    for key in 0..100_000 {
        bench.cache.insert_with_ttl(key, key, SECOND);
    }
    bench.clock.advance(SECOND);
    let mut steps = 1;
    while bench.cache.advance() {
        assert_eq!(bench.freed(), steps * u64::from(SWEEP_SLOTS));
        steps += 1;
    }
    assert_eq!((steps, bench.freed()), (25, 100_000));
    assert_eq!(bench.cache.next_deadline(), None);
}

#[test]
fn a_million_entries_are_freed_without_being_read_again() {
    const ENTRIES: u32 = 1_000_000;
    let mut bench = Bench::new(CacheBuilder::new());
    for key in 0..ENTRIES {
        let ttl = SECOND + Duration::from_nanos(scramble(key) % (DAY * 30).as_nanos() as u64);
        bench.cache.insert_with_ttl(key, key, ttl);
    }
    let mut wakes = 0;
    while let Some(next) = bench.cache.next_deadline() {
        // A host that is in no hurry: it wakes six hours late.
        bench.clock.set(next + DAY / 4);
        while bench.cache.advance() {}
        wakes += 1;
        assert_eq!(bench.freed() + bench.cache.len() as u64, u64::from(ENTRIES));
    }
    assert_eq!(bench.freed(), u64::from(ENTRIES));
    assert!(wakes <= 120 && bench.clock.now() <= Instant::ORIGIN + DAY * 31, "{wakes} wakes");
}

/// Remembers what it was told.
#[derive(Debug, Default)]
struct Alarm(Vec<Option<Instant>>);

impl Timer for Alarm {
    fn arm(&mut self, deadline: Option<Instant>) {
        self.0.push(deadline);
    }
}

#[test]
fn the_timer_is_armed_with_exactly_one_deadline() {
    let (mut cache, mut alarm) = (Bench::new(CacheBuilder::new()).cache, Alarm::default());
    let month = Instant::ORIGIN + DAY * 30;
    cache.arm(&mut alarm);
    cache.insert(1, 1);
    cache.arm(&mut alarm);
    cache.insert_with_ttl(2, 2, DAY * 30);
    cache.arm(&mut alarm);
    cache.insert_with_ttl(3, 3, SECOND);
    cache.arm(&mut alarm);
    cache.remove(&3);
    cache.clear();
    cache.arm(&mut alarm);
    let second = Instant::ORIGIN + SECOND;
    assert_eq!(alarm.0, [None, None, Some(month), Some(second), None]);
}

/// The entry with the first deadline may leave by another way; the wake it had asked for finds
/// that out, and is the only one in vain.
#[test]
fn a_wake_in_vain_corrects_the_next_deadline() {
    let Bench { mut cache, clock, .. } = Bench::new(CacheBuilder::new());
    cache.insert_with_ttl(1, 1, SECOND);
    cache.insert_with_ttl(2, 2, DAY);
    cache.remove(&1);
    assert_eq!(cache.next_deadline(), Some(Instant::ORIGIN + SECOND));
    clock.advance(SECOND);
    assert!(!cache.advance());
    assert_eq!(cache.next_deadline(), Some(Instant::ORIGIN + DAY));
}

/// Returns a number that looks random, the same for the same key.
fn scramble(key: u32) -> u64 {
    (u64::from(key) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11
}
