//! Nodes that start, stop, and are found again.

use tidecache::cluster::{Input, Know, Replica, ReplicaConfig, Rule};
use tidecache::wire::Version;

use super::network::{Event, Link, MS};
use super::world::World;

impl World {
    /// Starts a node, empty, and lets every client find it.
    pub(crate) fn start(&mut self, node: u32) {
        self.stop(node, true);
        self.restart_wall(node);
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

    /// Starts a node that has crashed; in a crash loop it does so again at once.
    pub(crate) fn start_again(&mut self, node: u32) {
        self.start(node);
        let is_looping = self.is_faulty && self.plan.faults.has_loops;
        if is_looping && self.now < self.plan.life_ms * MS && self.dice.chance(300_000) {
            let pause = self.dice.between(5, 300);
            self.schedule(pause * MS, Event::Crash { node });
        }
    }

    /// Stops a node; what it held is lost. Unless it is `told`, clients hear nothing of it.
    pub(crate) fn stop(&mut self, node: u32, told: bool) {
        self.nodes[node as usize].replica = None;
        self.note_wall(node);
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

    /// A node crashes and starts again later.
    pub(crate) fn crash(&mut self, node: u32) {
        if !self.is_faulty {
            return;
        }
        let told = self.dice.chance(500_000);
        self.stop(node, told);
        // A storm starts a node again and again, a second apart; else it is down for a while.
        let pause = if self.plan.faults.has_storms { 1_000 } else { self.dice.between(10, 4_000) };
        self.schedule(pause * MS, Event::Start { node });
    }

    /// Gives a client a new link to a node.
    pub(crate) fn reconnect(&mut self, client: u32, node: u32) {
        let wire = self.wire(client, node);
        wire.renew(true);
        let link = Link { client, node, generation: wire.generation };
        let delay = 2 * MS + self.dice.below(3 * MS);
        self.schedule(delay, Event::Linked { link, is_up: true });
    }

    /// A link is up or down.
    pub(crate) fn linked(&mut self, link: Link, is_up: bool) {
        if self.wire(link.client, link.node).generation != link.generation {
            return;
        }
        self.clients[link.client as usize].shelf.linked(link.node);
        self.feed_of(link.client, link.node, |node| {
            if is_up { Input::Up { node } } else { Input::Down { node } }
        });
    }

    /// Notes the latest that a node's clock has ever shown.
    pub(crate) fn note_wall(&mut self, node: u32) {
        let wall_ms = self.wall_of(node);
        let state = &mut self.nodes[node as usize];
        state.shown_ms = state.shown_ms.max(wall_ms);
    }

    /// A clock that was set back while its node ran is right again when the node starts anew: no
    /// promise holds if clocks step back over a restart.
    fn restart_wall(&mut self, node: u32) {
        let behind = self.nodes[node as usize].shown_ms.saturating_sub(self.wall_of(node));
        self.nodes[node as usize].wall.offset_ms += behind as i64;
    }

    /// Cuts both ways between a node and everybody, silently; or mends them.
    pub(crate) fn cut(&mut self, node: u32, is_cut: bool) {
        for client in 0..self.plan.clients {
            let wire = self.wire(client, node);
            wire.cuts_requests = is_cut;
            wire.cuts_replies = is_cut;
        }
    }

    /// Raises the epoch on every node, one after the other, then on the clients.
    pub(crate) fn raise_epoch(&mut self) {
        self.plan.epoch += 1;
        for node in 0..self.plan.nodes {
            let pause = self.dice.below(400);
            self.schedule(pause * MS, Event::Start { node });
        }
        for client in 0..self.plan.clients {
            let pause = self.dice.between(401, 1_500);
            self.schedule(pause * MS, Event::Reconfigure { client });
        }
    }

    pub(crate) fn wall_of(&self, node: u32) -> u64 {
        self.nodes[node as usize].wall.at(self.now)
    }

    /// Returns what a node knows of a key, if it runs.
    pub(crate) fn know(&mut self, node: u32, key: &[u8]) -> Option<Know> {
        let wall_ms = self.wall_of(node);
        Some(self.nodes[node as usize].replica.as_mut()?.know(wall_ms, key))
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
