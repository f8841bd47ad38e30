//! All replays, on every core.

use std::sync::Mutex;
use std::thread;

use crate::cell::{Cell, Outcome};
use crate::complaint::Complaint;
use crate::options::{Options, Through};
use crate::trace::Trace;
use crate::{native, npm};

/// One replay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// Which of the cells.
    pub(crate) cell: usize,
    pub(crate) seed: u32,
}

/// Returns the cells with what came of them.
pub(crate) fn run(
    options: &Options,
    traces: &[Trace],
    mut cells: Vec<Cell>,
) -> Result<Vec<Cell>, Complaint> {
    let jobs: Vec<Job> = cells
        .iter()
        .enumerate()
        .flat_map(|(cell, wanted)| {
            (0..wanted.seeds(options)).map(move |number| Job { cell, seed: spread(number) })
        })
        .collect();
    let outcomes = match options.through {
        Through::Native => natively(traces, &cells, &jobs),
        Through::Npm => npm::run(traces, &cells, &jobs)?,
    };
    for (job, outcome) in jobs.iter().zip(outcomes) {
        cells[job.cell].outcomes.push(outcome);
    }
    Ok(cells)
}

/// Returns what comes of each job, in their order, whoever made it.
fn natively(traces: &[Trace], cells: &[Cell], jobs: &[Job]) -> Vec<Outcome> {
    let outcomes = Mutex::new(vec![Outcome::default(); jobs.len()]);
    let next = Mutex::new(jobs.iter().enumerate());
    thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().expect("no replay panics with the lock").next();
                    let Some((at, job)) = taken else { return };
                    let cell = &cells[job.cell];
                    let outcome = native::replay(cell, &traces[cell.trace], job.seed);
                    outcomes.lock().expect("no replay panics with the lock")[at] = outcome;
                }
            });
        }
    });
    outcomes.into_inner().expect("no replay panics with the lock")
}

/// Returns how many replays run side by side.
pub(crate) fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Returns 32 bits that look drawn, for the seed of this number: Murmur3's finish.
fn spread(number: u32) -> u32 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b1);
    bits = (bits ^ bits >> 16).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ bits >> 13).wrapping_mul(0xc2b2_ae35);
    bits ^ bits >> 16
}
