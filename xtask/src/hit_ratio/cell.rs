//! One figure of the table: a policy on a trace at a size.

use std::collections::BTreeSet;

use crate::complaint::Complaint;
use crate::options::Options;
use crate::policy::Policy;
use crate::reference::Reference;
use crate::size::{CURVE, Size, USUAL};
use crate::trace::Trace;

/// A policy on a trace at a size, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// Which of the traces.
    pub(crate) trace: usize,
    /// Entries, or weight where the trace has weights.
    pub(crate) size: u64,
    pub(crate) policy: Policy,
    /// Whether it is there for a curve only, between the sizes of the table.
    pub(crate) is_between: bool,
    /// One for each seed.
    pub(crate) outcomes: Vec<Outcome>,
}

/// What one replay has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outcome {
    pub(crate) hits: u64,
    /// What the requests weigh that were hits; 0 without weights.
    pub(crate) weight: u64,
}

impl Cell {
    /// Returns the mean fraction of requests that were hits.
    pub(crate) fn hit_ratio(&self, trace: &Trace) -> f64 {
        self.mean(|outcome| outcome.hits, trace.requests.len() as u64)
    }

    /// Returns the mean fraction of the requests' weight that was hit, where there are weights.
    pub(crate) fn byte_hit_ratio(&self, trace: &Trace) -> Option<f64> {
        trace.weights.as_ref()?;
        Some(self.mean(|outcome| outcome.weight, trace.weight().max(1)))
    }

    fn mean(&self, count: impl Fn(&Outcome) -> u64, of: u64) -> f64 {
        let sum: u64 = self.outcomes.iter().map(count).sum();
        sum as f64 / (of * self.outcomes.len() as u64) as f64
    }

    /// Returns how many replays it takes.
    pub(crate) fn seeds(&self, options: &Options) -> u32 {
        if self.policy.is_random() { options.seeds } else { 1 }
    }
}

/// Returns the cells that `options` ask for, in the order of the table.
pub(crate) fn wanted(
    options: &Options,
    traces: &[Trace],
    reference: &Reference,
) -> Result<Vec<Cell>, Complaint> {
    let mut cells = Vec::new();
    for (at, trace) in traces.iter().enumerate() {
        let (sizes, between) = sizes(options, trace, reference);
        for &size in sizes.union(&between) {
            if trace.weights.is_none() && u32::try_from(size).is_err() {
                return Err(Complaint::new(format!("{size} entries are too many to count")));
            }
            cells.extend(options.policies.iter().map(|&policy| Cell {
                trace: at,
                size,
                policy,
                is_between: !sizes.contains(&size),
                outcomes: Vec::new(),
            }));
        }
    }
    Ok(cells)
}

/// Returns the sizes of the table and those of the curve.
fn sizes(
    options: &Options,
    trace: &Trace,
    reference: &Reference,
) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let on_trace = |sizes: &[Size]| sizes.iter().map(|size| size.on(trace)).collect();
    if !options.sizes.is_empty() {
        return (on_trace(&options.sizes), BTreeSet::new());
    }
    let between = if options.curve.is_some() { on_trace(&CURVE) } else { BTreeSet::new() };
    let known: BTreeSet<u64> = reference.sizes(&trace.name).into_iter().collect();
    (if known.is_empty() { on_trace(&USUAL) } else { known }, between)
}
