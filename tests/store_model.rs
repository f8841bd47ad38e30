//! The cache against a naive twin: two million random operations, every answer, victim, reason and
//! counter compared, every invariant checked after each step, in virtual time.
//!
//! A failure prints its seed; `SEED=7 cargo test --test store_model` runs that one alone.
#![cfg(not(target_arch = "wasm32"))]

mod model;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use tidecache::PolicyKind;

use model::{INSERT, Limits, Op, Pair, Rng, Setup, seeds};

const STEPS: u32 = 10_000;
const SEEDS: u64 = 32;
#[test]
fn a_cache_limited_by_entries_does_as_its_twin() {
    for kind in PolicyKind::ALL {
        let [evictions, expirations] = run_seeds(kind, SEEDS, STEPS, |rng| {
            let entries = rng.below(64) as usize + 1;
            Setup::draw(Limits { entries: Some(entries), weight: None }, rng)
        });
        saw_enough(evictions.min(expirations), SEEDS * 100);
    }
}

#[test]
fn a_cache_limited_by_weight_does_as_its_twin() {
    for kind in PolicyKind::ALL {
        let [evictions, expirations] = run_seeds(kind, SEEDS, STEPS, |rng| {
            let weight = u64::from(rng.below(200)) + 1;
            Setup::draw(Limits { entries: None, weight: Some(weight) }, rng)
        });
        saw_enough(evictions.min(expirations), SEEDS * 100);
    }
}

#[test]
fn a_cache_without_limits_does_as_its_twin() {
    for kind in PolicyKind::ALL {
        let [evictions, expirations] = run_seeds(kind, SEEDS, STEPS, |rng| {
            Setup::draw(Limits { entries: None, weight: None }, rng)
        });
        assert_eq!(evictions, 0);
        saw_enough(expirations, SEEDS * 100);
    }
}

/// One step of the sweep does not see all of it.
#[test]
fn a_cache_larger_than_one_step_of_the_sweep_does_as_its_twin() {
    for kind in PolicyKind::ALL {
        let [evictions, expirations] = run_seeds(kind, 2, 4_000, |rng| {
            let limits = Limits { entries: Some(4_500), weight: None };
            Setup { keys: 9_000, filled: 5_000, ..Setup::draw(limits, rng) }
        });
        saw_enough(evictions.min(expirations), 1_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..Default::default()
    })]

    /// The same on short scripts, which shrink to the shortest that fails.
    #[test]
    fn short_scripts_do_as_their_twins(
        seed in any::<u64>(),
        policy in 0..PolicyKind::ALL.len(),
        script in vec([0..100_u16, 0..64, 0..256], 0..120),
    ) {
        let mut rng = Rng(seed);
        let entries = Some(rng.below(6) as usize + 1);
        let weight = [None, Some(12)][rng.below(2) as usize];
        let setup = Setup::draw(Limits { entries, weight }, &mut rng);
        let mut pair = Pair::new(PolicyKind::ALL[policy], &setup);
        for words in script {
            pair.apply(Op::decode(words, &setup));
        }
    }
}

/// Runs a script of `steps` random operations for each seed, says which seed fails, and returns how
/// many entries were evicted and have expired.
fn run_seeds(
    kind: PolicyKind,
    count: u64,
    steps: u32,
    setup: impl Fn(&mut Rng) -> Setup,
) -> [u64; 2] {
    let mut losses = [0, 0];
    for seed in seeds(count) {
        let mut rng = Rng(seed);
        let setup = setup(&mut rng);
        let mut pair = Pair::new(kind, &setup);
        for step in 0..setup.filled + steps {
            let [kind, key, detail] = rng.words();
            let words = if step < setup.filled {
                [INSERT, step as u16, detail]
            } else {
                [kind, key, detail]
            };
            let op = Op::decode(words, &setup);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pair.apply(op))) {
                eprintln!("SEED={seed} fails for {kind:?} at step {step}: {op:?}, {setup:?}");
                resume_unwind(panic);
            }
        }
        let [evicted, expired] = pair.losses();
        losses = [losses[0] + evicted, losses[1] + expired];
    }
    losses
}

/// A script in which nothing leaves proves nothing; a single seed that is run again may be short.
fn saw_enough(losses: u64, least: u64) {
    assert!(losses > least || env::var("SEED").is_ok(), "only {losses} entries left");
}
