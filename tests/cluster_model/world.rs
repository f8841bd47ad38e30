//! The cluster as a state: everything in it, and what may happen next.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tidecache::cluster::{Action, Consistency, Input, Know, Output, Request, Rules};
use tidecache::wire::{Reply, Request as Message};

use super::history::History;
use super::parts::{Client, Node, digest_of};

/// What clients do, one thing after the other, and how much may go wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Story {
    pub(crate) clients: [&'static [Do]; CLIENTS],
    /// So many replicas lose their memory, at any moment.
    pub(crate) restarts: u32,
    /// So often a client's next deadline comes while it waits.
    pub(crate) waits: u32,
    pub(crate) rules: Rules,
}

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Do {
    Put,
    Delete,
    Get,
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A client begins what it does next.
    Begin(usize),
    /// A message of a client arrives.
    Deliver(usize, u64),
    /// The answer to it arrives.
    Answer(usize, u64),
    /// A replica starts anew, empty.
    Restart(usize),
    /// A client's deadline comes.
    Wait(usize),
}

/// Everything, and the hash of it by which the checker knows a state again.
#[derive(Debug, Clone)]
pub(crate) struct World {
    clients: [Arc<Client>; CLIENTS],
    nodes: [Arc<Node>; REPLICAS],
    rest: Rest,
    digest: [u64; 2],
}

/// What is neither a client nor a node.
#[derive(Debug, Clone)]
struct Rest {
    requests: BTreeMap<(usize, u64), (usize, Message)>,
    replies: BTreeMap<(usize, u64), (usize, Reply)>,
    history: History,
    /// How many things each client has begun, and whether one is under way.
    progress: [(usize, bool); CLIENTS],
    ms: u64,
    restarts: u32,
    waits: u32,
}

impl Story {
    /// Returns the story of `clients` in which nothing goes wrong but what messages do.
    pub(crate) const fn of(clients: [&'static [Do]; CLIENTS]) -> Self {
        Self { clients, restarts: 0, waits: 0, rules: Rules::ALL }
    }
}

impl World {
    /// Returns the world before the first step: everybody has greeted everybody.
    pub(crate) fn new(story: &Story) -> Self {
        let Story { rules, restarts, waits, .. } = *story;
        let client = |at| Arc::new(Client::new(at, REPLICAS, rules));
        // Empty since long ago.
        let node = |_| Arc::new(Node::new(WALL_MS - 1_000_000, rules));
        let mut world = Self {
            clients: std::array::from_fn(client),
            nodes: std::array::from_fn(node),
            rest: Rest {
                requests: BTreeMap::new(),
                replies: BTreeMap::new(),
                history: History::new(REPLICAS),
                progress: [(0, false); CLIENTS],
                ms: 0,
                restarts,
                waits,
            },
            digest: [0; 2],
        };
        for client in 0..CLIENTS {
            for node in 0..REPLICAS {
                world.handle(client, Input::Up { node: node as u32 });
                let id = world.rest.requests.last_key_value().expect("it is greeted").0.1;
                world = world.after(story, Step::Deliver(client, id));
                world = world.after(story, Step::Answer(client, id));
            }
        }
        world
    }

    /// Returns what may happen.
    pub(crate) fn steps(&self, story: &Story) -> Vec<Step> {
        let Rest { requests, replies, progress, restarts, waits, .. } = &self.rest;
        let mut steps = Vec::new();
        for (client, &(begun, is_busy)) in progress.iter().enumerate() {
            if !is_busy && begun < story.clients[client].len() {
                steps.push(Step::Begin(client));
            }
            if is_busy && *waits > 0 {
                steps.push(Step::Wait(client));
            }
        }
        steps.extend(requests.keys().map(|&(client, id)| Step::Deliver(client, id)));
        steps.extend(replies.keys().map(|&(client, id)| Step::Answer(client, id)));
        if *restarts > 0 {
            steps.extend((0..REPLICAS).map(Step::Restart));
        }
        steps
    }

    /// Returns the world after a step.
    pub(crate) fn after(&self, story: &Story, step: Step) -> Self {
        let mut world = self.clone();
        world.take(story, step);
        let mut parts: Vec<u64> = world.clients.iter().flat_map(|client| client.digest).collect();
        parts.extend(world.nodes.iter().flat_map(|node| node.digest));
        world.digest = digest_of(&(parts, &world.rest));
        world
    }

    fn take(&mut self, story: &Story, step: Step) {
        match step {
            Step::Begin(client) => self.begin(story, client),
            Step::Deliver(client, id) => {
                let at = (client, id);
                let (node, message) = self.rest.requests.remove(&at).expect("it is on its way");
                let wall_ms = WALL_MS + self.rest.ms;
                let (after, (reply, know)) = self.nodes[node].after(wall_ms, message);
                self.nodes[node] = after;
                self.note(node, know);
                self.rest.replies.insert(at, (node, reply));
            }
            Step::Answer(client, id) => {
                let at = (client, id);
                let (node, reply) = self.rest.replies.remove(&at).expect("it is on its way");
                self.handle(client, Input::Reply { node: node as u32, id, reply });
            }
            Step::Restart(node) => {
                self.rest.restarts -= 1;
                let started = Node::new(WALL_MS + self.rest.ms, story.rules);
                let know = started.know();
                self.nodes[node] = Arc::new(started);
                self.note(node, know);
                // What is on its connections ends with it.
                self.rest.requests.retain(|_, (to, _)| *to != node);
                self.rest.replies.retain(|_, (from, _)| *from != node);
            }
            Step::Wait(client) => {
                self.rest.waits -= 1;
                let deadline_ms = self.clients[client].deadline_ms.expect("something is begun");
                self.rest.ms = self.rest.ms.max(deadline_ms + 1);
                self.handle(client, Input::Wake);
            }
        }
    }

    pub(crate) fn wrong(&self) -> &[String] {
        &self.rest.history.wrong
    }

    pub(crate) fn has_hit(&self) -> bool {
        self.rest.history.has_hit
    }

    /// Whether every client has done everything.
    pub(crate) fn is_done(&self, story: &Story) -> bool {
        let progress = self.rest.progress.iter().zip(story.clients);
        progress.into_iter().all(|(progress, all)| *progress == (all.len(), false))
    }

    fn begin(&mut self, story: &Story, client: usize) {
        let (begun, is_busy) = &mut self.rest.progress[client];
        let what = story.clients[client][*begun];
        (*begun, *is_busy) = (*begun + 1, true);
        let id = self.rest.history.begin();
        let (key, ttl) = (KEY.to_vec(), Duration::from_secs(60));
        let action = match what {
            Do::Put => Action::Put { key, value: vec![id as u8], flags: 0, ttl },
            Do::Delete => Action::Delete { key },
            Do::Get => Action::Get { key, consistency: Consistency::Quorum },
        };
        let timeout = Duration::from_secs(1);
        self.handle(client, Input::Request(Request { id, timeout, action }));
    }

    fn handle(&mut self, client: usize, input: Input) {
        let (after, outputs) = self.clients[client].after(self.rest.ms, input);
        self.clients[client] = after;
        for output in outputs {
            match output {
                Output::Send { node, id, message, .. } => {
                    self.rest.requests.insert((client, id), (node as usize, message));
                }
                Output::Done { id, outcome } => {
                    self.rest.progress[client].1 = false;
                    self.rest.history.end(id, &outcome);
                }
                Output::Drop { .. } => {}
            }
        }
    }

    fn note(&mut self, node: usize, know: Know) {
        self.rest.history.note_known(node, know);
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.digest.hash(hasher);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

pub(crate) const CLIENTS: usize = 2;
pub(crate) const KEY: &[u8] = b"k";
const REPLICAS: usize = 3;
const WALL_MS: u64 = 1_700_000_000_000;
