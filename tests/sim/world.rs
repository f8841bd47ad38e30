//! Time, nodes, clients and the messages between them.

use std::collections::BTreeMap;
use std::time::Duration;

use tidecache::Instant;
use tidecache::cluster::{
    Action, Config, Coordinator, Input, Know, NodeConfig, Now, Output, Replica, ReplicaConfig,
    Request, Rule, Why,
};
use tidecache::wire::{Reply, Request as Message, Version};

use super::dice::Dice;
use super::history::History;
use super::network::{Event, Link, MS, Wall, Wire};
use super::plan::Plan;

/// A node: its memory, if it runs.
pub(crate) struct Node {
    pub(crate) replica: Option<Replica>,
    pub(crate) wall: Wall,
    pub(crate) paused_until: u64,
    /// The highest version of its former lives, for the mutant that starts from it.
    newest: Version,
}

/// A client: its coordinator and its clocks.
pub(crate) struct Client {
    pub(crate) coordinator: Coordinator,
    pub(crate) wall: Wall,
    pub(crate) paused_until: u64,
    wake_at: u64,
}

/// Everything.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: u64,
    pub(crate) dice: Dice,
    pub(crate) nodes: Vec<Node>,
    pub(crate) clients: Vec<Client>,
    pub(crate) wires: Vec<Wire>,
    pub(crate) history: History,
    /// Whether messages are lost, doubled or late as the plan says.
    pub(crate) is_faulty: bool,
    /// The hash of all that happened.
    pub(crate) trace: u64,
    /// Messages sent, by what for; and bytes of nothing else.
    pub(crate) sent: BTreeMap<&'static str, u64>,
    queue: BTreeMap<(u64, u64), Event>,
    next_event: u64,
}

impl World {
    /// Returns the world of `plan` with all nodes running and all links about to be up.
    pub(crate) fn new(plan: Plan) -> Self {
        let mut dice = Dice::new(plan.seed ^ 0xfeed);
        let reach = plan.max_drift_ms / 2;
        let drift = |dice: &mut Dice| {
            let offset_ms = match dice.below(4) {
                0 => reach as i64,
                1 => -(reach as i64),
                _ => dice.around(reach),
            };
            Wall { offset_ms, ppm: 0 }
        };
        let nodes = (0..plan.nodes)
            .map(|_| Node {
                replica: None,
                wall: drift(&mut dice),
                paused_until: 0,
                newest: Version::ZERO,
            })
            .collect();
        let clients = (0..plan.clients).map(|at| new_client(&plan, at, &mut dice)).collect();
        let mut world = Self {
            now: 0,
            nodes,
            clients,
            wires: vec![Wire::default(); (plan.nodes * plan.clients) as usize],
            history: History::new(&plan),
            is_faulty: true,
            trace: plan.seed,
            sent: BTreeMap::new(),
            queue: BTreeMap::new(),
            next_event: 0,
            dice,
            plan,
        };
        for node in 0..world.plan.nodes {
            world.start(node);
        }
        world
    }

    /// Returns a world whose nodes have forgotten nothing worth knowing and whose links are up.
    pub(crate) fn settled(plan: Plan) -> Self {
        let mut world = Self::new(plan);
        world.run_for(4 * world.plan.max_drift_ms + 100);
        world
    }

    /// Makes an event happen `delay` nanoseconds from now.
    pub(crate) fn schedule(&mut self, delay: u64, event: Event) {
        let at = (self.now + delay, self.next_event);
        self.next_event += 1;
        self.queue.insert(at, event);
    }

    /// Makes the next event happen, unless it is later than `until`.
    pub(crate) fn step(&mut self, until: u64) -> bool {
        let Some((&(at, _), _)) = self.queue.first_key_value().filter(|((at, _), _)| *at <= until)
        else {
            self.now = until;
            return false;
        };
        let (_, event) = self.queue.pop_first().expect("there is a first one");
        self.now = at;
        self.dispatch(event);
        true
    }

    /// Lets `ms` milliseconds pass.
    pub(crate) fn run_for(&mut self, ms: u64) {
        let until = self.now + ms * MS;
        while self.step(until) {}
    }

    /// Makes a request and returns its number in the history.
    pub(crate) fn request(&mut self, client: u32, action: Action) -> usize {
        let timeout = Duration::from_millis(self.plan.timeout_ms);
        let id = self.history.begin(self.now, client, &action);
        self.note(&[1, u64::from(client), id as u64]);
        self.feed(client, Input::Request(Request { id: id as u64, timeout, action }));
        id
    }

    /// Starts a node, empty, and lets every client find it.
    pub(crate) fn start(&mut self, node: u32) {
        self.stop(node, true);
        let config = self.replica_config();
        let (wall_ms, rules) = (self.wall_of(node), self.plan.rules);
        let mut replica = Replica::new(config, wall_ms);
        if !rules.holds(Rule::FloorFromWall) {
            let seen = self.nodes.iter().map(|node| node.newest).max().unwrap_or_default();
            let ms = (seen.ms() + self.plan.max_drift_ms).max(wall_ms);
            replica.raise_floors(Version::new(ms, u16::MAX, u64::MAX));
        }
        self.nodes[node as usize].replica = Some(replica);
        for client in 0..self.plan.clients {
            self.reconnect(client, node);
        }
    }

    /// Stops a node; what it held is lost. Unless it is `told`, clients hear nothing of it.
    pub(crate) fn stop(&mut self, node: u32, told: bool) {
        self.nodes[node as usize].replica = None;
        for client in 0..self.plan.clients {
            let wire = self.wire(client, node);
            if told && wire.is_up {
                wire.is_up = false;
                let link = Link { client, node, generation: wire.generation };
                let delay = self.dice.below(2 * MS);
                self.schedule(delay, Event::Linked { link, is_up: false });
            }
        }
    }

    /// Gives a client a new link to a node.
    pub(crate) fn reconnect(&mut self, client: u32, node: u32) {
        let wire = self.wire(client, node);
        wire.generation += 1;
        wire.is_up = true;
        let link = Link { client, node, generation: wire.generation };
        let delay = 2 * MS + self.dice.below(3 * MS);
        self.schedule(delay, Event::Linked { link, is_up: true });
    }

    /// Cuts both ways between a node and everybody, silently; or mends them.
    pub(crate) fn cut(&mut self, node: u32, is_cut: bool) {
        for client in 0..self.plan.clients {
            let wire = self.wire(client, node);
            wire.cuts_requests = is_cut;
            wire.cuts_replies = is_cut;
        }
    }

    pub(crate) fn wire(&mut self, client: u32, node: u32) -> &mut Wire {
        &mut self.wires[(client * self.plan.nodes + node) as usize]
    }

    pub(crate) fn wall_of(&self, node: u32) -> u64 {
        self.nodes[node as usize].wall.at(self.now)
    }

    /// Returns what a node knows of a key, if it runs.
    pub(crate) fn know(&mut self, node: u32, key: &[u8]) -> Option<Know> {
        let wall_ms = self.wall_of(node);
        Some(self.nodes[node as usize].replica.as_mut()?.know(wall_ms, key))
    }

    /// Hands an event to a coordinator and does what it says.
    pub(crate) fn feed(&mut self, client: u32, input: Input) {
        let state = &mut self.clients[client as usize];
        let now = Now { instant: Instant::from_nanos(self.now), wall_ms: state.wall.at(self.now) };
        state.coordinator.handle(now, input);
        while let Some(output) = self.clients[client as usize].coordinator.poll() {
            match output {
                Output::Send { node, id, why, message } => {
                    self.send(client, node, id, why, message);
                }
                Output::Done { id, outcome } => {
                    self.note(&[2, id]);
                    self.done(client, id as usize, &outcome);
                }
            }
        }
        let state = &mut self.clients[client as usize];
        let deadline = state.coordinator.deadline().map_or(u64::MAX, Instant::as_nanos);
        if deadline != state.wake_at {
            state.wake_at = deadline;
            if deadline < u64::MAX {
                self.schedule(deadline.saturating_sub(self.now), Event::Wake { client });
            }
        }
    }

    fn send(&mut self, client: u32, node: u32, id: u64, why: Why, request: Message) {
        self.note(&[3, u64::from(client), u64::from(node), id]);
        *self.sent.entry(name_of(why)).or_default() += 1;
        let wire = *self.wire(client, node);
        let link = Link { client, node, generation: wire.generation };
        if wire.cuts_requests || self.is_lost() {
            return;
        }
        if self.is_faulty && self.dice.chance(self.plan.faults.duplicate_ppm) {
            let (delay, request) = (self.delay(), request.clone());
            self.schedule(delay, Event::ToNode { link, id, why, request });
        }
        let delay = self.delay();
        self.schedule(delay, Event::ToNode { link, id, why, request });
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::ToNode { link, id, why, request } => self.at_node(link, id, why, request),
            Event::ToClient { link, id, reply } => {
                let until = self.clients[link.client as usize].paused_until;
                if until > self.now {
                    self.schedule(until - self.now, Event::ToClient { link, id, reply });
                } else if self.wire(link.client, link.node).generation == link.generation {
                    self.feed(link.client, Input::Reply { node: link.node, id, reply });
                }
            }
            Event::Wake { client } => {
                let until = self.clients[client as usize].paused_until;
                if until > self.now {
                    self.schedule(until - self.now, Event::Wake { client });
                } else if self.clients[client as usize].wake_at <= self.now {
                    self.feed(client, Input::Wake);
                }
            }
            Event::Linked { link, is_up } => {
                if self.wire(link.client, link.node).generation == link.generation {
                    let node = link.node;
                    let input = if is_up { Input::Up { node } } else { Input::Down { node } };
                    self.feed(link.client, input);
                }
            }
            Event::Start { node } => self.start(node),
            Event::Heal { link } => {
                self.wires[link].cuts_requests = false;
                self.wires[link].cuts_replies = false;
            }
            Event::Act { client } => self.act(client),
            Event::Faults => self.draw_faults(),
            Event::Loaded { client, load } => self.fill(client, load),
        }
    }

    fn at_node(&mut self, link: Link, id: u64, why: Why, request: Message) {
        let node = link.node as usize;
        let until = self.nodes[node].paused_until;
        if until > self.now {
            self.schedule(until - self.now, Event::ToNode { link, id, why, request });
            return;
        }
        let is_current = self.wire(link.client, link.node).generation == link.generation;
        if self.nodes[node].replica.is_none() || !is_current {
            return;
        }
        let wall_ms = self.wall_of(link.node);
        let (evicts, rejects) = (self.plan.faults.evict_ppm, self.plan.faults.reject_ppm);
        let (evicts, rejects) = (self.dice.chance(evicts), self.dice.chance(rejects));
        let Some(replica) = self.nodes[node].replica.as_mut() else { return };
        if let (true, true, Some(key)) = (self.is_faulty, evicts, key_of(&request)) {
            replica.evict(key);
        }
        if self.is_faulty && rejects {
            replica.reject_next();
        }
        let before = History::before(replica, wall_ms, &request);
        let reply = replica.handle_as(wall_ms, request.clone(), why == Why::Repair);
        self.history.after(link.node, replica, wall_ms, &request, &reply, before);
        let newest = replica.newest();
        self.nodes[node].newest = self.nodes[node].newest.max(newest);
        self.note(&[4, u64::from(link.node), id, kind_of(&reply)]);
        if self.wire(link.client, link.node).cuts_replies || self.is_lost() {
            return;
        }
        let delay = self.delay();
        self.schedule(delay, Event::ToClient { link, id, reply });
    }

    fn is_lost(&mut self) -> bool {
        self.is_faulty && self.dice.chance(self.plan.faults.drop_ppm)
    }

    fn delay(&mut self) -> u64 {
        let us = 50 + self.dice.below(self.plan.faults.delay_us_max);
        let is_late = self.is_faulty && self.dice.chance(self.plan.faults.tail_ppm);
        us * 1_000 * if is_late { self.dice.between(2, 100) } else { 1 }
    }

    /// Adds to the trace.
    pub(crate) fn note(&mut self, words: &[u64]) {
        for &word in words.iter().chain([&self.now]) {
            self.trace = (self.trace ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    fn replica_config(&self) -> ReplicaConfig {
        ReplicaConfig {
            epoch: self.plan.epoch,
            entries: self.plan.entries,
            policy: self.plan.policy,
            max_ttl_ms: self.plan.max_ttl_ms,
            max_op_ms: self.plan.timeout_ms,
            max_drift_ms: self.plan.max_drift_ms,
            rules: self.plan.rules,
            ..ReplicaConfig::default()
        }
    }
}

fn new_client(plan: &Plan, at: u32, dice: &mut Dice) -> Client {
    let nodes = (0..plan.nodes).map(|node| NodeConfig::new(format!("node-{node}"))).collect();
    let mut config = Config::new(nodes, u64::from(at) + 1);
    config.quorum = plan.quorum;
    config.rules = plan.rules;
    config.seed = dice.next();
    let hours = if plan.faults.has_wild_clients { 3_600_000 } else { plan.max_drift_ms / 2 };
    let wall = Wall { offset_ms: dice.around(hours), ppm: 0 };
    let coordinator = Coordinator::new(config).expect("the shapes have quorums");
    Client { coordinator, wall, paused_until: 0, wake_at: u64::MAX }
}

/// Returns the key that a message is about.
pub(crate) fn key_of(request: &Message) -> Option<&[u8]> {
    match request {
        Message::Get { key, .. } | Message::Put { key, .. } | Message::Touch { key, .. } => {
            Some(key)
        }
        _ => None,
    }
}

fn name_of(why: Why) -> &'static str {
    match why {
        Why::Hello => "hello",
        Why::Read => "read",
        Why::Failover => "failover",
        Why::Hedge => "hedge",
        Why::Write => "write",
        Why::Repair => "repair",
        Why::Hint => "hint",
        Why::Lease => "lease",
    }
}

fn kind_of(reply: &Reply) -> u64 {
    match reply {
        Reply::Held(_) => 1,
        Reply::Gone { .. } => 2,
        Reply::Forgot { .. } => 3,
        Reply::Applied => 4,
        Reply::Superseded { .. } => 5,
        Reply::Clock { .. } => 6,
        _ => 7,
    }
}
