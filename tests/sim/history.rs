//! What was asked and answered, and whether it was right.
//!
//! Everything is checked as it happens. What a later check needs of the past is kept as a maximum
//! at the moment when a request begins, so each check is O(1).

use std::collections::BTreeMap;

use tidecache::cluster::{Action, Consistency, Hit, Know, Outcome, Replica, Rule};
use tidecache::wire::{Reply, Request as Message, Version};

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
    /// For a fill, when its load began.
    loading_since: Option<u64>,
}

/// What is known of one key.
#[derive(Debug, Clone, Default)]
struct Key {
    acked: Version,
    acked_begun: u64,
    seen: Version,
    /// The latest end that a touch may have given.
    touched_until_ms: u64,
    /// Which request wrote a version, as readers saw it.
    writers: BTreeMap<Version, usize>,
}

/// What a replica knew before a message.
#[derive(Debug)]
pub(crate) struct Before(Option<Know>);

/// The history of a run.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) ops: Vec<Op>,
    /// What is wrong; the run ends with the first.
    pub(crate) violations: Vec<String>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    keys: BTreeMap<Vec<u8>, Key>,
    /// The highest version that each node has known of each key, over all its lives.
    known: Vec<BTreeMap<Vec<u8>, Version>>,
    /// Which nodes have acknowledged a version of a key.
    acks: BTreeMap<(Vec<u8>, Version), u32>,
    plan: Plan,
}

impl History {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            ops: Vec::new(),
            violations: Vec::new(),
            counts: BTreeMap::new(),
            keys: BTreeMap::new(),
            known: vec![BTreeMap::new(); plan.nodes as usize],
            acks: BTreeMap::new(),
            plan: plan.clone(),
        }
    }

    /// Notes a request and returns its number, which is also the value it writes.
    pub(crate) fn begin(&mut self, now: u64, client: u32, action: &Action) -> usize {
        self.note_touch(now, action);
        let key = key_of(action).map(|key| self.keys.entry(key.to_vec()).or_default().clone());
        let key = key.unwrap_or_default();
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
            acked: key.acked,
            acked_begun: key.acked_begun,
            seen: key.seen,
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
            Outcome::Hit(hit) => self.check_hit(id, &op, hit),
            Outcome::Stored { version, .. } => self.acknowledge(&op, *version),
            _ => {}
        }
    }

    fn count(&mut self, op: &Op, outcome: &Outcome) {
        let name = match (outcome, &op.action) {
            (Outcome::Hit(_), _) => "hits",
            (Outcome::Miss, _) => "misses",
            (Outcome::Stored { rounds: 1, .. }, _) => "stored in one round",
            (Outcome::Stored { .. }, _) => "stored in two rounds",
            (Outcome::NotStored, _) => "not stored",
            (Outcome::Touched(true), _) => "touched",
            (Outcome::Touched(false), _) => "not touched",
            (Outcome::Load(_), _) => "loads",
            (Outcome::Failed(_), Action::Get { .. } | Action::Load { .. }) => "failed reads",
            (Outcome::Failed(_), _) => "failed writes",
        };
        *self.counts.entry(name).or_default() += 1;
    }

    /// A write that is acknowledged binds every read that begins from now on.
    fn acknowledge(&mut self, op: &Op, version: Version) {
        let begun = op.begun;
        if let Action::Clear { namespace } = &op.action {
            let prefix = [namespace.as_slice(), b":"].concat();
            for (key, state) in &mut self.keys {
                if namespace.is_empty() || key.starts_with(&prefix) {
                    state.acked = state.acked.max(version);
                    state.acked_begun = state.acked_begun.max(begun);
                }
            }
            return;
        }
        let Some(key) = key_of(&op.action).map(<[u8]>::to_vec) else { return };
        let nodes = self.acks.get(&(key.clone(), version)).map_or(0, |nodes| nodes.count_ones());
        if nodes < self.plan.quorum.write {
            self.violations.push(format!("an ack of {key:?} {version:?} by {nodes} nodes"));
        }
        let state = self.keys.entry(key).or_default();
        state.acked = state.acked.max(version);
        // What was loaded is as old as its load: it binds by its version only.
        if op.loading_since.is_none() {
            state.acked_begun = state.acked_begun.max(begun);
        }
    }

    /// A touch may move the end until its own deadline, even if it fails.
    fn note_touch(&mut self, now: u64, action: &Action) {
        if let Action::Touch { key, ttl } = action {
            let until_ms = EPOCH_MS + now / MS + self.plan.timeout_ms;
            let until_ms = until_ms + ttl.as_millis() as u64 + self.slack_ms();
            let state = self.keys.entry(key.clone()).or_default();
            state.touched_until_ms = state.touched_until_ms.max(until_ms);
        }
    }

    fn check_hit(&mut self, id: usize, op: &Op, hit: &Hit) {
        let Some(key) = key_of(&op.action).map(<[u8]>::to_vec) else { return };
        let writer = number_of(&hit.value);
        let is_quorum = !matches!(op.action, Action::Get { consistency: Consistency::One, .. });
        let mut wrong = Vec::new();
        let known = self.ops.get(writer).filter(|by| key_of(&by.action) == Some(key.as_slice()));
        let Some(by) = known.cloned() else {
            self.violations.push(format!("request {id} read what nobody wrote to {key:?}"));
            return;
        };
        let slack_ms = self.slack_ms();
        let state = self.keys.entry(key.clone()).or_default();
        if *state.writers.entry(hit.version).or_insert(writer) != writer {
            wrong.push("one version has two values".to_string());
        }
        if is_quorum {
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
            let is_monotonic = 2 * self.plan.quorum.read > self.plan.quorum.replicas;
            if is_monotonic && hit.version < op.seen {
                wrong.push(format!("G2: {:?} after {:?}", hit.version, op.seen));
            }
            state.seen = state.seen.max(hit.version);
        }
        let now_ms = EPOCH_MS + op.begun / MS;
        if hit.expires_at_ms + slack_ms <= now_ms {
            wrong.push(format!("G3: a hit at {now_ms}, dead at {}", hit.expires_at_ms));
        }
        let given_ms = hit.version.ms() + ttl_of(&by.action).unwrap_or(0);
        if hit.expires_at_ms > given_ms.max(state.touched_until_ms) {
            wrong.push(format!("a life until {given_ms} lasts until {}", hit.expires_at_ms));
        }
        let wrong = wrong.into_iter().map(|what| format!("request {id} of {key:?}: {what}"));
        self.violations.extend(wrong);
    }

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
        let Some(key) = super::world::key_of(request) else { return };
        let know = replica.know(wall_ms, key);
        let known = self.known[node as usize].entry(key.to_vec()).or_default();
        let grace_ms = self.plan.max_ttl_ms + 2 * self.plan.max_drift_ms + self.plan.timeout_ms;
        if know.version() < *known && known.ms() + grace_ms >= wall_ms {
            let what = format!("node {node} knew {known:?} of {key:?}, now {know:?}");
            self.violations.push(what);
        }
        *known = (*known).max(know.version());
        let (Message::Put { version, .. }, Some(before)) = (request, before) else { return };
        if matches!(reply, Reply::Applied) {
            let is_known = matches!(know, Know::Exact(known) if known >= *version);
            let may_forget = !self.plan.rules.holds(Rule::Memory);
            if !is_known && !may_forget {
                self.violations.push(format!("node {node} acks {version:?}, knows {know:?}"));
            }
            if before.version() >= *version && before != Know::Exact(*version) {
                let what = format!("node {node} applies {version:?} and knew {before:?}");
                self.violations.push(what);
            }
        }
        if matches!(reply, Reply::Applied | Reply::Superseded { .. } | Reply::Forgot { .. }) {
            let is_ack = !matches!(reply, Reply::Forgot { .. });
            let is_ack = is_ack || !self.plan.rules.holds(Rule::ForgotNoAck);
            *self.acks.entry((key.to_vec(), *version)).or_default() |= u32::from(is_ack) << node;
        }
    }

    /// Twice how wrong a corrected clock may be: the nodes' drift and the shortest round trip.
    fn slack_ms(&self) -> u64 {
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
        | Action::Load { key } => Some(key),
        Action::Fill { ticket, .. } => Some(&ticket.key),
        Action::Clear { .. } => None,
    }
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
    u64::from_le_bytes(first) as usize
}
