//! One cell of one contestant: `native WHO OPERATION ENTRIES MILLISECONDS`; prints a line of JSON.
//!
//! `cargo xtask bench --only native` runs it for every contestant, each in a process of its own,
//! alternating and in rounds: benches/js/native.mjs. A harness that measures one contestant after
//! the other, as Criterion does, compares different minutes of the machine.
//!
//! *hit*: reads of held keys; *mix*: reads of four times as many keys as fit, and an insert after
//! a miss; both by Zipf's law, exponent 0.99. *evict*: inserts of new keys into a full cache.
//! *sweep*: one `advance` after the other through thirty days, in microseconds.

mod clock;
mod contestant;
mod load;
mod sweep;

use std::time::{Duration, Instant};

use contestant::Contestant;
use load::Load;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [who, operation, entries, milliseconds] = &words[..] else {
        // `cargo bench` and `cargo test --benches` say nothing more.
        println!("native WHO OPERATION ENTRIES MILLISECONDS; see cargo xtask bench --only native");
        return;
    };
    let entries: u64 = entries.parse().expect("a number of entries");
    let time = Duration::from_millis(milliseconds.parse().expect("milliseconds"));
    if operation == "sweep" {
        sweep::run(entries);
        return;
    }
    contestant::with(who, entries as usize, Measure { operation, entries, time });
}

/// Measures whichever contestant it is given.
struct Measure<'a> {
    operation: &'a str,
    entries: u64,
    time: Duration,
}

impl contestant::Visitor for Measure<'_> {
    fn visit(self, mut cache: impl Contestant) {
        let mut load = Load::new(self.operation, self.entries);
        for number in 0..self.entries {
            cache.set(load::key(number), number);
        }
        for _ in 0..(3 * self.entries).max(400_000) / load::BATCH as u64 {
            run(self.operation, &mut cache, load.next());
        }
        let (mut operations, mut hits) = (0, 0);
        let (mut cpu, mut wall) = (Duration::ZERO, Duration::ZERO);
        while wall < self.time {
            let keys = load.next();
            let (cpu_start, start) = (clock::cpu(), Instant::now());
            hits += run(self.operation, &mut cache, keys);
            wall += start.elapsed();
            cpu += clock::cpu().saturating_sub(cpu_start);
            operations += keys.len() as u64;
        }
        let per = |nanoseconds: f64| nanoseconds / operations as f64;
        println!(
            "{{\"cpuNs\":{:.3},\"wallNs\":{:.3},\"hitRatio\":{:.6}}}",
            per(cpu.as_nanos() as f64),
            per(wall.as_nanos() as f64),
            hits as f64 / operations as f64,
        );
    }
}

/// Does one batch of operations and returns the hits.
fn run(operation: &str, cache: &mut impl Contestant, keys: &[u64]) -> u64 {
    let mut hits = 0;
    match operation {
        "hit" => {
            for &key in keys {
                hits += u64::from(cache.get(key));
            }
        }
        "mix" => {
            for &key in keys {
                if cache.get(key) {
                    hits += 1;
                } else {
                    cache.set(key, key);
                }
            }
        }
        _ => {
            for &key in keys {
                cache.set(key, key);
            }
        }
    }
    hits
}
