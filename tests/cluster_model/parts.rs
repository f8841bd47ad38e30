//! Clients and nodes as parts of a state.
//!
//! A coordinator cannot be copied, and must not be: two would draw the same versions. So a part is
//! all that ever happened to it, walked again to take one step more; what two equal parts have in
//! common is the hash of all that their fields say. The cluster has a thousand times more states
//! than its parts have, so each step of a part is walked once and remembered.

use std::collections::HashMap;
use std::fmt::{self, Debug, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tidecache::Instant;
use tidecache::cluster::{
    Config, Coordinator, Input, Know, NodeConfig, Now, Output, Replica, ReplicaConfig, Rules,
};
use tidecache::wire::{Reply, Request as Message};

use super::world::KEY;

/// A client's coordinator.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    at: usize,
    nodes: usize,
    rules: Rules,
    inputs: Vec<(u64, Input)>,
    pub(crate) digest: [u64; 2],
    /// When it wants to be woken.
    pub(crate) deadline_ms: Option<u64>,
}

/// A node's replica.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    started_ms: u64,
    rules: Rules,
    inputs: Vec<(u64, Message)>,
    pub(crate) digest: [u64; 2],
}

impl Client {
    /// Returns a client without links.
    pub(crate) fn new(at: usize, nodes: usize, rules: Rules) -> Self {
        let digest = digest_of(&(at, nodes, rules));
        Self { at, nodes, rules, inputs: Vec::new(), digest, deadline_ms: None }
    }

    /// Returns the client after an input, and what it does for it.
    pub(crate) fn after(&self, ms: u64, input: Input) -> (Arc<Self>, Vec<Output>) {
        let step = (self.digest, digest_of(&(ms, &input)));
        CLIENTS.after(step, || self.walk(ms, input))
    }

    fn walk(&self, ms: u64, input: Input) -> (Arc<Self>, Vec<Output>) {
        let nodes = (0..self.nodes).map(|node| NodeConfig::new(format!("node-{node}")));
        let mut config = Config::new(nodes.collect(), self.at as u64 + 1);
        config.rules = self.rules;
        (config.hedge, config.hints) = (false, false);
        let mut coordinator = Coordinator::new(config).expect("two of three are quorums");
        let mut after = self.clone();
        after.inputs.push((ms, input));
        let mut outputs = Vec::new();
        for (ms, input) in &after.inputs {
            let instant = Instant::ORIGIN + Duration::from_millis(*ms);
            coordinator.handle(Now { instant, wall_ms: *ms }, input.clone());
            outputs.clear();
            outputs.extend(std::iter::from_fn(|| coordinator.poll()));
        }
        after.digest = digest_of(&coordinator);
        let deadline = coordinator.deadline();
        after.deadline_ms = deadline.map(|deadline| deadline.as_nanos() / 1_000_000);
        (Arc::new(after), outputs)
    }
}

impl Node {
    /// Returns a node that starts empty.
    pub(crate) fn new(started_ms: u64, rules: Rules) -> Self {
        let mut node = Self { started_ms, rules, inputs: Vec::new(), digest: [0; 2] };
        node.digest = digest_of(&node.replica());
        node
    }

    /// Returns the node after a message, its answer, and what it knows then.
    pub(crate) fn after(&self, wall_ms: u64, message: Message) -> (Arc<Self>, (Reply, Know)) {
        let step = (self.digest, digest_of(&(wall_ms, &message)));
        NODES.after(step, || self.walk(wall_ms, message))
    }

    fn walk(&self, wall_ms: u64, message: Message) -> (Arc<Self>, (Reply, Know)) {
        let mut replica = self.replica();
        let mut after = self.clone();
        after.inputs.push((wall_ms, message.clone()));
        let reply = replica.handle(wall_ms, message);
        after.digest = digest_of(&replica);
        (Arc::new(after), (reply, replica.know(wall_ms, KEY)))
    }

    /// Returns what it knows of the one key.
    pub(crate) fn know(&self) -> Know {
        self.replica().know(self.started_ms, KEY)
    }

    fn replica(&self) -> Replica {
        let config = ReplicaConfig { entries: 8, rules: self.rules, ..Default::default() };
        let mut replica = Replica::new(config, self.started_ms);
        for (wall_ms, message) in &self.inputs {
            replica.handle(*wall_ms, message.clone());
        }
        replica
    }
}

/// The steps that were walked: a part and what came to it, to the part after it and what it did.
struct Walked<Part, Effect>(LazyLock<Mutex<Walks<Part, Effect>>>);

/// By the hashes of part and input.
type Walks<Part, Effect> = HashMap<Walk, (Arc<Part>, Effect)>;
type Walk = ([u64; 2], [u64; 2]);

impl<Part, Effect: Clone> Walked<Part, Effect> {
    const fn new() -> Self {
        Self(LazyLock::new(|| Mutex::new(HashMap::new())))
    }

    fn after(&self, step: Walk, walk: impl FnOnce() -> (Arc<Part>, Effect)) -> (Arc<Part>, Effect) {
        let mut walked = self.0.lock().expect("no thread panics");
        let (part, effect) = walked.entry(step).or_insert_with(walk);
        (Arc::clone(part), effect.clone())
    }
}

static CLIENTS: Walked<Client, Vec<Output>> = Walked::new();
static NODES: Walked<Node, (Reply, Know)> = Walked::new();

/// Returns the hash of all that the fields of `value` say.
pub(crate) fn digest_of(value: &impl Debug) -> [u64; 2] {
    let mut digest = Digest([0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15]);
    write!(digest, "{value:?}").expect("a digest takes everything");
    digest.0
}

/// Two hashes of a text that is never built.
struct Digest([u64; 2]);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for chunk in text.as_bytes().chunks(8) {
            let word = chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
            let [first, second] = self.0;
            self.0 = [
                (first.rotate_left(27) ^ word).wrapping_mul(0x9fb2_1c65_1e98_df25),
                (second.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95),
            ];
        }
        Ok(())
    }
}
