//! What a seed is made of: the shape of the cluster and everything that goes wrong.

use tidecache::PolicyKind;
use tidecache::cluster::{Quorum, Rules};

use super::dice::Dice;

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The epoch of the nodes that start from now on; the clients' is 1.
    pub(crate) epoch: u64,
    pub(crate) nodes: u32,
    pub(crate) clients: u32,
    pub(crate) quorum: Quorum,
    pub(crate) rules: Rules,
    pub(crate) keys: u64,
    /// Entries of a node: fewer than the keys make it evict and forget.
    pub(crate) entries: u32,
    pub(crate) policy: PolicyKind,
    pub(crate) max_ttl_ms: u64,
    pub(crate) max_drift_ms: u64,
    pub(crate) timeout_ms: u64,
    /// How long requests and faults come.
    pub(crate) life_ms: u64,
    /// The mean pause between two requests of a client.
    pub(crate) pause_ms: u64,
    pub(crate) faults: Faults,
}

/// How often what goes wrong, per million messages or per second and node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) drop_ppm: u64,
    pub(crate) duplicate_ppm: u64,
    /// A message takes up to a hundred times longer.
    pub(crate) tail_ppm: u64,
    pub(crate) delay_us_max: u64,
    /// Per request at a node: its key is evicted before or after.
    pub(crate) evict_ppm: u64,
    /// Per request at a node: the next value is turned away.
    pub(crate) reject_ppm: u64,
    /// Per second and node.
    pub(crate) crash_ppm: u64,
    pub(crate) pause_ppm: u64,
    pub(crate) partition_ppm: u64,
    /// Per second and client.
    pub(crate) client_pause_ppm: u64,
    pub(crate) step_ppm: u64,
    /// Whether crashes come in storms.
    pub(crate) has_storms: bool,
    /// Whether client clocks are off by hours.
    pub(crate) has_wild_clients: bool,
}

/// The shapes of cluster.md: nodes, N, R, W.
pub(crate) const SHAPES: [(u32, u32, u32, u32); 8] = [
    (1, 1, 1, 1),
    (2, 2, 1, 2),
    (3, 3, 1, 3),
    (3, 3, 2, 2),
    (4, 4, 2, 3),
    (5, 5, 3, 3),
    (7, 3, 2, 2),
    (4, 4, 3, 3),
];

impl Plan {
    /// Returns the plan of `seed`: each kind of fault is off, rare or frequent, in any mixture.
    pub(crate) fn of_seed(seed: u64, rules: Rules) -> Self {
        let mut dice = Dice::new(seed);
        let (nodes, replicas, read, write) = SHAPES[dice.below(SHAPES.len() as u64) as usize];
        let mut plan = Self::calm(seed, nodes, Quorum { replicas, read, write }, rules);
        plan.clients = dice.between(2, 5) as u32;
        plan.keys = dice.between(1, 8);
        plan.entries = [2, 4, 8, 64][dice.below(4) as usize];
        plan.max_ttl_ms = [1_000, 4_000, 30_000][dice.below(3) as usize];
        plan.max_drift_ms = [20, 100, 400][dice.below(3) as usize];
        plan.pause_ms = [10, 50, 200][dice.below(3) as usize];
        plan.timeout_ms = [200, 1_000][dice.below(2) as usize];
        plan.faults = Faults::draw(&mut dice);
        plan
    }

    /// Returns a plan in which nothing goes wrong.
    pub(crate) fn calm(seed: u64, nodes: u32, quorum: Quorum, rules: Rules) -> Self {
        Self {
            seed,
            epoch: 1,
            nodes,
            clients: 3,
            quorum,
            rules,
            keys: 4,
            entries: 1_000,
            policy: PolicyKind::Lru,
            max_ttl_ms: 60_000,
            max_drift_ms: 100,
            timeout_ms: 1_000,
            life_ms: 15_000,
            pause_ms: 20,
            faults: Faults { delay_us_max: 1_000, ..Faults::default() },
        }
    }
}

impl Faults {
    fn draw(dice: &mut Dice) -> Self {
        let mut level = |rare: u64, frequent: u64| match dice.below(4) {
            0 | 1 => 0,
            2 => rare,
            _ => frequent,
        };
        Self {
            drop_ppm: level(2_000, 60_000),
            duplicate_ppm: level(2_000, 100_000),
            tail_ppm: level(5_000, 100_000),
            delay_us_max: 500 + level(2_000, 20_000),
            evict_ppm: level(5_000, 100_000),
            reject_ppm: level(5_000, 100_000),
            crash_ppm: level(20_000, 300_000),
            pause_ppm: level(20_000, 200_000),
            partition_ppm: level(30_000, 300_000),
            client_pause_ppm: level(20_000, 200_000),
            step_ppm: level(20_000, 200_000),
            has_storms: level(0, 1) == 1,
            has_wild_clients: level(0, 1) == 1,
        }
    }
}
