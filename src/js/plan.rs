//! What a client is told, as it comes through the door: numbers, and the names of the nodes in one
//! piece. `src/ts/cluster/client-door.ts` writes both, checked.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cluster::{Config, NodeConfig, Quorum, ReadRepair};

/// Returns the configuration: four words of chance, epoch, replicas, read, write, how reads repair,
/// whether they hedge, near copies, the timeout and the longest life in milliseconds; then of each
/// node its weight and the bytes of its id and its zone, which follow each other in `names`.
///
/// What is missing is zero, which [`Config::check`] refuses.
pub(super) fn read(numbers: &[f64], mut names: &[u8]) -> Config {
    let mut numbers = numbers.iter().copied();
    let mut next = || numbers.next().unwrap_or(0.0) as u64;
    let writer = next() << 32 | next();
    let seed = next() << 32 | next();
    let (epoch, replicas, read, write) = (next(), next() as u32, next() as u32, next() as u32);
    let (repair, hedges, near) = (next(), next(), next() as u32);
    let (timeout, max_ttl) = (Duration::from_millis(next()), Duration::from_millis(next()));
    let mut name = |len: u64| {
        let (name, rest) = names.split_at_checked(len as usize).unwrap_or_default();
        names = rest;
        name.to_vec()
    };
    let mut nodes = Vec::new();
    loop {
        let (weight, id, zone) = (next() as u32, next(), next());
        if weight == 0 {
            break;
        }
        nodes.push(NodeConfig { id: name(id), weight, zone: name(zone) });
    }
    let defaults = Config::new(nodes, writer);
    Config {
        epoch,
        quorum: Quorum { replicas, read, write },
        seed,
        read_repair: match repair {
            0 => ReadRepair::Blocking,
            1 => ReadRepair::Async,
            _ => ReadRepair::Off,
        },
        hedge: hedges != 0,
        near,
        max_ttl,
        max_op: defaults.max_op.max(timeout),
        ..defaults
    }
}
