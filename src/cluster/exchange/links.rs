//! The nodes as the exchange sees them: links, health, and what each has missed.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::cluster::clock::Now;
use crate::cluster::event::Cause;
use crate::cluster::health::{NodeHealth, NodeState};
use crate::cluster::hint::{Hint, Missed};
use crate::cluster::node::{Link, Node};
use crate::index::sort_few;
use crate::time::Instant;

use super::Exchange;

impl Exchange {
    /// Whether there is a node of this number; after a new epoch an old link may name one less.
    pub(in crate::cluster) fn has_node(&self, node: u32) -> bool {
        (node as usize) < self.nodes.len()
    }

    /// Notes a new link; the caller greets.
    pub(in crate::cluster) fn link_up(&mut self, node: u32) {
        let state = &mut self.nodes[node as usize];
        state.link = Link::Greeted;
        state.is_full = false;
        self.near.relink(node);
    }

    /// Notes a lost link and returns the messages that go with it.
    pub(in crate::cluster) fn link_down(&mut self, node: u32) -> Vec<u64> {
        let state = &mut self.nodes[node as usize];
        let is_refused = state.link == Link::Refused(Cause::Auth);
        state.link = Link::Down(if is_refused { Cause::Auth } else { Cause::Down });
        state.queue.clear();
        self.near.relink(node);
        self.of_node(node)
    }

    /// Notes that a node refuses its greeting: what waits for the answer will have none.
    pub(in crate::cluster) fn link_refused(&mut self, node: u32, cause: Cause) {
        let state = &mut self.nodes[node as usize];
        state.link = Link::Refused(cause);
        let ids = state.queue.drain(..).map(|(id, _)| id);
        self.refused.extend(ids.map(|id| (node, id, cause)));
    }

    /// Returns a message that was refused with its greeting.
    pub(in crate::cluster) fn take_refused(&mut self) -> Option<(u32, u64, Cause)> {
        self.refused.pop()
    }

    /// Returns the messages to `node` that have no answer. O(messages under way).
    pub(in crate::cluster) fn of_node(&self, node: u32) -> Vec<u64> {
        let pending = self.pending.iter().filter(|(_, pending)| pending.node == node);
        pending.map(|(id, _)| id).collect()
    }

    /// Notes whether a link's send buffer is full.
    pub(in crate::cluster) fn set_full(&mut self, node: u32, is_full: bool) {
        self.nodes[node as usize].is_full = is_full;
    }

    /// Notes that a node is later than an operation can wait.
    pub(in crate::cluster) fn blame(&mut self, node: u32) {
        self.nodes[node as usize].health.failed(self.now.instant, &mut self.dice);
    }

    /// Orders `replicas` as a read asks them: fast ones first, broken ones last, else as placed.
    pub(in crate::cluster) fn order(&self, replicas: &mut [u32]) {
        sort_few(replicas, |&node| self.nodes[node as usize].order());
    }

    /// Whether what `node` was asked `at` is later than it mostly is. If so the next reads ask
    /// others first, without waiting for the answer: many are begun until that comes.
    pub(in crate::cluster) fn is_slow(&mut self, node: u32, at: Instant) -> bool {
        let waited = self.now.instant.saturating_since(at);
        let is_slow = waited >= self.late_after(node);
        if is_slow {
            self.nodes[node as usize].health.late(waited);
        }
        is_slow
    }

    /// Returns after how long `node` is later than it mostly is.
    pub(in crate::cluster) fn late_after(&self, node: u32) -> Duration {
        self.nodes[node as usize].health.late_after()
    }

    /// Keeps a write or a clear for a node that missed it.
    pub(in crate::cluster) fn hint(&mut self, node: u32, missed: &Arc<Missed>) {
        if self.config.hints {
            let wall_ms = self.wall_ms();
            self.nodes[node as usize].hints.push(wall_ms, Arc::clone(missed));
            self.stats.hints += 1;
        }
    }

    /// Returns the next write that `node` missed.
    pub(in crate::cluster) fn take_hint(&mut self, node: u32) -> Option<Hint> {
        let wall_ms = self.wall_ms();
        self.nodes[node as usize].hints.take(wall_ms)
    }

    /// Keeps a write that could not be brought to `node`.
    pub(in crate::cluster) fn keep_hint(&mut self, node: u32, hint: Hint) {
        self.nodes[node as usize].hints.keep(hint);
    }

    /// Returns how many writes are kept for `node`.
    pub(in crate::cluster) fn hints(&self, node: u32) -> usize {
        self.nodes[node as usize].hints.len()
    }

    /// Whether the greeting of `node` was answered and its breaker is closed.
    pub(in crate::cluster) fn is_up(&self, node: u32) -> bool {
        let state = &self.nodes[node as usize];
        state.link == Link::Up && !state.health.is_open()
    }

    /// Returns why `node` has not answered what it may not even have been sent.
    pub(in crate::cluster) fn why_silent(&self, node: u32) -> Cause {
        match self.nodes[node as usize].link {
            Link::Down(cause) | Link::Refused(cause) => cause,
            Link::Opening | Link::Greeted | Link::Up => Cause::Timeout,
        }
    }

    /// Returns the same for the operation that has the word, which may have time left.
    pub(in crate::cluster) fn why_missing(&self, node: u32) -> Cause {
        match self.why_silent(node) {
            Cause::Timeout if !self.is_past(1) => Cause::Pending,
            cause => cause,
        }
    }

    /// Whether so many nodes do not take who asks that there is no quorum of any kind to be had.
    pub(in crate::cluster) fn is_hopeless(&self) -> bool {
        let nodes = 0..self.nodes.len() as u32;
        let left = nodes.filter(|&node| self.why_silent(node) != Cause::Auth).count();
        left < self.config.quorum.read.min(self.config.quorum.write) as usize
    }

    /// Returns when the last of the nodes that are up will take every new version, if one does not
    /// yet: for a moment after its start it may have forgotten what it acknowledged. One whose
    /// clock is far off is not waited for.
    pub(in crate::cluster) fn warm_at(&self, now: Now) -> Option<Instant> {
        let wall_ms = self.clock.wall_ms(now);
        let cold = self.nodes.iter().filter(|node| node.link == Link::Up);
        let left_ms =
            cold.filter_map(|node| node.allowed?.floor_ms.saturating_add(1).checked_sub(wall_ms));
        let left_ms =
            left_ms.filter(|left_ms| *left_ms <= self.limits.drift_ms.saturating_mul(2)).max()?;
        (left_ms > 0).then(|| now.instant + Duration::from_millis(left_ms))
    }

    /// Returns how every node is doing.
    pub(in crate::cluster) fn health(&self) -> Vec<NodeHealth> {
        let health = |node: &Node| NodeHealth {
            state: match node.link {
                Link::Down(_) | Link::Refused(_) => NodeState::Down,
                Link::Up if !node.health.is_open() => NodeState::Up,
                Link::Up | Link::Greeted | Link::Opening => NodeState::Suspect,
            },
            round_trip: node.health.round_trip(),
        };
        self.nodes.iter().map(health).collect()
    }

    /// Returns the nodes to which there is a link.
    pub(in crate::cluster) fn linked(&self) -> Vec<u32> {
        (0..).zip(&self.nodes).filter(|(_, node)| node.link.is_there()).map(|(at, _)| at).collect()
    }

    /// Returns how long to wait for the answer to a greeting that is about to be sent: longer each
    /// time, so that a link that is slow for all is greeted in the end.
    pub(in crate::cluster) fn greeting_patience(&mut self, node: u32) -> Duration {
        let state = &mut self.nodes[node as usize];
        let patience = GREETING_PATIENCE * (1 << state.greetings.min(GREETING_DOUBLINGS_MAX));
        state.greetings += 1;
        patience
    }

    /// Whether `node` has not answered the greeting of its link and no probe will greet it again.
    pub(in crate::cluster) fn wants_greeting(&self, node: u32) -> bool {
        let state = &self.nodes[node as usize];
        state.link == Link::Greeted && !state.health.is_open()
    }

    /// Returns a node whose open breaker asks for a probe now; it is sent one.
    pub(in crate::cluster) fn take_probe(&mut self) -> Option<u32> {
        let now = self.now.instant;
        let is_due = |node: &Node| {
            node.link.is_there() && node.health.probe_at().is_some_and(|at| at <= now)
        };
        let at = self.nodes.iter().position(is_due)?;
        self.nodes[at].health.probing();
        Some(at as u32)
    }

    /// Returns when the next probe is due.
    pub(in crate::cluster) fn next_probe(&self) -> Option<Instant> {
        let linked = self.nodes.iter().filter(|node| node.link.is_there());
        linked.filter_map(|node| node.health.probe_at()).min()
    }
}

/// After this an unanswered greeting is sent again; after twice as long the next time.
const GREETING_PATIENCE: Duration = Duration::from_millis(250);

/// As often is it doubled at most: four seconds.
const GREETING_DOUBLINGS_MAX: u32 = 4;
