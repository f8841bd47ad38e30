//! What the rules cost a cache at capacity that nothing goes wrong with.

use std::time::Duration;

use tidecache::PolicyKind;
use tidecache::cluster::{Action, Consistency, Outcome, Quorum, Rules, Stats};

use super::dice::Dice;
use super::history::value_of;
use super::network::MS;
use super::plan::Plan;
use super::world::World;

/// What a run of reads, each miss followed by a write, came to.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) hit_rate: f64,
    pub(crate) requests: u64,
    pub(crate) stats: Stats,
}

/// What is asked for: keys by Zipf's law, four times as many as a node has room for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    /// With this exponent.
    Zipf(f64),
    /// Of 0.9, and every 30 requests each key becomes a little less popular than the one before it.
    Drift,
    /// Of 0.9, and each fourth request is for a key that nobody asks for again.
    Scan,
}

/// Runs `requests` reads of `load` against nodes that evict by `policy`; `down` is a node that is
/// cut off.
pub(crate) fn at_capacity(
    (policy, load): (PolicyKind, Load),
    rules: Rules,
    requests: u64,
    down: Option<u32>,
) -> Cost {
    let mut plan = Plan::calm(1, 3, Quorum { replicas: 3, read: 2, write: 2 }, rules);
    plan.clients = 1;
    plan.entries = ENTRIES;
    plan.policy = policy;
    plan.max_ttl_ms = 3_600_000;
    plan.faults.delay_us_max = 100;
    let mut world = World::settled(plan);
    if let Some(node) = down {
        world.stop(node, true);
    }
    let mut dice = Dice::new(7);
    let weights = load.cumulated();
    let (mut hits, mut reads) = (0, 0);
    let ttl = Duration::from_secs(3_600);
    for at in 0..requests {
        let key = load.key(draw(&mut dice, &weights), at).to_le_bytes().to_vec();
        let get = Action::Get { key: key.clone(), consistency: Consistency::Quorum };
        let outcome = ask(&mut world, get);
        if at > requests / 4 {
            reads += 1;
            hits += u64::from(matches!(outcome, Outcome::Hit(_)));
        }
        if outcome == Outcome::Miss {
            let value = value_of(world.history.ops.len(), 8);
            ask(&mut world, Action::Put { key, value, flags: 0, ttl });
        }
    }
    let requests = world.history.ops.len() as u64;
    let stats = world.clients[0].coordinator.stats();
    Cost { hit_rate: hits as f64 / reads as f64, requests, stats }
}

/// Makes a request and waits until it is done.
fn ask(world: &mut World, action: Action) -> Outcome {
    let id = world.request(0, action);
    let end = world.now + 2_000 * MS;
    while world.history.ops[id].outcome.is_none() && world.step(end) {}
    world.history.ops[id].outcome.clone().expect("every request ends by its deadline")
}

impl Load {
    /// Returns the sums of the keys' weights.
    fn cumulated(self) -> Vec<f64> {
        let exponent = if let Self::Zipf(exponent) = self { exponent } else { 0.9 };
        let mut sum = 0.0;
        let weights = (1..=ENTRIES * 4).map(|rank| f64::from(rank).powf(-exponent));
        weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect()
    }

    /// Returns the key of request `at`, for which `rank` was drawn.
    fn key(self, rank: u64, at: u64) -> u64 {
        match self {
            Self::Drift => (rank + at / 30) % u64::from(ENTRIES * 4),
            Self::Scan if at.is_multiple_of(4) => u64::from(ENTRIES * 4) + at,
            _ => rank,
        }
    }
}

fn draw(dice: &mut Dice, sums: &[f64]) -> u64 {
    let last = sums.last().copied().unwrap_or(1.0);
    let drawn = dice.below(1 << 52) as f64 / (1_u64 << 52) as f64 * last;
    sums.partition_point(|&sum| sum < drawn) as u64
}

const ENTRIES: u32 = 500;
