//! A replica: one node's memory of versions, and the one rule by which it changes.
//!
//! Of a key a node knows one of three things. It *holds* a record; or the value is *gone*, with the
//! version and deadline kept (evicted, or dead: deleted or expired); or it *forgot*, and knows only
//! the floor of the key's cell: nothing above it was ever seen here. Held and gone are exact. What
//! is known of a key never falls; that, and nothing else, is why a quorum can be trusted.
//!
//! Every write, whether plain, hint or repair, is applied by [`Replica::apply`]: it must be above
//! what is known, or equal to it if that is exact. A repair that was exempt from the floor would
//! bring back what was overwritten and then forgotten.
//!
//! A node that starts empty has lost acknowledged writes and does not know which. It sets all
//! floors to its own wall clock and the largest drift: nobody can have been given an ack for a
//! version above that.
//!
//! The replica does no I/O: requests in, replies out, the wall clock as an argument. Each request
//! costs O(log n) for the FIFO of gone keys, else O(1).

mod floors;
mod kept;
mod known;
mod lease;
mod record;

use alloc::vec::Vec;

use crate::policy::PolicyKind;
use crate::wire::{DIGEST_VALUE_BYTES_MAX, Held, Reply, Request, Version};

use super::rules::{Rule, Rules};
use crate::index::HashKey;
use floors::Floors;
pub(super) use floors::namespace_of;
use known::{Known, Memory};
use lease::Leases;
pub use record::Record;

/// What a node is told once. Times are milliseconds.
#[derive(Debug, Clone)]
pub struct ReplicaConfig {
    /// Which configuration of the cluster it belongs to; another one is an empty start.
    pub epoch: u64,
    /// Entries it holds at most.
    pub entries: u32,
    /// Bytes it holds at most, the keys that are gone included.
    pub weight: u64,
    /// Which entry goes when there is no room.
    pub policy: PolicyKind,
    /// The longest life of a record.
    pub max_ttl_ms: u64,
    /// The longest an operation may take.
    pub max_op_ms: u64,
    /// How far two clocks of the cluster may be apart.
    pub max_drift_ms: u64,
    /// The key of the hash that gives a key its cell.
    pub hash_key: HashKey,
    /// All of them, unless the simulator leaves one out.
    #[doc(hidden)]
    pub rules: Rules,
}

impl Default for ReplicaConfig {
    fn default() -> Self {
        Self {
            epoch: 1,
            entries: 1 << 20,
            weight: 256 << 20,
            policy: PolicyKind::S3Fifo,
            max_ttl_ms: 24 * 3_600_000,
            max_op_ms: 5_000,
            max_drift_ms: 500,
            hash_key: [0x7469_6465, 0x6365_6c6c],
            rules: Rules::ALL,
        }
    }
}

/// What a node knows of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Know {
    /// This version was the last one here; the value may be gone.
    Exact(Version),
    /// Nothing above this floor was here.
    Floor(Version),
}

impl Know {
    /// Returns the version, exact or not.
    pub const fn version(self) -> Version {
        match self {
            Self::Exact(version) | Self::Floor(version) => version,
        }
    }
}

/// A record that a replica is asked to apply.
struct Write {
    version: Version,
    expires_at_ms: u64,
    flags: u32,
    value: Option<Vec<u8>>,
    is_exempt: bool,
}

/// One node's memory.
#[derive(Debug)]
pub struct Replica {
    config: ReplicaConfig,
    memory: Memory,
    floors: Floors,
    leases: Leases,
    /// The highest version that was ever applied here.
    newest: Version,
    /// The milliseconds of the floor that it has started with.
    start_floor_ms: u64,
}

impl Replica {
    /// Returns a node that starts empty at `wall_ms`: every floor is that and the largest drift.
    pub fn new(config: ReplicaConfig, wall_ms: u64) -> Self {
        let mut floors = Floors::new(config.entries, config.hash_key);
        let start_floor_ms = wall_ms + config.max_drift_ms;
        if config.rules.holds(Rule::Memory) {
            floors.raise_all(Version::new(start_floor_ms, u16::MAX, u64::MAX));
        }
        let (memory, newest) = (Memory::new(&config), Version::ZERO);
        Self { config, memory, floors, leases: Leases::default(), newest, start_floor_ms }
    }

    /// Answers one request at the node's clock `wall_ms`.
    pub fn handle(&mut self, wall_ms: u64, request: Request) -> Reply {
        self.handle_as(wall_ms, request, false)
    }

    /// Answers one request; `is_repair` matters only to the simulator's mutant that exempts repairs
    /// from the floor.
    #[doc(hidden)]
    pub fn handle_as(&mut self, wall_ms: u64, request: Request, is_repair: bool) -> Reply {
        match request {
            Request::Hello { epoch, .. } => self.hello(wall_ms, epoch),
            Request::Get { key, digest } => self.get(wall_ms, &key, digest),
            Request::Put { key, version, expires_at_ms, flags, value } => {
                let is_exempt = is_repair && !self.config.rules.holds(Rule::RepairBelowFloor);
                let write = Write { version, expires_at_ms, flags, value, is_exempt };
                self.apply(wall_ms, &key, write)
            }
            Request::Touch { key, version, expires_at_ms } => {
                self.touch(wall_ms, &key, version, expires_at_ms)
            }
            Request::Clear { namespace, version } => self.clear(wall_ms, &namespace, version),
            Request::Lease { key, holder, ttl_ms } => {
                let ttl_ms = ttl_ms.min(self.config.max_op_ms);
                self.leases.ask(&key, holder, wall_ms, wall_ms + ttl_ms)
            }
        }
    }

    /// Returns what the node knows of `key` at `wall_ms`. O(1).
    pub fn know(&mut self, wall_ms: u64, key: &[u8]) -> Know {
        match self.settle(wall_ms, key) {
            Some(version) => Know::Exact(version),
            None => Know::Floor(self.floors.of(key)),
        }
    }

    /// Returns the record that the node holds for `key`, as an answer would. Not a use.
    pub fn held(&mut self, wall_ms: u64, key: &[u8]) -> Option<Held> {
        let known = self.known(wall_ms, key)?;
        let value = known.value?;
        let (version, expires_at_ms, flags) = (known.version, known.expires_at_ms, known.flags);
        Some(Held { version, expires_at_ms, flags, value: Some(value.to_vec()) })
    }

    /// Returns how many keys are held and how many are gone. O(1).
    pub fn counts(&self) -> (usize, usize) {
        self.memory.counts()
    }

    /// Returns the highest version that was ever applied here.
    pub const fn newest(&self) -> Version {
        self.newest
    }

    /// Gives up the value of `key`, as the policy may at any time.
    #[doc(hidden)]
    pub fn evict(&mut self, key: &[u8]) {
        self.memory.evict(key);
        self.drain(0);
    }

    /// Turns the next new value away, as the policy may at any time.
    #[doc(hidden)]
    pub fn reject_next(&mut self) {
        self.memory.reject_next();
    }

    /// Raises every floor. Only for the simulator's mutant that starts from versions it has seen.
    #[doc(hidden)]
    pub fn raise_floors(&mut self, floor: Version) {
        self.floors = Floors::new(self.config.entries, self.config.hash_key);
        self.floors.raise_all(floor);
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        self.memory.validate();
    }

    fn hello(&self, wall_ms: u64, epoch: u64) -> Reply {
        let ReplicaConfig { max_ttl_ms, max_op_ms, max_drift_ms, .. } = self.config;
        if epoch != self.config.epoch {
            return Reply::Epoch { epoch: self.config.epoch };
        }
        let floor_ms = self.start_floor_ms;
        Reply::Hello { epoch, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms }
    }

    fn get(&mut self, wall_ms: u64, key: &[u8], digest: bool) -> Reply {
        self.memory.touch(key);
        let Some(known) = self.known(wall_ms, key) else {
            return Reply::Forgot { floor: self.floors.of(key) };
        };
        let Some(value) = known.value else { return gone(known) };
        let is_whole = !digest || value.len() <= DIGEST_VALUE_BYTES_MAX;
        Reply::Held(Held {
            version: known.version,
            expires_at_ms: known.expires_at_ms,
            flags: known.flags,
            value: is_whole.then(|| value.to_vec()),
        })
    }

    /// Applies a record if its version is above what is known, or equal to it and that is exact.
    fn apply(&mut self, wall_ms: u64, key: &[u8], write: Write) -> Reply {
        let version = write.version;
        if version.ms() > wall_ms + self.config.max_drift_ms {
            return Reply::Clock { wall_ms };
        }
        if write.expires_at_ms > version.ms() + self.config.max_ttl_ms {
            return Reply::Refused { reason: b"TTL the record would live too long".to_vec() };
        }
        match self.know(wall_ms, key) {
            Know::Exact(known) if known > version => return Reply::Superseded { version: known },
            Know::Exact(known) if known == version => {
                self.memory.extend(key, write.expires_at_ms);
                let is_ack = self.config.rules.holds(Rule::EqualApplied);
                return if is_ack { Reply::Applied } else { Reply::Superseded { version } };
            }
            Know::Floor(floor) if floor >= version && !write.is_exempt => {
                return Reply::Forgot { floor };
            }
            Know::Exact(_) | Know::Floor(_) => {}
        }
        let removes = write.value.is_none() && self.memory.is_held(key);
        self.newest = self.newest.max(version);
        self.memory.set(wall_ms, key, write);
        self.drain(wall_ms);
        if removes { Reply::Removed } else { Reply::Applied }
    }

    /// Gives the record of exactly `version` a later end.
    fn touch(&mut self, wall_ms: u64, key: &[u8], version: Version, expires_at_ms: u64) -> Reply {
        if expires_at_ms > version.ms() + self.config.max_ttl_ms {
            return Reply::Refused { reason: b"TTL the record would live too long".to_vec() };
        }
        let Some(known) = self.known(wall_ms, key) else {
            return Reply::Forgot { floor: self.floors.of(key) };
        };
        if known.version != version {
            return Reply::Superseded { version: known.version };
        }
        if known.value.is_none() {
            return gone(known);
        }
        self.memory.extend(key, expires_at_ms);
        Reply::Applied
    }

    /// Raises the floor of a namespace. Like a write it says so when the node has seen a version
    /// above it: the record of an acknowledged write could then survive.
    fn clear(&mut self, wall_ms: u64, namespace: &[u8], version: Version) -> Reply {
        if version.ms() > wall_ms + self.config.max_drift_ms {
            return Reply::Clock { wall_ms };
        }
        self.floors.raise(namespace, version);
        if self.newest > version {
            return Reply::Superseded { version: self.newest };
        }
        Reply::Applied
    }

    /// Returns what is known exactly, after what time and clears have done to it.
    fn known(&mut self, wall_ms: u64, key: &[u8]) -> Option<Known<'_>> {
        self.settle(wall_ms, key)?;
        self.memory.find(key)
    }

    /// Does to a key what time and clears do, and returns the version that is known exactly then.
    fn settle(&mut self, wall_ms: u64, key: &[u8]) -> Option<Version> {
        let known = self.memory.find(key)?;
        let version = known.version;
        let is_dead = known.value.is_some() && known.expires_at_ms <= wall_ms;
        if version <= self.floors.cleared(namespace_of(key)) {
            self.memory.forget(key);
            return None;
        }
        if !is_dead {
            return Some(version);
        }
        self.memory.expire(key);
        self.drain(wall_ms);
        // It may have fallen out of the memory.
        self.memory.find(key).map(|known| known.version)
    }

    /// Raises the cells of the keys that fell out of the memory. A key leaves no trace once its own
    /// record and every one below it has died of itself and no operation can still write one.
    fn drain(&mut self, wall_ms: u64) {
        let ReplicaConfig { max_ttl_ms, max_op_ms, max_drift_ms, .. } = self.config;
        while let Some((key, version)) = self.memory.pop_fallen() {
            let grace_ms = max_ttl_ms + 2 * max_drift_ms + max_op_ms;
            let is_past = version.ms() + grace_ms < wall_ms;
            if !is_past && self.config.rules.holds(Rule::Memory) {
                self.floors.raise_cell(&key, version);
            }
        }
    }
}

fn gone(known: Known<'_>) -> Reply {
    Reply::Gone { version: known.version, expires_at_ms: known.expires_at_ms, dead: known.is_dead }
}

#[cfg(test)]
mod tests;
