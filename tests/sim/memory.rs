//! What replicas know, and whether what they do with a message is right.

use std::collections::BTreeMap;

use tidecache::cluster::{Know, Replica, Rule};
use tidecache::wire::{Reply, Request as Message, Version};

use super::history::History;
use super::transport::key_of;

/// What a replica knew before a message.
#[derive(Debug)]
pub(crate) struct Before(Option<Know>);

/// What nodes have known, over all their lives.
#[derive(Debug)]
pub(crate) struct Memory {
    keys: BTreeMap<Vec<u8>, Key>,
    nodes: usize,
}

#[derive(Debug, Clone)]
struct Key {
    /// The highest version that each node has known.
    known: Vec<Version>,
    /// The highest version that each node has told to know exactly.
    told: Vec<Version>,
    /// Which nodes have acknowledged a version.
    acks: BTreeMap<Version, u32>,
}

impl Memory {
    pub(crate) fn new(nodes: u32) -> Self {
        Self { keys: BTreeMap::new(), nodes: nodes as usize }
    }

    /// Returns the highest version that each node has known of `key`; nothing if none ever has.
    pub(crate) fn known(&self, key: &[u8]) -> Vec<Version> {
        self.keys.get(key).map_or_else(Vec::new, |key| key.known.clone())
    }

    /// Returns how many nodes have told that they know `version` of `key` exactly, or more.
    pub(crate) fn tellers(&self, key: &[u8], version: Version) -> u32 {
        let told = self.keys.get(key).map_or(&[][..], |key| &key.told);
        told.iter().filter(|told| **told >= version).count() as u32
    }

    /// Returns how many nodes have acknowledged `version` of `key`.
    pub(crate) fn ackers(&self, key: &[u8], version: Version) -> u32 {
        let nodes = self.keys.get(key).and_then(|key| key.acks.get(&version));
        nodes.map_or(0, |nodes| nodes.count_ones())
    }

    fn key(&mut self, key: &[u8]) -> &mut Key {
        let none = vec![Version::ZERO; self.nodes];
        self.keys.entry(key.to_vec()).or_insert_with(|| Key {
            known: none.clone(),
            told: none,
            acks: BTreeMap::new(),
        })
    }
}

impl History {
    /// Returns what a replica knows of the key of a message.
    pub(crate) fn before(replica: &mut Replica, wall_ms: u64, request: &Message) -> Before {
        let Message::Put { key, .. } = request else { return Before(None) };
        Before(Some(replica.know(wall_ms, key)))
    }

    /// Checks what a replica did with a message.
    pub(crate) fn after(
        &mut self,
        node: u32,
        replica: &mut Replica,
        wall_ms: u64,
        request: &Message,
        reply: &Reply,
        Before(before): Before,
    ) {
        self.check_counts(node, replica);
        let Some(key) = key_of(request) else { return };
        let know = replica.know(wall_ms, key);
        let grace_ms = self.plan.max_ttl_ms + 2 * self.plan.max_drift_ms + self.plan.timeout_ms;
        let (rules, is_firm) = (self.plan.rules, self.plan.has_firm_clocks());
        let state = self.memory.key(key);
        let known = &mut state.known[node as usize];
        if know.version() < *known && known.ms() + grace_ms >= wall_ms && is_firm {
            let what = format!("node {node} knew {known:?} of {key:?}, now {know:?}");
            self.violations.push(what);
        }
        *known = (*known).max(know.version());
        let told = &mut state.told[node as usize];
        *told = (*told).max(told_by(reply, request).unwrap_or_default());
        let (Message::Put { version, .. }, Some(before)) = (request, before) else { return };
        let is_applied = matches!(reply, Reply::Applied | Reply::Removed);
        if is_applied {
            let is_known = matches!(know, Know::Exact(known) if known >= *version);
            if !is_known && rules.holds(Rule::Memory) {
                self.violations.push(format!("node {node} acks {version:?}, knows {know:?}"));
            }
            if before.version() >= *version && before != Know::Exact(*version) {
                let what = format!("node {node} applies {version:?} and knew {before:?}");
                self.violations.push(what);
            }
        }
        let is_ack = is_applied
            || matches!(reply, Reply::Superseded { .. })
            || (matches!(reply, Reply::Forgot { .. }) && !rules.holds(Rule::ForgotNoAck));
        let state = self.memory.key(key);
        *state.acks.entry(*version).or_default() |= u32::from(is_ack) << node;
    }

    /// What a node holds and what it remembers of the rest are bounded.
    fn check_counts(&mut self, node: u32, replica: &Replica) {
        let (held, gone) = replica.counts();
        let entries = self.plan.entries as usize;
        if held > entries || gone > 2 * entries {
            self.violations.push(format!("node {node} holds {held} and remembers {gone}"));
        }
    }
}

/// Returns which version a reply says to be known exactly.
fn told_by(reply: &Reply, request: &Message) -> Option<Version> {
    match (reply, request) {
        (Reply::Held(held), _) => Some(held.version),
        (Reply::Gone { version, .. } | Reply::Superseded { version }, _)
        | (
            Reply::Applied | Reply::Removed,
            Message::Put { version, .. } | Message::Touch { version, .. },
        ) => Some(*version),
        _ => None,
    }
}
