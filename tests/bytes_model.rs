//! Pairs as bytes against a `HashMap`: the same random operations, everything looked at after each.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;
use std::env;

use tidecache::bytes::{BytePairs, CLASSES, PAGE, PIECE_HEADER, PIECE_MAX};

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> usize {
        (self.next() % limit) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let start = self.next() as usize;
        (0..length).map(|at| (start.wrapping_add(at * 7)) as u8).collect()
    }
}

fn seeds(count: u64) -> Vec<u64> {
    match env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (1..=count).collect(),
    }
}

/// The pairs, what they ought to be, and the slots that are free.
struct Twins {
    pairs: BytePairs,
    model: HashMap<Vec<u8>, (u32, Vec<u8>, u8)>,
    free: Vec<u32>,
}

impl Twins {
    fn new(seed: u64) -> Self {
        let free = (0..2_000).rev().collect();
        Self { pairs: BytePairs::new([seed, !seed]), model: HashMap::new(), free }
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        self.pairs.find(self.pairs.hash(key), key)
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>, tag: u8) {
        let slot = match self.find(&key) {
            Some(slot) => slot,
            None => self.free.pop().expect("fewer keys than slots"),
        };
        self.pairs.reserve(&[key.len() + value.len()]).expect("memory");
        self.pairs.put(slot, &key, &value, tag).expect("memory");
        self.model.insert(key, (slot, value, tag));
    }

    fn remove(&mut self, key: &[u8]) {
        let slot = self.find(key);
        let held = self.model.remove(key);
        assert_eq!(slot, held.map(|(slot, ..)| slot));
        if let Some(slot) = slot {
            assert!(self.pairs.remove(slot) && !self.pairs.remove(slot));
            self.free.push(slot);
        }
    }

    fn compare(&self, key: &[u8]) {
        let slot = self.find(key);
        assert_eq!(slot, self.model.get(key).map(|&(slot, ..)| slot));
        if let Some((slot, value, tag)) = self.model.get(key) {
            assert_eq!(self.pairs.value(*slot).collect::<Vec<_>>().concat(), *value);
            assert_eq!(self.pairs.key(*slot).collect::<Vec<_>>().concat(), key);
            assert_eq!(self.pairs.shape(*slot), (key.len(), value.len(), *tag));
        }
    }

    fn compare_all(&self) {
        let weigh = |(key, (_, value, _)): (&Vec<u8>, &(u32, Vec<u8>, u8))| {
            (PIECE_HEADER + key.len() + value.len()) as u64
        };
        assert_eq!(self.pairs.weight(), self.model.iter().map(weigh).sum::<u64>());
        assert_eq!(
            (self.pairs.len(), self.pairs.is_empty()),
            (self.model.len(), self.model.is_empty())
        );
        self.model.keys().for_each(|key| self.compare(key));
        self.pairs.validate();
    }
}

/// Lengths of every kind: none, small ones, around the largest piece, several pieces.
fn draw_length(random: &mut Random) -> usize {
    match random.below(12) {
        0 => 0,
        1..=5 => random.below(80),
        6..=8 => random.below(700),
        9 => PIECE_MAX - 40 + random.below(80),
        10 => 2 * PIECE_MAX - 40 + random.below(80),
        _ => random.below(5 * PIECE_MAX as u64),
    }
}

fn draw_key(random: &mut Random, keys: u64) -> Vec<u8> {
    let number = random.below(keys);
    let length =
        if number.is_multiple_of(17) { PIECE_MAX * (number % 3) + number } else { number % 40 };
    let mut key = vec![b'k'; length];
    key.extend_from_slice(&(number as u32).to_le_bytes());
    key
}

#[test]
fn pairs_are_what_a_map_holds() {
    for seed in seeds(24) {
        let mut random = Random(seed);
        let mut twins = Twins::new(seed);
        let keys = 1 + random.below(150) as u64;
        for step in 0..1_500 {
            let key = draw_key(&mut random, keys);
            match random.below(20) {
                0..=8 => {
                    let length = draw_length(&mut random);
                    let value = random.bytes(length);
                    let tag = random.below(32) as u8;
                    twins.put(key.clone(), value, tag);
                }
                9..=14 => twins.remove(&key),
                15 if random.below(40) == 0 => {
                    twins.pairs.clear();
                    twins.free.extend(twins.model.drain().map(|(_, (slot, ..))| slot));
                    assert_eq!(twins.pairs.pages(), (0, 0));
                }
                _ => {}
            }
            twins.compare(&key);
            if step % 16 == 0 {
                twins.compare_all();
            }
            twins.pairs.validate();
        }
    }
}

#[test]
fn pages_serve_another_size_as_soon_as_they_are_empty() {
    for seed in seeds(4) {
        let mut random = Random(seed);
        let mut pairs = BytePairs::new([seed, 0]);
        let (mut slots, mut peak) = (Vec::new(), 0);
        for round in 0..30_u64 {
            // Each round has a size of its own, and replaces nine in ten of what was there.
            let length = [24, 1_000, 90, 3_000, 400, 20_000, 60][round as usize % 7];
            let keep = slots.len() / 10;
            for at in (1..slots.len()).rev() {
                slots.swap(at, random.below(at as u64 + 1));
            }
            for slot in slots.drain(keep..) {
                assert!(pairs.remove(slot));
            }
            for number in 0..(8 << 20) / (length + 40) as u32 {
                let slot = if (number as usize) < keep { u32::MAX } else { number };
                if slot == u32::MAX || pairs.holds(slot) {
                    continue;
                }
                let key = [round.to_le_bytes(), u64::from(slot).to_le_bytes()].concat();
                pairs.put(slot, &key, &vec![round as u8; length], 0).expect("memory");
                slots.push(slot);
            }
            pairs.validate();
            peak = peak.max(pairs.weight());
            let (used, free) = pairs.pages();
            let bound = peak as usize / 8 * 9 + 16 * slots.len() + CLASSES * PAGE;
            assert!((used + free) * PAGE * 63 / 64 <= bound, "{used} and {free} for {peak}");
        }
        let small = pairs.weight() as usize;
        for slot in slots.drain(10..) {
            pairs.remove(slot);
        }
        let (used, _) = pairs.pages();
        assert!(used <= CLASSES && small > 100 * used, "{used} pages for ten pairs");
    }
}

#[test]
fn what_is_too_long_is_refused_and_nothing_has_changed() {
    let mut pairs = BytePairs::new([1, 2]);
    pairs.put(0, b"held", b"value", 3).expect("memory");
    let hash = pairs.hash(b"held");
    assert!(pairs.open(0, hash, b"held", i32::MAX as usize, 0).is_err());
    assert!(pairs.reserve(&[10, i32::MAX as usize]).is_err());
    assert_eq!(pairs.value(0).collect::<Vec<_>>().concat(), b"value");
    pairs.validate();
}

#[test]
fn a_reserve_makes_room_for_all_of_it() {
    let mut random = Random(5);
    let mut pairs = BytePairs::new([1, 2]);
    for round in 0..40_u32 {
        let lengths: Vec<usize> = (0..random.below(60)).map(|_| draw_length(&mut random)).collect();
        let payloads: Vec<usize> = lengths.iter().map(|length| length + 4).collect();
        pairs.reserve(&payloads).expect("memory");
        let (used, free) = pairs.pages();
        for (slot, &length) in (round * 100..).zip(&lengths) {
            pairs.put(slot, &slot.to_le_bytes(), &random.bytes(length), 0).expect("memory");
        }
        let (used_now, free_now) = pairs.pages();
        assert_eq!(used + free, used_now + free_now, "no page was missing");
        pairs.validate();
    }
}
