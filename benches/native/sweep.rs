//! How long one `advance` takes while entries die all the time.

use std::time::Duration;

use tidecache::{Cache, ManualClock};

use crate::clock as cpu_clock;

const STEPS: u32 = 20_000;
const TTL_MIN: f64 = 1.0;
const TTL_MAX: f64 = 30.0 * 86_400.0;

/// Fills a cache with entries that live from a second to thirty days, goes through those days in
/// growing steps with one `advance` each, and prints the microseconds of CPU
/// time that they took.
pub(crate) fn run(entries: u64) {
    let clock = ManualClock::new();
    let builder = Cache::builder().max_entries(entries as usize);
    let mut cache = builder.build_with_clock(clock.clone()).expect("it has a limit");
    let moment = |share: f64| Duration::from_secs_f64(TTL_MIN * (TTL_MAX / TTL_MIN).powf(share));
    for number in 0..entries {
        let drawn = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
        cache.insert_with_ttl(number, number, moment(drawn as f64 / (1_u64 << 53) as f64));
    }
    let mut times: Vec<f64> = Vec::with_capacity(STEPS as usize);
    let mut reached = Duration::ZERO;
    for step in 1..=STEPS {
        let next = moment(f64::from(step) / f64::from(STEPS) * 1.001);
        clock.advance(next.saturating_sub(reached));
        reached = next;
        let start = cpu_clock::cpu();
        cache.advance();
        times.push(cpu_clock::cpu().saturating_sub(start).as_secs_f64() * 1e6);
    }
    while cache.advance() {}
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
    println!(
        "{{\"p50\":{:.2},\"p99\":{:.2},\"p999\":{:.2},\"longest\":{:.2},\"left\":{}}}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
        cache.iter().count(),
    );
}
