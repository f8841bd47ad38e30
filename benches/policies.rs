//! Time of an operation of the native cache under each policy, and as a ratio to LRU's.
//!
//! `cargo bench --bench policies`, or with another number of entries after `--`. All policies take
//! turns in each round; a figure is the median of the rounds. *mix*: a skewed load over four times
//! as many keys as entries, a miss inserts; *hit*: reads of what is held, in no order; *evict*:
//! inserts of new keys.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tidecache::{Cache, ManualClock, PolicyKind};

const OPERATIONS: usize = 2_000_000;
const ROUNDS: usize = 5;

fn main() {
    let entries = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let keys = load(entries);
    let mut times = PolicyKind::ALL.map(|_| [const { Vec::new() }; 3]);
    for _ in 0..ROUNDS {
        for (&kind, parts) in PolicyKind::ALL.iter().zip(&mut times) {
            for (times, time) in parts.iter_mut().zip(measure(kind, entries, &keys)) {
                times.push(time);
            }
        }
    }
    println!("{entries} entries, ns an operation (ratio to lru)");
    let medians = times.map(|parts| parts.map(median));
    for (kind, parts) in PolicyKind::ALL.iter().zip(medians) {
        let cell =
            |part: usize| format!("{:6.1} ({:.2})", parts[part], parts[part] / medians[0][part]);
        println!("{kind:9?} mix {} hit {} evict {}", cell(0), cell(1), cell(2));
    }
}

/// Returns the nanoseconds of a mixed operation, a hit, and an insert that evicts.
fn measure(kind: PolicyKind, entries: u64, keys: &[u64]) -> [f64; 3] {
    let builder = Cache::builder().policy(kind).max_entries(entries as usize);
    let builder = builder.default_ttl(Duration::from_secs(600));
    let mut cache = builder.build_with_clock(ManualClock::new()).expect("it has a limit");
    let mix = time(|at| {
        let key = keys[at];
        if cache.get(&key).is_none() {
            cache.insert(key, key);
        }
    });
    let held: Vec<u64> = cache.iter().map(|(&key, _)| key).collect();
    let hit = time(|at| {
        let at = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        black_box(cache.get(&held[((at * held.len() as u64) >> 32) as usize]));
    });
    let evict = time(|at| {
        cache.insert(at as u64 | 1 << 63, 0);
    });
    [mix, hit, evict]
}

fn time(mut act: impl FnMut(usize)) -> f64 {
    let start = Instant::now();
    (0..OPERATIONS).for_each(&mut act);
    start.elapsed().as_nanos() as f64 / OPERATIONS as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// Returns keys of which some are asked for much more often than others.
fn load(entries: u64) -> Vec<u64> {
    let mut word = 0x2545_f491_4f6c_dd1d_u64;
    let draw = |_| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        let drawn = (word >> 11) as f64 / (1_u64 << 53) as f64;
        ((4 * entries) as f64 * drawn.powi(3)) as u64
    };
    (0..OPERATIONS).map(draw).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
}
