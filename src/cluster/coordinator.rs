//! The coordinator: events in, effects out, and the one deadline between them.
//!
//! A driver reads both clocks once for each event, calls [`Coordinator::handle`], then takes all
//! effects by [`Coordinator::poll`] and arms its timer for [`Coordinator::deadline`]. The same
//! events at the same times give the same effects, on every platform.
//!
//! Every operation ends by its deadline. What nobody waits for (repairs, hints, probes) has one
//! too, so an idle coordinator has no timer but the probes of nodes whose links are up and silent.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Instant;
use crate::wire::Reply;

use super::clock::Now;
use super::config::{Config, ConfigError};
use super::event::{Action, Cause, Error, Input, Outcome, Output, Request};
use super::exchange::{Answer, Current, Exchange, MESSAGES_MAX};
use super::lease::Load;
use super::operation::{Event, Operation, Task};
use super::placement::Placement;
use super::read::Read;
use super::stats::Stats;
use super::touch::Touch;
use super::write::{Subject, Write};

/// A client's side of the cluster.
#[derive(Debug)]
pub struct Coordinator {
    exchange: Exchange,
    placement: Placement,
    operations: BTreeMap<u64, Operation>,
    /// When which operation wants to be woken.
    timers: BTreeSet<(Instant, u64)>,
    /// Operations that wait for the first node to tell the time.
    parked: Vec<u64>,
    /// The nodes that are being brought what they missed.
    delivering: BTreeSet<u32>,
    next_operation: u64,
}

impl Coordinator {
    /// Returns a coordinator without links.
    ///
    /// # Errors
    /// Why the quorums would promise nothing.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            placement: Placement::new(config.hash_key, &config.nodes, config.quorum.replicas),
            exchange: Exchange::new(config),
            operations: BTreeMap::new(),
            timers: BTreeSet::new(),
            parked: Vec::new(),
            delivering: BTreeSet::new(),
            next_operation: 1,
        })
    }

    /// Takes one event. O(log n) but for a lost link, which costs O(messages under way).
    pub fn handle(&mut self, now: Now, input: Input) {
        self.exchange.now = now;
        match input {
            Input::Request(request) => self.open(request),
            Input::Reply { node, id, reply } => self.settle(node, id, Ok(reply)),
            Input::Failed { node, id } => self.settle(node, id, Err(Cause::Down)),
            Input::Up { node } => {
                self.exchange.link_up(node);
                self.spawn(None, HELLO_TIMEOUT, Task::Hello(node));
            }
            Input::Down { node } => {
                for id in self.exchange.link_down(node) {
                    self.settle(node, id, Err(Cause::Down));
                }
            }
            Input::Congested { node, is_full } => self.exchange.set_full(node, is_full),
            Input::Wake => {}
        }
        self.keep_house();
    }

    /// Returns the next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        self.exchange.pop()
    }

    /// Returns when to handle [`Input::Wake`], if nothing else happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let timer = self.timers.first().map(|&(at, _)| at);
        timer.into_iter().chain(self.exchange.next_probe()).min()
    }

    /// Returns the counters.
    pub const fn stats(&self) -> Stats {
        self.exchange.stats
    }

    /// Returns corrected time as of the last event.
    pub fn wall_ms(&self) -> u64 {
        self.exchange.wall_ms()
    }

    /// Returns the nodes that hold `key`, the first choice leading.
    pub fn replicas(&self, key: &[u8]) -> Vec<u32> {
        self.placement.replicas(key)
    }

    /// Whether the link to `node` is greeted and its breaker closed.
    pub fn is_up(&self, node: u32) -> bool {
        self.exchange.is_up(node)
    }

    /// Returns how many operations, messages and hints there are: what must not leak.
    pub fn load(&self) -> [usize; 3] {
        let nodes = 0..self.exchange.config.nodes.len() as u32;
        let hints = nodes.map(|node| self.exchange.hints(node)).sum();
        [self.operations.len(), self.exchange.in_flight(), hints]
    }

    fn open(&mut self, request: Request) {
        let Request { id, timeout, action } = request;
        let limits = self.exchange.limits;
        let is_too_long = |ttl: &Duration| *ttl > limits.ttl;
        let refusal = match &action {
            _ if timeout > limits.timeout => Some(Error::TimeoutTooLong),
            Action::Put { ttl, .. } | Action::Touch { ttl, .. } | Action::Fill { ttl, .. } => {
                is_too_long(ttl).then_some(Error::TtlTooLong)
            }
            _ => None,
        };
        if let Some(error) = refusal {
            self.exchange.push(Output::Done { id, outcome: Outcome::Failed(error) });
            return;
        }
        if self.exchange.clock.is_old(self.exchange.now) {
            self.exchange.wants_time();
        }
        let task = self.task(action);
        self.spawn(Some(id), timeout, task);
    }

    fn task(&self, action: Action) -> Task {
        let exchange = &self.exchange;
        let replicas = |key: &[u8]| self.placement.replicas(key);
        let write = |key: Vec<u8>, value, flags, ttl| {
            let replicas = replicas(&key);
            Write::new(exchange, replicas, Subject::Record { key, value, flags, ttl })
        };
        match action {
            Action::Get { key, consistency } => {
                Task::Read(Read::new(exchange, replicas(&key), key, consistency))
            }
            Action::Put { key, value, flags, ttl } => {
                Task::Write(write(key, Some(value), flags, ttl))
            }
            Action::Delete { key } => Task::Write(write(key, None, 0, Duration::ZERO)),
            Action::Touch { key, ttl } => {
                Task::Touch(Touch::new(exchange, replicas(&key), key, ttl))
            }
            Action::Clear { namespace } => {
                let nodes = (0..exchange.config.nodes.len() as u32).collect();
                Task::Write(Write::new(exchange, nodes, Subject::Floor { namespace }))
            }
            Action::Load { key } => Task::Load(Load::new(exchange, replicas(&key), key)),
            Action::Fill { ticket, value, flags, ttl } => {
                let write = write(ticket.key, Some(value), flags, ttl);
                Task::Write(write.into_fill(ticket.version))
            }
        }
    }

    /// Begins an operation, or parks it until the first node has told the time.
    fn spawn(&mut self, request: Option<u64>, timeout: Duration, task: Task) {
        let id = self.next_operation;
        self.next_operation += 1;
        let started = self.exchange.now;
        let current = Current { base: id * MESSAGES_MAX, sent: 0, started, timeout };
        let is_parked = request.is_some() && !self.exchange.clock.is_set();
        let operation = Operation {
            request,
            current,
            task,
            is_parked,
            is_told: request.is_none(),
            is_written: false,
            wake_at: started.instant + timeout,
        };
        self.timers.insert((operation.wake_at, id));
        self.operations.insert(id, operation);
        if is_parked {
            self.parked.push(id);
        } else {
            self.run(id, Event::Start);
        }
    }

    fn settle(&mut self, node: u32, id: u64, result: Result<Reply, Cause>) {
        if let Some(Answer { operation, to, result }) = self.exchange.settle(node, id, result) {
            self.run(operation, Event::Answer(to, result));
        }
    }

    /// Gives an operation the word, unless its time is over: answers do not count after that.
    fn run(&mut self, id: u64, event: Event) {
        let Some(mut operation) = self.operations.remove(&id) else { return };
        self.timers.remove(&(operation.wake_at, id));
        self.exchange.current = operation.current;
        let is_over = operation.is_over(self.exchange.now);
        let outcome = if !is_over && !operation.is_parked {
            operation.task.handle(&mut self.exchange, event)
        } else if is_over && !operation.is_told {
            operation.task.expire(&mut self.exchange)
        } else {
            None
        };
        operation.current = self.exchange.current;
        if let (Some(outcome), Some(request)) = (outcome, operation.request) {
            operation.is_told = true;
            operation.is_written = matches!(outcome, Outcome::Stored { .. });
            self.exchange.push(Output::Done { id: request, outcome });
        }
        if is_over || (operation.is_told && !self.exchange.is_waiting(id)) {
            self.close(id, operation);
            return;
        }
        let next = operation.task.next_wake(&self.exchange).filter(|_| !operation.is_parked);
        // What is due now was just looked at: a task that still asks for it must not spin.
        let now = self.exchange.now.instant;
        let next = next.map(|next| if next > now { next } else { now + Duration::from_millis(1) });
        let deadline = operation.deadline();
        operation.wake_at = next.map_or(deadline, |next| next.min(deadline));
        self.timers.insert((operation.wake_at, id));
        self.operations.insert(id, operation);
    }

    fn close(&mut self, id: u64, operation: Operation) {
        self.exchange.abandon(id);
        match operation.task {
            Task::Hello(node) if self.exchange.wants_greeting(node) => {
                self.spawn(None, HELLO_TIMEOUT, Task::Hello(node));
            }
            Task::Hints(node, _) => {
                self.delivering.remove(&node);
            }
            _ => {}
        }
        operation.task.close(&mut self.exchange, operation.is_written);
    }

    /// Does what is due: timers, probes, greetings, hints.
    fn keep_house(&mut self) {
        let now = self.exchange.now.instant;
        while let Some(&(at, id)) = self.timers.first()
            && at <= now
        {
            self.run(id, Event::Wake);
        }
        while let Some(node) = self.exchange.take_probe() {
            self.spawn(None, HELLO_TIMEOUT, Task::Hello(node));
        }
        if self.exchange.take_wants_time() {
            for node in self.exchange.linked() {
                self.spawn(None, HELLO_TIMEOUT, Task::Hello(node));
            }
        }
        if self.exchange.clock.is_set() {
            for id in core::mem::take(&mut self.parked) {
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.is_parked = false;
                    self.run(id, Event::Start);
                }
            }
        }
        for node in 0..self.exchange.config.nodes.len() as u32 {
            self.deliver_hints(node);
        }
    }

    /// Brings a node that is back a few of the writes it missed.
    fn deliver_hints(&mut self, node: u32) {
        let is_ready = self.exchange.hints(node) > 0 && self.exchange.is_up(node);
        if !is_ready || !self.delivering.insert(node) {
            return;
        }
        let mut hints = Vec::new();
        while hints.len() < HINTS_AT_ONCE {
            let Some(hint) = self.exchange.take_hint(node) else { break };
            hints.push(Some(hint));
        }
        self.spawn(None, HELLO_TIMEOUT * 4, Task::Hints(node, hints));
    }
}

/// After this an unanswered greeting is sent again.
const HELLO_TIMEOUT: Duration = Duration::from_millis(250);

/// As many hints are under way to a node.
const HINTS_AT_ONCE: usize = 16;
