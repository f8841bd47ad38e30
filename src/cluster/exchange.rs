//! Messages under way: who asked, who has not answered, and what each answer says of its node.
//!
//! Operations send by [`Exchange::send`] and get their answers back by seat and tag. Everything
//! that an answer says apart from the operation (clock, version, health) is noted here, once.
//!
//! Bounded: [`IN_FLIGHT_MAX`] messages a node; one more is [`Cause::Busy`] at once.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Instant;
use crate::wire::{Reply, Request as Message, Version};

use super::clock::{Clock, Now};
use super::config::Config;
use super::dice::Dice;
use super::event::{Cause, Output, Why};
use super::health::Budget;
use super::hint::{Hint, Record};
use super::node::{Link, Node};
use super::stats::Stats;

/// Everything that operations share.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) config: Config,
    pub(super) now: Now,
    pub(super) clock: Clock,
    pub(super) budget: Budget,
    pub(super) stats: Stats,
    pub(super) limits: Limits,
    /// The operation that has the word.
    pub(super) current: Current,
    nodes: Vec<Node>,
    pending: BTreeMap<u64, Pending>,
    outputs: VecDeque<Output>,
    dice: Dice,
    /// The round trip of the answer that is being handled.
    round_trip: Duration,
    wants_time: bool,
}

/// The longest life, the longest operation and the largest drift that the nodes allow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) ttl: Duration,
    pub(super) timeout: Duration,
    pub(super) drift_ms: u64,
}

/// The operation that has the word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current {
    /// Its first message's number less one; the messages of an operation are numbered in a row.
    pub(super) base: u64,
    pub(super) sent: u64,
    pub(super) started: Now,
    pub(super) timeout: Duration,
}

/// A message without an answer yet.
#[derive(Debug)]
struct Pending {
    node: u32,
    to: To,
    sent: Now,
}

/// Whom an answer is for within its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct To {
    /// Which of the operation's replicas.
    pub(super) seat: u32,
    /// Which of the messages to it: a round, or a kind.
    pub(super) tag: u8,
}

/// What became of a message.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) operation: u64,
    pub(super) to: To,
    pub(super) result: Result<Reply, Cause>,
}

impl Exchange {
    pub(super) fn new(config: Config) -> Self {
        let now = Now { instant: Instant::ORIGIN, wall_ms: 0 };
        Self {
            now,
            clock: Clock::new(config.writer),
            budget: Budget::default(),
            stats: Stats::default(),
            limits: Limits { ttl: config.max_ttl, timeout: config.max_op, drift_ms: 500 },
            current: Current { base: 0, sent: 0, started: now, timeout: Duration::ZERO },
            nodes: config.nodes.iter().map(|_| Node::new()).collect(),
            pending: BTreeMap::new(),
            outputs: VecDeque::new(),
            dice: Dice::new(config.seed),
            round_trip: Duration::ZERO,
            wants_time: false,
            config,
        }
    }

    /// Sends `message` for the operation that has the word.
    ///
    /// # Errors
    /// Why it cannot be sent; nothing has changed but the node's health.
    pub(super) fn send(
        &mut self,
        node: u32,
        to: To,
        why: Why,
        message: Message,
    ) -> Result<(), Cause> {
        let state = &mut self.nodes[node as usize];
        let is_hello = why == Why::Hello;
        match state.link {
            Link::Down => return Err(Cause::Down),
            Link::Refused if !is_hello => return Err(Cause::Epoch),
            Link::Greeted | Link::Up | Link::Refused => {}
        }
        let is_busy = state.is_full || state.in_flight >= IN_FLIGHT_MAX;
        if is_busy && !is_hello {
            self.stats.busy += 1;
            return Err(Cause::Busy);
        }
        self.current.sent += 1;
        debug_assert!(self.current.sent < MESSAGES_MAX, "an operation sends so many at most");
        let id = self.current.base + self.current.sent;
        let output = Output::Send { node, id, why, message };
        self.pending.insert(id, Pending { node, to, sent: self.now });
        state.in_flight += 1;
        if state.link == Link::Up || is_hello {
            self.outputs.push_back(output);
        } else {
            state.queue.push(output);
        }
        Ok(())
    }

    /// Takes an answer and notes what it says of its node; `None` if nobody waits for it.
    pub(super) fn settle(
        &mut self,
        node: u32,
        id: u64,
        result: Result<Reply, Cause>,
    ) -> Option<Answer> {
        let pending = self.pending.get(&id).filter(|pending| pending.node == node)?;
        let (to, round_trip) = (pending.to, self.now.since(pending.sent));
        self.pending.remove(&id);
        self.round_trip = round_trip;
        let state = &mut self.nodes[node as usize];
        state.in_flight -= 1;
        match &result {
            Ok(Reply::Busy) => {}
            Ok(_) => state.health.answered(round_trip),
            Err(_) => state.health.failed(self.now.instant, &mut self.dice),
        }
        if let Ok(reply) = &result {
            self.learn(node, reply, round_trip);
        }
        let result = match result {
            Ok(Reply::Busy) => Err(Cause::Busy),
            Ok(Reply::Epoch { .. }) => Err(Cause::Epoch),
            Ok(Reply::Refused { .. }) => Err(Cause::Refused),
            other => other,
        };
        Some(Answer { operation: id / MESSAGES_MAX, to, result })
    }

    /// Notes what a reply says apart from its operation.
    fn learn(&mut self, node: u32, reply: &Reply, round_trip: Duration) {
        match *reply {
            Reply::Hello { wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, .. } => {
                self.clock.measure(self.now, wall_ms, round_trip);
                self.limits = Limits {
                    ttl: Duration::from_millis(max_ttl_ms),
                    timeout: Duration::from_millis(max_op_ms),
                    drift_ms: max_drift_ms,
                };
                let state = &mut self.nodes[node as usize];
                state.link = Link::Up;
                self.outputs.extend(state.queue.drain(..));
            }
            Reply::Epoch { .. } => {
                let state = &mut self.nodes[node as usize];
                state.link = Link::Refused;
                state.queue.clear();
            }
            Reply::Held(ref held) => self.clock.observe(held.version),
            Reply::Gone { version, .. } | Reply::Superseded { version } => {
                self.clock.observe(version);
            }
            _ => {}
        }
    }

    /// Sets the clock anew: a node has refused a version as too far ahead of its clock `wall_ms`.
    pub(super) fn reset_clock(&mut self, wall_ms: u64) {
        self.clock.reset(self.now, wall_ms, self.round_trip);
        self.wants_time = true;
    }

    /// Has the nodes asked for the time.
    pub(super) const fn wants_time(&mut self) {
        self.wants_time = true;
    }

    /// Whether the nodes are to be asked for the time; says so once.
    pub(super) fn take_wants_time(&mut self) -> bool {
        core::mem::take(&mut self.wants_time)
    }

    /// Notes a new link; the caller greets.
    pub(super) fn link_up(&mut self, node: u32) {
        self.nodes[node as usize].link = Link::Greeted;
        self.nodes[node as usize].is_full = false;
    }

    /// Notes a lost link and returns the messages that go with it.
    pub(super) fn link_down(&mut self, node: u32) -> Vec<u64> {
        self.nodes[node as usize].link = Link::Down;
        self.nodes[node as usize].queue.clear();
        self.of_node(node)
    }

    /// Returns the messages to `node` that have no answer. O(messages under way).
    pub(super) fn of_node(&self, node: u32) -> Vec<u64> {
        let pending = self.pending.iter().filter(|(_, pending)| pending.node == node);
        pending.map(|(&id, _)| id).collect()
    }

    /// Notes whether a link's send buffer is full.
    pub(super) fn set_full(&mut self, node: u32, is_full: bool) {
        self.nodes[node as usize].is_full = is_full;
    }

    /// Forgets the messages of an operation that ends; those who did not answer have failed.
    pub(super) fn abandon(&mut self, operation: u64) {
        let base = operation * MESSAGES_MAX;
        let ids: Vec<u64> =
            self.pending.range(base..base + MESSAGES_MAX).map(|(&id, _)| id).collect();
        for id in ids {
            if let Some(pending) = self.pending.remove(&id) {
                let state = &mut self.nodes[pending.node as usize];
                state.in_flight -= 1;
                state.unqueue(id);
                self.blame(pending.node);
            }
        }
    }

    /// Whether an operation has messages without an answer.
    pub(super) fn is_waiting(&self, operation: u64) -> bool {
        let base = operation * MESSAGES_MAX;
        self.pending.range(base..base + MESSAGES_MAX).next().is_some()
    }

    /// Notes that a node is later than an operation can wait.
    pub(super) fn blame(&mut self, node: u32) {
        self.nodes[node as usize].health.failed(self.now.instant, &mut self.dice);
    }

    /// Orders `replicas` as a read asks them: fast ones first, broken ones last, else as placed.
    pub(super) fn order(&self, replicas: &mut [u32]) {
        replicas.sort_by_key(|&node| self.nodes[node as usize].order());
    }

    /// Returns after how long `node` is later than it mostly is.
    pub(super) fn late_after(&self, node: u32) -> Duration {
        self.nodes[node as usize].health.late_after()
    }

    /// Keeps a write for a replica that missed it.
    pub(super) fn hint(&mut self, node: u32, record: &Arc<Record>) {
        if self.config.hints {
            let wall_ms = self.wall_ms();
            self.nodes[node as usize].hints.push(wall_ms, Arc::clone(record));
            self.stats.hints += 1;
        }
    }

    /// Returns the next write that `node` missed.
    pub(super) fn take_hint(&mut self, node: u32) -> Option<Hint> {
        let wall_ms = self.wall_ms();
        self.nodes[node as usize].hints.take(wall_ms)
    }

    /// Keeps a write that could not be brought to `node`.
    pub(super) fn keep_hint(&mut self, node: u32, hint: Hint) {
        self.nodes[node as usize].hints.keep(hint);
    }

    /// Returns how many writes are kept for `node`.
    pub(super) fn hints(&self, node: u32) -> usize {
        self.nodes[node as usize].hints.len()
    }

    /// Whether the greeting of `node` was answered and its breaker is closed.
    pub(super) fn is_up(&self, node: u32) -> bool {
        let state = &self.nodes[node as usize];
        state.link == Link::Up && !state.health.is_open()
    }

    /// Returns the nodes to which there is a link.
    pub(super) fn linked(&self) -> Vec<u32> {
        (0..)
            .zip(&self.nodes)
            .filter(|(_, node)| node.link != Link::Down)
            .map(|(at, _)| at)
            .collect()
    }

    /// Whether `node` has not answered the greeting of its link and no probe will greet it again.
    pub(super) fn wants_greeting(&self, node: u32) -> bool {
        let state = &self.nodes[node as usize];
        state.link == Link::Greeted && !state.health.is_open()
    }

    /// Returns a node whose open breaker asks for a probe now; it is sent one.
    pub(super) fn take_probe(&mut self) -> Option<u32> {
        let now = self.now.instant;
        let is_due = |node: &Node| {
            node.link != Link::Down && node.health.probe_at().is_some_and(|at| at <= now)
        };
        let at = self.nodes.iter().position(is_due)?;
        self.nodes[at].health.probing();
        Some(at as u32)
    }

    /// Returns when the next probe is due.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        let linked = self.nodes.iter().filter(|node| node.link != Link::Down);
        linked.filter_map(|node| node.health.probe_at()).min()
    }

    /// Returns the next thing to do.
    pub(super) fn pop(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Tells the application.
    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Returns how many messages have no answer. O(1).
    pub(super) fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Returns corrected time.
    pub(super) fn wall_ms(&self) -> u64 {
        self.clock.wall_ms(self.now)
    }

    /// Draws a version.
    pub(super) fn tick(&mut self) -> Version {
        self.clock.tick(self.now)
    }

    /// Returns when so much of the current operation's time is over, as a part of it.
    pub(super) fn part(&self, divisor: u32) -> Instant {
        self.current.started.instant + self.current.timeout / divisor
    }

    /// Whether as much is over by either clock.
    pub(super) fn is_past(&self, divisor: u32) -> bool {
        self.now.since(self.current.started) >= self.current.timeout / divisor
    }

    /// Returns a number below `limit` for jitter.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.dice.below(limit)
    }
}

/// As many messages to one node may wait for an answer.
pub(super) const IN_FLIGHT_MAX: usize = 256;

/// An operation sends fewer messages than this: that is how far their numbers are apart.
pub(super) const MESSAGES_MAX: u64 = 1 << 16;
