//! What a seed is made of: the shape of the cluster and everything that goes wrong.

use tidecache::PolicyKind;
use tidecache::cluster::{Quorum, ReadRepair, Rules};

use super::dice::Dice;

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The epoch of the nodes that start from now on.
    pub(crate) epoch: u64,
    pub(crate) nodes: u32,
    pub(crate) clients: u32,
    pub(crate) quorum: Quorum,
    pub(crate) read_repair: ReadRepair,
    pub(crate) hints: bool,
    pub(crate) hedge: bool,
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
    /// Copies that a client keeps near; 0 for none.
    pub(crate) near: u32,
    pub(crate) near_life_ms: u64,
    /// Whether every message is encoded, carried as bytes and decoded.
    pub(crate) has_bytes: bool,
    /// Whether every structure is checked after every step.
    pub(crate) validates: bool,
    /// What clients do besides reads and writes.
    pub(crate) actions: Actions,
    pub(crate) faults: Faults,
}

/// What clients do besides reads and writes by a quorum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actions {
    pub(crate) ones: bool,
    pub(crate) alls: bool,
    pub(crate) deletes: bool,
    pub(crate) touches: bool,
    pub(crate) loads: bool,
    pub(crate) clears: bool,
}

/// How often what goes wrong, per million messages or per second and node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) drop_ppm: u64,
    pub(crate) duplicate_ppm: u64,
    /// A message takes up to a hundred times longer.
    pub(crate) tail_ppm: u64,
    pub(crate) delay_us_max: u64,
    /// Bytes of a message are broken, which closes its link; only where there are bytes.
    pub(crate) corrupt_ppm: u64,
    /// Per request at a node: its key is evicted before or after.
    pub(crate) evict_ppm: u64,
    /// Per request at a node: the next value is turned away.
    pub(crate) reject_ppm: u64,
    /// Per second and node.
    pub(crate) crash_ppm: u64,
    pub(crate) pause_ppm: u64,
    pub(crate) partition_ppm: u64,
    /// A node's wall clock is set, forward or back.
    pub(crate) step_ppm: u64,
    /// Per second and client.
    pub(crate) client_pause_ppm: u64,
    /// A client's wall clock is set, by hours or by more than any drift.
    pub(crate) client_step_ppm: u64,
    /// Whether crashes come in storms.
    pub(crate) has_storms: bool,
    /// Whether a node that starts may crash again at once, and again.
    pub(crate) has_loops: bool,
    /// Whether the buffers to a paused node fill.
    pub(crate) has_full_buffers: bool,
    /// Whether client clocks are off by hours.
    pub(crate) has_wild_clients: bool,
    /// Whether node clocks are off by more than half the largest drift: most promises end there.
    pub(crate) has_loose_clocks: bool,
    /// Whether the epoch is raised in the middle of it.
    pub(crate) has_epochs: bool,
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
        let mut plan = Self::shape(seed, rules, &mut dice);
        plan.faults = Faults::draw(&mut dice, [0, 0, 1, 2]);
        plan.draw_near(&mut dice);
        plan.has_bytes = dice.below(8) == 0;
        plan.validates = dice.below(16) == 0;
        plan
    }

    /// Returns the plan of `seed` as swarm testing [1] wants it: a coin decides of each fault and
    /// of each feature whether it is there at all, and what is there is frequent. Few things at a
    /// time happen more often together than in a mixture of all.
    ///
    /// [1] A. Groce et al., "Swarm Testing", ISSTA 2012.
    pub(crate) fn of_swarm(seed: u64, rules: Rules) -> Self {
        let mut dice = Dice::new(seed ^ 0x5_7a71);
        let mut plan = Self::shape(seed, rules, &mut dice);
        plan.faults = Faults::draw(&mut dice, [0, 0, 2, 2]);
        if dice.chance(HALF) {
            plan.draw_near(&mut dice);
        }
        let mut coin = || dice.chance(HALF);
        plan.actions = Actions {
            ones: coin(),
            alls: coin(),
            deletes: coin(),
            touches: coin(),
            loads: coin(),
            clears: coin(),
        };
        (plan.hints, plan.hedge) = (coin(), coin());
        plan.read_repair = match dice.below(4) {
            0 => ReadRepair::Off,
            1 => ReadRepair::Async,
            _ => ReadRepair::Blocking,
        };
        let policies = [PolicyKind::Lru, PolicyKind::Lfu, PolicyKind::Fifo];
        plan.policy = policies[dice.below(3) as usize];
        plan.has_bytes = dice.below(8) == 0;
        plan.validates = dice.below(16) == 0;
        plan
    }

    fn shape(seed: u64, rules: Rules, dice: &mut Dice) -> Self {
        let (nodes, replicas, read, write) = SHAPES[dice.below(SHAPES.len() as u64) as usize];
        let mut plan = Self::calm(seed, nodes, Quorum { replicas, read, write }, rules);
        plan.clients = dice.between(2, 5) as u32;
        plan.keys = dice.between(1, 8);
        plan.entries = [2, 4, 8, 64][dice.below(4) as usize];
        plan.max_ttl_ms = [1_000, 4_000, 30_000][dice.below(3) as usize];
        plan.max_drift_ms = [20, 100, 400][dice.below(3) as usize];
        plan.pause_ms = [10, 50, 200][dice.below(3) as usize];
        plan.timeout_ms = [200, 1_000][dice.below(2) as usize];
        plan
    }

    fn draw_near(&mut self, dice: &mut Dice) {
        self.near = [0, 0, 2, 64][dice.below(4) as usize];
        self.near_life_ms = [500, 5_000, 60_000][dice.below(3) as usize];
    }

    /// Returns a plan in which nothing goes wrong.
    pub(crate) fn calm(seed: u64, nodes: u32, quorum: Quorum, rules: Rules) -> Self {
        let yes = true;
        Self {
            seed,
            epoch: 1,
            nodes,
            clients: 3,
            quorum,
            read_repair: ReadRepair::Blocking,
            hints: true,
            hedge: true,
            rules,
            keys: 4,
            entries: 1_000,
            policy: PolicyKind::Lru,
            max_ttl_ms: 60_000,
            max_drift_ms: 100,
            timeout_ms: 1_000,
            life_ms: 15_000,
            pause_ms: 20,
            near: 0,
            near_life_ms: 60_000,
            has_bytes: false,
            validates: false,
            actions: Actions {
                ones: yes,
                alls: yes,
                deletes: yes,
                touches: yes,
                loads: yes,
                clears: yes,
            },
            faults: Faults { delay_us_max: 1_000, ..Faults::default() },
        }
    }

    /// Whether promises that rest on the clocks over a restart hold.
    pub(crate) fn has_firm_clocks(&self) -> bool {
        let faults = &self.faults;
        let restarts = faults.crash_ppm > 0 || faults.has_epochs;
        !(faults.has_loose_clocks && restarts)
    }

    /// How far a node's clock may be off.
    pub(crate) const fn reach_ms(&self) -> u64 {
        let half = self.max_drift_ms / 2;
        if self.faults.has_loose_clocks { half + half / 8 + 1 } else { half }
    }

    /// Returns the key of a number.
    pub(crate) fn key(at: u64) -> Vec<u8> {
        format!("{}:{at}", if at.is_multiple_of(2) { "even" } else { "odd" }).into_bytes()
    }
}

impl Faults {
    /// Draws each fault as off, rare or frequent: 0, 1 or 2 of `levels`.
    fn draw(dice: &mut Dice, levels: [u8; 4]) -> Self {
        let mut level = |rare: u64, frequent: u64| match levels[dice.below(4) as usize] {
            0 => 0,
            1 => rare,
            _ => frequent,
        };
        Self {
            drop_ppm: level(2_000, 60_000),
            duplicate_ppm: level(2_000, 100_000),
            tail_ppm: level(5_000, 100_000),
            delay_us_max: 500 + level(2_000, 20_000),
            corrupt_ppm: level(1_000, 20_000),
            evict_ppm: level(5_000, 100_000),
            reject_ppm: level(5_000, 100_000),
            crash_ppm: level(20_000, 300_000),
            pause_ppm: level(20_000, 200_000),
            partition_ppm: level(30_000, 300_000),
            step_ppm: level(20_000, 200_000),
            client_pause_ppm: level(20_000, 200_000),
            client_step_ppm: level(20_000, 200_000),
            has_storms: level(0, 1) == 1,
            has_loops: level(0, 1) == 1,
            has_full_buffers: level(1, 1) == 1,
            has_wild_clients: level(0, 1) == 1,
            has_loose_clocks: level(0, 1) == 1 && level(0, 1) == 1,
            has_epochs: level(0, 1) == 1,
        }
    }
}

const HALF: u64 = 500_000;
