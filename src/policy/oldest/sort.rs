//! Pairs of a mark and a slot, sorted by mark.

use alloc::vec;
use alloc::vec::Vec;

/// The widest digit of the radix sort.
const DIGIT_BITS_MAX: u32 = 11;

/// Sorts `mark << 32 | slot` by mark, ascending: a radix sort with digits no wider than the number
/// of pairs asks for, so that ten pairs cost tens of steps and a million cost millions.
pub(crate) fn sort_by_mark(pairs: &mut Vec<u64>) {
    let Some(&first) = pairs.first() else { return };
    let (mut least, mut most) = (first >> 32, first >> 32);
    for pair in pairs.iter() {
        least = least.min(pair >> 32);
        most = most.max(pair >> 32);
    }
    let digit_bits = (usize::BITS - pairs.len().leading_zeros()).clamp(2, DIGIT_BITS_MAX);
    let digit = |pair: u64, pass: u32| {
        (((pair >> 32) - least) >> (pass * digit_bits)) as usize & ((1 << digit_bits) - 1)
    };
    let range_bits = u64::BITS - (most - least).leading_zeros();
    let mut sorted = vec![0; pairs.len()];
    let mut starts = vec![0_usize; 1 << digit_bits];
    for pass in 0..range_bits.div_ceil(digit_bits) {
        starts.fill(0);
        for &pair in pairs.iter() {
            starts[digit(pair, pass)] += 1;
        }
        let mut start = 0;
        for count in &mut starts {
            start += core::mem::replace(count, start);
        }
        for &pair in pairs.iter() {
            let to = &mut starts[digit(pair, pass)];
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
