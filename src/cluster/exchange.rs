//! Messages under way: who asked, who has not answered, and what each answer says of its node.
//!
//! Operations send by [`Exchange::send`] and get their answers back by seat and tag. Everything
//! that an answer says apart from the operation (clock, version, health) is noted here, once.
//!
//! Bounded: [`IN_FLIGHT_MAX`] messages a node; one more is [`Cause::Busy`] at once.

mod limits;
mod links;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use crate::index::Sequence;
use crate::near::{Found, Near, Ticket};
use crate::time::Instant;
use crate::wire::{Held, Push, Reply, Request as Message, Version};

use super::clock::{Clock, Now};
use super::config::Config;
use super::dice::Dice;
use super::event::{Cause, Hit, Output, Why};
use super::health::Budget;
use super::node::{Allowed, Link, Node};
use super::replica::namespace_of;
use super::rules::Rule;
use super::stats::Stats;
use limits::Limits;

/// Everything that operations share.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) config: Config,
    pub(super) now: Now,
    pub(super) clock: Clock,
    pub(super) budget: Budget,
    pub(super) stats: Stats,
    pub(super) limits: Limits,
    /// Which copies may still be used.
    pub(super) near: Near<Version>,
    /// The operation that has the word.
    pub(super) current: Current,
    nodes: Vec<Node>,
    pending: Sequence<Pending>,
    outputs: VecDeque<Output>,
    /// Messages whose answer a refused greeting has taken.
    refused: Vec<(u32, u64, Cause)>,
    dice: Dice,
    wants_time: bool,
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
    is_hello: bool,
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
            limits: Limits::of(&config),
            near: near_of(&config),
            current: Current { base: 0, sent: 0, started: now, timeout: Duration::ZERO },
            nodes: config.nodes.iter().map(|_| Node::new()).collect(),
            pending: Sequence::default(),
            outputs: VecDeque::new(),
            refused: Vec::new(),
            dice: Dice::new(config.seed),
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
        let is_hello = why == Why::Hello;
        let is_allowed = self.is_allowed(node, why, &message);
        let state = &mut self.nodes[node as usize];
        match state.link {
            Link::Down(cause) => return Err(cause),
            Link::Refused(cause) if !is_hello => return Err(cause),
            _ if !is_allowed => return Err(Cause::Refused),
            Link::Opening | Link::Greeted | Link::Up | Link::Refused(_) => {}
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
        self.pending.push(id, Pending { node, is_hello, to, sent: self.now });
        state.in_flight += 1;
        if state.link == Link::Up || is_hello {
            self.outputs.push_back(output);
        } else {
            state.queue.push((id, output));
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
        let pending = self.pending.get(id).filter(|pending| pending.node == node)?;
        let (to, round_trip) = (pending.to, self.now.since(pending.sent));
        let is_greeting = pending.is_hello && result.is_ok();
        self.pending.remove(id);
        let state = &mut self.nodes[node as usize];
        state.in_flight -= 1;
        match &result {
            Ok(Reply::Busy) => {}
            Ok(_) => state.health.answered(self.now.instant, round_trip),
            Err(_) => state.health.failed(self.now.instant, &mut self.dice),
        }
        if let Ok(reply) = &result {
            self.learn(node, reply, round_trip);
        }
        let result = result.and_then(|reply| match refusal(&reply) {
            Some(cause) => Err(cause),
            None => Ok(reply),
        });
        // A greeting is answered by one; whatever else is said refuses it, but that a node which
        // has answered one has too much to do.
        let is_up = self.nodes[node as usize].link == Link::Up;
        let is_passing = is_up && matches!(result, Ok(Reply::Hello { .. }) | Err(Cause::Busy));
        let is_refused = is_greeting && !is_passing;
        if is_refused || matches!(result, Err(Cause::Epoch)) {
            let cause = result.as_ref().err().copied();
            self.link_refused(node, cause.unwrap_or(Cause::Refused));
        }
        Some(Answer { operation: id / MESSAGES_MAX, to, result })
    }

    /// Notes what a reply says apart from its operation.
    fn learn(&mut self, node: u32, reply: &Reply, round_trip: Duration) {
        match *reply {
            Reply::Hello { wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms, .. } => {
                let state = &mut self.nodes[node as usize];
                state.greetings = 0;
                state.link = Link::Up;
                let [ttl, op] = [max_ttl_ms, max_op_ms].map(Duration::from_millis);
                self.take_limits(node, Allowed { ttl, op, drift_ms: max_drift_ms, floor_ms });
                self.clock.measure(self.now, node, wall_ms, round_trip, self.limits.drift_ms);
            }
            Reply::Held(Held { version, .. })
            | Reply::Gone { version, .. }
            | Reply::Superseded { version } => {
                if self.is_ahead(version) {
                    self.clock.doubt();
                } else {
                    self.clock.observe(version);
                }
            }
            Reply::Clock { wall_ms } => self.clock.refused(self.now, node, wall_ms, round_trip),
            _ => {}
        }
    }

    /// Whether `version` is one that no node has whose clock is right.
    pub(super) fn is_ahead(&self, version: Version) -> bool {
        self.clock.is_ahead(self.now, version, self.limits.drift_ms)
    }

    /// Sets the clock anew: too many nodes have refused a version as too far ahead of their clocks.
    pub(super) fn reset_clock(&mut self) {
        self.clock.reset(self.now, self.nodes.len(), self.limits.drift_ms);
        self.wants_time = true;
    }

    /// Has the nodes asked for the time if what is known of it is not good enough.
    pub(super) fn look_at_clock(&mut self) {
        self.wants_time |= self.clock.wants_time(self.now, self.limits.drift_ms);
    }

    /// Whether the nodes are to be asked for the time; says so once.
    pub(super) fn take_wants_time(&mut self) -> bool {
        core::mem::take(&mut self.wants_time)
    }

    /// Takes over what outlives the nodes of `former`: what is known of time, what the application
    /// is still to be told, chance, and the counters. No link, no message, no hint, no copy.
    pub(super) fn take_over(&mut self, former: &mut Self) {
        former.outputs.retain(|output| !matches!(output, Output::Send { .. }));
        // The tickets of the old one go with the operations that have them.
        former.near.flush();
        former.tell_drops();
        former.clock.forget_nodes();
        mem::swap(&mut self.outputs, &mut former.outputs);
        mem::swap(&mut self.clock, &mut former.clock);
        mem::swap(&mut self.dice, &mut former.dice);
        mem::swap(&mut self.budget, &mut former.budget);
        (self.stats, self.wants_time) = (former.stats, former.wants_time);
    }

    /// Takes note of a node's push.
    pub(super) fn take_push(&mut self, node: u32, push: &Push) {
        let now = self.now.instant;
        match push {
            Push::Invalidate { key, version, seq } => {
                self.near.pushed_write(now, node, *seq, key, *version);
            }
            Push::Clear { namespace, version, seq } => {
                self.near.pushed_clear(now, node, *seq, namespace, *version);
            }
        }
    }

    /// Whether the near cache may keep what the read of `ticket` has found.
    pub(super) fn keep(&mut self, ticket: Ticket, key: &[u8], hit: &Hit) -> bool {
        let Hit { version, expires_at_ms, node, .. } = *hit;
        self.near.fill(self.now.instant, ticket, Found { key, version, expires_at_ms, node })
    }

    /// Returns the version of the copy of `key` that may be used at `now`. Only a sharp clock tells
    /// when its record dies: there is no node to ask.
    pub(super) fn near_version(&self, now: Now, key: &[u8]) -> Option<Version> {
        let version = self.near.version(now.instant, self.clock.wall_ms(now), key)?;
        self.clock.is_sharp(self.limits.drift_ms).then_some(version)
    }

    /// Tells the application which copies to let go of.
    pub(super) fn tell_drops(&mut self) {
        while let Some(key) = self.near.pop_dropped() {
            self.outputs.push_back(Output::Drop { key: key.to_vec() });
        }
    }

    /// Forgets the messages of an operation that ends; those who did not answer have failed.
    pub(super) fn abandon(&mut self, operation: u64) {
        for node in self.forget(operation * MESSAGES_MAX) {
            self.blame(node);
        }
    }

    /// Forgets the messages of the operation that has the word, which asks anew: an answer to an
    /// earlier question must not be taken for one to a later, perhaps by another replica. Nobody
    /// has failed.
    pub(super) fn ask_anew(&mut self) {
        self.forget(self.current.base);
    }

    /// Forgets the messages numbered from `base` and returns to whom they were sent.
    fn forget(&mut self, base: u64) -> Vec<u32> {
        let ids: Vec<u64> = self.pending.numbers(base..base + MESSAGES_MAX).collect();
        let mut nodes = Vec::new();
        for id in ids {
            if let Some(pending) = self.pending.remove(id) {
                let state = &mut self.nodes[pending.node as usize];
                state.in_flight -= 1;
                state.unqueue(id);
                nodes.push(pending.node);
            }
        }
        nodes
    }

    /// Whether an operation has messages without an answer.
    pub(super) fn is_waiting(&self, operation: u64) -> bool {
        let base = operation * MESSAGES_MAX;
        self.pending.numbers(base..base + MESSAGES_MAX).next().is_some()
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

/// Returns why a reply does not answer what was asked.
fn refusal(reply: &Reply) -> Option<Cause> {
    match reply {
        Reply::Busy => Some(Cause::Busy),
        Reply::Epoch { .. } => Some(Cause::Epoch),
        Reply::Refused { reason } => {
            let word = reason.split(|&byte| byte == b' ').next().unwrap_or_default();
            let is_auth = matches!(word, b"NOAUTH" | b"WRONGPASS" | b"NOPERM");
            Some(if is_auth { Cause::Auth } else { Cause::Refused })
        }
        _ => None,
    }
}

/// Returns an empty near cache.
fn near_of(config: &Config) -> Near<Version> {
    let (nodes, rules) = (config.nodes.len(), config.rules);
    let hash_key = [config.seed, config.writer];
    let mut near = Near::new(nodes, config.near, config.near_life, hash_key, namespace_of);
    near.leave_out(!rules.holds(Rule::NearVoid), !rules.holds(Rule::NearGap));
    near
}

/// As many messages to one node may wait for an answer.
pub(super) const IN_FLIGHT_MAX: usize = 256;

/// An operation sends fewer messages than this: that is how far their numbers are apart.
pub(super) const MESSAGES_MAX: u64 = 1 << 16;
