//! Pairs of a mark and a slot, sorted by mark.

use alloc::vec;
use alloc::vec::Vec;

/// Sorts `mark << 32 | slot` by mark, ascending: a radix sort of as many bytes as differ.
pub(crate) fn sort_by_mark(pairs: &mut Vec<u64>) {
    let Some(&first) = pairs.first() else { return };
    let differing = pairs.iter().fold(0, |bits, pair| bits | (pair ^ first));
    let mut sorted = vec![0; pairs.len()];
    for shift in (32..u64::BITS).step_by(8) {
        if differing >> shift == 0 {
            return;
        }
        let mut starts = [0_usize; 256];
        for &pair in pairs.iter() {
            starts[(pair >> shift) as usize & 255] += 1;
        }
        let mut start = 0;
        for count in &mut starts {
            start += core::mem::replace(count, start);
        }
        for &pair in pairs.iter() {
            let to = &mut starts[(pair >> shift) as usize & 255];
            sorted[*to] = pair;
            *to += 1;
        }
        core::mem::swap(pairs, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radix_sorts_as_the_standard_sort_does() {
        let mut seed = 1_u64;
        for len in [0, 1, 2, 3, 15, 16, 100, 5_000] {
            for range in [1_u64, 2, 1_000, 1 << 30] {
                let mut pairs: Vec<u64> = (0..len)
                    .map(|slot| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        ((seed >> 33) % range) << 32 | slot
                    })
                    .collect();
                let mut expected = pairs.clone();
                expected.sort_unstable();
                sort_by_mark(&mut pairs);
                assert_eq!(pairs, expected, "{len} pairs with marks below {range}");
            }
        }
    }
}
