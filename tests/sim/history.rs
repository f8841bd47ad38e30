//! What was asked and answered, and whether it was right.
//!
//! Everything is checked as it happens. What a later check needs of the past is kept as a maximum
//! at the moment when a request begins, so each check is O(1). What replicas do is checked by
//! `memory`.

use std::collections::BTreeMap;

use tidecache::cluster::{Action, Consistency, Error, Hit, Outcome, QuorumError, ReadRepair};
use tidecache::wire::Version;

use super::memory::Memory;
use super::near::{Copy, SLACK_MS, copy_age_max};
use super::network::{EPOCH_MS, MS};
use super::plan::Plan;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    pub(crate) client: u32,
    pub(crate) action: Action,
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) outcome: Option<Outcome>,
    /// The highest version that was acknowledged before it began.
    acked: Version,
    /// When the latest of the writes that were acknowledged before it began was begun.
    acked_begun: u64,
    /// The highest version that a quorum read had returned before it began.
    seen: Version,
    /// What each node had known of its key before it began.
    known: Vec<Version>,
    /// For a fill, when its load began.
    loading_since: Option<u64>,
}

/// What is known of one key.
#[derive(Debug, Clone, Default)]
struct Key {
    acked: Version,
    acked_begun: u64,
    /// When the latest of its acknowledged deletes was begun and was acknowledged.
    deleted: Option<(u64, u64)>,
    seen: Version,
    /// When which request's value was first read by a quorum.
    seen_values: BTreeMap<usize, u64>,
    /// The latest end that a touch may have given.
    touched_until_ms: u64,
    /// Which request wrote a version, as readers saw it.
    writers: BTreeMap<Version, usize>,
}

/// The history of a run.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) ops: Vec<Op>,
    /// What is wrong; the run ends with the first.
    pub(crate) violations: Vec<String>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(super) memory: Memory,
    keys: BTreeMap<Vec<u8>, Key>,
    pub(super) plan: Plan,
}

impl History {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            ops: Vec::new(),
            violations: Vec::new(),
            counts: BTreeMap::new(),
            memory: Memory::new(plan.nodes),
            keys: BTreeMap::new(),
            plan: plan.clone(),
        }
    }

    /// Notes a request and returns its number, which is also the value it writes.
    pub(crate) fn begin(&mut self, now: u64, client: u32, action: &Action) -> usize {
        self.note_touch(now, action);
        let key = key_of(action).map(|key| &*self.keys.entry(key.to_vec()).or_default());
        let (acked, acked_begun, seen) =
            key.map_or_else(Default::default, |key| (key.acked, key.acked_begun, key.seen));
        let known = key_of(action).map_or_else(Vec::new, |key| self.memory.known(key));
        let loading_since = match action {
            Action::Fill { ticket, .. } => {
                let is_its =
                    |op: &&Op| matches!(&op.outcome, Some(Outcome::Load(of)) if of == ticket);
                self.ops.iter().rev().find(is_its).and_then(|op| op.ended)
            }
            _ => None,
        };
        self.ops.push(Op {
            client,
            action: action.clone(),
            begun: now,
            ended: None,
            outcome: None,
            acked,
            acked_begun,
            seen,
            known,
            loading_since,
        });
        self.ops.len() - 1
    }

    /// Notes an outcome and checks it.
    pub(crate) fn end(&mut self, now: u64, id: usize, outcome: &Outcome) {
        let op = &mut self.ops[id];
        if op.ended.is_some() {
            self.violations.push(format!("request {id} ended twice"));
            return;
        }
        op.ended = Some(now);
        op.outcome = Some(outcome.clone());
        let op = op.clone();
        self.count(&op, outcome);
        match outcome {
            Outcome::Hit(hit) => self.check_hit(now, id, &op, hit),
            Outcome::Stored { version, .. } => self.acknowledge(now, &op, *version),
            Outcome::Failed(Error::Quorum(error)) => self.check_failure(id, &op, error),
            _ => {}
        }
    }

    /// Counts something that happened.
    pub(crate) fn count_one(&mut self, name: &'static str) {
        *self.counts.entry(name).or_default() += 1;
    }

    fn count(&mut self, op: &Op, outcome: &Outcome) {
        self.count_one(match (outcome, &op.action) {
            (Outcome::Hit(_), _) => "hits",
            (Outcome::Miss, _) => "misses",
            (Outcome::Stored { rounds: 1, .. }, _) => "stored in one round",
            (Outcome::Stored { .. }, _) => "stored in two rounds",
            (Outcome::NotStored, _) => "not stored",
            (Outcome::Touched(true), _) => "touched",
            (Outcome::Touched(false), _) => "not touched",
            (Outcome::Load(_), _) => "loads",
            (Outcome::Released, _) => "released",
            (Outcome::Failed(_), Action::Get { .. } | Action::Load { .. }) => "failed reads",
            (Outcome::Failed(_), _) => "failed writes",
        });
    }

    /// A write that is acknowledged binds every read that begins from now on.
    fn acknowledge(&mut self, now: u64, op: &Op, version: Version) {
        let begun = op.begun;
        if let Action::Clear { namespace } = &op.action {
            for (_, state) in self.keys.iter_mut().filter(|(key, _)| is_in(key, namespace)) {
                state.acked = state.acked.max(version);
                state.acked_begun = state.acked_begun.max(begun);
            }
            return;
        }
        let Some(key) = key_of(&op.action).map(<[u8]>::to_vec) else { return };
        let nodes = self.memory.ackers(&key, version);
        if nodes < self.plan.quorum.write {
            self.violations.push(format!("an ack of {key:?} {version:?} by {nodes} nodes"));
        }
        let state = self.keys.entry(key).or_default();
        state.acked = state.acked.max(version);
        // What was loaded is as old as its load: it binds by its version only.
        if op.loading_since.is_none() {
            state.acked_begun = state.acked_begun.max(begun);
        }
        if matches!(op.action, Action::Delete { .. }) {
            state.deleted = state.deleted.max(Some((begun, now)));
        }
    }

    /// A touch may move the end until its own deadline, even if it fails; one of a client whose
    /// clock was set, as far as the nodes allow.
    fn note_touch(&mut self, now: u64, action: &Action) {
        if let Action::Touch { key, ttl } = action {
            let until_ms = EPOCH_MS + now / MS + self.plan.timeout_ms;
            let until_ms = until_ms + ttl.as_millis() as u64 + self.slack_ms();
            let has_steps = self.plan.faults.client_step_ppm > 0;
            let until_ms = if has_steps { u64::MAX } else { until_ms };
            let state = self.keys.entry(key.clone()).or_default();
            state.touched_until_ms = state.touched_until_ms.max(until_ms);
        }
    }

    fn check_hit(&mut self, now: u64, id: usize, op: &Op, hit: &Hit) {
        let Some(key) = key_of(&op.action).map(<[u8]>::to_vec) else { return };
        let writer = number_of(&hit.value);
        let known = self.ops.get(writer).filter(|by| key_of(&by.action) == Some(key.as_slice()));
        let Some(by) = known.cloned() else {
            self.violations.push(format!("request {id} read what nobody wrote to {key:?}"));
            return;
        };
        let mut wrong = Vec::new();
        let (slack_ms, is_firm) = (self.slack_ms(), self.plan.has_firm_clocks());
        let is_quorum = !matches!(op.action, Action::Get { consistency: Consistency::One, .. });
        if is_quorum {
            wrong.extend(self.short_of_knowers(&key, hit));
        }
        let state = self.keys.entry(key.clone()).or_default();
        if *state.writers.entry(hit.version).or_insert(writer) != writer {
            wrong.push("one version has two values".to_string());
        }
        if is_quorum && is_firm {
            if hit.version < op.acked {
                wrong.push(format!("G1: {:?} is older than the ack {:?}", hit.version, op.acked));
            }
            // A put that failed may act at any time. What was loaded is as old as its load, give or
            // take the clocks; a version may be ahead of its clock by as much again.
            let done = match by.loading_since {
                Some(since) => Some(since + 3 * slack_ms * MS),
                None => by.ended.filter(|_| matches!(by.outcome, Some(Outcome::Stored { .. }))),
            };
            if done.is_some_and(|done| done < op.acked_begun) {
                wrong.push(format!("G1/G3: the value of request {writer} is older in real time"));
            }
            let is_blocking = self.plan.read_repair == ReadRepair::Blocking;
            let is_monotonic = is_blocking && 2 * self.plan.quorum.read > self.plan.quorum.replicas;
            if is_monotonic && hit.version < op.seen {
                wrong.push(format!("G2: {:?} after {:?}", hit.version, op.seen));
            }
            state.seen = state.seen.max(hit.version);
        }
        let seen_at = *state.seen_values.entry(writer).or_insert(now);
        // Only a put that has not returned may come back so: that is not promised, and counted.
        let came_back =
            state.deleted.is_some_and(|(begun, acked)| seen_at < begun && acked < op.begun);
        let node_known = op.known.get(hit.node as usize).copied().unwrap_or_default();
        if is_firm && hit.version < node_known {
            wrong.push(format!("node {} knew {node_known:?} before", hit.node));
        }
        let now_ms = EPOCH_MS + op.begun / MS;
        if hit.expires_at_ms + slack_ms <= now_ms {
            wrong.push(format!("G3: a hit at {now_ms}, dead at {}", hit.expires_at_ms));
        }
        let given_ms = hit.version.ms() + ttl_of(&by.action).unwrap_or(0);
        let latest_ms = (hit.version.ms() + self.plan.max_ttl_ms).min(state.touched_until_ms);
        if hit.expires_at_ms > given_ms.max(latest_ms) {
            wrong.push(format!("a life until {given_ms} lasts until {}", hit.expires_at_ms));
        }
        if came_back && is_quorum {
            self.count_one("seen, deleted, seen");
        }
        let wrong = wrong.into_iter().map(|what| format!("request {id} of {key:?}: {what}"));
        self.violations.extend(wrong);
    }

    /// A read waits until N − R + 1 nodes have said that they know what it returns, or more.
    fn short_of_knowers(&self, key: &[u8], hit: &Hit) -> Option<String> {
        let quorum = self.plan.quorum;
        let waits =
            self.plan.read_repair == ReadRepair::Blocking && 2 * quorum.read > quorum.replicas;
        let knowers = self.memory.tellers(key, hit.version);
        (waits && knowers < quorum.knowers())
            .then(|| format!("only {knowers} nodes have known {:?}", hit.version))
    }

    /// A failure names every replica that was asked and does not count, once.
    fn check_failure(&mut self, id: usize, op: &Op, error: &QuorumError) {
        let QuorumError { is_write, required, received, ref causes } = *error;
        let mut nodes: Vec<u32> = causes.iter().map(|missing| missing.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let is_clear = matches!(op.action, Action::Clear { .. });
        let total = if is_clear { self.plan.nodes } else { self.plan.quorum.replicas };
        // The last epoch may have one node less.
        let least = if is_write { total - u32::from(is_clear) } else { required };
        let named = received + causes.len() as u32;
        let longest = self.plan.timeout_ms * MS;
        let is_late = |elapsed: u128| elapsed > u128::from(longest) + u128::from(MS);
        let has_late = causes.iter().any(|missing| is_late(missing.elapsed.as_nanos()));
        let is_paused = self.plan.faults.client_pause_ppm > 0;
        if nodes.len() != causes.len() || !(least..=total).contains(&named) {
            self.violations.push(format!("request {id} names {named} of {total}: {error:?}"));
        }
        if has_late && !is_paused {
            self.violations.push(format!("request {id} has causes after its end: {error:?}"));
        }
    }

    /// Returns why a copy must not be used.
    pub(crate) fn wrong_copy(&self, now: u64, copy: &Copy) -> Option<String> {
        if let Some(why) = copy.wrong {
            return Some(why.to_string());
        }
        let is_newer = |&id: &usize| match self.ops[id].outcome {
            Some(Outcome::Stored { version, .. }) => version > copy.version,
            _ => false,
        };
        if copy.writes.iter().any(is_newer) {
            return Some("that is older than its own write".to_string());
        }
        let Plan { near_life_ms, timeout_ms, .. } = self.plan;
        let age = now - copy.begun;
        if age > copy_age_max(near_life_ms, timeout_ms) + MS {
            return Some(format!("that is {} ms old", age / MS));
        }
        let now_ms = EPOCH_MS + now / MS;
        let is_dead = copy.expires_at_ms + self.slack_ms() + SLACK_MS <= now_ms;
        is_dead.then(|| format!("at {now_ms} that died at {}", copy.expires_at_ms))
    }

    /// Twice how wrong a corrected clock may be: the nodes' drift and the shortest round trip.
    pub(super) fn slack_ms(&self) -> u64 {
        2 * self.plan.max_drift_ms + self.plan.faults.delay_us_max / 1_000 + 60
    }
}

/// Returns the key of an action.
pub(crate) fn key_of(action: &Action) -> Option<&[u8]> {
    match action {
        Action::Get { key, .. }
        | Action::Put { key, .. }
        | Action::Delete { key }
        | Action::Touch { key, .. }
        | Action::Load { key }
        | Action::Release { key } => Some(key),
        Action::Fill { ticket, .. } => Some(&ticket.key),
        Action::Clear { .. } => None,
    }
}

/// Whether a clear of `namespace` is about `key`.
pub(crate) fn is_in(key: &[u8], namespace: &[u8]) -> bool {
    let rest = key.strip_prefix(namespace);
    namespace.is_empty() || rest.is_some_and(|rest| rest.starts_with(b":"))
}

fn ttl_of(action: &Action) -> Option<u64> {
    match action {
        Action::Put { ttl, .. } | Action::Fill { ttl, .. } => Some(ttl.as_millis() as u64),
        _ => None,
    }
}

/// Returns the value that request `number` writes, padded to `bytes`.
pub(crate) fn value_of(number: usize, bytes: usize) -> Vec<u8> {
    let mut value = (number as u64).to_le_bytes().to_vec();
    value.resize(bytes.max(8), 0);
    value
}

fn number_of(value: &[u8]) -> usize {
    let first = value.first_chunk().copied().unwrap_or([0xff; 8]);
    usize::try_from(u64::from_le_bytes(first)).unwrap_or(usize::MAX)
}
