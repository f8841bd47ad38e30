//! The hash of a key, as `src/ts/hash.ts` has it, so that both ways give the same hits.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

/// Returns 32 seeded bits of all UTF-16 units of `key`, two independent lanes at a time.
pub(crate) fn hash_of(key: &str, seed: u32) -> u32 {
    let units: Vec<u32> = key.encode_utf16().map(u32::from).collect();
    let (mut even, mut odd) = (seed ^ units.len() as u32, !seed);
    for pair in units.chunks(2) {
        even = (even ^ pair[0]).wrapping_mul(0x9e37_79b1);
        if let Some(&second) = pair.get(1) {
            odd = (odd ^ second).wrapping_mul(0x85eb_ca6b);
        }
    }
    let mut hash = even ^ odd.rotate_left(15);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x21f0_aaad);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x735a_2d97);
    hash ^ (hash >> 15)
}

/// Hashes the numbers of keys as the package hashes the keys.
#[derive(Debug, Clone)]
pub(crate) struct KeyHashes(Arc<[u64]>);

impl KeyHashes {
    pub(crate) fn new(keys: &[String], seed: u32) -> Self {
        let widened = |key: &String| {
            let hash = hash_of(key, seed);
            // The cache folds 64 bits to 32 for its policy: these fold to the hash itself.
            let high = hash.wrapping_mul(0x9e37_79b1);
            u64::from(high) << 32 | u64::from(high ^ hash)
        };
        Self(keys.iter().map(widened).collect())
    }
}

impl BuildHasher for KeyHashes {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { hashes: self.0.clone(), hash: 0 }
    }

    fn hash_one<T: std::hash::Hash>(&self, key: T) -> u64 {
        let mut number = NumberOf(0);
        key.hash(&mut number);
        self.0[number.0 as usize]
    }
}

/// Finds the hash of a number in the list.
pub(crate) struct KeyHasher {
    hashes: Arc<[u64]>,
    hash: u64,
}

impl Hasher for KeyHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u32");
    }

    fn write_u32(&mut self, number: u32) {
        self.hash = self.hashes[number as usize];
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}

/// Says which number is hashed, without a count of references for each.
struct NumberOf(u32);

impl Hasher for NumberOf {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u32");
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        u64::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_folds_the_wide_hash_to_that_of_the_key() {
        let keys = ["", "7", "123456", "naïve"].map(String::from);
        let table = KeyHashes::new(&keys, 99);
        for (number, key) in (0_u32..).zip(&keys) {
            let wide = table.hash_one(number);
            assert_eq!((wide >> 32 ^ wide) as u32, hash_of(key, 99));
            let mut hasher = table.build_hasher();
            hasher.write_u32(number);
            assert_eq!(hasher.finish(), wide);
        }
    }
}
