//! A touch: the record that a quorum holds gets a later end.
//!
//! The version stays. Reading the value and putting it back would be simpler, and would overwrite
//! whatever was written between the two with something older.
//!
//! Done at W acks from holders of that version. With fewer the answer is no: some replicas may have
//! moved the end, which no reader can tell from the touch having come a little later.

use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Instant;
use crate::wire::{Reply, Request as Message};

use super::event::{Action, Cause, Consistency, Error, Missing, Outcome, QuorumError, Why};
use super::exchange::{Exchange, To};
use super::read::Read;
use super::rules::Rule;
use super::write::{Subject, Write};

/// One touch.
#[derive(Debug)]
pub(super) struct Touch {
    read: Read,
    ttl: Duration,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Reading,
    Touching {
        begun: Instant,
        seats: Vec<Touched>,
    },
    /// The mutant that puts the value back.
    Putting(Write),
    Done,
}

/// One replica.
#[derive(Debug, Clone, Copy)]
struct Touched {
    node: u32,
    state: State,
    /// When that was known.
    at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Applied,
    NotHeld,
    Failed(Cause),
}

impl Touch {
    /// Returns the touch of `key`; it has sent nothing.
    pub(super) fn new(
        exchange: &Exchange,
        replicas: Vec<u32>,
        key: Vec<u8>,
        ttl: Duration,
    ) -> Self {
        let read = Read::new(exchange, replicas, key, Consistency::Quorum);
        Self { read, ttl, phase: Phase::Reading }
    }

    /// Returns what the application asked for.
    pub(super) fn into_action(self) -> Action {
        Action::Touch { key: self.read.key, ttl: self.ttl }
    }

    /// Reads first.
    pub(super) fn start(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let outcome = self.read.start(exchange);
        self.after_read(exchange, outcome)
    }

    /// Takes an answer to the read or to the touch.
    pub(super) fn answer(
        &mut self,
        exchange: &mut Exchange,
        to: To,
        result: Result<Reply, Cause>,
    ) -> Option<Outcome> {
        match &mut self.phase {
            Phase::Touching { seats, .. } if to.tag == TAG_TOUCH => {
                let seat = &mut seats[to.seat as usize];
                seat.at = exchange.now.instant;
                seat.state = match result {
                    Ok(Reply::Applied) => State::Applied,
                    Ok(_) => State::NotHeld,
                    Err(cause) => State::Failed(cause),
                };
                self.judge(exchange)
            }
            Phase::Putting(write) => write.answer(exchange, to, &result),
            Phase::Done if to.tag == TAG_TOUCH => None,
            _ => {
                let outcome = self.read.answer(exchange, to, result);
                self.after_read(exchange, outcome)
            }
        }
    }

    /// Looks at the time.
    pub(super) fn wake(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        match &mut self.phase {
            Phase::Reading => {
                let outcome = self.read.wake(exchange);
                self.after_read(exchange, outcome)
            }
            Phase::Putting(write) => write.wake(exchange),
            _ => None,
        }
    }

    /// Returns when to look at the time again.
    pub(super) fn next_wake(&self, exchange: &Exchange) -> Option<Instant> {
        match &self.phase {
            Phase::Reading => self.read.next_wake(exchange),
            Phase::Putting(write) => write.next_wake(exchange),
            _ => None,
        }
    }

    /// Returns the failure of a touch whose time is over.
    pub(super) fn expire(&mut self, exchange: &Exchange) -> Outcome {
        match &mut self.phase {
            Phase::Putting(write) => write.expire(exchange),
            Phase::Touching { begun, seats } => failure(exchange, *begun, seats),
            _ => self.read.expire(exchange),
        }
    }

    fn after_read(&mut self, exchange: &mut Exchange, read: Option<Outcome>) -> Option<Outcome> {
        let hit = match read? {
            Outcome::Hit(hit) => hit,
            Outcome::Miss => return Some(Outcome::Touched(false)),
            other => return Some(other),
        };
        let replicas: Vec<u32> = self.read.seats.iter().map(|seat| seat.node).collect();
        if !exchange.config.rules.holds(Rule::TouchKeepsVersion) {
            let (key, value, flags, ttl) = (self.read.key.clone(), hit.value, hit.flags, self.ttl);
            let subject = Subject::Record { key, value: Some(value), flags, ttl };
            let mut write = Write::new(exchange, replicas, subject);
            let outcome = write.start(exchange);
            self.phase = Phase::Putting(write);
            return outcome;
        }
        let ttl_ms = self.ttl.as_millis() as u64;
        let latest_ms = hit.version.ms().saturating_add(exchange.limits.ttl.as_millis() as u64);
        let expires_at_ms = (exchange.wall_ms() + ttl_ms).min(latest_ms);
        let mut seats = Vec::new();
        for (seat, node) in (0..).zip(replicas) {
            let (key, version) = (self.read.key.clone(), hit.version);
            let message = Message::Touch { key, version, expires_at_ms };
            let sent = exchange.send(node, To { seat, tag: TAG_TOUCH }, Why::Write, message);
            let state = sent.map_or_else(State::Failed, |()| State::Waiting);
            seats.push(Touched { node, state, at: exchange.now.instant });
        }
        self.phase = Phase::Touching { begun: exchange.now.instant, seats };
        self.judge(exchange)
    }

    fn judge(&mut self, exchange: &Exchange) -> Option<Outcome> {
        let Phase::Touching { begun, seats } = &self.phase else { return None };
        let needed = exchange.config.quorum.write as usize;
        let count = |state| seats.iter().filter(|seat| seat.state == state).count();
        let (applied, waiting) = (count(State::Applied), count(State::Waiting));
        let answers = applied + count(State::NotHeld);
        let outcome = if applied >= needed {
            Outcome::Touched(true)
        } else if answers >= needed && applied + waiting < needed {
            // A write or a delete has overtaken it where it counts, whoever else is down.
            Outcome::Touched(false)
        } else if answers + waiting < needed {
            failure(exchange, *begun, seats)
        } else {
            return None;
        };
        self.phase = Phase::Done;
        Some(outcome)
    }
}

fn failure(exchange: &Exchange, begun: Instant, seats: &[Touched]) -> Outcome {
    let now = exchange.now.instant;
    let missing = |seat: &Touched| {
        let (cause, at) = match seat.state {
            State::Failed(cause) => (cause, seat.at),
            State::NotHeld => (Cause::Conflict, seat.at),
            State::Waiting => (exchange.why_missing(seat.node), now),
            State::Applied => return None,
        };
        Some(Missing { node: seat.node, cause, elapsed: at.saturating_since(begun) })
    };
    let causes: Vec<_> = seats.iter().filter_map(missing).collect();
    let received = (seats.len() - causes.len()) as u32;
    let required = exchange.config.quorum.write;
    Outcome::Failed(Error::Quorum(QuorumError { is_write: true, required, received, causes }))
}

/// The tag of a touch; the read's tags are far below.
const TAG_TOUCH: u8 = u8::MAX;
