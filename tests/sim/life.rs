//! A whole run: requests and faults as the seed wants them, then peace, then the last questions.

use std::time::Duration;

use tidecache::cluster::{Action, Consistency, Outcome, Ticket};

use super::history::{Op, value_of};
use super::network::{Event, MS};
use super::plan::Plan;
use super::world::World;

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) violations: Vec<String>,
    pub(crate) trace: u64,
    pub(crate) virtual_ms: u64,
    pub(crate) counts: Vec<(&'static str, u64)>,
}

/// Runs a plan from the first request to the last question.
pub(crate) fn run(plan: Plan) -> Report {
    let mut world = World::new(plan);
    for client in 0..world.plan.clients {
        world.schedule(u64::from(client) * MS, Event::Act { client });
    }
    world.schedule(MS, Event::Faults);
    let end = world.plan.life_ms * MS;
    while world.history.violations.is_empty() && world.step(end) {}
    if world.history.violations.is_empty() {
        world.make_peace();
        world.ask_last_questions();
    }
    Report {
        violations: std::mem::take(&mut world.history.violations),
        trace: world.trace,
        virtual_ms: world.now / MS,
        counts: world.history.counts.iter().map(|(&name, &count)| (name, count)).collect(),
    }
}

impl World {
    /// Makes one client's next request and plans the one after.
    pub(crate) fn act(&mut self, client: u32) {
        if self.now >= self.plan.life_ms * MS {
            return;
        }
        let pause = self.dice.below(2 * self.plan.pause_ms * MS);
        self.schedule(1 + pause, Event::Act { client });
        if self.clients[client as usize].paused_until > self.now {
            return;
        }
        let action = self.draw_action();
        self.request(client, action);
    }

    fn draw_action(&mut self) -> Action {
        let key = self.draw_key();
        let number = self.history.ops.len();
        let ttl = self.draw_ttl();
        match self.dice.below(100) {
            0..45 => Action::Get { key, consistency: Consistency::Quorum },
            45..48 => Action::Get { key, consistency: Consistency::One },
            48..50 => Action::Get { key, consistency: Consistency::All },
            50..75 => {
                let bytes = if self.dice.chance(100_000) { 5_000 } else { 8 };
                Action::Put { key, value: value_of(number, bytes), flags: 7, ttl }
            }
            75..83 => Action::Delete { key },
            83..89 => Action::Touch { key, ttl },
            89..98 => Action::Load { key },
            98 => Action::Clear { namespace: Vec::new() },
            _ => Action::Clear { namespace: b"even".to_vec() },
        }
    }

    fn draw_key(&mut self) -> Vec<u8> {
        let at = self.dice.below(self.plan.keys);
        format!("{}:{at}", if at.is_multiple_of(2) { "even" } else { "odd" }).into_bytes()
    }

    fn draw_ttl(&mut self) -> Duration {
        Duration::from_millis(1 + self.dice.below(self.plan.max_ttl_ms))
    }

    /// Notes an outcome; whoever may load does.
    pub(crate) fn done(&mut self, client: u32, id: usize, outcome: &Outcome) {
        self.history.end(self.now, id, outcome);
        let Op { begun, .. } = self.history.ops[id];
        let is_awake = self.clients[client as usize].paused_until + MS < self.now;
        let late = (self.now - begun).saturating_sub(self.plan.timeout_ms * MS);
        if late > MS && is_awake && self.clients[client as usize].paused_until < begun {
            self.history
                .violations
                .push(format!("request {id} ended {late} ns after its deadline"));
        }
        if let Outcome::Load(_) = outcome {
            let delay = self.dice.below(100 * MS);
            self.schedule(delay, Event::Loaded { client, load: id });
        }
    }

    /// Stores what was loaded.
    pub(crate) fn fill(&mut self, client: u32, load: usize) {
        let Some(Outcome::Load(ticket)) = self.history.ops[load].outcome.clone() else { return };
        let Ticket { .. } = ticket;
        let ttl = self.draw_ttl();
        let value = value_of(self.history.ops.len(), 8);
        self.request(client, Action::Fill { ticket, value, flags: 9, ttl });
    }

    /// Lets go wrong what the plan wants to, ten times a second.
    pub(crate) fn draw_faults(&mut self) {
        if !self.is_faulty || self.now >= self.plan.life_ms * MS {
            return;
        }
        self.schedule(100 * MS, Event::Faults);
        let faults = self.plan.faults.clone();
        for node in 0..self.plan.nodes {
            if self.dice.chance(faults.crash_ppm / 10) {
                let everybody = faults.has_storms && self.dice.chance(300_000);
                let nodes = if everybody { 0..self.plan.nodes } else { node..node + 1 };
                nodes.for_each(|node| self.crash(node));
            }
            if self.dice.chance(faults.pause_ppm / 10) {
                let pause = self.dice.below(1_500 * MS);
                self.nodes[node as usize].paused_until = self.now + pause;
            }
            if self.dice.chance(faults.step_ppm / 10) {
                let reach = self.plan.max_drift_ms / 2;
                self.step_wall(node, reach);
            }
        }
        for link in 0..self.wires.len() {
            if self.dice.chance(faults.partition_ppm / 10) {
                let ways = self.dice.below(3);
                self.wires[link].cuts_requests = ways != 1;
                self.wires[link].cuts_replies = ways != 2;
                let length = self.dice.below(3_000 * MS);
                self.schedule(length, Event::Heal { link });
            }
        }
        for client in 0..self.plan.clients {
            if self.dice.chance(faults.client_pause_ppm / 10) {
                let pause = self.dice.below(2 * self.plan.timeout_ms * MS);
                self.clients[client as usize].paused_until = self.now + pause;
            }
        }
    }

    fn crash(&mut self, node: u32) {
        let told = self.dice.chance(500_000);
        self.stop(node, told);
        // A storm starts a node again and again, a second apart; else it is down for a while.
        let pause = if self.plan.faults.has_storms { 1_000 } else { self.dice.between(10, 4_000) };
        self.schedule(pause * MS, Event::Start { node });
    }

    /// A node's clock is set, forward only: stepping back over a restart is what is not promised.
    fn step_wall(&mut self, node: u32, reach: u64) {
        let wall = &mut self.nodes[node as usize].wall;
        wall.offset_ms += (self.dice.below(reach + 1) as i64).min(reach as i64 - wall.offset_ms);
    }

    /// Ends all faults and lets what is under way come to its end.
    pub(crate) fn make_peace(&mut self) {
        self.is_faulty = false;
        for wire in &mut self.wires {
            wire.cuts_requests = false;
            wire.cuts_replies = false;
        }
        for node in 0..self.plan.nodes {
            self.nodes[node as usize].paused_until = self.now;
            if self.nodes[node as usize].replica.is_none() {
                self.start(node);
            }
        }
        for client in 0..self.plan.clients {
            self.clients[client as usize].paused_until = self.now;
            for node in 0..self.plan.nodes {
                if !self.wire(client, node).is_up {
                    self.reconnect(client, node);
                }
            }
        }
        // Back-offs, floors ahead of the clocks, and messages that are a hundred times late.
        self.run_for(6_000 + 4 * self.plan.max_drift_ms + 2 * self.plan.timeout_ms);
    }

    /// After the peace everything works, the replicas agree, and nothing is left over.
    fn ask_last_questions(&mut self) {
        for at in 0..self.plan.keys {
            let key =
                format!("{}:{at}", if at.is_multiple_of(2) { "even" } else { "odd" }).into_bytes();
            let client = at as u32 % self.plan.clients;
            let value = value_of(self.history.ops.len(), 8);
            let ttl = Duration::from_millis(self.plan.max_ttl_ms);
            let put = Action::Put { key: key.clone(), value, flags: 7, ttl };
            self.ask(client, put, |outcome| matches!(outcome, Outcome::Stored { .. }));
            let get = Action::Get { key: key.clone(), consistency: Consistency::All };
            let others = (client + 1) % self.plan.clients;
            let is_answer = |outcome: &Outcome| matches!(outcome, Outcome::Hit(_) | Outcome::Miss);
            let get = self.ask(others, get, is_answer);
            self.run_for(200);
            if let Some(Outcome::Hit(hit)) = self.history.ops[get].outcome.clone() {
                let replicas = self.clients[0].coordinator.replicas(&key);
                for node in replicas {
                    let know = self.know(node, &key);
                    if know.is_some_and(|know| know.version() < hit.version) {
                        let what =
                            format!("node {node} knows {know:?}, {:?} was read", hit.version);
                        self.history.violations.push(what);
                    }
                }
            }
        }
        self.run_for(2 * self.plan.timeout_ms + 1_000);
        self.check_what_is_left();
    }

    /// Nothing leaks, and hedges stay within their budget.
    fn check_what_is_left(&mut self) {
        for client in 0..self.plan.clients {
            let load = self.clients[client as usize].coordinator.load();
            let stats = self.clients[client as usize].coordinator.stats();
            if stats.hedges * 20 > stats.reads {
                self.history.violations.push(format!("client {client} hedges: {stats:?}"));
            }
            if load != [0, 0, 0] {
                self.history.violations.push(format!("client {client} is left with {load:?}"));
            }
        }
        if let Some(id) = self.history.ops.iter().position(|op| op.ended.is_none()) {
            self.history.violations.push(format!("request {id} never ended"));
        }
    }

    fn ask(&mut self, client: u32, action: Action, is_right: fn(&Outcome) -> bool) -> usize {
        let id = self.request(client, action);
        self.run_for(self.plan.timeout_ms + 10);
        let outcome = self.history.ops[id].outcome.clone();
        if !outcome.as_ref().is_some_and(is_right) {
            self.history.violations.push(format!("in peace request {id} came to {outcome:?}"));
        }
        id
    }
}
