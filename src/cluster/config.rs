//! What a coordinator is told once.

use alloc::vec::Vec;
use core::time::Duration;

use super::rules::Rules;
use crate::index::HashKey;

/// One node as clients know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// What placement hashes: the same for every client, whatever address they use.
    pub id: Vec<u8>,
    /// Its share of the keys, compared with the other nodes'.
    pub weight: u32,
    /// What it shares a fate with; empty for nothing.
    pub zone: Vec<u8>,
}

impl NodeConfig {
    /// Returns a node of weight 1 without a zone.
    pub fn new(id: impl Into<Vec<u8>>) -> Self {
        Self { id: id.into(), weight: 1, zone: Vec::new() }
    }
}

/// How many replicas there are and how many have to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    /// Replicas of a key: N.
    pub replicas: u32,
    /// Answers that a read needs: R.
    pub read: u32,
    /// Acks that a write needs: W.
    pub write: u32,
}

/// What a read does with a replica that trails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadRepair {
    /// It waits until N − R + 1 replicas know what it returns: reads never go back.
    #[default]
    Blocking,
    /// It sends the repair and does not wait: two readers may see a new value, then an old one.
    Async,
    /// It sends none.
    Off,
}

/// Everything a coordinator is told once.
#[derive(Debug, Clone)]
pub struct Config {
    /// The nodes of this epoch.
    pub nodes: Vec<NodeConfig>,
    /// Their number; a node in another epoch refuses.
    pub epoch: u64,
    /// How many answers make a quorum.
    pub quorum: Quorum,
    /// Makes versions unique: 64 random bits, never used by another coordinator.
    pub writer: u64,
    /// Where jitter comes from.
    pub seed: u64,
    /// The key of placement's hash: the same for every client.
    pub hash_key: HashKey,
    /// What a read does with a replica that trails.
    pub read_repair: ReadRepair,
    /// Whether writes that a replica missed are kept for it.
    pub hints: bool,
    /// Whether reads ask another replica when one takes longer than it mostly does.
    pub hedge: bool,
    /// As many copies may the near cache have; 0 for none, and then no node pushes.
    pub near: u32,
    /// How long a copy may be used; longer ones would trail a node whose pushes are lost.
    pub near_life: Duration,
    /// The longest life of a record until a node says what it allows.
    pub max_ttl: Duration,
    /// The longest an operation may take until a node says what it allows.
    pub max_op: Duration,
    /// All of them, unless the simulator leaves one out.
    #[doc(hidden)]
    pub rules: Rules,
}

/// Why a configuration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Fewer than one node, or more than [`NODES_MAX`].
    Nodes,
    /// Not 1 ≤ R, W ≤ N ≤ nodes.
    Range,
    /// R + W ≤ N: a read could miss every replica of a write.
    ReadsMissWrites,
    /// 2W ≤ N: two writes could miss each other.
    WritesMissWrites,
    /// The epoch is not above the one before: nodes of both could answer one operation.
    Epoch,
}

/// As many nodes as a coordinator takes: each client has a link to every node, and each clear asks
/// all of them.
pub const NODES_MAX: usize = 32;

impl Quorum {
    /// Returns the quorums that suit a number of nodes: 3 replicas, R = 2, W = 2 where there are
    /// enough.
    pub const fn of_nodes(nodes: u32) -> Self {
        let replicas = if nodes < 3 { nodes } else { 3 };
        Self::of_reads(replicas, if replicas < 3 { 1 } else { 2 })
    }

    /// Returns the quorums with the least W that goes with `read` of `replicas`.
    pub const fn of_reads(replicas: u32, read: u32) -> Self {
        let (overlap, majority) = (replicas + 1 - read, replicas / 2 + 1);
        Self { replicas, read, write: if overlap > majority { overlap } else { majority } }
    }

    /// Returns how many replicas have to know what a read returns: N − R + 1, so that every later
    /// read meets one.
    pub const fn knowers(self) -> u32 {
        self.replicas - self.read + 1
    }
}

impl Config {
    /// Returns the configuration of `nodes` with quorums that suit their number.
    pub fn new(nodes: Vec<NodeConfig>, writer: u64) -> Self {
        Self {
            quorum: Quorum::of_nodes(nodes.len() as u32),
            nodes,
            epoch: 1,
            writer,
            seed: writer,
            hash_key: [0x7469_6465_6361_6368, 0x6575_7374_6572_2e31],
            read_repair: ReadRepair::Blocking,
            hints: true,
            hedge: true,
            near: 0,
            near_life: Duration::from_secs(60),
            max_ttl: Duration::from_secs(24 * 3600),
            max_op: Duration::from_secs(5),
            rules: Rules::ALL,
        }
    }

    /// Checks what the guarantees rest on.
    ///
    /// # Errors
    /// The first rule that does not hold; nothing has been built.
    pub fn check(&self) -> Result<(), ConfigError> {
        let Quorum { replicas, read, write } = self.quorum;
        if self.nodes.is_empty() || self.nodes.len() > NODES_MAX {
            return Err(ConfigError::Nodes);
        }
        let is_in_range = |count: u32| (1..=replicas).contains(&count);
        if !is_in_range(read) || !is_in_range(write) || replicas as usize > self.nodes.len() {
            return Err(ConfigError::Range);
        }
        if read + write <= replicas {
            return Err(ConfigError::ReadsMissWrites);
        }
        if 2 * write <= replicas {
            return Err(ConfigError::WritesMissWrites);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nodes: usize, replicas: u32, read: u32, write: u32) -> Result<(), ConfigError> {
        let mut config = Config::new(alloc::vec![NodeConfig::new("a"); nodes], 1);
        config.quorum = Quorum { replicas, read, write };
        config.check()
    }

    #[test]
    fn quorums_that_do_not_overlap_are_refused() {
        assert_eq!(check(3, 3, 2, 2), Ok(()));
        assert_eq!(check(3, 3, 1, 2), Err(ConfigError::ReadsMissWrites));
        assert_eq!(check(4, 4, 3, 2), Err(ConfigError::WritesMissWrites));
        assert_eq!(check(3, 4, 2, 3), Err(ConfigError::Range));
        assert_eq!(check(3, 3, 0, 3), Err(ConfigError::Range));
        assert_eq!(check(0, 0, 0, 0), Err(ConfigError::Nodes));
    }

    #[test]
    fn the_default_is_two_of_three() {
        let of = |nodes| Quorum::of_nodes(nodes);
        assert_eq!(of(1), Quorum { replicas: 1, read: 1, write: 1 });
        assert_eq!(of(2), Quorum { replicas: 2, read: 1, write: 2 });
        assert_eq!(of(7), Quorum { replicas: 3, read: 2, write: 2 });
        assert_eq!(Quorum::of_reads(4, 2), Quorum { replicas: 4, read: 2, write: 3 });
    }
}
