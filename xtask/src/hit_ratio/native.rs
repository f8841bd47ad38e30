//! A replay through the crate.

use tidecache::{CacheBuilder, ManualClock};

use crate::cell::{Cell, Outcome};
use crate::hash::KeyHashes;
use crate::trace::Trace;

/// Returns what the cell's policy finds with this seed.
pub(crate) fn replay(cell: &Cell, trace: &Trace, seed: u32) -> Outcome {
    let builder =
        CacheBuilder::new().policy(cell.policy.kind).hasher(KeyHashes::new(&trace.keys, seed));
    let builder = if trace.weights.is_some() {
        // As the door to JavaScript has it, where weights may be fractions: parts of a limit that
        // are no whole numbers are rounded alike.
        let shift = 52 - cell.size.ilog2();
        let weigh = move |_: &u32, &weight: &u32| u64::from(weight) << shift;
        builder.max_weight(cell.size << shift).weigher(weigh)
    } else {
        builder.max_entries(cell.size as usize)
    };
    let built = builder.build_with_clock(ManualClock::new());
    let mut cache = built.expect("sizes were checked when they were read");
    let mut outcome = Outcome::default();
    for (at, key) in trace.requests.iter().enumerate() {
        let weight = trace.weights.as_ref().map_or(0, |weights| weights[at]);
        if cache.get(key).is_some() {
            outcome.hits += 1;
            outcome.weight += u64::from(weight);
        } else {
            cache.insert(*key, weight);
        }
    }
    outcome
}
