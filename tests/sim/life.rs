//! A whole run: requests and faults as the seed wants them, then peace, then the last questions.

use std::time::Duration;

use tidecache::cluster::{Action, Consistency, Outcome};

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
    if world.plan.faults.has_epochs {
        // Everybody has changed to the next one before the peace.
        let at = world.dice.below(world.plan.life_ms / 2);
        world.schedule(at * MS, Event::RaiseEpoch);
    }
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
        if self.plan.near > 0 && self.dice.chance(400_000) {
            let key = self.draw_key();
            return self.read_near(client, key);
        }
        let action = self.draw_action();
        self.request(client, action);
    }

    fn draw_action(&mut self) -> Action {
        let key = self.draw_key();
        let number = self.history.ops.len();
        let ttl = self.draw_ttl();
        let does = self.plan.actions;
        let get = |key, consistency| Action::Get { key, consistency };
        match self.dice.below(100) {
            45..48 if does.ones => get(key, Consistency::One),
            48..50 if does.alls => get(key, Consistency::All),
            50..75 => {
                let bytes = if self.dice.chance(100_000) { 5_000 } else { 8 };
                Action::Put { key, value: value_of(number, bytes), flags: 7, ttl }
            }
            75..83 if does.deletes => Action::Delete { key },
            83..89 if does.touches => Action::Touch { key, ttl },
            89..98 if does.loads => Action::Load { key },
            98 if does.clears => Action::Clear { namespace: Vec::new() },
            99 if does.clears => Action::Clear { namespace: b"even".to_vec() },
            _ => get(key, Consistency::Quorum),
        }
    }

    fn draw_key(&mut self) -> Vec<u8> {
        Plan::key(self.dice.below(self.plan.keys))
    }

    fn draw_ttl(&mut self) -> Duration {
        Duration::from_millis(1 + self.dice.below(self.plan.max_ttl_ms))
    }

    /// Notes an outcome; whoever may load does.
    pub(crate) fn done(&mut self, client: u32, id: usize, outcome: &Outcome) {
        let hit = match outcome {
            Outcome::Hit(hit) => Some(hit),
            _ => None,
        };
        self.clients[client as usize].shelf.end(id, hit);
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
        let ttl = self.draw_ttl();
        let value = value_of(self.history.ops.len(), 8);
        let key = ticket.key.clone();
        self.request(client, Action::Fill { ticket, value, flags: 9, ttl });
        // Not everybody gets as far as to give the lease back, and to come too early is harmless.
        if self.dice.chance(500_000) {
            self.request(client, Action::Release { key });
        }
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
                self.step_wall(node);
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
            if self.dice.chance(faults.client_step_ppm / 10) {
                self.step_client_wall(client);
            }
        }
    }

    /// A node's clock is set while it runs, forward or back, as far as clocks may be off.
    fn step_wall(&mut self, node: u32) {
        self.note_wall(node);
        let offset_ms = self.dice.around(self.plan.reach_ms());
        self.nodes[node as usize].wall = super::network::Wall { offset_ms, ppm: 0 };
    }

    /// A client's clock is set: back by anything, or so far forward that nobody believes it.
    fn step_client_wall(&mut self, client: u32) {
        let far = self.dice.between(10 * self.plan.max_drift_ms, 3_600_000);
        let step = if self.dice.chance(500_000) { far as i64 } else { -(far as i64) };
        self.clients[client as usize].wall.offset_ms += step;
    }
}
