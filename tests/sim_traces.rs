//! The same seed is the same run, on every platform: natively and in WebAssembly the simulator's
//! trace of a seed is the committed one.
//!
//! A trace is the hash of every event of a run and its time. A change of the core or the simulator
//! changes it: then the test says what `tests/golden/traces.txt` has to be, and the diff says that
//! it was meant.

#[path = "sim/mod.rs"]
mod sim;

use std::fmt::Write;

use sim::life::run;
use sim::plan::Plan;
use tidecache::cluster::Rules;

/// One line a seed: how it is drawn, its number, its trace.
const GOLDEN: &str = include_str!("golden/traces.txt");

const SEEDS: u64 = 12;

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn traces_are_the_committed_ones_on_every_platform() {
    let traces = traces();
    assert!(traces == GOLDEN, "tests/golden/traces.txt would be\n{traces}");
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn the_same_seed_gives_the_same_trace_twice() {
    assert_eq!(traces(), traces());
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn another_seed_gives_another_trace() {
    let [first, second] = [1, 2].map(|seed| run(Plan::of_seed(seed, Rules::ALL)).trace);
    assert_ne!(first, second);
}

fn traces() -> String {
    let mut text = String::new();
    for seed in 1..=SEEDS {
        let plans = [
            ("mixture", Plan::of_seed(seed, Rules::ALL)),
            ("swarm", Plan::of_swarm(seed, Rules::ALL)),
        ];
        for (name, plan) in plans {
            let trace = run(plan).trace;
            writeln!(text, "{name} {seed} {trace:016x}").expect("a string takes everything");
        }
    }
    text
}
