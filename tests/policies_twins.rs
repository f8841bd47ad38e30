//! SIEVE, S3-FIFO, W-TinyLFU and `adaptive` against naive twins that follow the papers: random
//! operations on the slots, every victim compared, every invariant checked after each step.
//!
//! A failure prints its seed; `SEED=7 cargo test --test policies_twins` runs that one alone.
#![cfg(not(target_arch = "wasm32"))]

#[path = "policies_twins/adaptive/mod.rs"]
mod adaptive;
#[path = "policies_twins/pair.rs"]
mod pair;
#[path = "policies_twins/s3fifo.rs"]
mod s3fifo;
#[path = "policies_twins/sieve.rs"]
mod sieve;
#[path = "policies_twins/tinylfu.rs"]
mod tinylfu;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tidecache::store::{Capacity, Slots};
use tidecache::{Instant, PolicyKind};

use adaptive::AdaptiveTwin;
use pair::{Dice, Pair, Twin};
use s3fifo::S3FifoTwin;
use sieve::SieveTwin;
use tinylfu::WTinyLfuTwin;

#[test]
fn sieve_chooses_as_the_paper_does() {
    run(PolicyKind::Sieve, 96, |capacity| Box::new(SieveTwin::new(capacity)));
}

#[test]
fn s3_fifo_chooses_as_the_paper_does() {
    run(PolicyKind::S3Fifo, 96, |capacity| Box::new(S3FifoTwin::new(capacity)));
}

#[test]
fn w_tinylfu_chooses_as_the_papers_do() {
    run(PolicyKind::WTinyLfu, 96, |capacity| Box::new(WTinyLfuTwin::new(capacity)));
}

#[test]
fn adaptive_chooses_as_its_essay_says() {
    run(PolicyKind::Adaptive, 32, |capacity| Box::new(AdaptiveTwin::new(capacity)));
}

/// A limit of weight and entries that weigh one each are a limit of entries.
#[test]
fn as_many_entries_of_weight_one_do_as_so_many_entries() {
    for kind in [PolicyKind::Sieve, PolicyKind::S3Fifo, PolicyKind::WTinyLfu, PolicyKind::Adaptive]
    {
        for seed in seeds(8) {
            let mut dice = Dice(seed);
            let size = dice.below(400) + 8;
            let by_entries = Capacity { entries: size, weight: u64::MAX };
            let by_both = Capacity { entries: size, weight: u64::from(size) };
            let mut pairs = [by_entries, by_both].map(|capacity| Pair::new(kind, capacity, None));
            for _ in 0..20_000 {
                let key = (dice.below(size * 2) * dice.below(100) / 100) as u16;
                let [some, others] = pairs.each_mut().map(|pair| pair.ask(key, 1));
                assert_eq!(some, others, "SEED={seed} {kind:?} {size}");
            }
        }
    }
}

/// What the documentation of the policies says of their memory.
#[test]
fn no_policy_takes_more_than_sixteen_bytes_an_entry_over_lru() {
    const SIZE: u32 = 1 << 16;
    let bytes = |kind, stated: f64| {
        let capacity = Capacity { entries: SIZE, weight: u64::MAX };
        let mut slots: Slots<Instant> = Slots::new(kind, capacity);
        for stamp in 0..SIZE * 4 {
            let hash = stamp.wrapping_mul(0x85eb_ca6b);
            slots.insert_hashed(hash, stamp, Instant::ORIGIN, Instant::NEVER, 0);
            slots.forget_removals();
        }
        let bytes = slots.bytes() as f64 / f64::from(SIZE) - 16.0;
        assert!((stated - 0.2..stated + 0.6).contains(&bytes), "{kind:?}: {bytes}");
        assert!(bytes <= 4.0 + 16.0, "{kind:?}: {bytes}");
        let ghosts = if kind == PolicyKind::Adaptive { SIZE / 2 * 5 } else { SIZE * 9 / 10 };
        assert!(slots.ghosts() <= ghosts, "{kind:?}: ghosts");
        slots.clear();
        assert!(slots.bytes() == 0 && slots.ghosts() == 0, "{kind:?} gives all back");
    };
    bytes(PolicyKind::Lru, 4.0);
    bytes(PolicyKind::Fifo, 4.0);
    bytes(PolicyKind::Sieve, 8.0);
    bytes(PolicyKind::Lfu, 12.0);
    bytes(PolicyKind::WTinyLfu, 18.7);
    bytes(PolicyKind::S3Fifo, 18.8);
    bytes(PolicyKind::Adaptive, 19.3);
}

/// Whoever tells uses in batches, and not those that are settled (the JavaScript door), gets what
/// whoever tells all at once gets.
#[test]
fn uses_may_be_told_in_batches() {
    for kind in [PolicyKind::Lfu, PolicyKind::WTinyLfu, PolicyKind::Adaptive] {
        let capacity = Capacity { entries: 100, weight: u64::MAX };
        let mut pairs = [1, 64].map(|batch| (Pair::new(kind, capacity, None), batch));
        let mut dice = Dice(5);
        for _ in 0..20_000 {
            let key = (dice.below(300) * dice.below(100) / 100) as u16;
            let [some, others] = pairs.each_mut().map(|(pair, batch)| pair.log(key, *batch));
            assert_eq!(some, others, "{kind:?}");
        }
        let untold = pairs[1].0.untold();
        assert!((kind == PolicyKind::Adaptive) == (untold > 500), "{kind:?}: {untold} not told");
    }
}

/// Runs scripts of random operations on caches of random limits.
fn run(kind: PolicyKind, scripts: u64, twin: impl Fn(Capacity) -> Box<dyn Twin>) {
    let mut evicted = 0;
    for seed in seeds(scripts) {
        let mut dice = Dice(seed);
        let entries = [dice.below(12) + 1, dice.below(300) + 1][dice.below(2) as usize];
        let capacity = match dice.below(3) {
            0 => Capacity { entries, weight: u64::MAX },
            1 => Capacity { weight: u64::from(entries) * 7, ..Capacity::UNLIMITED },
            _ => Capacity { entries, weight: u64::from(entries) * 7 },
        };
        // From all alike to a few that may be heavier than the whole cache.
        let weights = [1, 14, entries * 4][dice.below(3) as usize];
        let keys = entries + dice.below(entries * 4) + 2;
        let mut pair = Pair::new(kind, capacity, Some(twin(capacity)));
        for step in 0..6_000 {
            let act = || pair.step(&mut dice, keys, weights);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
                eprintln!("SEED={seed} fails for {kind:?} at step {step}: {capacity:?}");
                resume_unwind(panic);
            }
        }
        evicted += pair.evicted();
    }
    assert!(evicted > 10_000 || env::var("SEED").is_ok(), "only {evicted} were evicted");
}

/// Returns the seed that `SEED=` names, or the first `count`.
fn seeds(count: u64) -> Vec<u64> {
    match env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (0..count).collect(),
    }
}
