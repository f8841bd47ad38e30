//! Time, nodes, clients and what happens next.

use std::collections::BTreeMap;
use std::time::Duration;

use tidecache::Instant;
use tidecache::cluster::{
    Action, Config, Coordinator, Error, Input, NodeConfig, Now, Outcome, Output, Replica, Request,
};
use tidecache::wire::Version;

use super::dice::Dice;
use super::history::History;
use super::near::Shelf;
use super::network::{Event, MS, Wall, Wire};
use super::plan::Plan;

/// A node: its memory, if it runs.
pub(crate) struct Node {
    pub(crate) replica: Option<Replica>,
    pub(crate) wall: Wall,
    pub(crate) paused_until: u64,
    /// What its clock showed when it last stopped.
    pub(crate) shown_ms: u64,
    /// The highest version of its former lives, for the mutant that starts from it.
    pub(crate) newest: Version,
}

/// A client: its coordinator, its clocks and its copies.
pub(crate) struct Client {
    pub(crate) coordinator: Coordinator,
    pub(crate) wall: Wall,
    pub(crate) paused_until: u64,
    pub(crate) shelf: Shelf,
    pub(crate) epoch: u64,
    /// The world's numbers of the nodes in its configuration.
    pub(crate) nodes: Vec<u32>,
    /// Its configuration but for epoch and nodes.
    config: Config,
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
    /// Messages sent, by what for.
    pub(crate) sent: BTreeMap<&'static str, u64>,
    queue: BTreeMap<(u64, u64), Event>,
    next_event: u64,
}

impl World {
    /// Returns the world of `plan` with all nodes running and all links about to be up.
    pub(crate) fn new(plan: Plan) -> Self {
        let mut dice = Dice::new(plan.seed ^ 0xfeed);
        let nodes = (0..plan.nodes)
            .map(|_| Node {
                replica: None,
                wall: node_wall(&plan, &mut dice),
                paused_until: 0,
                shown_ms: 0,
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
        self.clients[client as usize].shelf.begin(self.now, id, &action);
        self.feed(client, Input::Request(Request { id: id as u64, timeout, action }));
        id
    }

    pub(crate) fn wire(&mut self, client: u32, node: u32) -> &mut Wire {
        &mut self.wires[(client * self.plan.nodes + node) as usize]
    }

    /// Returns a client's clocks.
    pub(crate) fn now_of(&self, client: u32) -> Now {
        let wall_ms = self.clients[client as usize].wall.at(self.now);
        Now { instant: Instant::from_nanos(self.now), wall_ms }
    }

    /// Hands an event to a coordinator and does what it says.
    pub(crate) fn feed(&mut self, client: u32, input: Input) {
        let now = self.now_of(client);
        self.clients[client as usize].coordinator.handle(now, input);
        self.drain(client);
    }

    /// Hands an event of one of the world's nodes to a coordinator that knows it.
    pub(crate) fn feed_of(&mut self, client: u32, node: u32, input: impl FnOnce(u32) -> Input) {
        let known = self.clients[client as usize].nodes.iter().position(|&other| other == node);
        if let Some(number) = known {
            self.feed(client, input(number as u32));
        }
    }

    /// Gives a client the epoch of the nodes; their numbers are others then, and one more than its
    /// keys need is left out.
    pub(crate) fn reconfigure(&mut self, client: u32) {
        let (now, epoch, count) = (self.now_of(client), self.plan.epoch, self.plan.nodes);
        let state = &mut self.clients[client as usize];
        if state.epoch == epoch {
            return;
        }
        let left = if count > self.plan.quorum.replicas { count - 1 } else { count };
        state.epoch = epoch;
        state.nodes = (0..left).map(|at| (at + epoch as u32) % count).collect();
        let mut config = state.config.clone();
        config.epoch = epoch;
        config.nodes = state.nodes.iter().map(|&node| node_config(node)).collect();
        state.coordinator.reconfigure(now, config).expect("the shapes have quorums");
        state.shelf.renew();
        self.drain(client);
        for node in 0..count {
            self.reconnect(client, node);
        }
    }

    /// Does what a coordinator says, until it has nothing more to say.
    fn drain(&mut self, client: u32) {
        while let Some(output) = self.clients[client as usize].coordinator.poll() {
            let nodes = &self.clients[client as usize].nodes;
            match output {
                Output::Send { node, id, why, message } => {
                    let node = nodes[node as usize];
                    self.send(client, node, id, why, message);
                }
                Output::Drop { key } => {
                    self.note(&[5, u64::from(client), key.len() as u64]);
                    self.clients[client as usize].shelf.drop_copy(&key);
                }
                Output::Done { id, mut outcome } => {
                    renumber(&mut outcome, nodes);
                    self.note(&[2, id, kind_of(&outcome)]);
                    self.done(client, id as usize, &outcome);
                }
            }
        }
        self.check_client(client);
        let state = &mut self.clients[client as usize];
        let deadline = state.coordinator.deadline().map_or(u64::MAX, Instant::as_nanos);
        if deadline != state.wake_at {
            state.wake_at = deadline;
            if deadline < u64::MAX {
                self.schedule(deadline.saturating_sub(self.now), Event::Wake { client });
            }
        }
    }

    /// Nothing that a coordinator keeps grows without a bound.
    fn check_client(&mut self, client: u32) {
        let coordinator = &self.clients[client as usize].coordinator;
        let ([_, in_flight, hints], nodes) = (coordinator.load(), self.plan.nodes as usize);
        // Greetings are not counted.
        if in_flight > (256 + 16) * nodes || hints > 1_000 * nodes {
            let what = format!("client {client}: {in_flight} in flight, {hints} hints");
            self.history.violations.push(what);
        }
        #[cfg(debug_assertions)]
        if self.plan.validates {
            coordinator.validate();
        }
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::ToNode { link, id, why, request } => self.at_node(link, id, why, request),
            Event::ToClient { link, id, reply } => self.at_client(link, id, reply),
            Event::Push { link, push } => self.push_at_client(link, push),
            Event::Wake { client } => {
                let until = self.clients[client as usize].paused_until;
                if until > self.now {
                    self.schedule(until - self.now, Event::Wake { client });
                } else if self.clients[client as usize].wake_at <= self.now {
                    self.feed(client, Input::Wake);
                }
            }
            Event::Linked { link, is_up } => self.linked(link, is_up),
            Event::Full { link, is_full } => self.filled(link, is_full),
            Event::Start { node } => self.start_again(node),
            Event::Crash { node } => self.crash(node),
            Event::Heal { link } => {
                self.wires[link].cuts_requests = false;
                self.wires[link].cuts_replies = false;
            }
            Event::Reopen { client, node } => {
                if !self.wire(client, node).is_up && self.nodes[node as usize].replica.is_some() {
                    self.reconnect(client, node);
                }
            }
            Event::Act { client } => self.act(client),
            Event::Faults => self.draw_faults(),
            Event::Loaded { client, load } => self.fill(client, load),
            Event::RaiseEpoch => self.raise_epoch(),
            Event::Reconfigure { client } => self.reconfigure(client),
        }
    }

    /// Adds to the trace.
    pub(crate) fn note(&mut self, words: &[u64]) {
        for &word in words.iter().chain([&self.now]) {
            self.trace = (self.trace ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }
}

/// Returns the clock of a node, at the end of its reach in half of the cases.
fn node_wall(plan: &Plan, dice: &mut Dice) -> Wall {
    let reach = plan.reach_ms();
    let offset_ms = match dice.below(4) {
        0 => reach as i64,
        1 => -(reach as i64),
        _ => dice.around(reach),
    };
    // It goes on towards the middle, by as much as a bad quartz.
    Wall { offset_ms, ppm: -offset_ms.signum() * dice.below(200) as i64 }
}

fn new_client(plan: &Plan, at: u32, dice: &mut Dice) -> Client {
    let nodes: Vec<u32> = (0..plan.nodes).collect();
    let configs = nodes.iter().map(|&node| node_config(node)).collect();
    let mut config = Config::new(configs, u64::from(at) + 1);
    config.quorum = plan.quorum;
    config.read_repair = plan.read_repair;
    config.hints = plan.hints;
    config.hedge = plan.hedge;
    config.rules = plan.rules;
    config.near = plan.near;
    config.near_life = Duration::from_millis(plan.near_life_ms);
    config.seed = dice.next();
    let hours = if plan.faults.has_wild_clients { 3_600_000 } else { plan.max_drift_ms / 2 };
    let wall = Wall { offset_ms: dice.around(hours), ppm: 0 };
    let coordinator = Coordinator::new(config.clone()).expect("the shapes have quorums");
    Client {
        coordinator,
        wall,
        paused_until: 0,
        shelf: Shelf::new(plan.nodes),
        epoch: plan.epoch,
        nodes,
        config,
        wake_at: u64::MAX,
    }
}

fn node_config(node: u32) -> NodeConfig {
    NodeConfig::new(format!("node-{node}"))
}

/// Gives an outcome the world's numbers of its nodes.
fn renumber(outcome: &mut Outcome, nodes: &[u32]) {
    match outcome {
        Outcome::Hit(hit) => hit.node = nodes[hit.node as usize],
        Outcome::Failed(Error::Quorum(error)) => {
            for missing in &mut error.causes {
                missing.node = nodes[missing.node as usize];
            }
        }
        _ => {}
    }
}

fn kind_of(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Hit(_) => 1,
        Outcome::Miss => 2,
        Outcome::Stored { rounds, .. } => 2 + u64::from(*rounds),
        Outcome::NotStored => 5,
        Outcome::Touched(is_touched) => 6 + u64::from(*is_touched),
        Outcome::Load(_) => 8,
        Outcome::Failed(_) => 9,
        Outcome::Released => 10,
    }
}
