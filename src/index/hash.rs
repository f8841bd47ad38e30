//! A keyed 64-bit hash: SipHash-1-3, the same on every platform.
//!
//! Placement and cells must be the same in a browser and in a native node, and nobody from outside
//! may choose keys that all fall on one node: hence keyed, and not the hasher of a hash table.
//!
//! [1] J.-P. Aumasson, D. J. Bernstein, "`SipHash`: a fast short-input PRF", INDOCRYPT 2012.

use core::hash::{BuildHasher, Hasher};

/// The key of the hash.
pub type HashKey = [u64; 2];

/// Returns the hash of `bytes` under `key`. O(length), allocates nothing.
pub fn hash(key: HashKey, bytes: &[u8]) -> u64 {
    let mut state = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let (chunks, rest) = bytes.as_chunks();
    for chunk in chunks {
        absorb(&mut state, u64::from_le_bytes(*chunk));
    }
    absorb(&mut state, word(rest) | (bytes.len() as u64) << 56);
    state[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// Hashes names for a hash table.
#[derive(Debug, Clone, Copy)]
pub struct Keyed(pub HashKey);

impl BuildHasher for Keyed {
    type Hasher = KeyedHasher;

    fn build_hasher(&self) -> KeyedHasher {
        KeyedHasher { key: self.0, hash: 0 }
    }
}

/// Hashes one name, which is bytes.
#[derive(Debug, Clone, Copy)]
pub struct KeyedHasher {
    key: HashKey,
    hash: u64,
}

impl Hasher for KeyedHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.hash ^= hash(self.key, bytes);
    }

    /// A length comes before its bytes, whose hash knows it.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}

/// Returns up to seven bytes as a little-endian number.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *c = c.wrapping_add(*d);
    *b = b.rotate_left(13) ^ *a;
    *d = d.rotate_left(16) ^ *c;
    *a = a.rotate_left(32).wrapping_add(*d);
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *d = d.rotate_left(21) ^ *a;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the reference implementation: key 00..0f, messages 00..n.
    #[test]
    fn it_is_siphash_1_3() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(hash(key, &[]), 0xabac_0158_050f_c4dc);
        assert_eq!(hash(key, &bytes[..1]), 0xc9f4_9bf3_7d57_ca93);
        assert_ne!(hash(key, &bytes), hash([0, 0], &bytes));
    }
}
