//! What `adaptive` is for: a load that nobody knows, keys in any order, and keys of an enemy.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;

use tidecache::store::{Capacity, Slots};
use tidecache::{Instant, PolicyKind};

use PolicyKind::{Adaptive, Lru, WTinyLfu};

const SIZE: u32 = 1_000;

/// LRU has nothing from a loop that is longer than the cache, W-TinyLFU little from a zigzag.
#[test]
fn it_does_well_where_others_fail() {
    let cycle = |request: u32| request % 1_500;
    assert_eq!(hits(Lru, 7, (0..150_000).map(cycle)), 0);
    assert!(hits(Adaptive, 7, (0..150_000).map(cycle)) > 90_000, "of 100,000");

    let zigzag = |request: u32| (request % 2_998).abs_diff(1_499);
    let [lru, tiny, adaptive] =
        [Lru, WTinyLfu, Adaptive].map(|kind| hits(kind, 7, (0..300_000).map(zigzag)));
    assert!(adaptive > tiny && adaptive > lru * 19 / 20, "{lru} {tiny} {adaptive}");
}

#[test]
fn it_follows_a_load_that_changes() {
    let mut dice = Dice(3);
    let drift: Vec<u32> = (0..150_000).map(|request| request / 3 + dice.below(900)).collect();
    let cycle = (0..150_000).map(|request| 1_000_000 + request % 1_500);
    let load: Vec<u32> = drift.into_iter().chain(cycle).collect();
    let kinds = [Lru, WTinyLfu, Adaptive];
    let [lru, tiny, adaptive] = kinds.map(|kind| hits(kind, 7, load.iter().copied()));
    assert!(adaptive > lru && adaptive > tiny, "{lru} {tiny} {adaptive}");
}

/// Ids in order, backwards, scattered: the hash hides them, so all that differs is chance.
#[test]
fn other_names_for_the_keys_change_nothing_but_noise() {
    let mut dice = Dice(5);
    let load: Vec<u32> = (0..300_000).map(|_| dice.skewed(8_000)).collect();
    let named =
        |rename: fn(u32) -> u32, seed| hits(Adaptive, seed, load.iter().map(|&id| rename(id)));
    let hits = [
        named(|id| id, 1),
        named(|id| id, 2),
        named(|id| !id, 1),
        named(|id| id.wrapping_mul(0x9e37_79b9), 1),
        named(|id| id << 16, 1),
    ];
    let (least, most) = (hits.iter().min().unwrap(), hits.iter().max().unwrap());
    assert!(most - least < 3_000, "a point of 300,000 requests: {hits:?}");
}

/// The enemy knows everything but the seed, and picks keys that under another seed are all seen by
/// the shadows and share one block of counters, or one set of ghosts.
#[test]
fn keys_chosen_against_one_seed_do_no_harm_under_another() {
    let lowest_bits_and_block = |seed: u64| {
        move |id: &u32| {
            let spread = mix(hash(seed, *id) ^ 0x5bd1_e995);
            mix(hash(seed, *id) ^ 0x2545_f491).is_multiple_of(8) && spread >> 28 == 3
        }
    };
    let chosen: Vec<u32> = (1 << 20..).filter(lowest_bits_and_block(1)).take(2_000).collect();
    for kind in [WTinyLfu, Adaptive] {
        let under = |seed| {
            let mut dice = Dice(11);
            let (mut at, mut good, mut replay) = (0, 0, Replay::new(kind, seed));
            for _ in 0..200_000 {
                good += u32::from(replay.ask(dice.skewed(8_000)));
                at = (at + 1) % chosen.len();
                replay.ask(chosen[at]);
            }
            good
        };
        let (peace, attack) = (random_company(kind, 2), under(2));
        assert!(attack + 2_000 > peace, "{kind:?}: {attack} hits where there were {peace}");
    }
}

/// Hits of the same load beside keys that nobody chose.
fn random_company(kind: PolicyKind, seed: u64) -> u32 {
    let mut dice = Dice(11);
    let (mut good, mut replay) = (0, Replay::new(kind, seed));
    for request in 0..200_000_u32 {
        good += u32::from(replay.ask(dice.skewed(8_000)));
        replay.ask((1 << 24) + request % 2_000);
    }
    good
}

#[test]
fn fame_does_not_last() {
    let mut replay = Replay::new(Adaptive, 9);
    for request in 0..SIZE * 30 {
        replay.ask(1_000_000 + request / 30);
    }
    let mut dice = Dice(13);
    let mut ask = |replay: &mut Replay| u32::from(replay.ask(dice.skewed(8_000)));
    let disturbed: u32 = (0..40_000).map(|_| ask(&mut replay)).sum();
    let mut quiet = Replay::new(Adaptive, 9);
    let undisturbed: u32 = (0..40_000).map(|_| ask(&mut quiet)).sum();
    assert!(disturbed + 3 * SIZE > undisturbed, "{disturbed} {undisturbed}");
}

/// Weights of 1 to 40: what is held is the exact sum, and by weight small entries are worth more.
#[test]
fn by_weight_it_has_more_hits_than_lru() {
    let [lru, adaptive] = [Lru, Adaptive].map(|kind| {
        let capacity = Capacity { weight: 4_000, ..Capacity::UNLIMITED };
        let (mut dice, mut replay) = (Dice(17), Replay::of(kind, 3, capacity));
        let load = (0..200_000).map(|_| dice.skewed(4_000));
        load.filter(|&id| replay.weigh(id, u64::from(hash(0, id) % 40) + 1)).count()
    });
    assert!(adaptive > lru + 4_000, "{adaptive} {lru}");
}

fn hits(kind: PolicyKind, seed: u64, load: impl Iterator<Item = u32>) -> u32 {
    let mut replay = Replay::new(kind, seed);
    load.map(|id| u32::from(replay.ask(id))).sum()
}

/// A cache of ids that inserts what it does not hold.
struct Replay {
    slots: Slots<Instant>,
    seed: u64,
    held: HashMap<u32, u32>,
    ids: Vec<u32>,
    stamp: u32,
    weight: u64,
}

impl Replay {
    fn new(kind: PolicyKind, seed: u64) -> Self {
        Self::of(kind, seed, Capacity { entries: SIZE, weight: u64::MAX })
    }

    fn of(kind: PolicyKind, seed: u64, capacity: Capacity) -> Self {
        let (slots, weight) = (Slots::new(kind, capacity), capacity.weight);
        Self { slots, seed, held: HashMap::new(), ids: Vec::new(), stamp: 0, weight }
    }

    fn ask(&mut self, id: u32) -> bool {
        self.weigh(id, 0)
    }

    fn weigh(&mut self, id: u32, weight: u64) -> bool {
        self.stamp += 1;
        if let Some(&slot) = self.held.get(&id) {
            self.slots.touch(slot, self.stamp);
            return true;
        }
        let (hash, now) = (hash(self.seed, id), Instant::ORIGIN);
        let slot = self.slots.insert_hashed(hash, self.stamp, now, Instant::NEVER, weight);
        for removal in self.slots.removals() {
            self.held.remove(&self.ids[removal.slot as usize]);
        }
        self.slots.forget_removals();
        if let Some(slot) = slot {
            self.held.insert(id, slot);
            self.ids.resize(self.ids.len().max(slot as usize + 1), 0);
            self.ids[slot as usize] = id;
        }
        assert!(self.slots.weight() <= self.weight);
        assert_eq!(self.slots.held() as usize, self.held.len());
        false
    }
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((u64::from(mixed(self.0) as u32) * u64::from(limit)) >> 32) as u32
    }

    /// Returns a number below `limit`, the smaller the likelier.
    fn skewed(&mut self, limit: u32) -> u32 {
        let drawn = self.below(limit) as f64 / f64::from(limit);
        (drawn.powi(3) * f64::from(limit)) as u32
    }
}

fn hash(seed: u64, id: u32) -> u32 {
    mixed((u64::from(id) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mixed(seed + 1)) as u32
}

fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The last step of `MurmurHash3`, as the policies use it.
fn mix(mut bits: u32) -> u32 {
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}
