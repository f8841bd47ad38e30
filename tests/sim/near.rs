//! What a client keeps near, and what it must not use any more.
//!
//! The shelf knows only what the client was told: pushes, their numbers, links, its own requests.
//! From that it says of each copy why it must not be used; the coordinator has to agree.

use std::collections::BTreeMap;

use tidecache::cluster::{Action, Consistency, Hit};
use tidecache::wire::{Push, Version};

use super::history::{is_in, key_of};
use super::network::MS;
use super::world::World;

/// The copies of one client.
#[derive(Debug)]
pub(crate) struct Shelf {
    copies: BTreeMap<Vec<u8>, Copy>,
    readings: BTreeMap<usize, Reading>,
    /// The number of each node's next push.
    next_seq: Vec<u64>,
}

/// A copy of a record.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) version: Version,
    pub(crate) expires_at_ms: u64,
    /// When the read that found it began.
    pub(crate) begun: u64,
    /// Why it must not be used.
    pub(crate) wrong: Option<&'static str>,
    /// Writes of its own that the client began while it read.
    pub(crate) writes: Vec<usize>,
    node: u32,
}

/// A read that may fill.
#[derive(Debug, Clone)]
struct Reading {
    key: Vec<u8>,
    begun: u64,
    /// What was pushed since.
    pushed: Version,
    cleared: Version,
    /// The nodes whose pushes are not complete since.
    broken: u32,
    writes: Vec<usize>,
}

impl Shelf {
    pub(crate) fn new(nodes: u32) -> Self {
        let next_seq = vec![1; nodes as usize];
        Self { copies: BTreeMap::new(), readings: BTreeMap::new(), next_seq }
    }

    /// Notes a request of the client itself.
    pub(crate) fn begin(&mut self, now: u64, id: usize, action: &Action) {
        if let Action::Get { key, .. } | Action::Load { key } = action {
            let (pushed, cleared) = (Version::ZERO, Version::ZERO);
            let (key, begun) = (key.clone(), now);
            let reading = Reading { key, begun, pushed, cleared, broken: 0, writes: vec![] };
            self.readings.insert(id, reading);
            return;
        }
        let is_about = |key: &[u8]| match action {
            Action::Clear { namespace } => is_in(key, namespace),
            Action::Touch { .. } | Action::Release { .. } => false,
            _ => key_of(action) == Some(key),
        };
        // Whatever is drawn now is above all that was seen; what was drawn before a load is not.
        let is_above = |version: Version| match action {
            Action::Fill { ticket, .. } => ticket.version > version,
            _ => true,
        };
        for (key, copy) in &mut self.copies {
            if is_about(key) && is_above(copy.version) {
                copy.wrong = Some("written by itself");
            }
        }
        for reading in self.readings.values_mut().filter(|reading| is_about(&reading.key)) {
            reading.writes.push(id);
        }
    }

    /// Notes a push, and whether its number is the one that was due.
    pub(crate) fn pushed(&mut self, node: u32, push: &Push) {
        let (Push::Invalidate { seq, .. } | Push::Clear { seq, .. }) = push;
        let due = &mut self.next_seq[node as usize];
        let has_gap = *seq > *due;
        *due = (*due).max(seq + 1);
        if has_gap {
            self.spoil(node, "after a gap");
        }
        match push {
            Push::Invalidate { key, version, .. } => {
                if let Some(copy) = self.copies.get_mut(key).filter(|copy| copy.version < *version)
                {
                    copy.wrong = Some("after a push");
                }
                for reading in self.readings.values_mut().filter(|reading| reading.key == *key) {
                    reading.pushed = reading.pushed.max(*version);
                }
            }
            Push::Clear { namespace, version, .. } => {
                let copies = self.copies.iter_mut().filter(|(key, _)| is_in(key, namespace));
                for (_, copy) in copies.filter(|(_, copy)| copy.version <= *version) {
                    copy.wrong = Some("after a clear");
                }
                let readings = self.readings.values_mut();
                for reading in readings.filter(|reading| is_in(&reading.key, namespace)) {
                    reading.cleared = reading.cleared.max(*version);
                }
            }
        }
    }

    /// Notes that a link is a new one, or lost.
    pub(crate) fn linked(&mut self, node: u32) {
        self.next_seq[node as usize] = 1;
        self.spoil(node, "after its link was lost");
    }

    /// Notes another epoch: no copy of the old one may be used, and reads begin anew.
    pub(crate) fn renew(&mut self) {
        self.copies.values_mut().for_each(|copy| copy.wrong = Some("of another epoch"));
        for reading in self.readings.values_mut() {
            reading.broken = 0;
            (reading.pushed, reading.cleared) = (Version::ZERO, Version::ZERO);
        }
        self.next_seq.fill(1);
    }

    /// Notes that a read has ended, and keeps what it may.
    pub(crate) fn end(&mut self, id: usize, hit: Option<&Hit>) {
        let Some(reading) = self.readings.remove(&id) else { return };
        let Some(hit) = hit.filter(|hit| hit.may_keep) else { return };
        let wrong = if reading.broken & 1 << hit.node != 0 {
            Some("filled while pushes were missing")
        } else if reading.pushed > hit.version || reading.cleared >= hit.version {
            Some("filled with what a push had overtaken")
        } else {
            None
        };
        let Hit { version, expires_at_ms, node, .. } = *hit;
        let (begun, writes) = (reading.begun, reading.writes);
        let copy = Copy { version, expires_at_ms, begun, wrong, writes, node };
        self.copies.insert(reading.key, copy);
    }

    /// Lets go of a copy.
    pub(crate) fn drop_copy(&mut self, key: &[u8]) {
        self.copies.remove(key);
    }

    fn spoil(&mut self, node: u32, why: &'static str) {
        for copy in self.copies.values_mut().filter(|copy| copy.node == node) {
            copy.wrong = Some(why);
        }
        self.readings.values_mut().for_each(|reading| reading.broken |= 1 << node);
    }
}

impl World {
    /// Reads by consistency `one`: the copy if it may be used, else a node.
    pub(crate) fn read_near(&mut self, client: u32, key: Vec<u8>) {
        let now = self.now_of(client);
        let state = &self.clients[client as usize];
        let Some(version) = state.coordinator.near_version(now, &key) else {
            self.request(client, Action::Get { key, consistency: Consistency::One });
            return;
        };
        let copy = state.shelf.copies.get(&key).cloned();
        self.note(&[7, u64::from(client), version.ms()]);
        self.history.count_one("near hits");
        let what = match copy {
            Some(copy) if copy.version == version => self.history.wrong_copy(self.now, &copy),
            other => Some(format!("there is no copy of {version:?} but {other:?}")),
        };
        let what = what.map(|what| format!("client {client} uses a copy of {key:?} {what}"));
        self.history.violations.extend(what);
    }
}

/// How much later than its record's end a copy may be used: what the clocks are off.
pub(crate) const SLACK_MS: u64 = 2;

/// The longest that a copy is used after its read began.
pub(crate) const fn copy_age_max(near_life_ms: u64, timeout_ms: u64) -> u64 {
    (near_life_ms + timeout_ms) * MS
}
