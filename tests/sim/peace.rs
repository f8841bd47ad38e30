//! The end of a run: nothing goes wrong any more, so everything has to work, to agree and to end.

use std::time::Duration;

use tidecache::cluster::{Action, Consistency, Know, Outcome, ReadRepair};
use tidecache::wire::{DIGEST_VALUE_BYTES_MAX, Version};

use super::history::value_of;
use super::network::MS;
use super::plan::Plan;
use super::world::World;

impl World {
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
        // A clock that was set an hour ahead sees nothing alive until it is measured again, which
        // it is with the next request.
        for client in 0..self.plan.clients {
            let get = Action::Get { key: Plan::key(0), consistency: Consistency::One };
            self.request(client, get);
        }
        self.run_for(500);
    }

    /// After the peace everything works, the replicas agree, and nothing is left over.
    pub(crate) fn ask_last_questions(&mut self) {
        for at in 0..self.plan.keys {
            self.ask_whether_reads_converge(at);
            self.ask_whether_writes_arrive(at);
        }
        self.run_for(2 * self.plan.timeout_ms + 1_000);
        self.check_what_is_left();
    }

    /// A read of all brings every replica up to what it returns, and to the newest record that one
    /// of them holds even if it returns nothing; unless the value is too long to come unasked.
    fn ask_whether_reads_converge(&mut self, at: u64) {
        let (key, client) = (Plan::key(at), at as u32 % self.plan.clients);
        let replicas = self.replicas(client, &key);
        let mut newest = Version::ZERO;
        for &node in &replicas {
            let wall_ms = self.wall_of(node);
            let replica = self.nodes[node as usize].replica.as_mut().expect("all nodes run");
            let held = replica.held(wall_ms, &key);
            let is_short = |value: &Vec<u8>| value.len() <= DIGEST_VALUE_BYTES_MAX;
            let held = held.filter(|held| held.value.as_ref().is_some_and(is_short));
            newest = newest.max(held.map_or(Version::ZERO, |held| held.version));
        }
        let get = Action::Get { key: key.clone(), consistency: Consistency::All };
        let is_answer = |outcome: &Outcome| matches!(outcome, Outcome::Hit(_) | Outcome::Miss);
        let get = self.ask(client, get, is_answer);
        if let Some(Outcome::Hit(hit)) = &self.history.ops[get].outcome {
            newest = newest.max(hit.version);
        }
        self.run_for(200);
        if self.plan.read_repair == ReadRepair::Off {
            return;
        }
        self.expect_known(&replicas, &key, newest);
    }

    /// A write reaches all replicas, and everybody reads it.
    fn ask_whether_writes_arrive(&mut self, at: u64) {
        let (key, client) = (Plan::key(at), at as u32 % self.plan.clients);
        let replicas = self.replicas(client, &key);
        let first = self.history.ops.len();
        let value = value_of(first + usize::from(self.plan.faults.reject_ppm > 0), 8);
        let ttl = Duration::from_millis(self.plan.max_ttl_ms);
        let put = Action::Put { key: key.clone(), value: value.clone(), flags: 7, ttl };
        if self.plan.faults.reject_ppm > 0 {
            // Some replicas have yet to turn a value away.
            self.ask(client, put.clone(), |outcome| matches!(outcome, Outcome::Stored { .. }));
        }
        let put = self.ask(client, put, |outcome| matches!(outcome, Outcome::Stored { .. }));
        let Some(Outcome::Stored { version, .. }) = self.history.ops[put].outcome else { return };
        // The others' answers; the shortest life is a second, and clocks are apart.
        let is_loose = self.plan.faults.has_loose_clocks;
        self.run_for(50 + if is_loose { self.plan.max_drift_ms / 2 } else { 0 });
        self.expect_known(&replicas, &key, version);
        let get = Action::Get { key: key.clone(), consistency: Consistency::Quorum };
        let other = (client + 1) % self.plan.clients;
        let get = self.ask(other, get, |outcome| matches!(outcome, Outcome::Hit(_)));
        if !matches!(&self.history.ops[get].outcome, Some(Outcome::Hit(hit)) if hit.value == value)
        {
            self.history.violations.push(format!("request {get} did not read request {put}"));
        }
    }

    fn expect_known(&mut self, replicas: &[u32], key: &[u8], version: Version) {
        for &node in replicas {
            let know = self.know(node, key);
            if know.is_some_and(|know: Know| know.version() < version) {
                let what = format!("node {node} knows {know:?} of {key:?}, not {version:?}");
                self.history.violations.push(what);
            }
        }
    }

    /// Returns the world's numbers of a key's replicas.
    fn replicas(&self, client: u32, key: &[u8]) -> Vec<u32> {
        let client = &self.clients[client as usize];
        let replicas = client.coordinator.replicas(key);
        replicas.into_iter().map(|node| client.nodes[node as usize]).collect()
    }

    /// Nothing leaks, and hedges stay within their budget.
    fn check_what_is_left(&mut self) {
        for client in 0..self.plan.clients {
            let coordinator = &self.clients[client as usize].coordinator;
            let (load, stats) = (coordinator.load(), coordinator.stats());
            let deadline = coordinator.deadline();
            if stats.hedges * 20 > stats.reads || (!self.plan.hedge && stats.hedges > 0) {
                self.history.violations.push(format!("client {client} hedges: {stats:?}"));
            }
            if load != [0, 0, 0] {
                self.history.violations.push(format!("client {client} is left with {load:?}"));
            }
            if deadline.is_some() {
                self.history.violations.push(format!("client {client} has a timer: {deadline:?}"));
            }
        }
        if let Some(id) = self.history.ops.iter().position(|op| op.ended.is_none()) {
            self.history.violations.push(format!("request {id} never ended"));
        }
    }

    fn ask(&mut self, client: u32, action: Action, is_right: fn(&Outcome) -> bool) -> usize {
        let id = self.request(client, action);
        let end = self.now + (self.plan.timeout_ms + 10) * MS;
        while self.history.ops[id].outcome.is_none() && self.step(end) {}
        let outcome = self.history.ops[id].outcome.clone();
        if !outcome.as_ref().is_some_and(is_right) {
            self.history.violations.push(format!("in peace request {id} came to {outcome:?}"));
        }
        id
    }
}
