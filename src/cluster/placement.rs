//! Which nodes hold a key: weighted rendezvous hashing.
//!
//! Each node draws a score from its id and the key; the highest N win, nodes of zones that have
//! none yet before others. A node that joins takes only the keys whose highest scores it drew, and
//! one that leaves gives up only its own: at most 1/n + ε of the keys move, which `hash % n` cannot
//! do.
//!
//! The score of a node of weight w that draws u from (0, 1) is w / −ln u [1]: it wins a share of
//! the keys in proportion to w. Only the order counts, so the logarithm may have any base; it is
//! computed in integers, because every client must find the same order on every platform.
//!
//! Cost: n hashes of the key's hash, and a logarithm each if the weights differ.
//!
//! [1] J. Resch, "New Hashing Algorithms for Data Storage", SDC 2015.

use alloc::vec::Vec;

use crate::index::sort_few;

use super::config::NodeConfig;
use crate::index::{HashKey, hash};

/// The nodes as placement sees them.
#[derive(Debug, Clone)]
pub struct Placement {
    key: HashKey,
    nodes: Vec<Place>,
    is_weighted: bool,
    replicas: usize,
}

#[derive(Debug, Clone)]
struct Place {
    seed: u64,
    weight: u32,
    zone: u64,
}

impl Placement {
    /// Returns the placement of `replicas` copies over `nodes`.
    pub fn new(key: HashKey, nodes: &[NodeConfig], replicas: u32) -> Self {
        let place = |node: &NodeConfig| Place {
            seed: hash(key, &node.id),
            weight: node.weight.max(1),
            // A node without a zone is a zone of its own.
            zone: hash(key, if node.zone.is_empty() { &node.id } else { &node.zone }),
        };
        let nodes: Vec<Place> = nodes.iter().map(place).collect();
        let is_weighted = nodes.iter().any(|node| node.weight != nodes[0].weight);
        Self { key, nodes, is_weighted, replicas: replicas as usize }
    }

    /// Returns the nodes that hold `key`, the first choice leading. O(n²) for a few nodes;
    /// allocates twice.
    pub fn replicas(&self, key: &[u8]) -> Vec<u32> {
        let hashed = hash(self.key, key);
        let mut order: Vec<(u64, u32)> =
            (0..).zip(&self.nodes).map(|(node, place)| (self.score(place, hashed), node)).collect();
        // The highest score leads; equal ones, which hardly exist, by number.
        sort_few(&mut order, |&(score, node)| (u64::MAX - score, node));
        let mut chosen: Vec<u32> = Vec::with_capacity(self.replicas);
        let zone = |node: u32| self.nodes[node as usize].zone;
        for &(_, node) in &order {
            let is_new_zone = chosen.iter().all(|&other| zone(other) != zone(node));
            if chosen.len() < self.replicas && is_new_zone {
                chosen.push(node);
            }
        }
        for &(_, node) in &order {
            if chosen.len() < self.replicas && !chosen.contains(&node) {
                chosen.push(node);
            }
        }
        chosen
    }

    fn score(&self, place: &Place, hashed: u64) -> u64 {
        let drawn = hash([place.seed, hashed], &[]);
        if !self.is_weighted {
            return drawn;
        }
        // w / -log2(u) with 32 bits behind the point; u is in (0, 1), so the divisor is not zero.
        let divisor = (64_u64 << 32).saturating_sub(log2(drawn | 1)).max(1);
        divide(place.weight, divisor)
    }
}

/// Returns `weight` times 2⁸⁰ by `divisor`, at most 2⁶⁴ − 1; digit by digit, since to divide 128
/// bits is a kilobyte of code for nodes that are weighted, which is seldom.
fn divide(weight: u32, divisor: u64) -> u64 {
    debug_assert!(divisor < 1 << 63, "a remainder has room for one more digit");
    let (mut rest, mut quotient) = (0_u64, 0_u64);
    for digit in (0..112).rev() {
        let next = if digit < 80 { 0 } else { u64::from(weight) >> (digit - 80) & 1 };
        rest = rest << 1 | next;
        let is_one = rest >= divisor;
        rest -= if is_one { divisor } else { 0 };
        if quotient >> 63 == 1 {
            return u64::MAX;
        }
        quotient = quotient << 1 | u64::from(is_one);
    }
    quotient
}

/// Returns log2 with 32 bits behind the point, by squaring: each squaring shows one more bit.
fn log2(value: u64) -> u64 {
    debug_assert!(value != 0);
    let whole = value.ilog2();
    let mut mantissa = value << value.leading_zeros();
    let mut log = u64::from(whole) << 32;
    for bit in (0..32).rev() {
        let square = u128::from(mantissa) * u128::from(mantissa);
        if square >> 127 == 1 {
            log |= 1 << bit;
            mantissa = (square >> 64) as u64;
        } else {
            mantissa = (square >> 63) as u64;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use super::*;

    fn nodes(count: usize) -> Vec<NodeConfig> {
        (0..count).map(|at| NodeConfig::new(format!("node-{at}"))).collect()
    }

    fn key(at: u32) -> [u8; 4] {
        at.to_le_bytes()
    }

    #[test]
    fn a_new_node_moves_its_share_and_no_more() {
        let before = Placement::new([1, 2], &nodes(5), 1);
        let after = Placement::new([1, 2], &nodes(6), 1);
        let moved: Vec<u32> = (0..10_000)
            .filter(|&at| before.replicas(&key(at)) != after.replicas(&key(at)))
            .collect();
        assert!((1_500..1_834).contains(&moved.len()), "{} of 10,000 moved", moved.len());
        assert!(moved.iter().all(|&at| after.replicas(&key(at)) == [5]), "only to the new node");
    }

    #[test]
    fn a_node_gets_keys_in_proportion_to_its_weight() {
        let mut nodes = nodes(3);
        nodes[2].weight = 2;
        let placement = Placement::new([1, 2], &nodes, 1);
        let mut keys = [0_u32; 3];
        for at in 0..10_000 {
            keys[placement.replicas(&key(at))[0] as usize] += 1;
        }
        assert!(keys[0].abs_diff(2_500) < 200 && keys[2].abs_diff(5_000) < 200, "{keys:?}");
    }

    #[test]
    fn replicas_lie_in_distinct_zones_as_long_as_there_are_any() {
        let mut nodes = nodes(6);
        for (at, node) in nodes.iter_mut().enumerate() {
            node.zone = vec![b'a' + at as u8 / 3];
        }
        let placement = Placement::new([1, 2], &nodes, 3);
        for at in 0..1_000 {
            let replicas = placement.replicas(&key(at));
            assert_eq!(replicas.len(), 3);
            assert_ne!(nodes[replicas[0] as usize].zone, nodes[replicas[1] as usize].zone);
        }
    }

    #[test]
    fn the_quotient_is_that_of_128_bits() {
        let mut drawn = 1_u64;
        for _ in 0..10_000 {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (weight, divisor) = ((drawn >> 40) as u32, (drawn >> (drawn % 63 + 1)).max(1));
            let exact = (u128::from(weight) << 80) / u128::from(divisor);
            assert_eq!(u128::from(divide(weight, divisor)), exact.min(u128::from(u64::MAX)));
        }
    }

    #[test]
    fn the_logarithm_is_right() {
        assert_eq!(log2(1), 0);
        assert_eq!(log2(1 << 63), 63 << 32);
        assert_eq!(log2(3) >> 16, (1.584_962_5 * 65_536.0) as u64);
    }
}
