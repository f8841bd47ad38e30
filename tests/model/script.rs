//! What is done to a cache and its twin: operations, setups, and where the chance comes from.

use std::env;
use std::time::Duration;

/// One step of a script.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Insert { key: u16, weight: u64, ttl: Option<Duration>, give_back: bool },
    Get { key: u16 },
    Change { key: u16 },
    Take { key: u16 },
    Remove { key: u16 },
    Touch { key: u16, ttl: Duration },
    Look { key: u16 },
    LookAtAll,
    Advance,
    Clear,
    ResetStats,
    Wait { span: Duration },
    StepBack { span: Duration },
}

/// The word that decodes to an insert with a time to live of its own.
pub(crate) const INSERT: u16 = 20;

impl Op {
    /// Returns the operation that three random words stand for; small words are plain operations,
    /// so that a failing script shrinks to plain ones.
    pub(crate) fn decode([kind, key, detail]: [u16; 3], setup: &Setup) -> Self {
        let key = key % setup.keys;
        let weight = u64::from(detail) % setup.weights;
        let ttl = match detail % 8 {
            0..3 => Duration::from_millis(u64::from(detail / 8) % 40 + 1),
            3..6 => Duration::from_millis(u64::from(detail / 8) + 1),
            6 => Duration::from_secs(30 * 24 * 3600),
            _ => Duration::MAX,
        };
        match kind % 100 {
            0..20 => Self::Insert { key, weight, ttl: None, give_back: false },
            20..32 => Self::Insert { key, weight, ttl: Some(ttl), give_back: false },
            32..37 => Self::Insert { key, weight, ttl: Some(ttl), give_back: true },
            37..40 => Self::Insert { key, weight, ttl: None, give_back: true },
            40..65 => Self::Get { key },
            65..68 => Self::Change { key },
            68..70 => Self::Take { key },
            70..74 => Self::Remove { key },
            74..78 => Self::Touch { key, ttl },
            78..84 => Self::Look { key },
            84 => Self::LookAtAll,
            85..88 => Self::Advance,
            88 => match detail % 16 {
                0 => Self::Clear,
                1 => Self::ResetStats,
                2 => Self::Wait { span: Duration::from_secs(u64::from(detail) * 60) },
                _ => Self::StepBack { span: Duration::from_millis(u64::from(detail) % 16) },
            },
            _ => Self::Wait { span: Duration::from_millis(u64::from(detail) % 5) },
        }
    }
}

/// How much a cache may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) entries: Option<usize>,
    pub(crate) weight: Option<u64>,
}

/// How a cache is built and how many keys and weights its script knows.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) keys: u16,
    pub(crate) weights: u64,
    pub(crate) sliding: bool,
    pub(crate) default_ttl: Duration,
    pub(crate) first_stamp: u32,
    /// How many keys are inserted before the random steps.
    pub(crate) filled: u32,
}

/// The stamps end at 2³⁰: a script that starts shortly before sees them renumbered.
const LAST_STAMPS: u32 = 1 << 30;

impl Setup {
    /// Returns a setup for `limits`, drawn from `rng`.
    pub(crate) fn draw(limits: Limits, rng: &mut Rng) -> Self {
        let room = limits.entries.unwrap_or(48) as u16;
        let max_weight = limits.weight.unwrap_or(20);
        Self {
            limits,
            keys: room / 2 + rng.below(u32::from(room) * 2) as u16 + 2,
            // Some are heavier than the cache may be, some weigh nothing.
            weights: max_weight / [1, 8, 32][rng.below(3) as usize] + 2,
            sliding: rng.below(4) == 0,
            default_ttl: [Duration::MAX, Duration::from_millis(20)][rng.below(2) as usize],
            first_stamp: [0, LAST_STAMPS - rng.below(3_000)][rng.below(2) as usize],
            filled: 0,
        }
    }
}

/// `SplitMix64`: small, seeded, and good enough to choose operations.
#[derive(Debug, Clone)]
pub(crate) struct Rng(pub u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    pub(crate) fn words(&mut self) -> [u16; 3] {
        let word = self.next();
        [word as u16, (word >> 16) as u16, (word >> 32) as u16]
    }
}

/// Returns the seeds to run: the one that `SEED=` names, or the first `count`.
///
/// # Panics
///
/// Panics if `SEED` is not a number.
pub(crate) fn seeds(count: u64) -> Vec<u64> {
    match env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (0..count).collect(),
    }
}
