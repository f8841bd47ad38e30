//! `getOrSet` across the cluster: who loads a key that nobody has.
//!
//! After a miss the key's first replica is asked for a lease; the next one grants if it is down.
//! Whoever gets it draws the version of what it will load *now*, before the loader runs: anything
//! that is written meanwhile is newer and wins. Whoever does not reads again, ever less often,
//! until the value is there, the lease has ended, or its own time is nearly over: then it loads
//! too. Two loads are harmless. Whoever has loaded gives the lease back: a key that is deleted, or
//! whose load failed, can be loaded at once.

use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Instant;
use crate::wire::{Reply, Request as Message};

use super::event::{Action, Cause, Consistency, Outcome, Ticket, Why};
use super::exchange::{Exchange, To};
use super::read::Read;

/// One read that ends in a hit or in the right to load.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) key: Vec<u8>,
    /// The key's replicas as placed: everybody asks the same one for the lease.
    replicas: Vec<u32>,
    phase: Phase,
    /// Counts the questions for a lease, to tell their answers apart.
    asked: u8,
}

#[derive(Debug)]
enum Phase {
    Reading(Read),
    /// Asked the replica of this seat at this moment.
    Asking(usize, Instant),
    /// Somebody else loads; reads again then.
    Waiting(Instant),
    Done,
}

impl Load {
    /// Returns the load of `key`; it has sent nothing.
    pub(super) fn new(exchange: &Exchange, replicas: Vec<u32>, key: Vec<u8>) -> Self {
        let read = Read::new(exchange, replicas.clone(), key.clone(), Consistency::Quorum);
        Self { key, replicas, phase: Phase::Reading(read), asked: 0 }
    }

    /// Reads first.
    pub(super) fn start(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let Phase::Reading(read) = &mut self.phase else { return None };
        let outcome = read.start(exchange);
        self.after_read(exchange, outcome)
    }

    /// Takes an answer to the read or to the question for a lease.
    pub(super) fn answer(
        &mut self,
        exchange: &mut Exchange,
        to: To,
        result: Result<Reply, Cause>,
    ) -> Option<Outcome> {
        match &mut self.phase {
            Phase::Reading(read) if to.tag < TAG_LEASE => {
                let outcome = read.answer(exchange, to, result);
                self.after_read(exchange, outcome)
            }
            Phase::Asking(seat, _) if to.tag == TAG_LEASE + self.asked % TAGS => {
                let seat = *seat;
                match result {
                    Ok(Reply::Granted) => Some(self.grant(exchange)),
                    Ok(Reply::Denied { until_ms }) => {
                        self.phase =
                            Phase::Waiting(exchange.now.instant + pause(exchange, until_ms));
                        None
                    }
                    Ok(_) | Err(_) => self.ask(exchange, seat + 1),
                }
            }
            _ => None,
        }
    }

    /// Looks at the time.
    pub(super) fn wake(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let now = exchange.now.instant;
        match &mut self.phase {
            Phase::Reading(read) => {
                let outcome = read.wake(exchange);
                self.after_read(exchange, outcome)
            }
            Phase::Asking(seat, asked) => {
                let (seat, is_late) = (*seat, now >= *asked + patience(exchange));
                if is_late { self.ask(exchange, seat + 1) } else { None }
            }
            Phase::Waiting(until) if now < *until => None,
            // Too little time is left for a read, a lease and a load.
            Phase::Waiting(_) if exchange.is_past(2) => Some(self.grant(exchange)),
            Phase::Waiting(_) => {
                exchange.ask_anew();
                let (replicas, key) = (self.replicas.clone(), self.key.clone());
                let read = Read::new(exchange, replicas, key, Consistency::Quorum);
                self.phase = Phase::Reading(read);
                self.start(exchange)
            }
            Phase::Done => None,
        }
    }

    /// Returns when to look at the time again.
    pub(super) fn next_wake(&self, exchange: &Exchange) -> Option<Instant> {
        match &self.phase {
            Phase::Reading(read) => read.next_wake(exchange),
            Phase::Asking(_, asked) => Some(*asked + patience(exchange)),
            Phase::Waiting(until) => Some(*until),
            Phase::Done => None,
        }
    }

    /// Returns what is left when the time is over: the read's failure, or the right to load.
    pub(super) fn expire(&mut self, exchange: &mut Exchange) -> Outcome {
        match &mut self.phase {
            Phase::Reading(read) => read.expire(exchange),
            _ => self.grant(exchange),
        }
    }

    fn after_read(&mut self, exchange: &mut Exchange, read: Option<Outcome>) -> Option<Outcome> {
        match read? {
            Outcome::Miss => self.ask(exchange, 0),
            other => Some(other),
        }
    }

    /// Asks the replica of `seat` for the lease, or the first one after it that can be asked.
    fn ask(&mut self, exchange: &mut Exchange, mut seat: usize) -> Option<Outcome> {
        let ttl_ms = exchange.limits.write.as_millis() as u64;
        while let Some(&node) = self.replicas.get(seat) {
            self.asked = self.asked.wrapping_add(1);
            let message =
                Message::Lease { key: self.key.clone(), holder: exchange.config.writer, ttl_ms };
            let to = To { seat: seat as u32, tag: TAG_LEASE + self.asked % TAGS };
            if exchange.send(node, to, Why::Lease, message).is_ok() {
                self.phase = Phase::Asking(seat, exchange.now.instant);
                return None;
            }
            seat += 1;
        }
        Some(self.grant(exchange))
    }

    /// Draws the version of what is going to be loaded.
    fn grant(&mut self, exchange: &mut Exchange) -> Outcome {
        self.phase = Phase::Done;
        Outcome::Load(Ticket { key: self.key.clone(), version: exchange.tick() })
    }
}

/// The end of a right to load: whoever granted it may grant it to the next.
///
/// All replicas are told, since the first one may not be who granted it. Nobody waits for answers.
#[derive(Debug)]
pub(super) struct Release {
    key: Vec<u8>,
    replicas: Vec<u32>,
}

impl Release {
    /// Returns the release of `key`; it has sent nothing.
    pub(super) fn new(replicas: Vec<u32>, key: Vec<u8>) -> Self {
        Self { key, replicas }
    }

    /// Returns what the application asked for.
    pub(super) fn into_action(self) -> Action {
        Action::Release { key: self.key }
    }

    /// Tells the replicas.
    pub(super) fn start(&self, exchange: &mut Exchange) -> Outcome {
        for (seat, &node) in (0..).zip(&self.replicas) {
            let holder = exchange.config.writer;
            let message = Message::Lease { key: self.key.clone(), holder, ttl_ms: 0 };
            // A lease that cannot be given back ends by itself.
            let _ = exchange.send(node, To { seat, tag: TAG_LEASE }, Why::Lease, message);
        }
        Outcome::Released
    }
}

/// Returns how long to wait for whoever loads until `until_ms`: a quarter of what was waited
/// before, so that a long load is not asked for a hundred times; but not longer than its lease.
fn pause(exchange: &mut Exchange, until_ms: u64) -> Duration {
    let least = Duration::from_millis(10 + exchange.below(20));
    let waited = exchange.now.since(exchange.current.started);
    let left = Duration::from_millis(until_ms.saturating_sub(exchange.wall_ms()) + 1);
    (waited / 4).clamp(least, PAUSE_MAX).min(left.max(PAUSE_MIN))
}

fn patience(exchange: &Exchange) -> Duration {
    exchange.current.timeout / 4
}

/// Whoever waits for a load looks at least so seldom, and at most so often.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The tags of questions for a lease begin here.
const TAG_LEASE: u8 = 128;

/// As many tags tell questions for a lease apart.
const TAGS: u8 = 64;
