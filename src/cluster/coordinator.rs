//! The coordinator: events in, effects out, and the one deadline between them.
//!
//! A driver reads both clocks once for each event, calls [`Coordinator::handle`], then takes all
//! effects by [`Coordinator::poll`] and arms its timer for [`Coordinator::deadline`]. The same
//! events at the same times give the same effects, on every platform.
//!
//! Every operation ends by its deadline. What nobody waits for (repairs, hints, probes) has one
//! too, so an idle coordinator has no timer but the probes of nodes whose links are up and silent.

mod house;

use alloc::vec::Vec;
use core::time::Duration;

use crate::index::Sequence;
use crate::time::Instant;
use crate::wire::{Reply, Version};

use super::clock::Now;
use super::config::{Config, ConfigError};
use super::event::{Action, Cause, Error, Input, Outcome, Output, Request};
use super::exchange::{Answer, Current, Exchange, MESSAGES_MAX};
use super::health::NodeHealth;
use super::lease::{Load, Release};
use super::operation::{Delivery, Event, Operation, Task};
use super::placement::Placement;
use super::read::Read;
use super::stats::Stats;
use super::timers::Timers;
use super::touch::Touch;
use super::write::{Subject, Write};

/// A client's side of the cluster.
#[derive(Debug)]
pub struct Coordinator {
    exchange: Exchange,
    placement: Placement,
    operations: Sequence<Operation>,
    /// When which operation wants to be woken.
    timers: Timers,
    /// Operations that wait for the first node to tell the time.
    parked: Vec<u64>,
    /// The nodes that are being brought what they missed, a bit each.
    delivering: u32,
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
            operations: Sequence::default(),
            timers: Timers::default(),
            parked: Vec::new(),
            delivering: 0,
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
            Input::Push { node, push } => self.exchange.take_push(node, &push),
            Input::Up { node }
            | Input::Down { node }
            | Input::Stranger { node }
            | Input::Congested { node, .. }
                if !self.exchange.has_node(node) => {}
            Input::Up { node } => {
                self.exchange.link_up(node);
                self.greet(node);
            }
            Input::Down { node } => {
                for id in self.exchange.link_down(node) {
                    self.settle(node, id, Err(Cause::Down));
                }
            }
            Input::Stranger { node } => self.exchange.link_refused(node, Cause::Auth),
            Input::Congested { node, is_full } => self.exchange.set_full(node, is_full),
            Input::Wake => {}
        }
        self.keep_house();
    }

    /// Changes to the nodes and quorums of a higher epoch. The caller has closed every link before,
    /// and opens those to the nodes of `config`, in its order.
    ///
    /// A new epoch is an empty cluster, so nothing of the old one is worth waiting for: requests
    /// without an outcome begin anew, with what is left of their time; a write may thus act in
    /// both. Hints, repairs under way and near copies are dropped. Clock and counters stay.
    ///
    /// # Errors
    /// Why `config` promises nothing, or that its epoch is not a higher one; nothing has changed.
    pub fn reconfigure(&mut self, now: Now, config: Config) -> Result<(), ConfigError> {
        let mut new = Self::new(config)?;
        if new.exchange.config.epoch <= self.exchange.config.epoch {
            return Err(ConfigError::Epoch);
        }
        new.exchange.now = now;
        new.exchange.take_over(&mut self.exchange);
        new.next_operation = self.next_operation;
        let operations = self.operations.drain();
        *self = new;
        for (_, operation) in operations {
            let Operation { request: Some(request), current, task, is_told: false, .. } = operation
            else {
                continue;
            };
            let Some(task) = task.into_action().map(|action| self.task(action)) else { continue };
            let left = current.timeout.saturating_sub(now.since(current.started));
            self.spawn(Some(request), left, task);
        }
        self.keep_house();
        Ok(())
    }

    /// Returns the version of the near cache's copy of `key`, if it may be used at `now`. O(1).
    pub fn near_version(&self, now: Now, key: &[u8]) -> Option<Version> {
        self.exchange.near_version(now, key)
    }

    /// Whether the near cache's copy of `key` may be used at `now`. O(1).
    pub fn near_has(&self, now: Now, key: &[u8]) -> bool {
        self.near_version(now, key).is_some()
    }

    /// Returns how each node is doing, in the order of the configuration.
    pub fn nodes(&self) -> Vec<NodeHealth> {
        self.exchange.health()
    }

    /// Returns why a node that is not up is not, or is late.
    pub fn why_silent(&self, node: u32) -> Cause {
        self.exchange.why_silent(node)
    }

    /// Returns when the last of the nodes that are up will take every write, if one may still
    /// refuse some for having just started.
    pub fn warm_at(&self, now: Now) -> Option<Instant> {
        self.exchange.warm_at(now)
    }

    /// Returns the longest that an operation of any kind may take.
    pub fn longest(&self) -> Duration {
        self.exchange.limits.read.max(self.exchange.limits.write)
    }

    /// Returns the next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        self.exchange.pop()
    }

    /// Returns when to handle [`Input::Wake`], if nothing else happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let timer = self.timers.first().map(|(at, _)| at);
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

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        self.exchange.near.validate();
        for (id, operation) in self.operations.iter() {
            assert!(self.timers.holds(operation.wake_at, id));
            assert!(!operation.is_parked || self.parked.contains(&id));
        }
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
        if let Some(error) = self.refusal(&action, timeout) {
            self.exchange.push(Output::Done { id, outcome: Outcome::Failed(error) });
            return;
        }
        self.exchange.look_at_clock();
        let task = self.task(action);
        self.spawn(Some(id), timeout, task);
    }

    /// Returns why the nodes do not allow what is asked for.
    fn refusal(&self, action: &Action, timeout: Duration) -> Option<Error> {
        let limits = self.exchange.limits;
        let longest = match action {
            Action::Get { .. } => limits.read,
            Action::Load { .. } | Action::Touch { .. } => limits.read.min(limits.write),
            _ => limits.write,
        };
        let ttl = match *action {
            Action::Put { ttl, .. } | Action::Touch { ttl, .. } | Action::Fill { ttl, .. } => ttl,
            _ => Duration::ZERO,
        };
        if timeout > longest {
            Some(Error::TimeoutTooLong { longest })
        } else {
            (ttl > limits.ttl).then_some(Error::TtlTooLong { longest: limits.ttl })
        }
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
            Action::Release { key } => Task::Release(Release::new(replicas(&key), key)),
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
            ticket: self.exchange.near.ticket(),
            is_parked,
            is_told: request.is_none(),
            is_written: false,
            wake_at: started.instant + timeout,
        };
        self.timers.push(operation.wake_at, id);
        self.operations.push(id, operation);
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
        let Some(operation) = self.operations.get_mut(id) else { return };
        self.exchange.current = operation.current;
        let is_hopeless = operation.is_parked && self.exchange.is_hopeless();
        let is_over = operation.is_over(self.exchange.now) || is_hopeless;
        let outcome = if !is_over && !operation.is_parked {
            operation.task.handle(&mut self.exchange, event)
        } else if is_over && !operation.is_told {
            operation.task.expire(&mut self.exchange)
        } else {
            None
        };
        operation.current = self.exchange.current;
        if let (Some(mut outcome), Some(request)) = (outcome, operation.request) {
            if let (Outcome::Hit(hit), Some(key)) = (&mut outcome, operation.task.key()) {
                hit.may_keep = self.exchange.keep(operation.ticket, key, hit);
                self.exchange.tell_drops();
            }
            operation.is_told = true;
            operation.is_written = matches!(outcome, Outcome::Stored { .. });
            self.exchange.push(Output::Done { id: request, outcome });
        }
        let next = operation.task.next_wake(&self.exchange).filter(|_| !operation.is_parked);
        // A write that has succeeded may still wait for a clock that is behind.
        let is_idle = next.is_none() && !self.exchange.is_waiting(id);
        if is_over || (operation.is_told && is_idle) {
            self.close(id);
            return;
        }
        // What is due now was just looked at: a task that still asks for it must not spin.
        let now = self.exchange.now.instant;
        let next = next.map(|next| if next > now { next } else { now + Duration::from_millis(1) });
        let deadline = operation.deadline();
        let wake_at = next.map_or(deadline, |next| next.min(deadline));
        if core::mem::replace(&mut operation.wake_at, wake_at) != wake_at {
            self.timers.push(wake_at, id);
        }
    }

    fn close(&mut self, id: u64) {
        let Some(operation) = self.operations.remove(id) else { return };
        self.exchange.abandon(id);
        match operation.task {
            Task::Hello(node) if self.exchange.wants_greeting(node) => self.greet(node),
            Task::Hints(Delivery { node, .. }) => {
                self.delivering &= !(1 << node);
            }
            _ => {}
        }
        operation.task.close(&mut self.exchange, operation.is_written);
    }
}
